"""Grafana folders as resources.

A folder carries no marker. One that exists with just the title and parent that are declared needs nothing
done to it, so that a run which was cut off goes on; another one is refused unless its spec adopts it. A
folder that still holds something is not deleted, as Grafana would delete that with it.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult

from grafana.folders import folders
from provider.base import Provider, gone, own, seen
from provider.errors import Foreign, ProviderError
from provider.grafana import Conflict
from provider.reach import Reach
from provider.specs import load_specs
from twins.document import Document


class FolderProvider(Provider):
    """Makes, renames and moves folders."""

    identity = "uid"
    compared = ("title", "parent")

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make it; another one of that uid is refused unless it is to be adopted."""
        uid, title, parent = props["uid"], props["title"], props["parent"]
        try:
            folder = self.reach.grafana.create_folder(uid, title, parent)
        except Conflict:
            folder = self._existing(uid)
            if (folder["title"], _parent(folder)) != (title, parent):
                if not props.get("adopt"):
                    raise Foreign(
                        f"folder {uid} exists in Grafana already, as {folder['title']!r}. It was not touched."
                        f" Call it {title!r} there, {_inside(parent)}, to have it used; or delete it there"
                    ) from None
                folder = self._changed(props, folder, int(folder["version"]))
        return CreateResult(uid, own(props) | {"version": folder["version"]})

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Rename or move it, if nobody else has meanwhile."""
        folder = self._changed(_news, self._existing(_id), int(_olds.get("version") or 0))
        return UpdateResult(own(_news) | {"version": folder["version"]})

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Its title and parent, as they are live."""
        folder = self.reach.grafana.folder(id_)
        if folder is None:
            return gone()
        result = seen(id_, own(props) | {"title": folder["title"], "parent": _parent(folder)})
        inputs = {name: value for name, value in (result.inputs or {}).items() if name != "version"}
        return ReadResult(id_, inputs | {"version": folder["version"]}, inputs)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove it, unless there is something in it that is not ours."""
        if left := self.reach.grafana.contents(_id):
            held = ", ".join(f"{kind}: {count}" for kind, count in sorted(left.items()))
            self.reach.say(f"folder {_id} is left in Grafana, as there is something in it ({held})")
            return
        self.reach.grafana.delete_folder(_id)

    def _existing(self, uid: str) -> Document:
        folder = self.reach.grafana.folder(uid)
        if folder is None:
            raise ProviderError(
                f"folder {uid} is not in Grafana, or may not be seen; `pulumi refresh` notices it"
            )
        return folder

    def _changed(self, props: dict[str, Any], folder: Document, version: int) -> Document:
        uid, grafana = props["uid"], self.reach.grafana
        if folder["title"] != props["title"]:
            try:
                folder = grafana.rename_folder(uid, props["title"], version)
            except Conflict:
                raise ProviderError(
                    f"folder {uid} was changed in Grafana by {folder.get('updatedBy') or 'somebody'} at"
                    f" {folder.get('updated')}: it is now {folder['title']!r}, version {folder['version']}"
                    f" instead of {version}. It was not overwritten. `pulumi refresh` takes note of the"
                    " change, and the next `pulumi up` sets what is declared"
                ) from None
        return folder if _parent(folder) == props["parent"] else grafana.move_folder(uid, props["parent"])


def brought(reach: Reach, uid: str) -> bool:
    """Make a folder of the specs that Grafana lacks, with those around it; False if it has it or nobody declares it.

    A Grafana in another one's place has none of them, and what is in them may change before a refresh notices.
    """
    if not uid or reach.grafana.folder(uid) is not None:
        return False
    every = {folder.uid: folder for folder in folders(load_specs(reach.settings))}
    line = []
    while uid in every:
        line.append(every[uid])
        uid = every[uid].parent
    for folder in reversed(line):
        if reach.grafana.folder(folder.uid) is None:
            reach.grafana.create_folder(folder.uid, folder.title, folder.parent)
    return bool(line)


def _inside(parent: str) -> str:
    return f"and move it into the folder {parent}" if parent else "in no other folder"


def _parent(folder: Document) -> str:
    return folder.get("parentUid") or ""


class Folder(Resource, module="opentwins", name="Folder"):
    """The folder `uid` in Grafana; `parent` is the uid of the one it is in, empty for none."""

    def __init__(
        self,
        uid: str,
        title: str,
        parent: str = "",
        adopt: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"uid": uid, "title": title, "parent": parent, "adopt": adopt}
        super().__init__(FolderProvider(), uid, inputs, opts)
