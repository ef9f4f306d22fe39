"""Library panels of Grafana as resources: a Unity panel is one, which dashboards refer to.

A library element has no tags. Ours is one whose description ends in `managed-by:<project>/<stack>`. Each write
names the version that it replaces, so that what somebody saved in Grafana meanwhile is not overwritten.
"""

import re
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult

from provider.base import Provider, document, gone, own
from provider.errors import Foreign, ProviderError
from provider.grafana import Conflict
from twins.canonical import dumps
from twins.document import Document

MARK = re.compile(r"\(managed-by:(\S+)\)$")


def marked(element: Document, stack: str) -> Document:
    """The element as this stack's own."""
    model = element["model"]
    description = f"{model.get('description', '')} (managed-by:{stack})".strip()
    return element | {"model": model | {"description": description}}


def owner(element: Document) -> str:
    """The stack that the element is marked as; empty for none."""
    found = MARK.search(str(element["model"].get("description") or ""))
    return found[1] if found else ""


class LibraryPanelProvider(Provider):
    """Saves library panels, each on the version that was seen last."""

    spec = "UnityPanel"
    identity = "uid"

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make it; one that exists is refused unless it is ours or to be adopted."""
        wanted = document(props["document"])
        with self.about(props):
            try:
                version = self.reach.grafana.create_element(wanted)
            except Conflict:
                found = self.reach.grafana.element(props["uid"])
                if found is None:
                    raise ProviderError(
                        f"a library panel in the same folder is called {wanted['name']!r} already; give this"
                        " one another title"
                    ) from None
                if owner(found) != owner(wanted) and not props.get("adopt"):
                    raise _foreign(props["uid"], owner(found)) from None
                version = self._save(wanted, int(found["version"]))
        return CreateResult(props["uid"], own(props) | {"version": version})

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Save it anew, if nobody else has meanwhile."""
        with self.about(_news):
            version = self._save(document(_news["document"]), int(_olds.get("version") or 0))
        return UpdateResult(own(_news) | {"version": version})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What is declared, as it is live, and which version that is."""
        declared = document(props["document"])
        with self.about(props):
            found = self.reach.grafana.element(id_)
        if found is None or (owner(found) and owner(found) != owner(declared)):
            return gone()
        inputs = {name: value for name, value in own(props).items() if name != "version"}
        inputs["document"] = dumps(_declared_part(declared, found))
        return ReadResult(id_, inputs | {"version": found["version"]}, inputs)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove it if it still has our mark and no dashboard uses it."""
        with self.about(_props):
            found = self.reach.grafana.element(_id)
            if found is None:
                return
            if owner(found) != owner(document(_props["document"])):
                self.reach.say(
                    f"library panel {_id} is left in Grafana: it has not this stack's mark any more"
                )
            elif not self.reach.grafana.delete_element(_id):
                self.reach.say(
                    f"library panel {_id} is left in Grafana, as dashboards use it that are not of this stack"
                )

    def _save(self, wanted: Document, version: int) -> int:
        grafana, uid = self.reach.grafana, wanted["uid"]
        try:
            return grafana.save_element(wanted, version)
        except Conflict:
            found = grafana.element(uid)
        if found is None:
            raise ProviderError(
                f"library panel {uid} is not in Grafana any more; `pulumi refresh` notices it"
            )
        if dumps(_declared_part(wanted, found)) == dumps(wanted):
            return int(found["version"])  # a run that was cut off had come this far
        raise ProviderError(
            f"library panel {uid} was saved in Grafana by somebody: it is version {found['version']} instead of"
            f" {version}. It was not overwritten. `pulumi refresh` takes note of it, and the next `pulumi up`"
            " sets what is declared"
        )


def _declared_part(declared: Document, live: Document) -> Document:
    """What is declared of an element, as it is live."""
    model = {key: live["model"][key] for key in declared["model"] if key in live["model"]}
    return {key: live.get(key) for key in declared} | {"model": model}


def _foreign(uid: str, theirs: str) -> Foreign:
    whose = f"it is marked as {theirs}" if theirs else "it is not marked as anybody's"
    return Foreign(
        f"library panel {uid} exists in Grafana already and is not this stack's: {whose}. It was not touched."
        " To take it over, write `adopt: true` in its spec: it is then replaced by what is declared"
    )


class LibraryPanel(Resource, module="opentwins", name="LibraryPanel"):
    """The library panel `uid` in Grafana: uid, name, kind, folderUid and model, as Grafana's API takes them."""

    def __init__(
        self, uid: str, document: Document, adopt: bool = False, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        inputs = {"uid": uid, "document": dumps(document), "adopt": adopt}
        super().__init__(LibraryPanelProvider(), uid, inputs, opts)
