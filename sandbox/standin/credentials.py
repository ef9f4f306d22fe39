"""Who may log in to a stand-in. The cluster's Secrets say so too: see ``cluster_secrets``."""

import base64
import binascii
import hmac
from collections.abc import Mapping
from functools import lru_cache
from typing import Protocol


class Credentials(Protocol):
    """Passwords by user name, in groups: those of Ditto's API, of its devops, of Grafana's administrators."""

    async def valid(self, group: str, user: str, password: str) -> bool:
        """Say whether ``password`` opens ``group`` to ``user``."""
        ...


class Fixed:
    """Passwords that are known from the start: ``Fixed(api={"ditto": "…"}, devops={"devops": "…"})``."""

    def __init__(self, **groups: Mapping[str, str]) -> None:
        self._groups = groups

    async def valid(self, group: str, user: str, password: str) -> bool:
        """Say whether ``password`` opens ``group`` to ``user``."""
        return same(self._groups.get(group, {}).get(user), password)


@lru_cache(maxsize=64)
def basic(header: str | None) -> tuple[str, str] | None:
    """Return user and password of an ``Authorization`` header of the basic kind, or None."""
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None


def same(known: str | None, given: str) -> bool:
    """Say whether a password is the known one, in a time that does not tell how nearly."""
    return known is not None and hmac.compare_digest(known.encode(), given.encode())
