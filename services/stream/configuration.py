"""Reads a program's configuration file, and says what is wrong with it: all at once, each with its key."""

import difflib
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

C = TypeVar("C", bound=BaseModel)

_WORDS = {
    "missing": "is missing",
    "string_type": "must be text (in quotes, if it looks like a number)",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must match {pattern}",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
    "too_short": "must not be empty",
    "model_type": "must hold keys and values",
    "model_attributes_type": "must hold keys and values",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "value_error": "{error}",
}


class ConfigurationError(Exception):
    """The configuration cannot be used; the message has a line for each mistake."""


def load(file: Path, model: type[C]) -> C:
    """Read a YAML (or JSON) file. Raises `ConfigurationError`."""
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file}: is no UTF-8 text") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise ConfigurationError(
            f"{file}{line}: is no YAML: {getattr(error, 'problem', None) or error}"
        ) from None
    try:
        return model.model_validate(content, by_alias=True, by_name=False)
    except ValidationError as error:
        lines = [_line(file, problem, model) for problem in error.errors(include_url=False)]
        raise ConfigurationError("\n".join(lines)) from None


def _line(file: Path, problem: Any, model: type[BaseModel]) -> str:
    path = problem["loc"]
    key = ".".join(str(part) for part in path)
    if problem["type"] == "extra_forbidden":
        known = _keys(model, path[:-1])
        close = difflib.get_close_matches(str(path[-1]), known, n=1)
        hint = f"; did you mean {close[0]}?" if close else f"; known here: {', '.join(known)}"
        return f"{file}: {key}: there is no such key{hint}"
    words = _WORDS.get(problem["type"], problem["msg"]).format(**problem.get("ctx", {}))
    return f"{file}: {key}: {words}" if key else f"{file}: {words}"


def _keys(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """The keys that the model has at a path."""
    found = model
    for part in path:
        for name, field in found.model_fields.items():
            if (field.alias or name) == part:
                found = _inner(field.annotation) or found
    return [field.alias or name for name, field in found.model_fields.items()]


def _inner(annotation: Any) -> type[BaseModel] | None:
    """The model inside an annotation such as `Model | None` or `list[Model]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in typing.get_args(annotation) if (model := _inner(part))), None)
