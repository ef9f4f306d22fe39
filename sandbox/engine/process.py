"""A process of a project: started in its folder, its output passed on line by line, ended with this one."""

import json
import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

CHILDREN = Path(__file__).parent / "children"
PATIENCE = 10.0  # seconds from the request to end until the order


class Child:
    """A running script out of `children`. `say` gets each line that it prints, from a thread of its own."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        say: Callable[[str], None],
        first_line: bool = False,
    ) -> None:
        # Standard input stays open for as long as this process lives, and the child watches that.
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            start_new_session=True,  # an interruption is for this process, which knows what to do
        )
        self.first_line = self._stream("stdout").readline().strip() if first_line else ""
        self._readers = [
            threading.Thread(target=_pass_on, args=(stream, say), daemon=True)
            for stream in (self._stream("stdout"), self._stream("stderr"))
        ]
        for reader in self._readers:
            reader.start()

    def _stream(self, name: str) -> IO[str]:
        stream: IO[str] = getattr(self._process, name)
        return stream

    def wait(self, seconds: float | None = None) -> int | None:
        """Wait for the end; return the exit code, or None when it has not come after so many seconds."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        for reader in self._readers:
            reader.join(PATIENCE)
        return code

    def stop(self) -> None:
        """End the process, and wait until it is gone."""
        if self._process.poll() is None:
            self._process.terminate()
            if self.wait(PATIENCE) is None:
                self._process.kill()
        self.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


def script(interpreter: Path, name: str, task: Mapping[str, object] | None = None) -> list[str]:
    """The command that runs one of the children, with its task."""
    arguments = [] if task is None else [json.dumps(task)]
    return [str(interpreter), "-u", str(CHILDREN / f"{name}.py"), *arguments]


def _pass_on(stream: IO[str], say: Callable[[str], None]) -> None:
    for line in stream:
        say(line.rstrip("\n"))
