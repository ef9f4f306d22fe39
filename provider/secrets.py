"""Secrets in a connection's document: placeholders `${secret:KEY}`, filled when it is sent and never before.

What comes back from Ditto has them in clear; it is masked again before anyone compares or shows it.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from provider.errors import ProviderError
from twins.document import Document

PLACEHOLDER = re.compile(r"\$\{secret:([^}]*)\}")
CHANGED = "(changed; its value is not shown)"
NOT_FILLED = {"mappingDefinitions"}  # JavaScript may hold such text for its own purposes
HARMLESS = {"username"}


def fill(document: Document, values: Mapping[str, str], secret: str) -> Document:
    """The document with the values in place of the placeholders; in a `uri` they are percent-encoded.

    `secret` is the name of the Secret, for the error when it lacks a key.
    """
    return {
        key: value if key in NOT_FILLED else _filled(key, value, values, secret)
        for key, value in document.items()
    }


def _filled(key: str, value: Any, values: Mapping[str, str], secret: str) -> Any:
    if isinstance(value, dict):
        return {inner: _filled(inner, each, values, secret) for inner, each in value.items()}
    if isinstance(value, list):
        return [_filled(key, each, values, secret) for each in value]
    if not isinstance(value, str):
        return value

    def replacement(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise ProviderError(
                f"Secret {secret or '(none is named)'} has no key {match[1]}, which is needed here"
            )
        return quote(values[match[1]], safe="") if key == "uri" else values[match[1]]

    return PLACEHOLDER.sub(replacement, value)


def mask(declared: Any, filled: Any, live: Any) -> Any:
    """The live value as it may be shown: placeholders again where `declared` has them, if it is still so.

    `filled` is the declared value with its placeholders filled.
    """
    if isinstance(live, str):
        if live == filled:
            return declared
        if "://" in live:
            return _without_login(declared, filled, live)
        return CHANGED if isinstance(declared, str) and PLACEHOLDER.search(declared) else live
    if isinstance(declared, dict) and isinstance(live, dict):
        return {key: mask(declared.get(key), filled.get(key), value) for key, value in live.items()}
    if isinstance(declared, list) and isinstance(live, list) and len(declared) == len(live):
        return [mask(*each) for each in zip(declared, filled, live, strict=True)]
    return live


def _without_login(declared: Any, filled: Any, live: str) -> str:
    """An address that differs: its login as declared if that is the same, else hidden; the rest as it is."""
    scheme, _, rest = live.partition("://")
    login, at, place = rest.rpartition("@")
    if login and login == _login(filled):
        login = _login(declared)
    elif login:
        login = CHANGED
    return f"{scheme}://{login}{at}{place}"


def _login(address: Any) -> str:
    return str(address).partition("://")[2].rpartition("@")[0]


def hide(text: str, values: Mapping[str, str]) -> str:
    """A text of Ditto's without the secret values, as they are and as they stand in an address."""
    for key, value in values.items():
        if value and key not in HARMLESS:
            for form in (
                value,
                quote(value, safe=""),
                *(line for line in value.splitlines() if len(line) > 8),
            ):
                text = text.replace(form, "***")
    return text
