"""What all that a run does to resources has in common: their providers, and how each of them is asked."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sandbox.engine.book import Book
from sandbox.engine.provider import Provider, ProviderError, Resource
from sandbox.engine.registry import Registry, public
from sandbox.engine.report import Report
from sandbox.engine.state import State
from sandbox.engine.urn import is_provider
from sandbox.engine.values import Properties, Secret


@dataclass
class Run:
    """One preview, update, refresh or destruction of a stack."""

    project: str
    stack: str
    preview: bool
    book: Book
    registry: Registry
    report: Report
    stopping: threading.Event = field(default_factory=threading.Event)
    _gates: dict[int, threading.Semaphore] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def provider_of(self, state: State) -> Provider:
        """The provider of a resource, out of the state if the program has none. Raises `ProviderError`."""
        try:
            return self.registry.get(state.provider)
        except ProviderError:
            known = self.book.provider(state.provider)
            if known is None:
                raise
            self.registry.register(state.provider, public(known.inputs))
            return self.registry.get(state.provider)

    def resource(self, state: State, operation: str = "", old: State | None = None) -> Resource:
        """How a provider is told which resource it is about, and what was known of it before."""
        return Resource(
            urn=state.urn,
            id=old.id if old else "",
            inputs=old.inputs if old else {},
            outputs=old.outputs if old else {},
            seconds=state.custom_timeouts.get(operation),
            status=self.report.status(state.urn),
            pause=self.pause,
            tried=tried.created if (tried := self.book.interrupted(state.urn)) else "",
        )

    def pause(self, seconds: float) -> None:
        """Wait so long. Raises `ProviderError` at once when the run is interrupted."""
        if self.stopping.wait(seconds):
            raise ProviderError("the run was interrupted")

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """When the block is left by an interruption, let nothing go on that takes time."""
        try:
            yield
        except BaseException:
            self.stopping.set()
            self.registry.close()
            raise

    @contextmanager
    def turn(self, provider: Provider) -> Iterator[None]:
        """Wait until the provider can bear one more request that takes time."""
        with self._lock:
            gate = self._gates.setdefault(id(provider), threading.Semaphore(provider.at_once))
        with gate:
            yield

    @contextmanager
    def under_way(self, operation: str, state: State) -> Iterator[None]:
        """Note in the checkpoint that something is done to the resource, for as long as it is."""
        ticket = self.book.begin(operation, state)
        try:
            yield
        finally:
            self.book.end(ticket)

    def delete(self, state: State) -> None:
        """Delete what the resource stands for. Its state is the caller's. Raises `ProviderError`."""
        if not state.custom or is_provider(state.type) or state.external or state.retain_on_delete:
            return
        provider = self.provider_of(state)
        with self.turn(provider), self.under_way("deleting", state):
            provider.delete(self.resource(state, "delete", state))


def with_secret_outputs(state: State) -> Properties:
    """The outputs, with what the program says is secret, or what was secret in the inputs, secret."""
    hidden = set(state.additional_secret_outputs)
    hidden.update(key for key, value in state.inputs.items() if isinstance(value, Secret))
    return {
        key: Secret(value) if key in hidden and not isinstance(value, Secret) else value
        for key, value in state.outputs.items()
    }
