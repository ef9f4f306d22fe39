"""What the providers have in common: the way to the services, and errors that say where the spec is.

The way is not even imported before it is needed: most previews compare and ask nobody, and what is needed to
speak to a cluster and its services takes longer to import than such a preview to run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    DiffResult,
    ReadResult,
    ResourceProvider,
)

from provider.errors import ProviderError, Unreachable, located, speak_plainly
from provider.origins import origin
from twins.canonical import loads

if TYPE_CHECKING:
    from provider.reach import Reach
    from twins.document import Document

# The property that a failed check is about: none, as the engine would print its value, a whole document.
WHOLE = ""


class Provider(ResourceProvider):
    """A provider that talks to the platform's services.

    It must not get attributes before it is pickled: the engine keeps a pickle of it with every resource,
    which without attributes is a mere reference to the class.
    """

    serialize_as_secret_always = False
    spec = ""  # the kind of spec that its resources come from
    identity = "id"  # the input that names the thing, and that a replacement alone can change
    compared: tuple[str, ...] = ("document",)  # the inputs that an update brings about

    def configure(self, req: ConfigureRequest) -> None:
        """Take the stack's config, in the provider's own process."""
        speak_plainly()
        self._config = req.config

    @cached_property
    def reach(self) -> Reach:
        """The way to the stack's services. Raises `ProviderError` when the config is not in order."""
        from provider.reach import configured

        return configured(self._config)

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """All that is wrong with the inputs, each with file and line."""
        problems = self.problems(news)
        failures = []
        if problems:
            where = self._origin(news.get(self.identity))
            failures = [CheckFailure(WHOLE, where + problem) for problem in problems]
        return CheckResult(news, failures)

    def problems(self, news: dict[str, Any]) -> list[str]:
        """What is wrong with the inputs; unknown ones are let through."""
        text = news.get("document")
        problem = unreadable(text) if isinstance(text, str) else ""
        return [problem] if problem else []

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """What an update would bring about; another id is another thing."""
        replaces = [self.identity] if _olds.get(self.identity) != _news.get(self.identity) else []
        changes = any(_olds.get(name) != _news.get(name) for name in self.compared)
        return DiffResult(changes=changes or bool(replaces), replaces=replaces)

    @contextmanager
    def about(self, props: Mapping[str, Any]) -> Iterator[None]:
        """Errors that come up are about the spec of this resource, and say where it is."""
        try:
            yield
        except Unreachable:
            raise  # not the spec's fault
        except ProviderError as error:
            raise located(error, self._origin(props.get(self.identity))) from None

    def _origin(self, identity: Any) -> str:
        where = origin(Path(self.reach.settings.specs), self.spec, str(identity)) if self.spec else ""
        return f"{where}: " if where else ""


def gone() -> ReadResult:
    """What is read of a resource that does not exist any more."""
    return ReadResult("", {}, {})


def seen(id_: str, props: Mapping[str, Any], **live: Any) -> ReadResult:
    """What is read of a resource: its inputs, as they are live. The next diff starts from there."""
    inputs = own(props) | live
    return ReadResult(id_, dict(inputs), dict(inputs))


def own(props: Mapping[str, Any]) -> dict[str, Any]:
    """The properties without the engine's own."""
    return {name: value for name, value in props.items() if not name.startswith("__")}


def unreadable(text: str) -> str:
    """Why the text is not a document, or empty when it is."""
    try:
        value = loads(text)
    except ValueError as error:
        return f"it is not JSON: {error}"
    return "" if isinstance(value, dict) else "it is not a JSON object"


def document(text: str) -> Document:
    """The document of a canonical text that was checked."""
    value: Document = loads(text)
    return value
