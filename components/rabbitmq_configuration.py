"""The text of RabbitMQ's configuration: what it listens to, and who may do what with which queues.

Follows https://www.rabbitmq.com/docs/configure and https://www.rabbitmq.com/docs/definitions. RabbitMQ 3.10 and 4
both read it. MQTT topics and the routing keys of `amq.topic` are the same but for their separators: `a/b` is `a.b`.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

AMQP, MQTT, METRICS = 5672, 1883, 15692
EXCHANGE = "amq.topic"
VHOST = "/"
MQTT_QUEUES = r"mqtt-subscription-.*"  # which its own MQTT plugin makes for subscribers


@dataclass(frozen=True)
class Rights:
    """Patterns of MQTT topics that a user may publish and subscribe to; with `all`, it may use any queue, too."""

    publish: Sequence[str] = ()
    subscribe: Sequence[str] = ()
    queues: bool = False


def configuration(
    definitions: str, amqp: int = AMQP, mqtt: int = MQTT, address: str = "", metrics: int = METRICS
) -> str:
    """RabbitMQ's `rabbitmq.conf`; `definitions` is the path of the file with users and queues."""
    at = f"{address}:" if address else ""
    lines = [
        f"listeners.tcp.default = {at}{amqp}",
        f"mqtt.listeners.tcp.default = {at}{mqtt}",
        "mqtt.allow_anonymous = false",
        f"prometheus.tcp.port = {metrics}",  # its numbers, which whoever gets there may read
        *([f"prometheus.tcp.ip = {address}"] if address else []),
        f"mqtt.vhost = {VHOST}",
        f"mqtt.exchange = {EXCHANGE}",
        # What of it is not there is made, and passwords are set; start.sh takes users away.
        f"load_definitions = {definitions}",
        "log.console = true",
        "log.console.level = info",
        "log.file = false",
        # It stops taking messages before the container's memory, or the volume, is full.
        "vm_memory_high_watermark.relative = 0.6",
        "disk_free_limit.absolute = 256MB",
    ]
    return "\n".join(lines) + "\n"


PLUGINS = "[rabbitmq_mqtt,rabbitmq_prometheus].\n"


def definitions(
    hashes: Mapping[str, str], rights: Mapping[str, Rights], queues: Mapping[str, Sequence[str]]
) -> str:
    """Users with the hashes of their passwords, what they may do, and queues with the topics they collect."""
    document = {
        "vhosts": [{"name": VHOST}],
        "users": [
            {
                "name": name,
                "password_hash": each,
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": [],
            }
            for name, each in hashes.items()
        ],
        "permissions": [_permission(name, its) for name, its in rights.items()],
        "topic_permissions": [
            {
                "user": name,
                "vhost": VHOST,
                "exchange": EXCHANGE,
                "write": _any(its.publish),
                "read": _any(its.subscribe),
            }
            for name, its in rights.items()
        ],
        "queues": [
            {"name": name, "vhost": VHOST, "durable": True, "auto_delete": False, "arguments": {}}
            for name in queues
        ],
        "bindings": [
            {
                "source": EXCHANGE,
                "vhost": VHOST,
                "destination": name,
                "destination_type": "queue",
                "routing_key": routing_key(topics),
                "arguments": {},
            }
            for name, filters in queues.items()
            for topics in filters
        ],
    }
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def password_hash(password: str, salt: str) -> str:
    """The hash of a password; `salt` is 8 or more hexadecimal digits, and the same gives the same hash."""
    raw = bytes.fromhex(salt)[:4]
    return base64.b64encode(raw + hashlib.sha256(raw + password.encode()).digest()).decode()


def routing_key(topics: str) -> str:
    """The key that an MQTT topic filter stands for: `sensors/+/t` is `sensors.*.t`."""
    return topics.replace("/", ".").replace("+", "*")


def pattern(topics: str) -> str:
    """A regular expression for the routing keys that an MQTT topic filter stands for, and for the filter itself."""
    levels = topics.split("/")
    words = [re.escape(level) if level not in ("+", "#") else level for level in levels]
    text = r"\.".join(r"[^.]+" if word == "+" else ".*" if word == "#" else word for word in words)
    return text.removesuffix(r"\..*") + r"(\..*)?" if text.endswith(r"\..*") else text


def _any(filters: Sequence[str]) -> str:
    return f"^({'|'.join(pattern(each) for each in filters)})$" if filters else "^$"


def _permission(name: str, rights: Rights) -> dict[str, str]:
    if rights.queues:
        return {"user": name, "vhost": VHOST, "configure": "^$", "write": ".*", "read": ".*"}
    own = f"{MQTT_QUEUES}" if rights.subscribe else ""
    write = "|".join(part for part in (own, re.escape(EXCHANGE)) if part)
    return {
        "user": name,
        "vhost": VHOST,
        "configure": f"^({own})$",
        "write": f"^({write})$",
        "read": f"^({write})$" if rights.subscribe else "^$",
    }
