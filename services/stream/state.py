"""What must survive a restart, in one small file."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.stream import logs
from services.stream.message import LostError

NAME = "state.json"
FORMAT = (
    1  # to be raised when a program keeps something else: what an earlier one has kept is then begun anew
)


class StateFile:
    """A file that is there whole or not at all, on a volume where it is to survive its pod."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / NAME
        self._written: str | None = None

    def read(self) -> dict[str, Any]:
        """What was kept last; nothing when there is nothing, or when it is not of our making."""
        self._written = None
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise LostError("state", f"{self._file} cannot be read: {error.strerror}") from None
        except ValueError:
            kept = None
        state = kept.get("topics") if isinstance(kept, dict) and kept.get("format") == FORMAT else None
        if not isinstance(state, dict) or not all(isinstance(each, dict) for each in state.values()):
            logs.warning(
                "the kept state is not of this program's making and is begun anew", file=str(self._file)
            )
            return {}
        return state

    def write(self, state: Mapping[str, Any]) -> None:
        """Keep the state, by topic, on the disk, before this returns."""
        text = json.dumps({"format": FORMAT, "topics": state}, sort_keys=True)
        if text == self._written:
            return
        draft = self._file.with_suffix(".new")
        try:
            with draft.open("w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._file)
        except OSError as error:
            raise LostError("state", f"{self._file} cannot be written: {error.strerror}") from None
        self._written = text
