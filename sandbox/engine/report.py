"""What a run has to tell: its steps, what was said meanwhile, and what went wrong."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.engine.api import Progress, Result, Step
from sandbox.engine.urn import is_default_provider, name_of, type_of

_SIGNS = {"create": "+", "update": "~", "replace": "±", "delete": "-", "refresh": "~"}
_DONE = {
    "create": "created",
    "update": "updated",
    "replace": "replaced",
    "delete": "deleted",
    "refresh": "refreshed",
}


class Report:
    """Collects what happens, from any thread, and passes it on as lines for people."""

    def __init__(self, progress: Progress, planning: bool) -> None:
        self._progress = progress
        self._planning = planning
        self._lock = threading.Lock()
        self._steps: list[Step] = []
        self._messages: list[str] = []
        self._errors: list[str] = []

    def step(self, step: Step) -> None:
        """A step has ended well. The engine's own default providers are nobody's business."""
        if is_default_provider(step.urn):
            return
        with self._lock:
            self._steps.append(step)
            if step.op != "same":
                self._progress(line(step, self._planning))

    def message(self, text: str) -> None:
        """The program, or a provider, has said something."""
        with self._lock:
            self._messages.append(text)
            self._progress(text)

    def status(self, urn: str) -> Callable[[str], None]:
        """A function that tells what is going on with a resource just now."""

        def tell(text: str) -> None:
            with self._lock:
                self._progress(f"   {title(urn)}: {text}")

        return tell

    def error(self, text: str, urn: str = "") -> None:
        """Something went wrong, with a resource or as a whole."""
        full = f"{title(urn)}: {text}" if urn else text
        with self._lock:
            self._errors.append(full)
            self._progress(f"   error: {full}")

    @property
    def failed(self) -> bool:
        """Say whether anything went wrong so far."""
        return bool(self._errors)

    def result(self, outputs: Mapping[str, Any]) -> Result:
        """All of it."""
        with self._lock:
            error = "\n".join(self._errors) if self._errors else None
            return Result(tuple(self._steps), outputs, error, tuple(self._messages))


def title(urn: str) -> str:
    """A resource's type and name, as one shows them."""
    return f"{type_of(urn)} {name_of(urn)}"


def line(step: Step, planning: bool) -> str:
    """A step in one line."""
    verb = f"would be {_DONE[step.op]}" if planning else _DONE[step.op]
    shown = ", ".join(step.changed[:5]) + (" …" if len(step.changed) > 5 else "")
    return f" {_SIGNS[step.op]} {step.type} {step.name} {verb}" + (f": {shown}" if shown else "")
