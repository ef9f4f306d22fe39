"""The JSON Schema of specs, for editors: made from the models, so it says what they do."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from services.feeder.spec import FeederSpec
from services.watchdog.spec import WatchdogSpec
from twins.models import (
    ConnectionSpec,
    DashboardSpec,
    Document,
    FleetSpec,
    HonoDeviceSpec,
    HonoTenantSpec,
    KafkaMlConfigurationSpec,
    KafkaMlDeploymentSpec,
    KafkaMlInferenceSpec,
    KafkaMlModelSpec,
    KafkaTopicSpec,
    KafkaUserSpec,
    PolicySpec,
    TwinSpec,
    TypeSpec,
    UnityPanelSpec,
)
from twins.origin import Path

KINDS: dict[str, type[BaseModel]] = {
    "Policy": PolicySpec,
    "Type": TypeSpec,
    "Twin": TwinSpec,
    "Fleet": FleetSpec,
    "Connection": ConnectionSpec,
    "Dashboard": DashboardSpec,
    "HonoTenant": HonoTenantSpec,
    "HonoDevice": HonoDeviceSpec,
    "KafkaMlModel": KafkaMlModelSpec,
    "KafkaMlConfiguration": KafkaMlConfigurationSpec,
    "KafkaMlDeployment": KafkaMlDeploymentSpec,
    "KafkaMlInference": KafkaMlInferenceSpec,
    "KafkaTopic": KafkaTopicSpec,
    "KafkaUser": KafkaUserSpec,
    "Feeder": FeederSpec,
    "Watchdog": WatchdogSpec,
    "UnityPanel": UnityPanelSpec,
}
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> Document:
    """Return the schema of one document of a spec file, of whichever kind."""
    references, definitions = models_json_schema(
        [(model, "validation") for model in KINDS.values()],
        title="OpenTwins spec",
        description="A document of a spec file: one policy, type, twin, fleet, connection or dashboard.",
        schema_generator=_Generator,
    )
    for model in KINDS.values():
        # Both have defaults, so that the program may leave them out; a document may not.
        definitions["$defs"][model.__name__]["required"] = [
            "apiVersion",
            "kind",
            *definitions["$defs"][model.__name__]["required"],
        ]
    return {
        "$schema": DIALECT,
        **definitions,
        "oneOf": [references[model, "validation"] for model in KINDS.values()],
    }


def keys_at(kind: str, path: Path) -> list[str]:
    """Return the keys that a document of this kind may have at a path; none where any key is allowed."""
    definitions = _definitions()
    schemas = [definitions[KINDS[kind].__name__]]
    for part in path:
        schemas = [inner for schema in schemas for inner in _inside(schema, part, definitions)]
    return sorted({key for schema in schemas for key in schema.get("properties", ())})


@cache
def _definitions() -> Document:
    definitions: Document = json_schema()["$defs"]
    return definitions


def _inside(schema: Document, part: str | int, definitions: Document) -> Iterator[Document]:
    if isinstance(part, int):
        found = [schema.get("items")]
    else:
        found = [schema.get("properties", {}).get(part), schema.get("additionalProperties")]
        found += schema.get("patternProperties", {}).values()
    for each in found:
        if isinstance(each, dict):
            yield from _alternatives(each, definitions)


def _alternatives(schema: Document, definitions: Document) -> Iterator[Document]:
    """Yield a schema, or what it refers to or leaves the choice of."""
    if "$ref" in schema:
        yield from _alternatives(definitions[schema["$ref"].rsplit("/", 1)[1]], definitions)
    for each in schema.get("anyOf", ()):
        yield from _alternatives(each, definitions)
    yield schema


class _Generator(GenerateJsonSchema):
    """Leaves out what editors show but nobody wants to read, and closes what would be open."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Keep descriptions alone: a title would repeat the key."""
        del schema
        return False

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Refuse keys that do not fit the pattern, which JSON Schema would let pass."""
        written = super().dict_schema(schema)
        return written | {"additionalProperties": False} if "patternProperties" in written else written
