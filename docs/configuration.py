"""The reference of a stack's settings, as Markdown, out of the models that read them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from components.model import Model, Resources
from components.settings import Settings
from docs.descriptions import descriptions

_HEAD = """\
# Settings

<!-- Written by `make docs` out of the settings' models: change it there. -->

A stack's settings are in `Pulumi.<stack>.yaml`, or are set with `pulumi config set --path`. Everything has a
default. A mistake is one line that names the key, and all of them come at once, before anything is made.

```yaml
config:
  opentwins:ditto:
    replicas: 2
    things:
      resources:
        limits:
          memory: 2Gi
```

What a container is promised and what it may use at most, `resources`, is always four values: `requests.cpu`,
`requests.memory`, `limits.cpu` and `limits.memory`; those that are left out keep their defaults.
"""


def markdown() -> str:
    """The whole reference: a section for each top-level key, a row for each setting."""
    defaults = Settings()
    sections = [_HEAD]
    for name, field in Settings.model_fields.items():
        key = field.alias or name
        text = _line(descriptions(Settings)[name])
        rows = "\n".join(_rows(key, field, text, getattr(defaults, name)))
        sections.append(
            f"## {key}\n\n{text[:1].upper()}{text[1:]}.\n\n"
            f"| setting | default | what it is |\n| --- | --- | --- |\n{rows}\n"
        )
    return "\n".join(sections)


def _rows(key: str, field: FieldInfo, text: str, default: Any) -> Iterator[str]:
    """A setting's row, and those of the settings in it. `default` is None where it has none."""
    model, named = _model(field.annotation)
    if model is Resources:
        requests, limits = default.requests, default.limits
        yield _row(key, f"{requests.cpu}, {requests.memory}; at most {limits.cpu}, {limits.memory}", text)
        return
    if model is None or named or type(None) in get_args(field.annotation):
        yield _row(key, "needed" if field.is_required() and default is None else _shown(default), text)
    if model is None:
        return
    for name, part in model.model_fields.items():
        inner = f"{key}{named}"
        value = getattr(default, name) if isinstance(default, model) else part.get_default()
        known = None if value is PydanticUndefined else value
        described = _line(descriptions(model).get(name, ""))
        yield from _rows(f"{inner}.{part.alias or name}", part, described, known)


def _model(annotation: Any) -> tuple[type[Model] | None, str]:
    """The model in an annotation such as `Model | None`, and how one of several is written, by name or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation, ""
    origin = get_origin(annotation)
    named = ""
    if isinstance(origin, type):
        named = ".<name>" if issubclass(origin, Mapping) else "[]" if issubclass(origin, tuple) else ""
    found = (model for part in get_args(annotation) if (model := _model(part)[0]))
    return next(found, None), named


def _shown(value: Any) -> str:
    plain = TypeAdapter(Any).dump_python(value, by_alias=True)
    if plain in (None, (), {}) or isinstance(value, Model):
        return ""
    return f"`{plain if isinstance(plain, str) else json.dumps(plain)}`"


def _row(key: str, default: str, text: str) -> str:
    return f"| `{key}` | {default} | {text} |".replace("|  |", "| |")


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
