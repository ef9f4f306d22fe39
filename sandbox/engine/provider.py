"""What the engine asks of a provider, whatever it manages."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sandbox.engine.values import Properties

Saved = Callable[[str, Properties], None]


class ProviderError(Exception):
    """A provider could not do what was asked of it, and nothing was changed."""


class NotReadyError(ProviderError):
    """A resource is there, but did not become what it should; the next run takes it up again.

    `inputs` holds what was found to be its inputs, when it was looked at.
    """

    def __init__(
        self, message: str, identity: str, outputs: Properties, inputs: Properties | None = None
    ) -> None:
        super().__init__(message)
        self.identity = identity
        self.outputs = outputs
        self.inputs = inputs


def _unheard(_text: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Resource:
    """Which resource it is about, and what was known of it before: nothing (an empty id) when it is new.

    `seconds` is how patient the user is with it (None: as the provider sees fit), `status` takes what one
    might like to know meanwhile, and `pause` waits, but not when the run is interrupted. `tried` is the time at
    which an earlier run began to create it, and was cut off; empty when there was none.
    """

    urn: str
    id: str = ""
    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    seconds: float | None = None
    status: Callable[[str], None] = _unheard
    pause: Callable[[float], None] = time.sleep
    tried: str = ""


@dataclass(frozen=True)
class Checked:
    """The inputs as the provider wants them, and what is wrong with them: (property or empty, reason)."""

    inputs: Properties
    failures: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Difference:
    """Whether a resource has to change. `changes` is None when the provider leaves that to the engine.

    `replaces` holds the properties that cannot be changed in place, `paths` all that differ, if it is known.
    """

    changes: bool | None
    replaces: Sequence[str] = ()
    delete_first: bool = False
    paths: Sequence[str] = ()


@dataclass(frozen=True)
class Found:
    """A resource as it is: without `identity` it is gone; the `inputs` are not told by every provider."""

    identity: str | None
    outputs: Properties = field(default_factory=dict)
    inputs: Properties | None = None


class Provider(Protocol):
    """Manages the resources of a package. Called from many threads; any method may raise `ProviderError`."""

    at_once: int  # how many creations, updates and deletions it can bear at the same time

    def check(self, resource: Resource, old: Properties | None, new: Properties, /) -> Checked:
        """Complete and judge the inputs; `old` are those of last time, if there are any."""

    def diff(self, resource: Resource, new: Properties, ignored: Sequence[str], /) -> Difference:
        """Compare what was known with the new inputs, without asking anybody."""

    def planned(self, resource: Resource, new: Properties, /) -> Properties:
        """What the outputs will be, as far as can be told."""

    def create(self, resource: Resource, new: Properties, saved: Saved, /) -> tuple[str, Properties]:
        """Make it; return its id and outputs. Calls `saved` once it exists, if it then waits."""

    def update(self, resource: Resource, new: Properties, ignored: Sequence[str], /) -> Properties:
        """Change it; return the new outputs."""

    def read(self, resource: Resource, /) -> Found:
        """Look at it as it is."""

    def delete(self, resource: Resource, /) -> None:
        """Remove it; that it is gone already is no error."""
