"""Real programs, where they are installed."""

import os
import shutil

import pytest

HOST = "127.0.0.1"


def installed(name: str) -> str:
    """The program's path; without it, the test is skipped."""
    found = shutil.which(name, path=os.environ["PATH"] + os.pathsep + "/usr/sbin")
    if not found:
        pytest.skip(f"{name} is not installed")
    return found
