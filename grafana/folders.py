"""The folders that the dashboards are in: they follow the tree of twins."""

from dataclasses import dataclass

from grafana.names import title, uid
from twins.specs import Specs

ROOT = "opentwins"
TYPES = "opentwins-types"
DEEPEST = 4  # Grafana's own limit of folders inside folders


@dataclass(frozen=True)
class FolderDocument:
    """A folder of Grafana; `parent` is the uid of the one it is in, empty at the top."""

    uid: str
    title: str
    parent: str


def folders(specs: Specs) -> list[FolderDocument]:
    """All folders, each parent before its children.

    A twin that others are parts of has a folder, which is in that of the twin that it is a part of itself.
    """
    found = [FolderDocument(ROOT, "OpenTwins", "")]
    if specs.types:
        found.append(FolderDocument(TYPES, "Types", ROOT))
    with_parts = {declared.spec.parent for declared in specs.twins.values()} - {None}
    lines = [(_line(twin, specs), twin) for twin in specs.twins if twin in with_parts]
    for line, twin in sorted(lines, key=lambda each: (len(each[0]), each[1])):
        if len(line) < DEEPEST:
            parent = twin_folder(line[-2], specs) if len(line) > 1 else ROOT
            name = title(twin, dict(specs.twins[twin].spec.attributes))
            found.append(FolderDocument(uid("folder", twin), name, parent))
    return found


def twin_folder(twin_id: str, specs: Specs) -> str:
    """The uid of the folder that a twin's dashboard is in: its own, or the nearest above."""
    with_parts = {declared.spec.parent for declared in specs.twins.values()}
    line = _line(twin_id, specs)
    if twin_id not in with_parts:
        line = line[:-1]
    return uid("folder", line[: DEEPEST - 1][-1]) if line else ROOT


def _line(twin_id: str, specs: Specs) -> list[str]:
    """The twin and those that it is a part of, from the top down."""
    line = [twin_id]
    while (parent := specs.twins[line[0]].spec.parent) and parent in specs.twins and parent not in line:
        line.insert(0, parent)
    return line
