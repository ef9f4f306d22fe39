"""What the stand-in knows, by kind and uid, each change written to the journal."""

import json
import secrets
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sandbox.standin.journal import Journal

Document = dict[str, Any]

FOLDER, DASHBOARD, ELEMENT, SOURCE, PLUGIN, ACCOUNT, TOKEN = (
    "folder",
    "dashboard",
    "element",
    "source",
    "plugin",
    "account",
    "token",
)
KINDS = (FOLDER, DASHBOARD, ELEMENT, SOURCE, PLUGIN, ACCOUNT, TOKEN)


class Store:
    """Rows by kind and uid. A row is a document; it is replaced, never changed in place."""

    def __init__(self, journal: Journal | None = None) -> None:
        self._journal = journal
        self._rows: dict[str, dict[str, Document]] = {kind: {} for kind in KINDS}
        self._last_id = 0
        if journal is not None:
            for line in journal.replay():
                self._set(line["kind"], line["uid"], line["row"])

    def get(self, kind: str, uid: str) -> Document | None:
        """Return the row of that uid, if there is one."""
        return self._rows[kind].get(uid)

    def all(self, kind: str) -> Iterator[Document]:
        """Yield every row of a kind in the order in which they were made."""
        return iter(self._rows[kind].values())

    def put(self, kind: str, uid: str, row: Document) -> Document:
        """Make or replace a row."""
        self._set(kind, uid, row)
        self._write(kind, uid, row)
        return row

    def delete(self, kind: str, uid: str) -> None:
        """Remove a row."""
        self._set(kind, uid, None)
        self._write(kind, uid, None)

    def next_id(self) -> int:
        """Return a number that no row has yet."""
        self._last_id += 1
        return self._last_id

    def close(self) -> None:
        """Let go of the journal's file."""
        if self._journal is not None:
            self._journal.close()

    def _set(self, kind: str, uid: str, row: Document | None) -> None:
        if row is None:
            self._rows[kind].pop(uid, None)
        else:
            self._rows[kind][uid] = row
            self._last_id = max(self._last_id, row.get("id", 0))

    def _write(self, kind: str, uid: str, row: Document | None) -> None:
        if self._journal is None:
            return
        self._journal.append(_line(kind, uid, row))
        if self._journal.overgrown(sum(map(len, self._rows.values()))):
            self._journal.rewrite(
                _line(kind, uid, row) for kind, rows in self._rows.items() for uid, row in rows.items()
            )


def new_uid() -> str:
    """Return a uid as Grafana makes them: a letter first, then letters and digits."""
    rest = (secrets.choice(string.ascii_lowercase + string.digits) for _ in range(13))
    return secrets.choice(string.ascii_lowercase) + "".join(rest)


def now() -> str:
    """Return the time as Grafana writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _line(kind: str, uid: str, row: Document | None) -> str:
    return json.dumps({"kind": kind, "uid": uid, "row": row}, separators=(",", ":"))
