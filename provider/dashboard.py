"""Grafana dashboards as resources.

Ours is a dashboard with our tag `managed-by:<project>/<stack>`. Each write names the version that it
replaces, so that what somebody saved in Grafana meanwhile is reported and not overwritten; a refresh takes
note of it, and then it is a difference like any other.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult

from provider.base import Provider, document, gone, own
from provider.errors import Foreign, ProviderError
from provider.folder import brought
from provider.grafana import Conflict
from twins.canonical import dumps
from twins.document import Document

OWNED = "managed-by:"
MESSAGE = "declared by pulumi"

# What Grafana sets or changes by itself when it stores a dashboard.
SERVER_OWN = {"id", "version", "iteration"}


def comparable(dashboard: Document) -> Document:
    """A dashboard without what Grafana makes of it."""
    rest = {key: value for key, value in dashboard.items() if key not in SERVER_OWN}
    return rest | {"title": str(rest.get("title", "")).strip()}


def declared_part(declared: Document, live: Document) -> Document:
    """What is declared of a dashboard, as it is live: each of its top-level keys as a whole."""
    return {key: live[key] for key in declared if key in live}


def owners(dashboard: Document) -> set[str]:
    """The stacks that the dashboard's tags name as its owners."""
    return {tag for tag in dashboard.get("tags") or [] if str(tag).startswith(OWNED)}


class DashboardProvider(Provider):
    """Saves dashboards, each on the version that was seen last."""

    spec = "Dashboard"
    identity = "uid"
    compared = ("document", "folder")

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make it; one that exists is refused unless it is ours or to be adopted."""
        with self.about(props):
            try:
                version = self._save(props, 0)
            except Conflict:
                found = self._existing(props["uid"])
                if not (_is_ours(props, found) or _is_the_same(props, found) or props.get("adopt")):
                    raise _foreign(props["uid"], found) from None
                version = self._save_over(props, found, int(found["meta"]["version"]))
        return CreateResult(props["uid"], own(props) | {"version": version})

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Save it anew, if nobody else has meanwhile."""
        with self.about(_news):
            seen_last = int(_olds.get("version") or 0)
            try:
                version = self._save(_news, seen_last)
            except Conflict:
                version = self._save_over(_news, self._existing(_id), seen_last)
        return UpdateResult(own(_news) | {"version": version})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What is declared, as it is live, and which version that is."""
        with self.about(props):
            found = self.reach.grafana.dashboard(id_)
        if found is None:
            return gone()
        declared, live = comparable(document(props["document"])), comparable(found["dashboard"])
        theirs = owners(live)
        if theirs and not theirs & owners(declared):
            self.reach.say(
                f"dashboard {id_} is not this stack's any more: its tags say {', '.join(sorted(theirs))}"
            )
            return gone()
        part = declared_part(declared, live)
        inputs = {name: value for name, value in own(props).items() if name != "version"}
        inputs["folder"] = found["meta"].get("folderUid") or ""
        if dumps(part) != dumps(declared):
            inputs["document"] = dumps(part)
        return ReadResult(id_, inputs | {"version": found["meta"]["version"]}, inputs)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove it if it still has our tag."""
        with self.about(_props):
            found = self.reach.grafana.dashboard(_id)
            if found is None:
                return
            if not owners(found["dashboard"]) & owners(document(_props["document"])):
                self.reach.say(
                    f"dashboard {_id} is left in Grafana: it does not have this stack's tag any more, so it"
                    " is somebody else's now"
                )
                return
            self.reach.grafana.delete_dashboard(_id)

    def _save(self, props: dict[str, Any], version: int) -> int:
        where = document(props["document"]), props["folder"], version, MESSAGE
        try:
            return self.reach.grafana.save_dashboard(*where)
        except ProviderError:
            if not brought(self.reach, props["folder"]):
                raise
        return self.reach.grafana.save_dashboard(*where)

    def _save_over(self, props: dict[str, Any], found: Document, version: int) -> int:
        """Save over what was found, if that is of the version, or is what is declared already."""
        meta = found["meta"]
        declared, live = comparable(document(props["document"])), comparable(found["dashboard"])
        if dumps(live) == dumps(declared) and (meta.get("folderUid") or "") == props["folder"]:
            return int(meta["version"])  # a run that was cut off had come this far
        if int(meta["version"]) == version:
            try:
                return self._save(props, version)
            except Conflict:
                found = self._existing(props["uid"])
                meta = found["meta"]
        raise ProviderError(
            f"dashboard {props['uid']} was saved in Grafana by {meta.get('updatedBy') or 'somebody'} at"
            f" {meta.get('updated')}: it is version {meta['version']} instead of {version}. It was not"
            " overwritten. To keep that, bring it into the spec; to drop it, `pulumi refresh` takes note of"
            " it, and the next `pulumi up` sets what is declared"
        )

    def _existing(self, uid: str) -> Document:
        found = self.reach.grafana.dashboard(uid)
        if found is None:
            raise ProviderError(
                f"dashboard {uid} is not in Grafana, or may not be seen; `pulumi refresh` notices it"
            )
        return found


def _is_ours(props: dict[str, Any], found: Document) -> bool:
    return bool(owners(found["dashboard"]) & owners(document(props["document"])))


def _is_the_same(props: dict[str, Any], found: Document) -> bool:
    """Whether it is nobody's, and just what is declared: what was made in the editor, and then saved as a file."""
    live, declared = comparable(found["dashboard"]), comparable(document(props["document"]))
    if owners(live):
        return False
    others = [tag for tag in declared.get("tags") or [] if tag not in owners(declared)]
    return dumps(live | {"tags": live.get("tags") or []}) == dumps(declared | {"tags": others})


def _foreign(uid: str, found: Document) -> Foreign:
    theirs = owners(found["dashboard"])
    whose = (
        f"its tags say {', '.join(sorted(theirs))}" if theirs else f"it has no tag that starts with {OWNED}"
    )
    return Foreign(
        f"dashboard {uid} exists in Grafana already and is not this stack's: {whose}. It was not touched. To"
        " take it over, write `adopt: true` in the Dashboard with that id, or in the file in grafana/ that it is"
        " of (one that is made by itself needs a Dashboard declared for it): it is then replaced by what is"
        " declared"
    )


class Dashboard(Resource, module="opentwins", name="Dashboard"):
    """The dashboard `uid` in Grafana, with this document, in the folder with that uid (empty for none)."""

    def __init__(
        self,
        uid: str,
        document: Document,
        folder: str = "",
        adopt: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"uid": uid, "document": dumps(document | {"uid": uid}), "folder": folder, "adopt": adopt}
        super().__init__(DashboardProvider(), uid, inputs, opts)
