"""A file that remembers what a stand-in was told: a JSON line for each change, replayed at the next start."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

Line = dict[str, Any]

SLACK = 20_000  # lines beyond those that are needed until the file is written anew


class Journal:
    """Appends lines to ``path``. A line that was cut off by a crash is dropped, with nothing after it lost.

    Every line reaches the system before the change is answered: whoever kills the process loses nothing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None
        self._lines = 0

    def replay(self) -> Iterator[Line]:
        """Yield the lines of earlier runs, oldest first; to be read to its end before an append."""
        if self._path.exists():
            with self._path.open(encoding="utf-8") as file:
                for line in file:
                    if line.endswith("\n"):
                        self._lines += 1
                        yield json.loads(line)

    def append(self, line: str) -> None:
        """Add one line, which is JSON without line breaks."""
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._mend()
            self._file = self._open("a")
        self._file.write(line + "\n")
        self._file.flush()
        self._lines += 1

    def overgrown(self, needed: int) -> bool:
        """Say whether the file holds many more lines than the ``needed`` ones."""
        return self._lines > 2 * needed + SLACK

    def rewrite(self, lines: Iterator[str]) -> None:
        """Replace all lines by these, at once: a crash leaves either the old or the new."""
        self.close()
        draft = self._path.with_name(self._path.name + ".new")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._lines = 0
        with self._open("w", draft) as file:
            for line in lines:
                file.write(line + "\n")
                self._lines += 1
        draft.replace(self._path)

    def close(self) -> None:
        """Let go of the file; the next append opens it again."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self, mode: str, path: Path | None = None) -> IO[str]:
        """Open the file for its owner only: connections hold passwords."""
        flags = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if mode == "w" else os.O_APPEND)
        return os.fdopen(os.open(path or self._path, flags, 0o600), mode, encoding="utf-8")

    def _mend(self) -> None:
        """Cut off what a crash left behind the last whole line."""
        if self._path.exists():
            with self._path.open("rb+") as file:
                whole = file.read().rfind(b"\n") + 1
                file.truncate(whole)
