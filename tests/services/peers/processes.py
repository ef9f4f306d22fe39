"""Programs that a test starts, stops and kills."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATIENCE = 90.0  # seconds for anything to happen, many times what it takes on two busy cores


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def listens(port: int, address: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


def eventually(check: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """Wait until the check gives something true, which is returned; fail when it does not in time."""
    deadline = time.monotonic() + patience
    while not (found := check()):
        assert time.monotonic() < deadline, f"not within {patience:.0f} s: {what}"
        time.sleep(0.05)
    return found


@dataclass
class Process:
    """A program whose output goes to a log, and that is ready once `answers` says so."""

    command: Sequence[str]
    log: Path
    answers: Callable[[], Any]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start it without waiting, for what is ready only together with others."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,
                env=os.environ | self.environment,
            )

    def wait_until_ready(self) -> None:
        eventually(self._up, f"{self.command[0]} answers; see {self.log}")

    def stop(self) -> int:
        """Ask it to end, as Kubernetes asks a pod; return its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once, as a node that fails does."""
        self._end(signal.SIGKILL)

    def _up(self) -> Any:
        assert self.process
        code = self.process.poll()
        assert code is None, f"{self.command[0]} ended with {code}:\n{self.log.read_text()[-3000:]}"
        return self.answers()

    def _end(self, by: signal.Signals) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(by)
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
            self.process = None
