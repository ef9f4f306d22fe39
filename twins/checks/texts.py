"""A document before it is a spec: its version, and what Ditto's JSON does not take."""

from collections.abc import Iterator

from twins.jsonrules import faults
from twins.origin import Path, Problem, shown
from twins.reading import Text

VERSION = "opentwins/v1"
THINGS = ("Type", "Twin")


def of_text(text: Text, kind: str) -> Iterator[Problem]:
    """Yield what is wrong with a document whatever its shape."""
    version = text.value.get("apiVersion")
    if version != VERSION:
        wrong = "this key is missing" if version is None else f"there is no version {shown(version)}"
        yield text.problem(("apiVersion",), f"{wrong}; write apiVersion: {VERSION}")
    is_key = _is_ditto_key if kind in THINGS else _is_row_key if kind == "Fleet" else _is_free
    for path, message in faults(text.value, is_key):
        yield text.problem(path, message)


def _is_free(_: Path) -> bool:
    return False


def _is_ditto_key(path: Path) -> bool:
    """Say whether a key goes to Ditto: all keys of things do but the properties named in `display`."""
    while path[:1] == ("children",):
        path = path[2:]
    return not (path[:1] == ("features",) and path[2:3] == ("display",))


def _is_row_key(path: Path) -> bool:
    return path[:1] == ("twin",) and len(path) > 1 and _is_ditto_key(path[1:])
