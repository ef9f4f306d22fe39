"""The page for people: the tree of twins with their values, types, policies, connections."""

from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from sandbox.ditto.documents import dumps
from sandbox.ditto.store import CONNECTION, POLICY, THING, Document, Store
from sandbox.standin.pages import document, page
from sandbox.standin.record import masked

SHOWN = 300  # of each kind; a page of a thousand twins is read by nobody


def overview(store: Store) -> str:
    """Return the page as HTML."""
    things = {entity.id: entity.document or {} for entity in store.all(THING)}
    types = {key: thing for key, thing in things.items() if _attributes(thing).get("_isType") is True}
    twins = {key: thing for key, thing in things.items() if key not in types}
    children = _children(twins)
    below = {child for found in children.values() for child in found}

    def branch(key: str) -> str:
        return _entry(key, twins[key], "".join(map(branch, children.get(key, ()))))

    roots = [key for key in twins if key not in below]
    parts = [
        _section("Twins", len(twins), roots, branch),
        _all("Types", types),
    ]
    for kind, title in ((POLICY, "Policies"), (CONNECTION, "Connections")):
        parts.append(_all(title, {entity.id: entity.document or {} for entity in store.all(kind)}))
    return page("Ditto", "".join(parts))


def _all(title: str, entities: dict[str, Document]) -> str:
    return _section(title, len(entities), entities, lambda key: _entry(key, entities[key]))


def _section(title: str, count: int, keys: Iterable[str], show: Callable[[str], str]) -> str:
    ordered = sorted(keys)
    more = f"<p>and {len(ordered) - SHOWN} more</p>" if len(ordered) > SHOWN else ""
    return f"<h2>{title} <small>{count}</small></h2>{''.join(map(show, ordered[:SHOWN]))}{more}"


def _children(twins: dict[str, Document]) -> dict[str, list[str]]:
    """Return which twins have which parent; ids sort a parent's children."""
    children: dict[str, list[str]] = {}
    for key, thing in sorted(twins.items()):
        parent = _attributes(thing).get("_parents")
        if isinstance(parent, str) and parent in twins and parent != key:
            children.setdefault(parent, []).append(key)
    return children


def _entry(key: str, entity: Document, inside: str = "") -> str:
    known = _attributes(entity)
    shown = [f"{name}={_short(value)}" for name, value in known.items() if not name.startswith("_")]
    for feature, inner in (entity.get("features") or {}).items():
        shown += [
            f"{feature}.{name}={_short(value)}"
            for name, value in ((inner or {}).get("properties") or {}).items()
        ]
    values = "".join(f" <code>{escape(text)}</code>" for text in shown)
    return (
        f"<details{' open' if inside else ''}><summary><b>{escape(key)}</b>{values}</summary>"
        f"{document(entity)}{inside}</details>"
    )


def _short(value: Any) -> str:
    text = masked(dumps(value))
    return text if len(text) <= 40 else f"{text[:39]}…"


def _attributes(thing: Document) -> Document:
    return thing.get("attributes") or {}
