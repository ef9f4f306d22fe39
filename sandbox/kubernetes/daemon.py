"""A program in the background that outlives the one that started it."""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 10.0  # seconds from the request to end until the order


@dataclass(frozen=True)
class Daemon:
    """One background program, known by its ``name`` in a ``directory`` that holds its pid file and its log.

    It runs for as long as its pid file is locked: the program inherits the lock and the system frees it at its end.
    So neither a reboot nor another program with the same pid can pass for it.
    """

    directory: Path
    name: str

    @property
    def log(self) -> Path:
        """Where all that the program prints is appended to."""
        return self.directory / f"{self.name}.log"

    @property
    def pid_file(self) -> Path:
        """The lock of the program, with the pid of its last run inside."""
        return self.directory / f"{self.name}.pid"

    def running(self) -> bool:
        """Say whether the program runs, whoever started it."""
        try:
            with self.pid_file.open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def start(self, command: Sequence[str]) -> None:
        """Run ``command`` with the directory as its working directory. To be called only while it does not run."""
        with self.pid_file.open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # The shell leaves at once, so that the program is nobody's child: nobody has to wait for it.
            subprocess.run(
                ["sh", "-c", '"$@" >>"$0" 2>&1 & echo $!', str(self.log), *command],
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=file,
                pass_fds=[file.fileno()],
                start_new_session=True,
                check=True,
            )

    def stop(self) -> None:
        """End the program and wait until it is gone; at once if it does not run."""
        if self._ended(signal.SIGTERM) or self._ended(signal.SIGKILL):
            return
        raise TimeoutError(f"{self.name} does not end: see {self.log}")

    def _ended(self, by: signal.Signals) -> bool:
        if self.running():
            os.kill(int(self.pid_file.read_text()), by)
        deadline = time.monotonic() + PATIENCE
        while self.running():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def last_words(self) -> str:
        """Return the last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
