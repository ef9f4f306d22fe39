"""Ditto's errors: what goes wrong is raised as one of these and becomes the answer.

Codes and texts are those of the exceptions in Ditto's model modules.
"""

from collections.abc import Mapping
from typing import Any


class DittoError(Exception):
    """An answer that is not a success: ``status`` and a JSON body with Ditto's dotted ``error`` code.

    ``extra`` goes into the body as it is, ``headers`` into the answer's headers. ``by_gateway`` tells the
    errors that the gateway finds by itself from those of the services behind it: only the latter carry a
    correlation id.
    """

    def __init__(
        self,
        status: int,
        error: str,
        message: str,
        description: str | None = None,
        *,
        extra: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        by_gateway: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.message = message
        self.description = description
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})
        self.by_gateway = by_gateway

    def body(self) -> dict[str, Any]:
        """Return the JSON body of the answer."""
        body: dict[str, Any] = {"status": self.status, "error": self.error, "message": self.message}
        if self.description is not None:
            body["description"] = self.description
        return body | self.extra


class PlainError(Exception):
    """An answer in plain text, as the gateway's HTTP server itself gives them."""

    def __init__(self, status: int, text: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = dict(headers or {})


def no_route() -> PlainError:
    """There is nothing at that path."""
    return PlainError(404, "The requested resource could not be found.")


def method_not_allowed(*allowed: str) -> PlainError:
    """The path exists, for other methods."""
    methods = ", ".join(allowed)
    return PlainError(405, f"HTTP method not allowed, supported methods: {methods}", {"Allow": methods})


def json_invalid(message: str, *, by_gateway: bool = True) -> DittoError:
    """The body is not JSON, or not of the form that was expected."""
    return DittoError(
        400,
        "json.invalid",
        message,
        "Check if the JSON was valid (e.g. on https://jsonlint.com) and if it was in required format.",
        by_gateway=by_gateway,
    )


def field_missing(name: str) -> DittoError:
    """A field that has to be there is not."""
    return DittoError(
        400,
        "json.field.missing",
        f"JSON did not include required </{name}> field!",
        "Check if all required JSON fields were set.",
        by_gateway=True,
    )


def thing_not_found(thing_id: str) -> DittoError:
    """There is no such thing, or the caller may not read any of it."""
    return DittoError(
        404,
        "things:thing.notfound",
        f"The Thing with ID '{thing_id}' could not be found"
        " or requester had insufficient permissions to access it.",
        "Check if the ID of your requested Thing was correct and you have sufficient permissions.",
    )


def policy_not_found(policy_id: str) -> DittoError:
    """There is no such policy, or the caller may not read any of it."""
    return DittoError(
        404,
        "policies:policy.notfound",
        f"The Policy with ID '{policy_id}' could not be found"
        " or requester had insufficient permissions to access it.",
        "Check if the ID of your requested Policy was correct and you have sufficient permissions.",
    )


def too_large(kind: str, size: int, limit: int) -> DittoError:
    """A document has more characters than a thing or a policy may have."""
    return DittoError(
        413,
        f"{'things' if kind == 'Thing' else 'policies'}:{kind.lower()}.toolarge",
        f"The size of '{size / 1024:.3f}'".rstrip("0").rstrip(".")
        + f" kB exceeds the maximal allowed {kind} size of '{limit // 1024}' kB.",
        f"Reduce the {kind} size in the bounds of the specified limit",
    )
