"""What is at a path of a document, and documents with something else there."""

from typing import Any

Path = tuple[str, ...]

ABSENT: Any = object()  # what is at a path where there is nothing


def at(document: Any, path: Path) -> Any:
    """Return what is at ``path``, or ABSENT."""
    for key in path:
        if not isinstance(document, dict) or key not in document:
            return ABSENT
        document = document[key]
    return document


def with_value(document: Any, path: Path, value: Any) -> Any:
    """Return the document with ``value`` at ``path``; whatever is on the way and no object becomes one."""
    if not path:
        return value
    result = dict(document) if isinstance(document, dict) else {}
    result[path[0]] = with_value(result.get(path[0]), path[1:], value)
    return result


def without(document: dict[str, Any], path: Path) -> dict[str, Any]:
    """Return the document without what is at ``path``, which is there; emptied parents stay."""
    if len(path) == 1:
        return {key: value for key, value in document.items() if key != path[0]}
    return document | {path[0]: without(document[path[0]], path[1:])}
