"""A toy project for each test, and the engines that there are."""

import shutil
from pathlib import Path

import pytest

from sandbox.engine.api import Engine
from sandbox.engine.builtin import Builtin
from sandbox.engine.cli import PulumiCli
from tests.engine.toy import Toy, quiet

needs_cli = pytest.mark.skipif(not shutil.which("pulumi"), reason="the Pulumi CLI is not on PATH")


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    return Toy(tmp_path)


@pytest.fixture(params=["builtin", pytest.param("pulumi", marks=needs_cli)])
def engine(toy: Toy, request: pytest.FixtureRequest) -> Engine:
    """Each of the engines: what is tested with this one holds for both. A run of the CLI takes some 5 s."""
    if request.param == "pulumi":
        return PulumiCli(toy.workspace, quiet)
    return Builtin(toy.workspace, quiet)


@pytest.fixture
def builtin(toy: Toy) -> Builtin:
    return Builtin(toy.workspace, quiet)
