"""The specs of a stack's settings: read by the program, and by the provider where it needs rows of a fleet."""

from pathlib import Path

from components.settings import Settings
from twins.load import load
from twins.specs import Specs

BROKERS = ("mosquitto",)  # the platform's services that a connection may name


def load_specs(settings: Settings) -> Specs:
    """The specs of the settings' folder. Raises `SpecErrors` with everything that is wrong with them."""
    secrets = {name: set(values) for name, values in settings.secrets.items()}
    return load(Path(settings.specs), BROKERS, secrets)
