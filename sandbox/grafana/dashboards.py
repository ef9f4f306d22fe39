"""Dashboards: saved whole, with a version that goes up each time.

See https://grafana.com/docs/grafana/latest/developers/http_api/dashboard/.
"""

from typing import Any

from sandbox.grafana import folders
from sandbox.grafana.errors import GrafanaError
from sandbox.grafana.names import check_uid, slug
from sandbox.grafana.store import DASHBOARD, FOLDER, Document, Store, new_uid, now

LONGEST_MESSAGE = 500


class Dashboards:
    """Saves, reads and deletes dashboards."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def save(self, body: Document, who: str) -> Document:
        """Make or replace a dashboard, by the rules of ``id``, ``uid``, ``version`` and ``overwrite``."""
        dashboard = body.get("dashboard")
        if not isinstance(dashboard, dict):
            raise GrafanaError(400, "bad request data")
        title = str(dashboard.get("title") or "").strip()
        if not title:
            raise GrafanaError(400, "Dashboard title cannot be empty", status="empty-name")
        if len(body.get("message") or "") > LONGEST_MESSAGE:
            raise GrafanaError(400, f"message too long, max {LONGEST_MESSAGE} characters")
        folder = body.get("folderUid") or ""
        if folder and self._store.get(FOLDER, folder) is None:
            raise GrafanaError(400, "Folder not found")
        uid = str(dashboard.get("uid") or "").strip()
        if uid:
            check_uid(uid)
        stored = self._stored(dashboard.get("id"), uid)
        if stored and not body.get("overwrite") and dashboard.get("version") != stored["version"]:
            raise GrafanaError(
                412, "The dashboard has been changed by someone else", status="version-mismatch"
            )
        if self._store.get(FOLDER, uid) is not None:
            raise GrafanaError(400, "A Dashboard cannot be a folder's", status="error")
        row = self._saved(dashboard | {"title": title}, stored, folder, who, body.get("message") or "")
        return {
            "folderUid": folder,
            "id": row["id"],
            "slug": slug(title),
            "status": "success",
            "uid": row["uid"],
            "url": url(row),
            "version": row["version"],
        }

    def get(self, uid: str) -> Document:
        """Return a dashboard with what Grafana knows about it."""
        row = self.row(uid)
        folder = self._store.get(FOLDER, row["folderUid"])
        meta = {
            "type": "db",
            "canSave": True,
            "canEdit": True,
            "canAdmin": True,
            "canStar": True,
            "canDelete": True,
            "slug": slug(row["dashboard"]["title"]),
            "url": url(row),
            "expires": "0001-01-01T00:00:00Z",
            "created": row["created"],
            "updated": row["updated"],
            "updatedBy": row["updatedBy"],
            "createdBy": row["createdBy"],
            "version": row["version"],
            "hasAcl": False,
            "isFolder": False,
            "folderId": folder["id"] if folder else 0,
            "folderUid": row["folderUid"],
            "folderTitle": folder["title"] if folder else "Dashboards",
            "folderUrl": folders.url(folder) if folder else "",
            "provisioned": False,
            "provisionedExternalId": "",
        }
        return {"meta": meta, "dashboard": row["dashboard"]}

    def delete(self, uid: str) -> Document:
        """Delete a dashboard."""
        row = self.row(uid)
        self._store.delete(DASHBOARD, uid)
        title = row["dashboard"]["title"]
        return {"title": title, "message": f"Dashboard {title} deleted", "uid": uid}

    def versions(self, uid: str) -> Document:
        """Return who saved a dashboard when, the newest first. Only the newest is kept."""
        row = self.row(uid)
        version = {
            "id": row["id"],
            "dashboardId": row["id"],
            "dashboardUID": uid,
            "parentVersion": row["version"] - 1,
            "restoredFrom": 0,
            "version": row["version"],
            "created": row["updated"],
            "createdBy": row["updatedBy"],
            "message": row["message"],
        }
        return {"continueToken": "", "versions": [version]}

    def row(self, uid: str) -> Document:
        """Return what is stored of a dashboard. Raises ``GrafanaError``."""
        row = self._store.get(DASHBOARD, uid)
        if row is None:
            raise _not_found()
        return row

    def _stored(self, dashboard_id: Any, uid: str) -> Document | None:
        """Return the dashboard to be replaced; an unknown id is an error, an unknown uid is a new one."""
        if isinstance(dashboard_id, int) and dashboard_id > 0:
            found = [row for row in self._store.all(DASHBOARD) if row["id"] == dashboard_id]
            if not found:
                raise _not_found()
            if uid and uid != found[0]["uid"]:
                other = self._store.get(DASHBOARD, uid)
                if other is not None:
                    raise GrafanaError(
                        412, "A dashboard with the same uid already exists", status="name-exists"
                    )
            return found[0]
        return self._store.get(DASHBOARD, uid) if uid else None

    def _saved(
        self, dashboard: Document, stored: Document | None, folder: str, who: str, message: str
    ) -> Document:
        moment = now()
        uid = dashboard.get("uid") or (stored["uid"] if stored else new_uid())
        number = stored["id"] if stored else self._store.next_id()
        version = stored["version"] + 1 if stored else 1
        if stored and stored["uid"] != uid:
            self._store.delete(DASHBOARD, stored["uid"])
        row = {
            "id": number,
            "uid": uid,
            "version": version,
            "folderUid": folder,
            "message": message,
            "dashboard": dashboard | {"id": number, "uid": uid, "version": version},
            "created": stored["created"] if stored else moment,
            "createdBy": stored["createdBy"] if stored else who,
            "updated": moment,
            "updatedBy": who,
        }
        return self._store.put(DASHBOARD, uid, row)


def url(row: Document) -> str:
    """Return the path of a dashboard's page."""
    return f"/d/{row['uid']}/{slug(row['dashboard']['title'])}"


def _not_found() -> GrafanaError:
    return GrafanaError(404, "Dashboard not found", status="not-found")
