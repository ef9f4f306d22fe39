"""A toy project for each test, and the engines that there are."""

import shutil
from pathlib import Path

import pytest

from sandbox.engine.builtin import Builtin
from tests.engine.toy import Toy, quiet

needs_cli = pytest.mark.skipif(not shutil.which("pulumi"), reason="the Pulumi CLI is not on PATH")


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    return Toy(tmp_path)


@pytest.fixture
def engine(toy: Toy) -> Builtin:
    return Builtin(toy.workspace, quiet)
