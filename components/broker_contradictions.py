"""Contradictions about brokers, the programs that feed Kafka-ML, and the host of WebGL builds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from components.mistakes import key
from components.mosquitto_users import own_users
from components.rabbitmq_settings import QUEUE

if TYPE_CHECKING:
    from components.settings import Settings

Named = tuple[tuple[str, ...], str | None, tuple[str, ...]]
NO_REGISTRY = "and there is no opentwins:registry to push it to"


def secrets(settings: Settings) -> list[Named]:
    """The secrets that are named: by which setting, which one, and the keys that are read."""
    registry = settings.registry
    return [(("registry", "secret"), registry.secret, ("username", "password"))] if registry else []


def contradictions(settings: Settings, given: Mapping[str, Any]) -> Iterator[str]:
    """A line for each. `given` is what the user wrote, without the defaults."""
    yield from _brokers(settings, given)
    yield from _programs(settings)
    yield from _webgl(settings, given)
    yield from _names(settings)


def _brokers(settings: Settings, given: Mapping[str, Any]) -> Iterator[str]:
    if settings.broker == "mosquitto" and settings.mosquitto.enabled is False:
        yield f"{key(['mosquitto', 'enabled'])}: is false, and mosquitto is the {key(['broker'])}; change one"
    kafka = given.get("kafka")
    if settings.broker == "kafka" and isinstance(kafka, dict) and kafka.get("enabled") is False:
        yield f"{key(['kafka', 'enabled'])}: is false, and kafka is the {key(['broker'])}; change one"
    for name, runs in (("kafka", settings.runs_kafka), ("rabbitmq", settings.runs_rabbitmq)):
        its = given.get(name)
        if isinstance(its, dict) and not runs and not its.get("external") and name not in settings.keep_data:
            for other in sorted(its.keys() - {"enabled"}):
                yield f"{key([name, other])}: has no effect, as {name} does not run; set {key([name, 'enabled'])}"
    # One that is switched off in so many words may keep its settings until it is on again.
    options = {
        "hono": settings.hono.used,
        "kafkaMl": settings.kafka_ml.used,
        "feeders": settings.feeders.enabled,
    }
    for name, used in options.items():
        its = given.get(name)
        if isinstance(its, dict) and not used and "enabled" not in its and name not in settings.keep_data:
            for other in sorted(its):
                yield f"{key([name, other])}: has no effect without {key([name, 'enabled'])}; set it to true"


def _programs(settings: Settings) -> Iterator[str]:
    images = settings.images
    if settings.feeders.enabled and not settings.registry:
        for name, image in (("feeder", images.feeder), ("watchdog", images.watchdog)):
            if image is None:
                yield (
                    f"{key(['feeders', 'enabled'])}: the image of the {name} has to be built, {NO_REGISTRY};"
                    f" give one, or name an image in {key(['images', name])}"
                )


def _webgl(settings: Settings, given: Mapping[str, Any]) -> Iterator[str]:
    webgl = settings.webgl
    if webgl.folder and not settings.registry:
        yield f"{key(['webgl', 'folder'])}: an image of it has to be built, {NO_REGISTRY}; give one"
    if webgl.url:
        its = given.get("webgl")
        for other in sorted(its.keys() - {"url"}) if isinstance(its, dict) else ():
            yield f"{key(['webgl', other])}: has no effect beside {key(['webgl', 'url'])}; remove one of the two"
    elif not webgl.runs and (webgl.origins or webgl.threads):
        name = "origins" if webgl.origins else "threads"
        yield f"{key(['webgl', name])}: has no effect without {key(['webgl', 'folder'])} or {key(['webgl', 'image'])}"


def _names(settings: Settings) -> Iterator[str]:
    """Users that the platform has itself; `users` and `definitions` are Secrets of other things."""
    taken = {
        "mosquitto": (
            settings.mosquitto.users,
            {"ditto", "telegraf", "feeder", "users", *own_users(settings)},
        ),
        "rabbitmq": (settings.rabbitmq.users, {"ditto", "definitions"}),
    }
    for broker, (users, own) in taken.items():
        for name in sorted(users.keys() & own):
            yield f"{key([broker, 'users', name])}: the platform uses this name itself; choose another"
    if QUEUE in settings.rabbitmq.queues:
        yield f"{key(['rabbitmq', 'queues', QUEUE])}: the platform uses this name itself; choose another"
