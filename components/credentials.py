"""The platform's passwords: generated once, kept in Kubernetes Secrets, made anew when the config says so."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components.contents import Contents, secret
from components.endpoints import API_USER, DEVOPS_USER, user_secret
from components.hono_parts import login
from components.hono_parts import users as users_of_hono
from components.kafka_configuration import ADMINISTRATOR
from components.kafka_parts import users as users_of_kafka
from components.mosquitto_users import own_users
from components.place import Place
from provider.credential import Credential

if TYPE_CHECKING:
    from components.settings import Settings


@dataclass(frozen=True)
class Generated:
    """A credential that the program makes. `fixed` says why it is not to be rotated, if it is not."""

    name: str
    username: str
    fixed: str = ""


def catalogue(settings: Settings) -> dict[str, Generated]:
    """All credentials that the program makes for the stack, by the name of their Secret."""
    made = _brokers(settings)
    if not settings.influxdb.external or settings.keeps("influxdb"):
        how = "influx user password and influx auth create"
        made.append(Generated("influxdb-admin", "admin", _kept("InfluxDB", how)))
    if not settings.ditto.external:
        made += [
            Generated("ditto-api", API_USER),
            Generated("ditto-devops", DEVOPS_USER),
            Generated("ditto-status", "status"),
        ]
    if settings.runs_mongodb or settings.keeps("mongodb"):
        made += [
            Generated("mongodb-root", "root", _kept("MongoDB", "db.changeUserPassword")),
            Generated("mongodb-members", "", "with different ones, its members would not let each other in"),
            Generated("mongodb-ditto", "ditto"),
            Generated("mongodb-extended-api", "extended-api"),
        ]
    if not settings.grafana.external or settings.keeps("grafana"):
        made += [
            Generated("grafana-admin", "admin"),
            Generated(
                "grafana-key", "", "Grafana encrypts with it what it keeps, and could not read that any more"
            ),
        ]
    made += [*_hono(settings), *_kafka_ml(settings)]
    return {one.name: one for one in made}


def _brokers(settings: Settings) -> list[Generated]:
    made = []
    if settings.runs_mosquitto or settings.keeps("mosquitto"):
        users = [*own_users(settings), *settings.mosquitto.users]
        made += [Generated(f"mosquitto-{user}", user) for user in users]
    if settings.runs_kafka or settings.keeps("kafka"):
        # Nodes are restarted one after the other, each once the one before has found the others again.
        shared = (
            "with different ones, its nodes would not let each other in"
            if settings.kafka.replicas > 1
            else ""
        )
        made.append(Generated(f"kafka-{ADMINISTRATOR}", ADMINISTRATOR, shared))
        made += [Generated(f"kafka-{user}", user) for user in users_of_kafka(settings)]
    if settings.runs_rabbitmq or settings.keeps("rabbitmq"):
        made += [Generated(f"rabbitmq-{user}", user) for user in ("ditto", *settings.rabbitmq.users)]
    return made


def _hono(settings: Settings) -> list[Generated]:
    if not (settings.hono.runs or settings.keeps("hono")):
        return []
    why = "MongoDB keeps it and takes no other from here; change it there, with db.changeUserPassword"
    users = [Generated(name, login(name)) for name in users_of_hono(settings)]
    by_messaging = {
        "amqp": Generated("hono-broker", "router"),
        "kafka": Generated("kafka-hono", "hono"),
    }
    return [
        *users,
        by_messaging[settings.hono.messaging],
        Generated("hono-registry", "registry"),
        Generated("hono-mongodb", "registry"),
        Generated("hono-mongodb-root", "root", why),
    ]


def _kafka_ml(settings: Settings) -> list[Generated]:
    return [Generated("kafka-ml-key", "")] if settings.kafka_ml.runs or settings.keeps("kafkaMl") else []


def _kept(service: str, how: str) -> str:
    return (
        f"{service} keeps it and takes no other from here. Change it there, with {how}; then give the new"
        f" one in opentwins:secrets.<name> and name that in opentwins:{service.lower()}.secret"
    )


@dataclass(frozen=True)
class Issued:
    """A credential with its values. `salt` is 24 hex digits that are new with each password."""

    username: str
    password: pulumi.Output[str]
    salt: pulumi.Output[str]
    contents: Contents


class Credentials(pulumi.ComponentResource):
    """Every credential of the stack in a Kubernetes Secret: those that are made, and those of the settings.

    `credentials["ditto-api"]` is one with its `username` and `password`, by the name of its Secret.
    """

    def __init__(self, name: str, settings: Settings, place: Place, opts: pulumi.ResourceOptions) -> None:
        super().__init__("opentwins:Credentials", name, None, opts)
        self._place = place.inside(self)
        self._key = Credential("fingerprint-key", opts=pulumi.ResourceOptions(parent=self))
        given = {"influxdb-admin": settings.influxdb.secret, "mongodb-root": settings.mongodb.secret}
        entries = {
            name: {key: value.get_secret_value() for key, value in entry.items()}
            for name, entry in settings.secrets.items()
        }
        self._secrets: list[Contents] = []
        self._logins: dict[str, Issued] = {}
        for name, entry in entries.items():
            self._enter(user_secret(name), entry)
        for one in catalogue(settings).values():
            chosen = given.get(one.name)
            if chosen:
                self._enter(one.name, entries[chosen])
            else:
                self._generate(one, settings.rotation.get(one.name, 1))
        self.register_outputs({})

    def __getitem__(self, secret_name: str | None) -> Issued:
        return self._logins[secret_name or ""]

    def add(self, one: Generated, rotation: int = 1) -> Issued:
        """Make one more, which is not the stack's own but that of a spec."""
        self._generate(one, rotation)
        return self._logins[one.name]

    def contents(self, secret_name: str) -> Contents:
        """Any of the Secrets, such as one of the settings that holds no login."""
        return next(one for one in self._secrets if one.name == secret_name)

    def __contains__(self, secret_name: str) -> bool:
        return any(one.name == secret_name for one in self._secrets)

    def resources(self, secret_names: Collection[str]) -> list[pulumi.Resource]:
        """Those of the Secrets that are made here."""
        return [one.resource for one in self._secrets if one.name in secret_names]

    @property
    def fingerprints(self) -> dict[str, pulumi.Output[str]]:
        """For each Secret a text that changes when its values do, and reveals nothing of them."""
        return {one.name: pulumi.Output.from_input(one.checksum) for one in self._secrets}

    def _generate(self, one: Generated, rotation: int) -> None:
        # What a volume holds is of use only with the passwords that it was made with.
        opts = pulumi.ResourceOptions(parent=self, protect=(self._place.protect and bool(one.fixed)) or None)
        made = Credential(one.name, rotation, opts=opts)
        values: dict[str, pulumi.Input[str]] = {"username": one.username, "password": made.value}
        if one.name == "influxdb-admin":
            token = Credential("influxdb-token", length=64, opts=opts)
            values["token"] = token.value
        contents = secret(self._place, one.name, values, made.fingerprint)
        self._secrets.append(contents)
        self._logins[one.name] = Issued(one.username, made.value, made.salt, contents)

    def _enter(self, name: str, entry: Mapping[str, str]) -> None:
        text = json.dumps([name, entry], sort_keys=True)
        # A plain digest of a poor password would give it away to whoever tries the likely ones.
        mark = self._key.value.apply(
            lambda key: hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()[:16]
        )
        contents = secret(self._place, name, entry, pulumi.Output.unsecret(mark))
        self._secrets.append(contents)
        if entry.keys() >= {"username", "password"}:
            password = pulumi.Output.secret(entry["password"])
            self._logins[name] = Issued(entry["username"], password, self._key.salt, contents)
