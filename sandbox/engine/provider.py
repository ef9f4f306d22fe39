"""What the engine asks of a provider, whatever it manages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sandbox.engine.values import Properties


class ProviderError(Exception):
    """A provider could not do what was asked of it, and nothing was changed."""


class NotReadyError(ProviderError):
    """A resource is there, but did not become what it should; the next run takes it up again."""

    def __init__(self, message: str, identity: str, outputs: Properties) -> None:
        super().__init__(message)
        self.identity = identity
        self.outputs = outputs


@dataclass(frozen=True)
class Checked:
    """The inputs as the provider wants them, and what is wrong with them: (property or empty, reason)."""

    inputs: Properties
    failures: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Difference:
    """Whether a resource has to change. `changes` is None when the provider leaves that to the engine.

    `replaces` holds the properties that cannot be changed in place; `paths` all that differ, where that is known.
    """

    changes: bool | None
    replaces: Sequence[str] = ()
    delete_first: bool = False
    paths: Sequence[str] = ()


@dataclass(frozen=True)
class Found:
    """A resource as it is: None as `identity` when it is gone; `inputs` None where the provider does not tell."""

    identity: str | None
    outputs: Properties = field(default_factory=dict)
    inputs: Properties | None = None


@dataclass(frozen=True)
class Resource:
    """Which resource it is about, and how patient the user is with it (None: as the provider sees fit)."""

    urn: str
    seconds: float | None = None
    status: Callable[[str], None] = lambda text: None


class Provider(Protocol):
    """Manages the resources of one package. Called from many threads; every method may raise `ProviderError`."""

    at_once: int  # how many creations, updates and deletions it can bear at the same time

    def check(self, resource: Resource, old: Properties | None, new: Properties, preview: bool) -> Checked:
        """Complete and judge the inputs; `old` are those of last time, None when there is nothing to go on from."""

    def diff(
        self,
        resource: Resource,
        identity: str,
        old: "Properties",
        outputs: Properties,
        new: Properties,
        ignored: Sequence[str],
    ) -> Difference:
        """Compare the old inputs and outputs with the new inputs, without asking anybody."""

    def planned(self, resource: Resource, outputs: Properties | None, new: Properties) -> Properties:
        """What the outputs will be, as far as can be told; `outputs` are those of now, None before a creation."""

    def create(
        self, resource: Resource, new: Properties, saved: Callable[[str, Properties], None], retry: bool
    ) -> tuple[str, Properties]:
        """Make it; return its id and outputs.

        `saved` is to be called as soon as it exists, if there is still something to wait for. With `retry`, an
        earlier run was cut off in the middle of this creation, and may have made it.
        """

    def update(
        self,
        resource: Resource,
        identity: str,
        old: Properties,
        outputs: Properties,
        new: Properties,
        ignored: Sequence[str],
    ) -> Properties:
        """Change it; return the new outputs."""

    def read(self, resource: Resource, identity: str, inputs: Properties, outputs: Properties) -> Found:
        """Look at it as it is."""

    def delete(self, resource: Resource, identity: str, inputs: Properties, outputs: Properties) -> None:
        """Remove it; that it is gone already is no error."""


Configured = Mapping[str, object]
