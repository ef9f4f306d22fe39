"""Grafana's HTTP API, as far as the provider uses it: folders, dashboards, library panels.

See https://grafana.com/docs/grafana/latest/developers/http_api/. Its client is given a pace of one request at
a time, as concurrent writes lock Grafana's database. Versions guard every write: what somebody saved
meanwhile is not overwritten.
"""

from urllib.parse import quote

from provider.http import Answer, Client
from twins.canonical import dumps
from twins.document import Document

EXISTS = {409, 412}


class Conflict(Exception):  # noqa: N818 - it says what happened
    """What is there is not of the version that the write was for, or should not have been there."""


class Grafana:
    """Grafana as one user. Each call raises `Rejected` or `Unreachable`."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def folder(self, uid: str) -> Document | None:
        """The folder with its title, version and parentUid; None when there is none."""
        return self._found(f"folder {uid}", f"/api/folders/{_quoted(uid)}")

    def create_folder(self, uid: str, title: str, parent: str) -> Document:
        """Make a folder. Raises `Conflict` when there is one."""
        body = {"uid": uid, "title": title} | ({"parentUid": parent} if parent else {})
        answer = self._send("POST", "/api/folders", body)
        if answer.status in EXISTS:
            raise Conflict
        return self._document(f"folder {uid}", answer)

    def rename_folder(self, uid: str, title: str, version: int) -> Document:
        """Give the folder of that version another title. Raises `Conflict`."""
        answer = self._send("PUT", f"/api/folders/{_quoted(uid)}", {"title": title, "version": version})
        if answer.status == 412:
            raise Conflict
        return self._document(f"folder {uid}", answer)

    def move_folder(self, uid: str, parent: str) -> Document:
        """Put the folder into another one, or at the root when `parent` is empty."""
        answer = self._send("POST", f"/api/folders/{_quoted(uid)}/move", {"parentUid": parent})
        return self._document(f"folder {uid}", answer)

    def contents(self, uid: str) -> dict[str, int]:
        """How many things of each kind are in the folder, at any depth; empty if there is no such folder."""
        counts = self._found(f"folder {uid}", f"/api/folders/{_quoted(uid)}/counts") or {}
        return {kind: count for kind, count in counts.items() if count}

    def delete_folder(self, uid: str) -> None:
        """Delete the folder with all that is in it, if there is one."""
        self._delete(f"folder {uid}", f"/api/folders/{_quoted(uid)}")

    def dashboard(self, uid: str) -> Document | None:
        """`dashboard` (the document) and `meta` (version, folderUid, updated, updatedBy); None if missing."""
        return self._found(f"dashboard {uid}", f"/api/dashboards/uid/{_quoted(uid)}")

    def save_dashboard(self, document: Document, folder: str, version: int, message: str) -> int:
        """Store the dashboard in the folder; `version` is that of the one it replaces, 0 for none.

        Gives back the new version. Raises `Conflict` when the one that is there is of another version.
        """
        body = {
            "dashboard": document | {"version": version},
            "folderUid": folder,
            "overwrite": False,
            "message": message,
        }
        answer = self._send("POST", "/api/dashboards/db", body)
        if answer.status == 412:
            raise Conflict
        return int(self._document(f"dashboard {document['uid']}", answer)["version"])

    def delete_dashboard(self, uid: str) -> None:
        """Delete the dashboard, if there is one."""
        self._delete(f"dashboard {uid}", f"/api/dashboards/uid/{_quoted(uid)}")

    def data_source(self, uid: str) -> Document | None:
        """The data source, without its secrets; None if missing."""
        return self._found(f"data source {uid}", f"/api/datasources/uid/{_quoted(uid)}")

    def create_data_source(self, document: Document) -> None:
        """Make a data source, secrets included."""
        answer = self._send("POST", "/api/datasources", document)
        self._expect(f"data source {document['uid']}", answer)

    def update_data_source(self, uid: str, document: Document) -> None:
        """Replace a data source; secrets that are left out stay."""
        answer = self._send("PUT", f"/api/datasources/uid/{_quoted(uid)}", document)
        self._expect(f"data source {uid}", answer)

    def delete_data_source(self, uid: str) -> None:
        """Delete the data source, if there is one."""
        self._delete(f"data source {uid}", f"/api/datasources/uid/{_quoted(uid)}")

    def app(self, plugin: str) -> Document | None:
        """The app's settings, without what is secret in them; None when it is not installed."""
        return self._found(f"app {plugin}", f"/api/plugins/{_quoted(plugin)}/settings")

    def set_app(self, plugin: str, settings: Document) -> None:
        """Replace the app's settings."""
        answer = self._send("POST", f"/api/plugins/{_quoted(plugin)}/settings", settings)
        self._expect(f"app {plugin}", answer)

    def element(self, uid: str) -> Document | None:
        """The library element: uid, name, kind, folderUid, model and version; None if missing."""
        found = self._found(f"library panel {uid}", f"/api/library-elements/{_quoted(uid)}")
        return found["result"] if found else None

    def create_element(self, element: Document) -> int:
        """Make a library element; its version. Raises `Conflict` when its uid or name is taken."""
        answer = self._send("POST", "/api/library-elements", element)
        if answer.status == 400 and "already exists" in answer.text:
            raise Conflict
        return int(self._document(f"library panel {element['uid']}", answer)["result"]["version"])

    def save_element(self, element: Document, version: int) -> int:
        """Store a library element over the one of that version; the new version. Raises `Conflict`."""
        path = f"/api/library-elements/{_quoted(element['uid'])}"
        answer = self._send("PATCH", path, element | {"version": version})
        if answer.status in (404, 412):
            raise Conflict
        return int(self._document(f"library panel {element['uid']}", answer)["result"]["version"])

    def delete_element(self, uid: str) -> bool:
        """Delete the library element, if there is one; False when dashboards use it."""
        answer = self._client.request("DELETE", f"/api/library-elements/{_quoted(uid)}")
        if answer.status not in (403, 404):
            self._expect(f"library panel {uid}", answer)
        return answer.status != 403

    def _send(self, method: str, path: str, body: Document) -> Answer:
        return self._client.request(method, path, body=dumps(body))

    def _found(self, what: str, path: str) -> Document | None:
        answer = self._client.request("GET", path)
        return None if answer.status == 404 else self._document(what, answer)

    def _delete(self, what: str, path: str) -> None:
        answer = self._client.request("DELETE", path)
        if answer.status != 404:
            self._expect(what, answer)

    def _document(self, what: str, answer: Answer) -> Document:
        self._expect(what, answer)
        document: Document = answer.document
        return document

    def _expect(self, what: str, answer: Answer) -> None:
        if answer.status != 200:
            raise self._client.rejected(what, answer)


def _quoted(uid: str) -> str:
    return quote(uid, safe="")
