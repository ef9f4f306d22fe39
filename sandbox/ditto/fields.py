"""Field selectors: ``fields=thingId,attributes(a,b/c),features/*/properties``."""

from dataclasses import dataclass
from typing import Any

from sandbox.ditto.errors import DittoError

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Selector:
    """The paths that are to be shown."""

    paths: tuple[Path, ...]

    def of(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return what is selected of ``value``, in its order."""
        selected: dict[str, Any] = {}
        for path in self.paths:
            _pick(value, path, selected)
        return {key: selected[key] for key in value if key in selected}

    def names(self, key: str) -> bool:
        """Say whether something at or below a top-level key is selected."""
        return any(path[0] == key for path in self.paths)


def selector(text: str | None) -> Selector | None:
    """Return the selector that a ``fields`` parameter means, None for none. Raises ``DittoError``.

    What follows a closing parenthesis too many is left out.
    """
    if text is None:
        return None
    paths, _ = _paths(text, 0, text)
    return Selector(tuple(paths))


def _paths(text: str, at: int, whole: str) -> tuple[list[Path], int]:
    """Read a list up to its closing parenthesis or the end; return the paths and where it ended."""
    found: list[Path] = []
    begin = at
    while True:
        if at == len(text) or text[at] in ",)":
            name = _path(text[begin:at])
            if name:
                found.append(name)
            if at == len(text) or text[at] == ")":
                return found, at
            at = begin = at + 1
        elif text[at] == "(":
            prefix = _path(text[begin:at])
            inner, at = _paths(text, at + 1, whole)
            if at == len(text) or not prefix:
                raise _invalid(whole)
            found.extend(prefix + path for path in inner)
            at += 1
            begin = at
        else:
            at += 1


def _path(text: str) -> Path:
    return tuple(part for part in text.strip().split("/") if part)


def _pick(value: Any, path: Path, into: dict[str, Any]) -> None:
    if not isinstance(value, dict):
        return
    for key in value if path[0] == "*" else (path[0],):
        if key not in value:
            continue
        if len(path) == 1:
            into[key] = value[key]
        elif isinstance(value[key], dict):
            inner: dict[str, Any] = {}
            _pick(value[key], path[1:], inner)
            if inner:
                into[key] = {**into.get(key, {}), **inner} if isinstance(into.get(key), dict) else inner


def _invalid(text: str) -> DittoError:
    return DittoError(
        400,
        "json.fieldselector.invalid",
        f"The field selector <{text}> is invalid!",
        "Check, for example, if the amount of opening parentheses '(' matches"
        " the amount of closing ones ')'.",
        by_gateway=True,
    )
