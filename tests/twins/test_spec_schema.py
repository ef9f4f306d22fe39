"""The schema that editors get says what the program says."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from docs.descriptions import descriptions
from twins.models import Model
from twins.schema import json_schema, keys_at

ROOT = Path(__file__).parents[2]
SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
SHIPPED = [
    document
    for file in sorted((ROOT / "twin_specs").rglob("*.yaml"))
    for document in yaml.safe_load_all(file.read_text())
]


def refused(document: Any) -> bool:
    return not VALIDATOR.is_valid(document)


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("document", SHIPPED, ids=lambda document: f"{document['kind']} {document['id']}")
def test_it_takes_the_shipped_example(document: Any) -> None:
    VALIDATOR.validate(document)


@pytest.mark.parametrize("document", SHIPPED, ids=lambda document: f"{document['kind']} {document['id']}")
def test_it_refuses_unknown_keys_and_missing_ones_of_any_kind(document: Any) -> None:
    assert refused(document | {"unknown": 1})
    assert refused(document | {"kind": "Other"})
    for key in ("apiVersion", "kind", "id"):
        assert refused({name: value for name, value in document.items() if name != key})


HEAD = {"apiVersion": "opentwins/v1"}
TWIN = HEAD | {"kind": "Twin", "id": "n:w", "policy": "n:p"}
CONNECTION = HEAD | {"kind": "Connection", "id": "c", "type": "mqtt"}


@pytest.mark.parametrize(
    "document",
    [
        TWIN | {"id": "no-namespace"},
        TWIN | {"id": "n:" + "a" * 255},
        TWIN | {"dashboard": "yes"},
        TWIN | {"attributes": {"_parents": "n:x"}},
        TWIN | {"attributes": {"a/b": 1}},
        TWIN | {"features": {"*": {}}},
        TWIN | {"features": {"f": {"props": {}}}},
        TWIN | {"features": {"f": {"definition": []}}},
        TWIN | {"children": {"a": {"children": {"b": {"parent": "n:x"}}}}},
        TWIN | {"children": {"a:b": {}}},
        HEAD | {"kind": "Type", "id": "n:t", "policy": "n:p", "children": {"n:s": 0}},
        CONNECTION,
        CONNECTION | {"uri": "tcp://h:1", "service": "mosquitto"},
        CONNECTION | {"service": "mosquitto", "sources": [{"addresses": []}]},
        CONNECTION | {"service": "mosquitto", "client_count": 1},
        CONNECTION | {"service": "mosquitto", "mappers": {"m": {"engine": "Ditto", "javascript": "a.js"}}},
        HEAD | {"kind": "Dashboard", "id": "d"},
        HEAD | {"kind": "Policy", "id": "n:p", "entries": {"opentwins": {"subjects": [], "resources": {}}}},
        HEAD | {"kind": "Policy", "id": "n:p", "entries": {"e": {"subjects": ["me"], "resources": {}}}},
    ],
    ids=str,
)
def test_it_refuses_what_the_program_refuses(document: Any) -> None:
    assert refused(document)


@pytest.mark.parametrize(
    "document",
    [
        TWIN | {"attributes": {"€": {"type": [None, {"/": 1}]}}},
        TWIN | {"children": {"a": {"children": {"b": {"type": "n:t"}}}}},
        CONNECTION | {"service": "mosquitto", "clientCount": 1, "mappers": {"m": {"javascript": "a.js"}}},
        CONNECTION | {"uri": "tcp://h:1", "mappers": {"m": {"javascript": {"outgoing": "a.js"}}}},
        HEAD | {"kind": "Dashboard", "id": "d", "type": "n:t", "from": "now-1h"},
        HEAD | {"kind": "Policy", "id": "n:p", "entries": {"e": {"subjects": ["a:b"], "resources": {}}}},
        HEAD | {"kind": "Policy", "id": "n:p", "entries": {"e": {"subjects": {"a:b": {}}, "resources": {}}}},
    ],
    ids=str,
)
def test_it_takes_what_the_program_takes(document: Any) -> None:
    VALIDATOR.validate(document)


def _models(model: type[Model]) -> list[type[Model]]:
    return [model, *(each for direct in model.__subclasses__() for each in _models(direct))]


@pytest.mark.parametrize("model", _models(Model)[1:], ids=lambda model: model.__name__)
def test_every_key_is_described_and_in_camel_case(model: type[Model]) -> None:
    written = model.model_json_schema()
    # One that is made of itself stands among the definitions.
    written = written.get("$defs", {}).get(model.__name__, written)
    described = {model.model_fields[name].alias: text for name, text in descriptions(model).items()}
    for key in written["properties"]:
        assert described.get(key, "").endswith("."), key
        assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", key)


def test_the_keys_of_any_place_are_known() -> None:
    assert keys_at("Twin", ("children", "a", "children", "b", "features", "f")) == [
        "definition",
        "desiredProperties",
        "display",
        "properties",
    ]
    assert keys_at("Connection", ("sources", 0, "enforcement")) == ["filters", "input"]
    assert keys_at("Connection", ("mappers", "m", "javascript")) == ["incoming", "outgoing"]
    assert keys_at("Type", ("attributes",)) == []
    assert keys_at("Type", ("nothing", 0)) == []
