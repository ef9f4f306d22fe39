"""A figure: a ratio that was measured several times, and what it is to be."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One result. `at_least` says whether more is better; `notes` are for people."""

    number: int
    name: str
    ratios: Sequence[float]
    target: float
    at_least: bool = False
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def ratio(self) -> float:
        """The median."""
        return statistics.median(self.ratios)

    @property
    def spread(self) -> tuple[float, float]:
        """The lowest and the highest."""
        return min(self.ratios), max(self.ratios)

    @property
    def met(self) -> bool:
        """Whether the median is what it is to be."""
        return self.ratio >= self.target if self.at_least else self.ratio <= self.target

    def entry(self) -> dict[str, Any]:
        """The figure as it stands in `docs/benchmarks.json`."""
        return {
            "number": self.number,
            "name": self.name,
            "ratio": _rounded(self.ratio),
            "target": self.target,
            "atLeast": self.at_least,
            "met": self.met,
            "spread": [_rounded(each) for each in self.spread],
            "measured": len(self.ratios),
            "notes": list(self.notes),
        }

    def line(self) -> str:
        """The figure as a line of a table."""
        low, high = self.spread
        wanted = f"{'≥' if self.at_least else '≤'} {self.target:g}"
        spread = f"{low:.3g} … {high:.3g}"
        met = "met" if self.met else "MISSED"
        return f"{self.number:>3}  {self.ratio:>8.3g}  {wanted:>8}  {met:<6}  {spread:<18}  {self.name}"


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
