"""What both engines offer, and the words they share: a workspace goes in, steps and outputs come out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

Op = Literal["create", "update", "replace", "delete", "same", "refresh"]
Progress = Callable[[str], None]


class EngineError(Exception):
    """An engine cannot do what is asked, before it has done any of it; the message is for the user."""


@dataclass(frozen=True)
class Workspace:
    """A stack of a Pulumi project on this machine.

    `project` is the folder with `Pulumi.yaml`, `state` a folder for the engine's own files (each engine keeps
    its state in a part of its own), `config` the stack's `Pulumi.<stack>.yaml`, which may be absent and is
    never written. `environment` is set for the program on top of this process's own environment.
    """

    project: Path
    stack: str
    state: Path
    config: Path
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, order=True)
class Step:
    """What happens, or would happen, to one resource.

    `changed` holds the inputs that differ, as dotted paths to the leaves (see `sandbox.engine.paths`); for a
    `refresh` step the outputs that were found different. It is empty for the other operations.
    Equal changes give equal steps on both engines. `old` and `new` are the inputs before and after, secrets
    masked; they are left empty where nobody compares them: when nothing changes, and in a refresh.
    """

    op: Op
    type: str
    name: str
    urn: str
    changed: tuple[str, ...] = ()
    old: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)
    new: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Result:
    """How a run ended.

    `steps` in the order in which they ended, one for each resource; `outputs` of the stack, secrets masked as
    `[secret]`; `error` is None when all went well; `messages` is what program and providers had to say.
    """

    steps: tuple[Step, ...]
    outputs: Mapping[str, Any]
    error: str | None = None
    messages: tuple[str, ...] = ()

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that are not `same`, sorted: equal from both engines for equal changes."""
        return tuple(sorted(step for step in self.steps if step.op != "same"))


class Engine(Protocol):
    """Does the four things that one does with a stack, and hands its state over and takes it.

    A run that fails half-way is a `Result` with an `error`; its state holds what was done. What keeps a run
    from beginning is an `EngineError`.
    """

    name: str  # for people: which engine this is

    def preview(self) -> Result:
        """Tell what `up` would do, and change nothing."""

    def up(self) -> Result:
        """Make everything be as the program declares it."""

    def refresh(self) -> Result:
        """Take into the state what providers say that there is."""

    def destroy(self) -> Result:
        """Delete every resource of the stack."""

    def export_state(self) -> str:
        """The state as a Pulumi deployment in JSON, secrets in clear: what `pulumi stack import` takes."""

    def import_state(self, text: str) -> None:
        """Put a deployment, as `pulumi stack export --show-secrets` writes it, in the place of the state."""
