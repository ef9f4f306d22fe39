"""Uids, and the part of a URL that is made of a title."""

import re
import unicodedata

from sandbox.grafana.errors import GrafanaError

LONGEST = 40

_UID = re.compile(r"[a-zA-Z0-9_-]+")


def check_uid(uid: str) -> None:
    """Raise the ``GrafanaError`` of a uid that Grafana does not take."""
    if len(uid) > LONGEST:
        raise GrafanaError(400, f"uid too long, max {LONGEST} characters")
    if not _UID.fullmatch(uid):
        raise GrafanaError(400, "uid contains illegal characters")


def slug(title: str) -> str:
    """Return what of a title goes into a URL."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
