"""Data sources: read whole, written whole, their secrets never shown again.

See https://grafana.com/docs/grafana/latest/developers/http_api/data_source/.
"""

from sandbox.grafana.errors import GrafanaError
from sandbox.grafana.names import LONGEST, check_uid
from sandbox.grafana.store import SOURCE, Document, Store, new_uid

_TEXTS = ("url", "user", "database", "basicAuthUser")
_FLAGS = ("basicAuth", "withCredentials", "isDefault")


class Sources:
    """Makes, reads, changes and deletes data sources."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def listed(self) -> list[Document]:
        """Return all data sources by name."""
        return sorted((view(row) for row in self._store.all(SOURCE)), key=lambda row: row["name"].lower())

    def create(self, body: Document) -> Document:
        """Make a data source out of ``name``, ``type``, ``access`` and what else it needs."""
        _check(body)
        uid = body.get("uid") or new_uid()
        _check_uid(uid)
        if self._store.get(SOURCE, uid) is not None:
            raise GrafanaError(409, "data source with the same uid already exists")
        if self._named(body["name"]) is not None:
            raise GrafanaError(409, "data source with the same name already exists")
        row = self._put(_row(body, uid, self._store.next_id(), 1, {}))
        return {"datasource": view(row), "id": row["id"], "message": "Datasource added", "name": row["name"]}

    def get(self, uid: str) -> Document:
        """Return a data source by its uid."""
        return view(self.row(uid))

    def by_name(self, name: str) -> Document:
        """Return a data source by its name."""
        row = self._named(name)
        if row is None:
            raise _not_found()
        return view(row)

    def update(self, uid: str, body: Document) -> Document:
        """Replace a data source; secrets that are left out stay, another ``version`` is refused."""
        old = self._writable(uid)
        _check(body)
        if body.get("version") and body["version"] != old["version"]:
            raise GrafanaError(
                409, "Datasource has already been updated by someone else. Please reload and try again"
            )
        other = self._named(body["name"])
        if other is not None and other["uid"] != uid:
            raise GrafanaError(409, "data source with the same name already exists")
        new = body.get("uid") or uid
        _check_uid(new)
        if new != uid:
            self._store.delete(SOURCE, uid)
        row = self._put(_row(body, new, old["id"], old["version"] + 1, old["secureJsonData"]))
        return {
            "datasource": view(row),
            "id": row["id"],
            "message": "Datasource updated",
            "name": row["name"],
        }

    def delete(self, uid: str) -> Document:
        """Delete a data source."""
        row = self._writable(uid)
        self._store.delete(SOURCE, uid)
        return {"message": "Data source deleted", "id": row["id"]}

    def provision(self, body: Document) -> None:
        """Make or replace a data source that only its file may change, as provisioning does at a start."""
        known = self._store.get(SOURCE, body["uid"]) or {}
        number = known.get("id") or self._store.next_id()
        self._put(_row(body, body["uid"], number, known.get("version", 0) + 1, {}) | {"readOnly": True})

    def row(self, uid: str) -> Document:
        """Return what is stored of a data source, secrets included. Raises ``GrafanaError``."""
        row = self._store.get(SOURCE, uid)
        if row is None:
            raise _not_found()
        return row

    def _writable(self, uid: str) -> Document:
        row = self.row(uid)
        if row["readOnly"]:
            raise GrafanaError(403, "Cannot change a provisioned data source")
        return row

    def _named(self, name: str) -> Document | None:
        return next((row for row in self._store.all(SOURCE) if row["name"] == name), None)

    def _put(self, row: Document) -> Document:
        if row["isDefault"]:
            for other in [
                other
                for other in self._store.all(SOURCE)
                if other["isDefault"] and other["uid"] != row["uid"]
            ]:
                self._store.put(SOURCE, other["uid"], other | {"isDefault": False})
        return self._store.put(SOURCE, row["uid"], row)


def view(row: Document) -> Document:
    """Return a data source as the API shows it: which secrets it has, but not the secrets."""
    shown = {key: value for key, value in row.items() if key != "secureJsonData"}
    return shown | {"secureJsonFields": dict.fromkeys(row["secureJsonData"], True)}


def _row(body: Document, uid: str, number: int, version: int, secrets: Document) -> Document:
    row: Document = {
        "id": number,
        "uid": uid,
        "orgId": 1,
        "name": body["name"],
        "type": body["type"],
        "typeLogoUrl": "",
    }
    row["access"] = body.get("access") or "proxy"
    row |= {key: body.get(key) or "" for key in _TEXTS} | {key: bool(body.get(key)) for key in _FLAGS}
    row["jsonData"] = body.get("jsonData") or {}
    row["secureJsonData"] = secrets | (body.get("secureJsonData") or {})
    return row | {"version": version, "readOnly": False}


def _check(body: Document) -> None:
    for key in ("name", "type"):
        if not body.get(key):
            raise GrafanaError(400, "bad request data")


def _check_uid(uid: str) -> None:
    try:
        check_uid(uid)
    except GrafanaError:
        raise GrafanaError(
            400, f"invalid datasource uid: letters, digits, - and _ only, at most {LONGEST} characters"
        ) from None


def _not_found() -> GrafanaError:
    return GrafanaError(404, "Data source not found")
