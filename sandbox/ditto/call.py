"""One request as the handlers see it, and what they answer with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from multidict import CIMultiDict, CIMultiDictProxy, MultiDictProxy

from sandbox.ditto.documents import dumps
from sandbox.ditto.errors import DittoError

MERGE_PATCH = "application/merge-patch+json"
_PLAIN = "/!$&'()*+,:;=@~"  # what a segment of a path may hold as it is


@dataclass(slots=True)
class Call:
    """A request that was let in. ``segments`` is the path below ``/api/2``, each segment decoded."""

    method: str
    segments: tuple[str, ...]
    query: MultiDictProxy[str]
    headers: CIMultiDictProxy[str] | CIMultiDict[str]
    body: bytes
    subject: str
    raw_segments: tuple[str, ...]  # the same path, not decoded
    base: str  # what the caller knows this server as, up to and including "/api/2"

    def option(self, name: str) -> str | None:
        """Return what may be given as a query parameter or as a header."""
        value = self.query.get(name)
        return self.headers.get(name) if value is None else value

    def flag(self, name: str) -> bool:
        """Say whether such an option is ``true``."""
        return self.option(name) == "true"

    def location(self, *segments: str) -> str:
        """Return the URL of something below ``/api/2``, as it goes into an answer's header."""
        return "/".join([self.base, *(quote(segment, safe=_PLAIN) for segment in segments)])

    def check_json(self) -> None:
        """Raise the ``DittoError`` of a body that says to be something else than JSON."""
        given = self._content_type()
        if given not in ("application/json", "application/octet-stream"):
            allowed = "Allowed Media-Types are: <[application/octet-stream, application/json]>."
            raise _unsupported_media_type(given, allowed)

    def check_text(self) -> None:
        """Raise the ``DittoError`` of a body that says to be something else than text."""
        given = self._content_type()
        if given not in ("text/plain", "application/octet-stream"):
            allowed = "Allowed Media-Types are: <[application/octet-stream, text/plain]>."
            raise _unsupported_media_type(given, allowed)

    def check_merge_patch(self) -> None:
        """Raise the ``DittoError`` of a body that does not say to be a merge patch."""
        given = self._content_type()
        if given != MERGE_PATCH:
            raise _unsupported_media_type(
                given,
                f"Allowed Media-Type is: <{MERGE_PATCH}>.",
                href="https://tools.ietf.org/html/rfc7396",
            )

    def _content_type(self) -> str:
        given = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return given or "application/octet-stream"


@dataclass(slots=True)
class Answer:
    """What goes back: ``body`` is JSON text, or None for nothing at all."""

    status: int
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def with_value(status: int, value: Any, tag: str | None = None, revision: int | None = None) -> Answer:
    """Return an answer with a JSON value, its entity tag and its entity's revision."""
    return with_text(status, dumps(value), tag, revision)


def with_text(status: int, text: str, tag: str | None = None, revision: int | None = None) -> Answer:
    """Return such an answer whose value is JSON text already."""
    return Answer(status, text, _tags(tag, revision))


def without_value(tag: str | None = None, revision: int | None = None) -> Answer:
    """Return an answer that says that all is done."""
    return Answer(204, None, _tags(tag, revision))


def _unsupported_media_type(given: str, allowed: str, **extra: str) -> DittoError:
    return DittoError(
        415,
        "mediatype.unsupported",
        f"The Media-Type <{given}> is not supported for this resource.",
        allowed,
        extra=extra,
        by_gateway=True,
    )


def _tags(tag: str | None, revision: int | None) -> dict[str, str]:
    headers = {}
    if tag is not None:
        headers["etag"] = tag
    if revision is not None:
        headers["entity-revision"] = str(revision)
    return headers
