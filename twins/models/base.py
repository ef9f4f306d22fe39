"""What all models of specs have in common."""

from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from twins.document import Document

__all__ = ["Document", "Model", "Spec", "either"]


class Model(BaseModel):
    """A piece of a spec: camelCase in YAML, no unknown keys, no silent conversion, never changed."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        extra="forbid",
        frozen=True,
        strict=True,
    )


class Spec(Model):
    """A whole YAML document of a spec file."""

    api_version: Literal["opentwins/v1"] = "opentwins/v1"
    """The version of this format; there is one so far."""

    adopt: bool = False
    """Take over what exists under this id and was made by someone else, instead of refusing to touch it."""


def either(*keys: str) -> ConfigDict:
    """Return the setting of a model by which editors know that exactly one of these keys has to be there."""
    return ConfigDict(json_schema_extra={"oneOf": [{"required": [key]} for key in keys]})
