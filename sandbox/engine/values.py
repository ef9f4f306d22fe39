"""Property values as the engine holds them: plain Python, `Secret` around secrets, `UNKNOWN` for the unknown.

Three forms meet here: the engine's own, the one on the wire (`google.protobuf.Struct`, where a secret is an
object with a signature key), and the one in a checkpoint (where it is one with its JSON as `plaintext`).
Resource references and assets are objects with a signature key in all three, and are passed through.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.struct_pb2 import Struct, Value  # type: ignore[import-untyped]

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the name of a signature
REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

# The wire knows one unknown for each type of value; this engine needs no more than one.
UNKNOWNS = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)

Properties = dict[str, Any]


@dataclass(frozen=True)
class Secret:
    """A value that is shown to nobody."""

    value: Any = field(repr=False)


class EncryptedError(ValueError):
    """A checkpoint holds a secret in encrypted form, which only the Pulumi CLI can read."""


def from_wire(struct: Struct) -> Properties:
    """The properties in a message. Whole numbers become integers: the wire only has floating point ones."""
    return {key: _from_wire(value) for key, value in struct.fields.items()}


def _from_wire(value: Value) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value in UNKNOWNS else value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_from_wire(element) for element in value.list_value.values]
        case "struct_value":
            return _recognised(from_wire(value.struct_value))
    return None


def _recognised(found: Properties) -> Any:
    match found.get(SIGNATURE):
        case signature if signature == SECRET:
            return Secret(found.get("value"))
        case signature if signature == OUTPUT:
            value = found.get("value", UNKNOWN)
            return Secret(value) if found.get("secret") else value
    return found


def to_wire(properties: Mapping[str, Any], secrets: bool = True, references: bool = True) -> Struct:
    """A message with the properties; without `secrets` they go in clear, without `references` as ids."""
    struct = Struct()
    struct.update({key: _to_wire(value, secrets, references) for key, value in properties.items()})
    return struct


def _to_wire(value: Any, secrets: bool, references: bool) -> Any:
    match value:
        case Secret(value=hidden):
            plain = _to_wire(hidden, secrets, references)
            return {SIGNATURE: SECRET, "value": plain} if secrets else plain
        case dict():
            if not references and value.get(SIGNATURE) == REFERENCE:
                return value.get("id") or value["urn"]
            return {key: _to_wire(element, secrets, references) for key, element in value.items()}
        case list():
            return [_to_wire(element, secrets, references) for element in value]
    return value


def from_state(value: Any) -> Any:
    """A value out of a checkpoint. Raises `EncryptedError`."""
    match value:
        case {"plaintext": str(text), **rest} if rest.get(SIGNATURE) == SECRET:
            return Secret(from_state(json.loads(text)))
        case dict() if value.get(SIGNATURE) == SECRET:
            raise EncryptedError
        case dict():
            return {key: from_state(element) for key, element in value.items()}
        case list():
            return [from_state(element) for element in value]
    return value


def to_state(value: Any) -> Any:
    """The form of a value in a checkpoint, secrets in clear."""
    match value:
        case Secret(value=hidden):
            text = json.dumps(to_state(hidden), separators=(",", ":"), sort_keys=True)
            return {SIGNATURE: SECRET, "plaintext": text}
        case dict():
            return {key: to_state(element) for key, element in value.items()}
        case list():
            return [to_state(element) for element in value]
    return value


def plain(value: Any) -> Any:
    """The value with every secret in clear."""
    return _replaced(value, lambda hidden: plain(hidden))


def masked(value: Any) -> Any:
    """The value as it may be shown: `[secret]` and `[unknown]` in the places of such values."""
    if isinstance(value, str) and value == UNKNOWN:
        return "[unknown]"
    match value:
        case Secret():
            return "[secret]"
        case dict():
            return {key: masked(element) for key, element in value.items()}
        case list():
            return [masked(element) for element in value]
    return value


def _replaced(value: Any, of_secret: Callable[[Any], Any]) -> Any:
    match value:
        case Secret(value=hidden):
            return of_secret(hidden)
        case dict():
            return {key: _replaced(element, of_secret) for key, element in value.items()}
        case list():
            return [_replaced(element, of_secret) for element in value]
    return value


def has_unknown(value: Any) -> bool:
    """Say whether anything in the value is not known yet."""
    return _any(value, lambda leaf: isinstance(leaf, str) and leaf == UNKNOWN)


def has_secret(value: Any) -> bool:
    """Say whether anything in the value is secret."""
    return _any(value, lambda leaf: isinstance(leaf, Secret))


def _any(value: Any, condition: Callable[[Any], bool]) -> bool:
    if condition(value):
        return True
    match value:
        case Secret(value=hidden):
            return _any(hidden, condition)
        case dict():
            return any(_any(element, condition) for element in value.values())
        case list():
            return any(_any(element, condition) for element in value)
    return False


def keep_secret(outputs: Properties, inputs: Mapping[str, Any]) -> Properties:
    """The outputs of a provider that knows no secrets; what was secret in the inputs is so again."""
    kept = dict(outputs)
    for key, given in inputs.items():
        if key not in kept:
            continue
        if isinstance(kept[key], dict) and isinstance(given, dict):
            kept[key] = keep_secret(kept[key], given)
        elif not isinstance(kept[key], Secret) and has_secret(given):
            kept[key] = Secret(kept[key])
    return kept
