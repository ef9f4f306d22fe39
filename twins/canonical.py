"""One text for one document: what the engine carries, what previews show, and what is compared."""

import hashlib
import json
import math
from typing import Any

DIGEST_LENGTH = 16  # hexadecimal digits: 64 bits, plenty to tell a document from its next version


def dumps(document: Any) -> str:
    """Return a document as JSON with sorted keys, no spaces; `ValueError` for what JSON cannot say."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def loads(text: str) -> Any:
    """Return the document of a JSON text; `ValueError` for anything else, and for NaN and infinity."""
    return json.loads(text, parse_constant=_refuse, parse_float=_finite)


def digest(document: Any) -> str:
    """Return a short text that differs when the document does."""
    return hashlib.sha256(dumps(document).encode()).hexdigest()[:DIGEST_LENGTH]


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not a number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is beyond what a double can hold")
    return number
