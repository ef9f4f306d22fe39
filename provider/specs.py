"""The specs of a stack's settings: read by the program, and by the provider where it needs rows of a fleet."""

from pathlib import Path

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
        "rabbitmq": settings.rabbitmq.enabled,
        "hono": settings.hono.used,
        "kafka-ml": settings.kafka_ml.used,
        # What specs of other kinds need: not brokers that a connection may name.
        "kafka-admin": settings.runs_kafka,
        "kafka-ml-input": settings.kafka_ml.runs,
        f"events-{settings.broker}": True,
        "feeders": settings.feeders.enabled,
        "webgl": address(settings) is not None,
    }
    return [service for service, does in runs.items() if does]
