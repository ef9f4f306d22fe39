"""How an administrator says to Kafka who it is: PLAIN where the way is safe already, else SCRAM-SHA-512.

See https://kafka.apache.org/protocol#sasl_handshake and https://www.rfc-editor.org/rfc/rfc5802.
"""

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from typing import Literal

from provider.errors import ProviderError
from provider.kafka_wire import Connection, binary, text

Mechanism = Literal["PLAIN", "SCRAM-SHA-512"]

MOST_ROUNDS = 1_000_000  # so that what answers cannot keep us busy for ever


def log_in(connection: Connection, login: tuple[str, str], mechanism: Mechanism) -> None:
    """Be let in on a new connection. Raises OSError or `ProviderError`."""
    answer = connection.ask(17, 1, text(mechanism))
    if answer.int16():
        known = ", ".join(name or "" for name in answer.array(answer.text))
        raise ProviderError(
            f"Kafka lets its administrator in with {known or 'nothing'}, and not with {mechanism}"
        )
    if mechanism == "PLAIN":
        _say(connection, "\0".join(("", *login)))
    else:
        _scram(connection, *login)


def _scram(connection: Connection, username: str, password: str) -> None:
    nonce = b64encode(os.urandom(24)).decode()
    mine = f"n={username.replace('=', '=3D').replace(',', '=2C')},r={nonce}"
    theirs = _say(connection, f"n,,{mine}")
    parts = _parts(theirs)
    salt, rounds = b64decode(parts.get("s", "")), int(parts.get("i", "0"))
    if not parts.get("r", "").startswith(nonce) or not 0 < rounds <= MOST_ROUNDS:
        raise ProviderError("Kafka's answer to the login of its administrator is none")
    salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
    last = f"c=biws,r={parts['r']}"
    spoken = f"{mine},{theirs},{last}".encode()
    key = _hmac(salted, b"Client Key")
    proof = bytes(a ^ b for a, b in zip(key, _hmac(hashlib.sha512(key).digest(), spoken), strict=True))
    final = _parts(_say(connection, f"{last},p={b64encode(proof).decode()}"))
    expected = b64encode(_hmac(_hmac(salted, b"Server Key"), spoken)).decode()
    if not hmac.compare_digest(final.get("v", ""), expected):
        raise ProviderError(
            "what answers does not know the password of Kafka's administrator, so it is no Kafka"
        )


def _say(connection: Connection, message: str) -> str:
    answer = connection.ask(36, 1, binary(message.encode()))
    code, reason = answer.int16(), answer.text()
    if code:
        raise ProviderError(f"Kafka does not let its administrator in: {reason}")
    return answer.binary().decode()


def _parts(message: str) -> dict[str, str]:
    return {part[:1]: part[2:] for part in message.split(",")}


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.new(key, message, hashlib.sha512).digest()
