"""The normal form of manifests: what says the same to Kubernetes is made to look the same.

Pulumi's provider gets there by converting each object to Kubernetes' own Go types and back. That writes
quantities in their shortest form and leaves out what is empty where the type cannot tell it from absent.
"""

import base64
import binascii
import re
from decimal import Decimal
from typing import Any

from sandbox.engine.kubernetes.tables import BUILT_IN_GROUPS, group_of
from sandbox.engine.values import Properties, has_unknown

_READ_ONLY = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
)

# Fields whose types make no difference between false, or zero, and absent (in k8s.io/api: no pointers).
_FALSE_IS_ABSENT = frozenset(
    {
        "hostIPC",
        "hostNetwork",
        "hostPID",
        "insecureSkipTLSVerifyBackend",
        "paused",
        "publishNotReadyAddresses",
        "readOnly",
        "stdin",
        "stdinOnce",
        "tty",
        "unschedulable",
    }
)
_ZERO_IS_ABSENT = frozenset(
    {
        "failureThreshold",
        "healthCheckNodePort",
        "hostPort",
        "initialDelaySeconds",
        "minReadySeconds",
        "nodePort",
        "number",
        "periodSeconds",
        "successThreshold",
    }
)
_EMPTY_IS_KEPT = frozenset({"rules", "data", "values", "limits"})
_EMPTY_TEXT_IS_KEPT = frozenset(
    {"apiGroup", "ingressClassName", "storageClassName", "volumeAttributesClassName"}
)
# Objects of named values that are the user's own: whatever they hold stays.
_OPAQUE = frozenset(
    {"data", "stringData", "binaryData", "annotations", "labels", "matchLabels", "nodeSelector"}
)

_QUANTITY = re.compile(r"([+-]?\d*\.?\d*)(?:(m|n|u|k|M|G|T|P|E)|([KMGTPE]i)|[eE]([+-]?\d+))?$")
_DECIMAL = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"]
_BINARY = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
_ONE = _DECIMAL.index("")


def normalised(manifest: Properties) -> Properties:
    """The manifest in its normal form; one that holds unknown values only loses what the server sets."""
    result = dict(manifest)
    if not has_unknown(manifest) and group_of(str(manifest.get("apiVersion"))) in BUILT_IN_GROUPS:
        result = _secret(result) if result.get("kind") == "Secret" else _tidy(result, "")
    metadata = result.get("metadata")
    if isinstance(metadata, dict):
        result["metadata"] = {key: value for key, value in metadata.items() if key not in _READ_ONLY}
    return result


def _secret(manifest: Properties) -> Properties:
    """A Secret as the server keeps it: texts are encoded, and what is encoded is encoded the usual way."""
    data = {key: _encoded_anew(value) for key, value in (manifest.get("data") or {}).items()}
    texts = manifest.get("stringData") or {}
    for key, text in texts.items():
        data[key] = base64.b64encode(str(text).encode()).decode()
    result = {key: value for key, value in manifest.items() if not (key == "stringData" and texts)}
    if data:
        result["data"] = data
    return result


def _encoded_anew(value: Any) -> Any:
    try:
        return base64.b64encode(base64.b64decode(value)).decode()
    except (TypeError, ValueError, binascii.Error):
        return value  # the server will say what is wrong with it


def _tidy(value: Any, key: str) -> Any:
    if isinstance(value, list):
        return [_tidy(each, key) for each in value]
    if not isinstance(value, dict):
        return value
    tidied = {}
    for name, element in value.items():
        if name in _OPAQUE and isinstance(element, dict):
            result = element
        elif isinstance(element, dict) and _holds_quantities(name, key):
            result = {each: quantity(amount) for each, amount in element.items()}
        elif name == "sizeLimit":
            result = quantity(element)
        else:
            result = _tidy(element, name)
        if not _is_absent(name, result):
            tidied[name] = result
    return tidied


def _holds_quantities(name: str, parent: str) -> bool:
    return (name in ("limits", "requests") and parent == "resources") or name in ("capacity", "hard")


def _is_absent(name: str, value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, bool):
        return value is False and name in _FALSE_IS_ABSENT
    if isinstance(value, int | float):
        return value == 0 and name in _ZERO_IS_ABSENT
    if isinstance(value, list):
        return not value and name not in _EMPTY_IS_KEPT
    if value == "":
        return name not in _EMPTY_TEXT_IS_KEPT
    return value == {} and name in _OPAQUE


def quantity(amount: Any) -> Any:
    """A quantity as Kubernetes writes it: `1000m` is `1`, `0.5Gi` is `512Mi`, `1024Mi` is `1Gi`."""
    found = _QUANTITY.fullmatch(str(amount)) if isinstance(amount, str | int | float) else None
    if found is None or not found[1].strip("+-."):
        return amount
    number = Decimal(found[1])
    if found[4]:
        return str(amount)
    if found[3]:
        number *= 1024 ** _BINARY.index(found[3])
        if abs(number) >= 1024 and number == number.to_integral():
            return _shortest(number, 1024, _BINARY, 0)
    else:
        number *= Decimal(1000) ** (_DECIMAL.index(found[2] or "") - _ONE)
    return _shortest(number, 1000, _DECIMAL, _ONE)


def _shortest(number: Decimal, base: int, suffixes: list[str], place: int) -> str:
    if number == 0:
        return "0"
    while number != number.to_integral() and place > 0:
        number, place = number * base, place - 1
    while place < len(suffixes) - 1 and number % base == 0:
        number, place = number / base, place + 1
    return f"{int(number.to_integral())}{suffixes[place]}"
