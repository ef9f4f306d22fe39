"""What Hono and Kafka-ML cannot be without, and what does not go with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from components.endpoints import endpoints
from components.hono_settings import HonoSettings
from components.mistakes import key

if TYPE_CHECKING:
    from components.settings import Settings

LOGIN = ("username", "password")
Named = tuple[tuple[str, ...], str | None, tuple[str, ...]]


def secrets(settings: Settings) -> list[Named]:
    """The secrets that are named: by which setting, which one, and the keys that are read."""
    hono, kafka_ml = settings.hono, settings.kafka_ml
    found: list[Named] = [(("hono", "certificate"), hono.certificate, ("cert", "key"))]
    if theirs := hono.external:
        found += [
            (("hono", "external", "secret"), theirs.secret, LOGIN),
            (("hono", "external", "messagesSecret"), theirs.messages_secret, LOGIN),
        ]
    if kafka_ml.external:
        found += [(("kafkaMl", "external", "secret"), kafka_ml.external.secret, LOGIN)]
    return found


def contradictions(settings: Settings) -> Iterator[str]:
    """A line for each."""
    yield from _hono(settings)
    yield from _kafka_ml(settings)


WITHOUT_KAFKA = "run one with opentwins:kafka.enabled or opentwins:broker: kafka"


def _hono(settings: Settings) -> Iterator[str]:
    hono = settings.hono
    if hono.runs and hono.messaging == "kafka" and endpoints(settings).kafka is None:
        yield (
            f"{key(['hono', 'messaging'])}: there is no Kafka; {WITHOUT_KAFKA}, or let it be amqp, for which"
            " Hono brings what it needs"
        )
    unused = {"router": hono.router, "broker": hono.broker} if hono.messaging == "kafka" else {}
    for name, part in unused.items():
        if hono.runs and part != getattr(HonoSettings(), name):
            yield f"{key(['hono', name])}: has no effect with messaging: kafka; remove one of the two"
    images = settings.images
    versions = {
        name: re.sub(r".*:", "", image)
        for name, image in (
            ("honoAuth", images.hono_auth),
            ("honoDeviceRegistry", images.hono_device_registry),
            ("honoCommandRouter", images.hono_command_router),
            ("honoHttp", images.hono_http),
            ("honoMqtt", images.hono_mqtt),
            ("honoAmqp", images.hono_amqp),
        )
        if "@" not in image
    }
    if hono.runs and len(set(versions.values())) > 1:
        found = ", ".join(f"{name} {version}" for name, version in versions.items())
        yield f"{key(['images'])}: Hono's services must be of one version, not {found}"


def _kafka_ml(settings: Settings) -> Iterator[str]:
    kafka_ml = settings.kafka_ml
    if not kafka_ml.runs or kafka_ml.brokers:
        return
    if settings.kafka.external:
        yield (
            f"{key(['kafkaMl'])}: {key(['kafka', 'external'])} asks who comes, and Kafka-ML knows no passwords;"
            f" name a Kafka 3.x that asks nobody in {key(['kafkaMl', 'brokers'])}"
        )
    elif endpoints(settings).kafka_plain is None:
        yield (
            f"{key(['kafkaMl'])}: there is no Kafka; {WITHOUT_KAFKA}, or name another one in"
            f" {key(['kafkaMl', 'brokers'])}"
        )
    elif re.search(r":v?[4-9]\.", settings.images.kafka):
        yield (
            f"{key(['images', 'kafka'])}: Kafka-ML 1.3 speaks protocols that Kafka 4 does not know any more;"
            f" use a 3.x, or name another Kafka in {key(['kafkaMl', 'brokers'])}"
        )
