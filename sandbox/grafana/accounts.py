"""Service accounts and their tokens, which are shown once.

See https://grafana.com/docs/grafana/latest/developers/http_api/serviceaccount/.
"""

import hashlib
import secrets
import time
from typing import Any

from sandbox.grafana.errors import GrafanaError
from sandbox.grafana.store import ACCOUNT, TOKEN, Document, Store, now

ROLES = ("None", "Viewer", "Editor", "Admin")
PREFIX = "glsa_"


class Accounts:
    """Makes, lists and deletes service accounts and tokens, and knows whose token one is."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, body: Document) -> Document:
        """Make a service account out of ``name`` and ``role``."""
        name, role = body.get("name") or "", body.get("role") or "None"
        if not name:
            raise GrafanaError(400, "bad request data")
        if role not in ROLES:
            raise GrafanaError(400, "invalid role specified")
        if any(row["name"] == name for row in self._store.all(ACCOUNT)):
            raise GrafanaError(
                400, "service account already exists", messageId="serviceaccounts.ErrAlreadyExists"
            )
        number = self._store.next_id()
        row = {
            "id": number,
            "uid": f"sa{number}",
            "name": name,
            "login": f"sa-1-{name.lower().replace(' ', '-')}",
            "orgId": 1,
            "isDisabled": bool(body.get("isDisabled")),
            "role": role,
            "tokens": 0,
            "avatarUrl": "",
        }
        return self._store.put(ACCOUNT, str(number), row)

    def listed(self, query: str) -> Document:
        """Return the service accounts whose name contains ``query``."""
        found = [
            self.get(str(row["id"]))
            for row in self._store.all(ACCOUNT)
            if query.lower() in row["name"].lower()
        ]
        return {"totalCount": len(found), "serviceAccounts": found, "page": 1, "perPage": 1000}

    def get(self, number: str) -> Document:
        """Return a service account."""
        row = self._store.get(ACCOUNT, number)
        if row is None:
            raise GrafanaError(404, "service account not found", messageId="serviceaccounts.ErrNotFound")
        return row | {"tokens": len(self.tokens(number))}

    def delete(self, number: str) -> Document:
        """Delete a service account with its tokens."""
        self.get(number)
        for token in self.tokens(number):
            self._store.delete(TOKEN, str(token["id"]))
        self._store.delete(ACCOUNT, number)
        return {"message": "Service account deleted"}

    def tokens(self, number: str) -> list[Document]:
        """Return the tokens of a service account, without what opens it."""
        rows = [row for row in self._store.all(TOKEN) if row["account"] == number]
        return [{key: value for key, value in row.items() if key not in ("account", "hash")} for row in rows]

    def create_token(self, number: str, body: Document) -> Document:
        """Make a token out of ``name`` and ``secondsToLive`` (0: for ever); no later answer has its key."""
        self.get(number)
        name = body.get("name") or ""
        if not name:
            raise GrafanaError(400, "bad request data")
        if any(row["name"] == name for row in self._store.all(TOKEN)):
            raise GrafanaError(409, "service account token name already exists")
        key = f"{PREFIX}{secrets.token_urlsafe(24)}_{secrets.token_hex(4)}"
        seconds = int(body.get("secondsToLive") or 0)
        row = {
            "id": self._store.next_id(),
            "name": name,
            "account": number,
            "hash": _hash(key),
            "created": now(),
            "expiration": time.time() + seconds if seconds else None,
            "hasExpired": False,
            "isRevoked": False,
        }
        self._store.put(TOKEN, str(row["id"]), row)
        return {"id": row["id"], "name": name, "key": key}

    def delete_token(self, number: str, token: str) -> Document:
        """Delete a token."""
        row = self._store.get(TOKEN, token)
        if row is None or row["account"] != number:
            raise GrafanaError(404, "service account token not found")
        self._store.delete(TOKEN, token)
        return {"message": "Service account token deleted"}

    def login_of(self, key: str) -> str | None:
        """Return who has that token, unless it is over."""
        known = _hash(key)
        for row in self._store.all(TOKEN):
            if row["hash"] == known and not (row["expiration"] and row["expiration"] < time.time()):
                account: Any = self._store.get(ACCOUNT, row["account"])
                return None if account is None or account["isDisabled"] else str(account["login"])
        return None


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
