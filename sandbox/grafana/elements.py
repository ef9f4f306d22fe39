"""Library panels: panels that dashboards share.

See https://grafana.com/docs/grafana/latest/developers/http_api/library_element/.
"""

from sandbox.grafana.errors import GrafanaError
from sandbox.grafana.folders import connections
from sandbox.grafana.names import LONGEST, check_uid
from sandbox.grafana.store import DASHBOARD, ELEMENT, FOLDER, Document, Store, new_uid, now

PANEL, VARIABLE = 1, 2


class Elements:
    """Makes, reads, changes and deletes library elements."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, body: Document, who: str) -> Document:
        """Make an element out of ``name``, ``kind``, ``model`` and, if given, ``uid`` and ``folderUid``."""
        if body.get("kind") not in (PANEL, VARIABLE):
            raise GrafanaError(400, "unsupported kind")
        name = _name(body.get("name"))
        uid = body.get("uid") or new_uid()
        _check_uid(uid)
        folder = self._folder(body.get("folderUid") or "")
        if self._store.get(ELEMENT, uid) is not None or self._named(name, folder, body["kind"]):
            raise _exists()
        moment = now()
        row = {
            "id": self._store.next_id(),
            "uid": uid,
            "folderUid": folder,
            "name": name,
            "kind": body["kind"],
            "model": body.get("model") or {},
            "version": 1,
            "created": moment,
            "createdBy": who,
            "updated": moment,
            "updatedBy": who,
        }
        return self._view(self._store.put(ELEMENT, uid, row))

    def get(self, uid: str) -> Document:
        """Return an element."""
        return self._view(self._row(uid))

    def listed(self, query: dict[str, str]) -> Document:
        """Return a page of the elements that ``searchString``, ``kind`` and ``folderFilterUIDs`` find."""
        page, size = int(query.get("page", 1)), int(query.get("perPage", 100))
        wanted = query.get("searchString", "").lower()
        in_folders = query.get("folderFilterUIDs")
        found = [
            row
            for row in self._store.all(ELEMENT)
            if wanted in row["name"].lower()
            if "kind" not in query or row["kind"] == int(query["kind"])
            if in_folders is None or row["folderUid"] in in_folders.replace("general", "").split(",")
        ]
        found.sort(key=lambda row: row["name"].lower())
        shown = [self._view(row)["result"] for row in found[(page - 1) * size : page * size]]
        return {"result": {"totalCount": len(found), "page": page, "perPage": size, "elements": shown}}

    def named(self, name: str) -> Document:
        """Return the elements of that name."""
        found = [row for row in self._store.all(ELEMENT) if row["name"] == name]
        if not found:
            raise _not_found()
        return {"result": [self._view(row)["result"] for row in found]}

    def update(self, uid: str, body: Document, who: str) -> Document:
        """Change an element; ``version`` must be its own. What is not given stays."""
        row = self._row(uid)
        if body.get("kind", row["kind"]) not in (PANEL, VARIABLE):
            raise GrafanaError(400, "unsupported kind")
        if body.get("version") != row["version"]:
            raise GrafanaError(412, "the library element has been changed by someone else")
        new = body.get("uid") or uid
        _check_uid(new)
        name = _name(body.get("name") or row["name"])
        folder = self._folder(body["folderUid"] or "") if "folderUid" in body else row["folderUid"]
        others = self._named(name, folder, row["kind"])
        if any(other["uid"] != uid for other in others) or (new != uid and self._store.get(ELEMENT, new)):
            raise _exists()
        changed = row | {
            "uid": new,
            "name": name,
            "folderUid": folder,
            "model": body.get("model") or row["model"],
            "version": row["version"] + 1,
            "updated": now(),
            "updatedBy": who,
        }
        if new != uid:
            self._store.delete(ELEMENT, uid)
        return self._view(self._store.put(ELEMENT, new, changed))

    def delete(self, uid: str) -> Document:
        """Delete an element that no dashboard uses."""
        row = self._row(uid)
        if connections(self._store, uid):
            raise GrafanaError(403, "the library element has connections")
        self._store.delete(ELEMENT, uid)
        return {"message": "Library element deleted", "id": row["id"]}

    def connections(self, uid: str) -> Document:
        """Return which dashboards use an element."""
        row = self._row(uid)
        return {
            "result": [
                {
                    "id": number,
                    "kind": 1,
                    "elementId": row["id"],
                    "connectionId": dashboard["id"],
                    "connectionUid": used,
                }
                for number, used in enumerate(connections(self._store, uid), 1)
                if (dashboard := self._store.get(DASHBOARD, used)) is not None
            ]
        }

    def _row(self, uid: str) -> Document:
        row = self._store.get(ELEMENT, uid)
        if row is None:
            raise _not_found()
        return row

    def _folder(self, uid: str) -> str:
        if uid and self._store.get(FOLDER, uid) is None:
            raise GrafanaError(400, "folder not found")
        return uid

    def _named(self, name: str, folder: str, kind: int) -> list[Document]:
        return [
            row
            for row in self._store.all(ELEMENT)
            if (row["name"], row["folderUid"], row["kind"]) == (name, folder, kind)
        ]

    def _view(self, row: Document) -> Document:
        folder = self._store.get(FOLDER, row["folderUid"])
        model = row["model"]
        used = connections(self._store, row["uid"])
        return {
            "result": {
                "id": row["id"],
                "orgId": 1,
                "folderId": folder["id"] if folder else 0,
                "folderUid": row["folderUid"],
                "uid": row["uid"],
                "name": row["name"],
                "kind": row["kind"],
                "type": model.get("type", ""),
                "description": model.get("description", ""),
                "model": model | {"libraryPanel": {"uid": row["uid"], "name": row["name"]}},
                "version": row["version"],
                "meta": {
                    "folderName": folder["title"] if folder else "General",
                    "folderUid": row["folderUid"],
                    "connectedDashboards": len(used),
                    "created": row["created"],
                    "updated": row["updated"],
                    "createdBy": {"avatarUrl": "", "id": 1, "name": row["createdBy"]},
                    "updatedBy": {"avatarUrl": "", "id": 1, "name": row["updatedBy"]},
                },
            }
        }


def _name(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise GrafanaError(400, "name cannot be empty")
    return value


def _check_uid(uid: str) -> None:
    if len(uid) > LONGEST:
        raise GrafanaError(400, f"the library element's uid is too long, max {LONGEST} characters")
    check_uid(uid)


def _exists() -> GrafanaError:
    return GrafanaError(400, "library element with that name or UID already exists")


def _not_found() -> GrafanaError:
    return GrafanaError(404, "library element could not be found")
