"""The text of Mosquitto's configuration: who may do what, and how much is kept for a reader that is away.

Mosquitto 2.0 and 2.1 both read it. Mosquitto's own defaults lose messages: they keep 1,000 for a client, hand
out 20 at a time, and save sessions to disk every half hour.
"""

import base64
import hashlib
from collections.abc import Sequence

HANDED_OUT = 20_000  # messages on the way to one client: each stays in memory until it is acknowledged
LARGEST_MESSAGE = 1_048_576  # bytes; a Ditto event stays below 256 KiB unless Ditto is told otherwise
SAVED_EVERY = 15  # seconds: what a broker that is killed outright may lose
FORGOTTEN_AFTER = "14d"  # a client that never comes back must not have its messages kept for ever
HASH_ROUNDS = 1_000  # generated passwords have 190 bits: more rounds would only slow down each connect


def configuration(
    port: int = 1883,
    address: str = "",
    data: str = "/mosquitto/data/",
    password_file: str = "/mosquitto/secrets/passwords",  # noqa: S107 - a path
    acl_file: str = "/mosquitto/secrets/acl",
    kept: int = 100_000,
    tls: tuple[int, str] | None = None,
) -> str:
    """Mosquitto's configuration file.

    `kept` is how many messages are held for a client that is away or behind, at about 1 KiB of memory each;
    of more, the newest are lost. It listens at `address`; empty means at all. `tls` is another port, for TLS,
    and the folder of its `tls.crt` and `tls.key`. Follows mosquitto.conf(5).
    """
    secure = []
    if tls:
        secure = [
            f"listener {tls[0]} {address}".rstrip(),
            f"certfile {tls[1]}/tls.crt",
            f"keyfile {tls[1]}/tls.key",
        ]
    lines = [
        f"listener {port} {address}".rstrip(),
        *secure,
        "allow_anonymous false",
        f"password_file {password_file}",
        f"acl_file {acl_file}",
        "",
        "# Sessions outlive a restart of the broker, and of the client.",
        "persistence true",
        f"persistence_location {data}",
        f"autosave_interval {SAVED_EVERY}",
        f"persistent_client_expiration {FORGOTTEN_AFTER}",
        "",
        "# A reader that acknowledges late, since it waits for its database, must not lose messages.",
        f"max_inflight_messages {HANDED_OUT}",
        f"max_queued_messages {kept}",
        f"max_packet_size {LARGEST_MESSAGE}",
        "",
        "log_dest stdout",
        "log_type error",
        "log_type warning",
        "log_type notice",
        "log_timestamp_format %Y-%m-%dT%H:%M:%S",
    ]
    return "\n".join(lines) + "\n"


def acl_user(
    user: str, publish: Sequence[str] = (), subscribe: Sequence[str] = (), denied: Sequence[str] = ()
) -> str:
    """A user's block of Mosquitto's access list: topic filters it may publish or subscribe to.

    `denied` beats both. A user without a block may do nothing. Follows mosquitto.conf(5), `acl_file`.
    """
    lines = [f"user {user}"]
    lines += [f"topic deny {topic}" for topic in denied]
    lines += [f"topic write {topic}" for topic in publish]
    lines += [f"topic read {topic}" for topic in subscribe]
    return "\n".join(lines) + "\n"


def password_line(user: str, password: str, salt: str) -> str:
    """A line of Mosquitto's password file.

    `salt` is 12 bytes in hexadecimal, which is what 2.0 and 2.1 both read; the same salt gives the same line.
    Raises `ValueError` for another length, or for a user that the file's format cannot hold.
    """
    raw = bytes.fromhex(salt)
    if len(raw) != 12:
        raise ValueError(f"the salt has {len(raw)} bytes; Mosquitto wants 12")
    if not user or ":" in user or any(character.isspace() for character in user):
        raise ValueError(f"a Mosquitto user's name is not empty and has neither ':' nor spaces: {user!r}")
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), raw, HASH_ROUNDS)
    return f"{user}:$7${HASH_ROUNDS}${base64.b64encode(raw).decode()}${base64.b64encode(key).decode()}"
