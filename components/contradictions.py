"""Settings that are each right and together are not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from components import broker_contradictions as brokers
from components import optional_contradictions as optional
from components import wiring_contradictions as wiring
from components.credentials import catalogue
from components.mistakes import did_you_mean, key

if TYPE_CHECKING:
    from components.settings import Settings


def contradictions(settings: Settings, given: Mapping[str, Any]) -> list[str]:
    """A line for each. `given` is what the user wrote, without the defaults."""
    return [
        *_secrets(settings),
        *wiring.contradictions(settings, given),
        *_rotation(settings),
        *brokers.contradictions(settings, given),
        *optional.contradictions(settings),
    ]


def _secrets(settings: Settings) -> Iterator[str]:
    """Each secret that is named has to be there, with the keys that are read."""
    login = ("username", "password")
    named: list[tuple[tuple[str, ...], str | None, tuple[str, ...]]] = [
        (("influxdb", "secret"), settings.influxdb.secret, (*login, "token")),
        (("mongodb", "secret"), settings.mongodb.secret, login),
    ]
    if ditto := settings.ditto.external:
        named += [
            (("ditto", "external", "secret"), ditto.secret, login),
            (("ditto", "external", "devopsSecret"), ditto.devops_secret, login),
        ]
    if grafana := settings.grafana.external:
        named += [(("grafana", "external", "secret"), grafana.secret, login)]
    named += [*brokers.secrets(settings), *optional.secrets(settings), *wiring.secrets(settings)]
    for path, name, needed in named:
        if name is None:
            continue
        if name not in settings.secrets:
            hint = did_you_mean(name, settings.secrets, "opentwins:secrets.")
            yield f"{key(path)}: there is no opentwins:secrets.{name}{hint}"
        elif missing := [part for part in needed if part not in settings.secrets[name]]:
            yield f"{key(path)}: opentwins:secrets.{name} has no {' and no '.join(missing)}"
        elif (
            path == ("mongodb", "secret") and settings.secrets[name]["username"].get_secret_value() != "root"
        ):
            yield f"{key(path)}: the username in opentwins:secrets.{name} must be root"


def _rotation(settings: Settings) -> Iterator[str]:
    known = catalogue(settings)
    for name, number in settings.rotation.items():
        if name not in known:
            hint = did_you_mean(name, known, "opentwins:rotation.") or f"; there are {', '.join(known)}"
            yield f"{key(['rotation', name])}: there is no such credential{hint}"
        elif number > 1 and known[name].fixed:
            yield f"{key(['rotation', name])}: {known[name].fixed}"
