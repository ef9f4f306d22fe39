"""The specs of a stack's settings: read by the program, and by the provider where it needs rows of a fleet."""

from pathlib import Path

from components.endpoints import endpoints
from components.settings import Settings
from components.webgl.settings import address
from twins.load import load
from twins.specs import Specs


def load_specs(settings: Settings) -> Specs:
    """The specs of the settings' folder. Raises `SpecErrors` with everything that is wrong with them."""
    secrets = {name: set(values) for name, values in settings.secrets.items()}
    return load(Path(settings.specs), _services(settings), secrets)


def _services(settings: Settings) -> list[str]:
    """The platform's services that a spec may name."""
    runs = {
        "mosquitto": settings.runs_mosquitto or settings.mosquitto.external,
        "kafka": settings.runs_kafka or settings.kafka.external,
        "rabbitmq": settings.runs_rabbitmq or settings.rabbitmq.external,
        "hono": settings.hono.used,
        "kafka-ml": settings.kafka_ml.used,
        # What specs of other kinds need: not brokers that a connection may name.
        "kafka-admin": endpoints(settings).kafka_admin,
        "kafka-ml-input": settings.kafka_ml.runs,
        f"events-{settings.broker}": True,
        "hono-amqp": settings.hono.used and settings.hono.speaks == "amqp",
        "feeders": settings.feeders.enabled,
        "webgl": address(settings) is not None,
    }
    return [service for service, does in runs.items() if does]
