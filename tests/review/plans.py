"""Previews as an engine writes them, made of a few words."""

import json
from collections.abc import Mapping
from typing import Any

OURS = "pulumi-python:dynamic/opentwins:"
STACK = "urn:pulumi:dev::opentwins::"


def step(
    op: str, type_: str, name: str, old: Mapping[str, Any] | None = None, new: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """One step; a type without a colon is one of ours."""
    urn = f"{STACK}{type_ if ':' in type_ else OURS + type_}::{name}"
    states = {"oldState": old, "newState": new}
    return {"op": op, "urn": urn} | {
        side: {"inputs": given} for side, given in states.items() if given is not None
    }


def preview(*steps: dict[str, Any], errors: tuple[str, ...] = (), said: tuple[str, ...] = ()) -> str:
    """The JSON of a preview."""
    diagnostics = [{"severity": "error", "message": f"error: {text}\n"} for text in errors]
    diagnostics += [{"severity": "info", "message": f"{text}\n"} for text in said]
    return json.dumps({"steps": list(steps), "diagnostics": diagnostics, "duration": 1})


def twin(things: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """The inputs of a twin."""
    first = next(iter(things))
    return {
        "id": first,
        "things": {name: json.dumps(thing) for name, thing in things.items()},
        "adopt": False,
    } | more


def thing(**attributes: Any) -> dict[str, Any]:
    """A thing with these attributes."""
    return {"attributes": attributes, "features": {}, "policyId": "garden:policy"}


def document(content: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """The inputs of a resource that is one document."""
    return {"id": "x", "document": json.dumps(content), "adopt": False} | more


def cluster(kind: str, part: str = "Ditto") -> str:
    """The type of a Kubernetes object that is a part of the platform."""
    return f"opentwins:Platform$opentwins:{part}$kubernetes:{kind}"
