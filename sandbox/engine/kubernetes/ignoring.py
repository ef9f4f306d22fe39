"""What a manifest says of the fields in which the user does not care for changes."""

from collections.abc import Sequence
from typing import Any

from sandbox.engine.kubernetes import objects
from sandbox.engine.paths import Path, parse
from sandbox.engine.values import Properties


def as_it_is(manifest: Properties, live: Properties, ignored: Sequence[str], manager: str) -> Properties:
    """The manifest with the values of now wherever the user does not care; what is others' is theirs."""
    for text in ignored:
        path = parse(text)
        owners = _owners(live, path)
        found, value = _value_at(live, path)
        if owners and manager not in owners:
            manifest = _without(manifest, path)
        elif found:
            manifest = _with(manifest, path, value)
    return manifest


def _with(target: Any, path: Path, value: Any) -> Any:
    if not path:
        return value
    head, rest = path[0], path[1:]
    if isinstance(target, list) and isinstance(head, int) and head < len(target):
        return [_with(each, rest, value) if index == head else each for index, each in enumerate(target)]
    if isinstance(head, str) and (isinstance(target, dict) or target is None):
        return {**(target or {}), head: _with((target or {}).get(head), rest, value)}
    return target


def _without(target: Any, path: Path) -> Any:
    head, rest = path[0], path[1:]
    if not isinstance(target, dict) or head not in target:
        return target
    if not rest:
        return {key: value for key, value in target.items() if key != head}
    return target | {head: _without(target[head], rest)}


def _owners(live: Properties, path: Path) -> set[str]:
    """Who has set the field at the path; empty when that is not known."""
    found = set()
    for entry in objects.metadata(live).get("managedFields") or []:
        fields: Any = entry.get("fieldsV1") or {}
        for part in path:
            fields = fields.get(f"f:{part}") if isinstance(fields, dict) else None
        if fields is not None:
            found.add(str(entry.get("manager")))
    return found


def _value_at(found: Any, path: Path) -> tuple[bool, Any]:
    """Whether there is something at the path, and what."""
    for part in path:
        if isinstance(found, dict):
            if part not in found:
                return False, None
            found = found[part]
        elif isinstance(found, list) and isinstance(part, int) and part < len(found):
            found = found[part]
        else:
            return False, None
    return True, found
