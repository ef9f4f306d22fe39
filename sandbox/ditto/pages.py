"""The page for people: what there is, to look at without any client."""

from collections.abc import Iterator
from html import escape

from sandbox.ditto.store import CONNECTION, POLICY, THING, Document, Store
from sandbox.standin.pages import document, page
from sandbox.standin.record import readable


def overview(store: Store) -> str:
    """Return the page as HTML."""
    things = {entity.id: entity.document or {} for entity in store.all(THING)}
    types = {key: thing for key, thing in things.items() if _attributes(thing).get("_isType") is True}
    twins = {key: thing for key, thing in things.items() if key not in types}
    parts = [
        f"<h2>Twins <small>{len(twins)}</small></h2>",
        *_tree(twins),
        f"<h2>Types <small>{len(types)}</small></h2>",
        *(_entry(key, thing) for key, thing in sorted(types.items())),
    ]
    for kind, title in ((POLICY, "Policies"), (CONNECTION, "Connections")):
        entities = {entity.id: entity.document or {} for entity in store.all(kind)}
        parts.append(f"<h2>{title} <small>{len(entities)}</small></h2>")
        parts.extend(_entry(key, entity) for key, entity in sorted(entities.items()))
    return page("Ditto", "".join(parts))


def _tree(twins: dict[str, Document]) -> Iterator[str]:
    """Yield each twin that has no parent, with its children inside."""
    children: dict[str, list[str]] = {}
    roots = []
    for key, thing in sorted(twins.items()):
        parent = _attributes(thing).get("_parents")
        if isinstance(parent, str) and parent in twins and parent != key:
            children.setdefault(parent, []).append(key)
        else:
            roots.append(key)

    def branch(key: str) -> str:
        return _entry(key, twins[key], "".join(map(branch, children.get(key, ()))))

    return map(branch, roots)


def _entry(key: str, entity: Document, inside: str = "") -> str:
    values = "".join(
        f" <small>{escape(feature)}:</small> <code>{escape(readable((inner or {}).get('properties')))}</code>"
        for feature, inner in (entity.get("features") or {}).items()
    )
    return (
        f"<details{' open' if inside else ''}><summary><b>{escape(key)}</b>{values}</summary>"
        f"{document(entity)}{inside}</details>"
    )


def _attributes(thing: Document) -> Document:
    return thing.get("attributes") or {}
