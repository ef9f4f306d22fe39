"""Real programs, where they are installed."""

import os
import shutil
import socket

import pytest

HOST = "127.0.0.1"


def installed(name: str) -> str:
    """The program's path; without it, the test is skipped."""
    found = shutil.which(name, path=os.environ["PATH"] + os.pathsep + "/usr/sbin")
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
