"""From what pydantic finds wrong to lines for people: the key as they wrote it, and what is wrong with it."""

from __future__ import annotations

import difflib
import json
import typing
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

if TYPE_CHECKING:
    from components.settings import Settings

NAMESPACE = "opentwins:"

_WORDS = {
    "missing": "is missing",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "string_type": "must be text (in quotes, if it looks like a number)",
    "model_type": "must hold keys and values",
    "model_attributes_type": "must hold keys and values",
    "dict_type": "must hold keys and values",
    "tuple_type": "must be a list",
    "greater_than_equal": "must be at least {ge:g}",
    "greater_than": "must be more than {gt:g}",
    "less_than_equal": "must be at most {le:g}",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "literal_error": "must be {expected}",
    "value_error": "{error}",
}
_UNSAID = {
    "missing",
    "value_error",
    "model_type",
    "model_attributes_type",
    "dict_type",
    "tuple_type",
    "too_short",
}


class SettingsError(Exception):
    """The settings of `stack` cannot be used; `mistakes` holds a line for each of them.

    `settings` are those that can be read and do not go together; None where one of them cannot be read.
    """

    def __init__(self, stack: str, mistakes: Iterable[str], settings: Settings | None = None) -> None:
        self.stack = stack
        self.mistakes = tuple(mistakes)
        self.settings = settings
        number = "1 mistake" if len(self.mistakes) == 1 else f"{len(self.mistakes)} mistakes"
        super().__init__("\n  ".join([f"Pulumi.{stack}.yaml has {number}:", *self.mistakes]))


def mistakes(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """A line for each mistake that validating `model` has found."""
    return [_line(problem, model) for problem in error.errors(include_url=False)]


def key(path: Iterable[str | int]) -> str:
    """A setting's key as it stands in `Pulumi.<stack>.yaml`: `opentwins:ditto.gateway.replicas`."""
    return NAMESPACE + ".".join(str(part) for part in path)


def did_you_mean(name: str, known: Iterable[str], prefix: str = "") -> str:
    """`; did you mean …?` when something known is close to the name, else nothing."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {prefix}{close[0]}?" if close else ""


def _line(problem: Any, model: type[BaseModel]) -> str:
    path = [part for part in problem["loc"] if part != "[key]"]
    if problem["type"] == "extra_forbidden":
        known = keys(model, path[:-1])
        if path[-1] in ("replicas", "autoscaling", "members") and not {"replicas", "members"} & {*known}:
            return f"{key(path)}: {key(path[:-1])} cannot have several pods; it runs as one"
        hint = did_you_mean(str(path[-1]), known, key(path[:-1]) + "." if path[:-1] else NAMESPACE)
        return f"{key(path)}: there is no such setting{hint or '; known here: ' + ', '.join(known)}"
    words = _WORDS.get(problem["type"], problem["msg"]).format(**problem.get("ctx", {}))
    return f"{key(path)}: {words}{_given(problem, path)}"


def _given(problem: Any, path: list[str | int]) -> str:
    """What stands there instead, unless it may be secret."""
    given = problem["input"]
    hidden = path[0] in ("secrets", "kubernetes") or path[-1] == "url"
    if problem["type"] in _UNSAID or hidden or isinstance(given, dict | list):
        return ""
    return f", not {json.dumps(given, ensure_ascii=False)}"


def keys(model: type[BaseModel], path: Iterable[str | int]) -> list[str]:
    """The keys that `model` has at the path."""
    found: Any = model
    for part in path:
        field = next((f for n, f in found.model_fields.items() if (f.alias or n) == part), None)
        found = _inner(field.annotation) if field else found
    return [field.alias or name for name, field in found.model_fields.items()]


def _inner(annotation: Any) -> Any:
    """The model inside an annotation such as `Model | None` or `dict[str, Model]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for part in typing.get_args(annotation) if (m := _inner(part))), None)
