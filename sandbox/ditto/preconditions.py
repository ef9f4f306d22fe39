"""Conditional requests: entity tags, ``If-Match``, ``If-None-Match`` and ``if-equal``."""

import re
import zlib
from typing import Any

from sandbox.ditto.call import Call
from sandbox.ditto.documents import dumps
from sandbox.ditto.errors import DittoError

_TAGS = re.compile(r'\s*(\*|(?:(?:W/)?"[^"]*"\s*,\s*)*(?:W/)?"[^"]*")\s*')
_TAG = re.compile(r'(?:W/)?"[^"]*"')

_WORDS = {
    "things": "Thing",
    "policies": "Policy",
    "connectivity": "connection",
}


class NotModifiedError(Exception):
    """The caller's ``If-None-Match`` says that it has the current state already."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


def hash_tag(value: Any) -> str:
    """Return the entity tag of a part of a document."""
    return f'"hash:{zlib.crc32(dumps(value).encode()):x}"'


def check(call: Call, service: str, tag: str | None) -> None:
    """Raise ``DittoError`` or ``NotModifiedError`` if the caller's conditions do not hold.

    ``service`` is the first part of the error code; ``tag`` is that of what is there, or None.
    """
    headers = call.headers
    if "If-Match" in headers:
        wanted = _tags(headers["If-Match"], "if-match")
        if not (tag is not None if wanted == ["*"] else tag in wanted):
            raise _failed(service, "if-match", headers["If-Match"], tag)
    if "If-None-Match" in headers:
        wanted = _tags(headers["If-None-Match"], "if-none-match")
        if tag is not None if wanted == ["*"] else tag in wanted:
            if call.method == "GET":
                raise NotModifiedError(tag or "")
            raise _failed(service, "if-none-match", headers["If-None-Match"], tag)


def wants_skip(call: Call) -> bool:
    """Say whether the caller wants nothing done when nothing would change."""
    return call.headers.get("if-equal", "").startswith("skip")


def equal(service: str) -> DittoError:
    """The new value is the old one, and the caller wanted to know."""
    return DittoError(
        412,
        f"{service}:precondition.failed",
        "The previous value was equal to the new value and the 'if-equal' header was set to 'skip'.",
        "Your changes were not applied, which is probably the expected outcome.",
    )


def _tags(header: str, name: str) -> list[str]:
    if not _TAGS.fullmatch(header):
        kind = "entity-tag"
        raise DittoError(
            400,
            "header.invalid",
            f"The value '{header}' of the header '{name}' is not a valid {kind}.",
            f"Verify that the value of the header '{name}' is a valid '{kind}' and try again.",
            extra={"invalidHeaderKey": name, "href": "https://tools.ietf.org/html/rfc7232#section-2.3"},
            by_gateway=True,
        )
    return ["*"] if header.strip() == "*" else _TAG.findall(header)


def _failed(service: str, name: str, value: str, tag: str | None) -> DittoError:
    word = _WORDS[service]
    actual = "null" if tag is None else tag
    return DittoError(
        412,
        f"{service}:precondition.failed",
        f"The comparison of precondition header '{name}' for the requested {word} resource evaluated"
        f" to false. Header value: '{value}', actual entity-tag: '{actual}'.",
        "The comparison of the provided precondition header with the current ETag value of the requested"
        f" {word} resource evaluated to false. Check the value of your conditional header value.",
        headers={} if tag is None else {"etag": tag},
    )
