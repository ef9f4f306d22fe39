"""How the figures are measured: how much, how often, on what."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox.engine.choose import Choice


@dataclass(frozen=True)
class Setup:
    """`rows` of the fleet, `times` that each ratio is measured, the `engines` that are there."""

    folder: Path
    rows: int
    times: int
    engines: tuple[Choice, ...]
    say: Callable[[str], None]

    def new(self, name: str) -> Path:
        """A folder that nobody has used."""
        taken = [each for each in self.folder.iterdir() if each.name.startswith(f"{name}-")]
        folder = self.folder / f"{name}-{len(taken)}"
        folder.mkdir()
        return folder
