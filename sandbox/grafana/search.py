"""``/api/search``: folders and dashboards by title, tag, uid or place."""

from multidict import MultiMapping

from sandbox.grafana import dashboards, folders
from sandbox.grafana.names import slug
from sandbox.grafana.store import DASHBOARD, FOLDER, Document, Store

MOST = 1000


def search(store: Store, query: MultiMapping[str]) -> list[Document]:
    """Return what is found, folders first, each kind by title."""
    kind = query.get("type")
    found = []
    if kind in (None, "dash-folder"):
        found += [_folder(store, row) for row in store.all(FOLDER)]
    if kind in (None, "dash-db"):
        found += [_dashboard(store, row) for row in store.all(DASHBOARD)]
    words, tags = query.get("query", "").lower(), query.getall("tag", [])
    uids = query.getall("dashboardUIDs", []) + query.getall("dashboardUID", [])
    places = query.getall("folderUIDs", [])
    hits = [
        hit
        for hit in found
        if words in hit["title"].lower()
        if all(tag in hit["tags"] for tag in tags)
        if not uids or hit["uid"] in uids
        if not places or hit.get("folderUid", "general") in places
    ]
    hits.sort(key=lambda hit: (hit["type"] != "dash-folder", hit["title"].lower()))
    size, page = min(int(query.get("limit", MOST)), 5000), int(query.get("page", 1))
    return hits[(page - 1) * size : page * size]


def _folder(store: Store, row: Document) -> Document:
    return _hit(store, row, row["title"], "dash-folder", folders.url(row), [], row["parentUid"])


def _dashboard(store: Store, row: Document) -> Document:
    document = row["dashboard"]
    tags = document.get("tags") or []
    return _hit(store, row, document["title"], "dash-db", dashboards.url(row), tags, row["folderUid"])


def _hit(
    store: Store, row: Document, title: str, kind: str, url: str, tags: list[str], place: str
) -> Document:
    hit = {
        "id": row["id"],
        "uid": row["uid"],
        "title": title,
        "uri": f"db/{slug(title)}",
        "url": url,
        "slug": "",
        "type": kind,
        "tags": tags,
        "isStarred": False,
        "sortMeta": 0,
    }
    folder = store.get(FOLDER, place)
    if folder is not None:
        hit |= {
            "folderId": folder["id"],
            "folderUid": folder["uid"],
            "folderTitle": folder["title"],
            "folderUrl": folders.url(folder),
        }
    return hit
