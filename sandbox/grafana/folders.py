"""Folders, which may lie in folders.

See https://grafana.com/docs/grafana/latest/developers/http_api/folder/.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.grafana.errors import GrafanaError, folder_not_found
from sandbox.grafana.names import check_uid, slug
from sandbox.grafana.store import DASHBOARD, ELEMENT, FOLDER, Document, Store, new_uid, now

DEEPEST = 4  # folders in each other, Grafana's default
GENERAL = "general"  # what the root is called where a folder is asked for


class Folders:
    """Makes, reads, changes, moves and deletes folders."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def listed(self, parent: str) -> list[Document]:
        """Return the folders right below ``parent``, which is empty for the root."""
        if parent:
            self.row(parent)
        rows = [row for row in self._store.all(FOLDER) if row["parentUid"] == parent]
        found = []
        for row in rows:
            short: Document = {"id": row["id"], "uid": row["uid"], "title": row["title"]}
            found.append(short | ({"parentUid": parent} if parent else {}))
        return sorted(found, key=lambda folder: folder["title"].lower())

    def create(self, body: Document, who: str) -> Document:
        """Make a folder out of ``uid`` (optional), ``title`` and ``parentUid`` (optional)."""
        title = _title(body)
        uid = body.get("uid") or new_uid()
        check_uid(uid)
        parent = body.get("parentUid") or ""
        if self._store.get(FOLDER, uid) is not None or self._store.get(DASHBOARD, uid) is not None:
            raise GrafanaError(412, "the folder has been changed by someone else", status="version-mismatch")
        if parent and self._store.get(FOLDER, parent) is None:
            raise folder_not_found()
        self._check_depth(parent, 1)
        moment = now()
        row = {
            "id": self._store.next_id(),
            "uid": uid,
            "title": title,
            "parentUid": parent,
            "version": 1,
            "created": moment,
            "createdBy": who,
            "updated": moment,
            "updatedBy": who,
        }
        return self.view(self._store.put(FOLDER, uid, row))

    def get(self, uid: str) -> Document:
        """Return a folder. The root has a uid of its own to be asked by."""
        if uid == GENERAL:
            return {
                "id": 0,
                "uid": "",
                "orgId": 0,
                "title": "Dashboards",
                "url": "",
                "version": 0,
                "parents": None,
            }
        return self.view(self.row(uid))

    def update(self, uid: str, body: Document, who: str) -> Document:
        """Give a folder another title; ``version`` must be its own unless ``overwrite`` is set."""
        row = self.row(uid)
        title = _title(body)
        if not body.get("overwrite") and body.get("version") != row["version"]:
            raise GrafanaError(412, "the folder has been changed by someone else", status="version-mismatch")
        changed = row | {"title": title, "version": row["version"] + 1, "updated": now(), "updatedBy": who}
        return self.view(self._store.put(FOLDER, uid, changed))

    def move(self, uid: str, body: Document, who: str) -> Document:
        """Put a folder into another one, or into the root if ``parentUid`` is empty."""
        row = self.row(uid)
        parent = body.get("parentUid") or ""
        if parent:
            self.row(parent)
            if uid in [parent, *(above["uid"] for above in self._above(parent))]:
                raise GrafanaError(400, "failed to move folder: circular reference detected")
        self._check_depth(parent, 1 + self._height(uid))
        return self.view(
            self._store.put(FOLDER, uid, row | {"parentUid": parent, "updated": now(), "updatedBy": who})
        )

    def delete(self, uid: str) -> Document:
        """Delete a folder with all that lies in it."""
        row = self.row(uid)
        inside = {row["uid"], *(below["uid"] for below in self._below(uid))}
        if any(element["folderUid"] in inside and element["connections"] for element in self.elements()):
            raise GrafanaError(403, "folder contains library elements in use")
        for kind in (DASHBOARD, ELEMENT):
            for found in [found for found in self._store.all(kind) if found["folderUid"] in inside]:
                self._store.delete(kind, found["uid"])
        for folder in inside:
            self._store.delete(FOLDER, folder)
        return {"message": "Folder deleted"}

    def counts(self, uid: str) -> Document:
        """Return how much lies in a folder, at any depth."""
        self.row(uid)
        below = {found["uid"] for found in self._below(uid)}
        inside = below | {uid}
        return {
            "folder": len(below),
            "dashboard": sum(found["folderUid"] in inside for found in self._store.all(DASHBOARD)),
            "librarypanel": sum(found["folderUid"] in inside for found in self._store.all(ELEMENT)),
            "alertrule": 0,
        }

    def row(self, uid: str) -> Document:
        """Return what is stored of a folder. Raises ``GrafanaError``."""
        row = self._store.get(FOLDER, uid)
        if row is None:
            raise folder_not_found()
        return row

    def view(self, row: Document) -> Document:
        """Return a folder as the API shows it."""
        view = {
            "id": row["id"],
            "uid": row["uid"],
            "orgId": 1,
            "title": row["title"],
            "url": url(row),
            "hasAcl": False,
            "canSave": True,
            "canEdit": True,
            "canAdmin": True,
            "canDelete": True,
            "createdBy": row["createdBy"],
            "created": row["created"],
            "updatedBy": row["updatedBy"],
            "updated": row["updated"],
            "version": row["version"],
        }
        if row["parentUid"]:
            view["parentUid"] = row["parentUid"]
            above = [self.view(parent) for parent in reversed(list(self._above(row["uid"])))]
            view["parents"] = [
                {key: value for key, value in parent.items() if key != "parents"} for parent in above
            ]
        return view

    def elements(self) -> Iterator[Document]:
        """Yield each library element with the uids of the dashboards that use it."""
        for element in self._store.all(ELEMENT):
            yield element | {"connections": connections(self._store, element["uid"])}

    def _above(self, uid: str) -> Iterator[Document]:
        row = self._store.get(FOLDER, uid)
        while row is not None and row["parentUid"]:
            row = self._store.get(FOLDER, row["parentUid"])
            if row is not None:
                yield row

    def _below(self, uid: str) -> Iterator[Document]:
        for row in [row for row in self._store.all(FOLDER) if row["parentUid"] == uid]:
            yield row
            yield from self._below(row["uid"])

    def _height(self, uid: str) -> int:
        return max(
            (1 + self._height(row["uid"]) for row in self._store.all(FOLDER) if row["parentUid"] == uid),
            default=0,
        )

    def _check_depth(self, parent: str, levels: int) -> None:
        depth = 1 + len(list(self._above(parent))) if parent else 0
        if depth + levels > DEEPEST:
            raise GrafanaError(
                400, "folder max depth exceeded, max depth is 4", messageId="folder.maximum-depth-reached"
            )


def url(row: Document) -> str:
    """Return the path of a folder's page."""
    return f"/dashboards/f/{row['uid']}/{slug(row['title'])}"


def connections(store: Store, element: str) -> list[str]:
    """Return the uids of the dashboards that use a library element."""
    return [row["uid"] for row in store.all(DASHBOARD) if element in _used(row["dashboard"].get("panels"))]


def _used(panels: Any) -> set[str]:
    found = set()
    for panel in panels or []:
        if isinstance(panel, dict):
            found.add((panel.get("libraryPanel") or {}).get("uid", ""))
            found |= _used(panel.get("panels"))
    return found


def _title(body: Document) -> str:
    title = str(body.get("title") or "").strip()
    if not title:
        raise GrafanaError(400, "folder title cannot be empty")
    return title
