"""What a stack may say about Eclipse Hono."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from components.model import External, Model, Name, Replicas, Resources, Storage, resources
from components.mosquitto import Clients
from components.scaling import Autoscaling

KINDS = {"amqp": "amqp", "amqps": "amqp", "tcp": "kafka", "ssl": "kafka"}  # of messaging, by scheme


def _messages(uri: str) -> str:
    if "@" in uri:
        raise ValueError("must not hold credentials; give them in opentwins:secrets")
    if not re.fullmatch(rf"({'|'.join(KINDS)})://[^\s/?#:]+:\d+", uri):
        raise ValueError("must be an address such as amqps://hono.example.org:5671 or ssl://kafka:9093")
    return uri


class ExternalHono(External):
    """A Hono that runs elsewhere: `url` and `secret` are of its device registry's HTTP API."""

    messages: Annotated[str, AfterValidator(_messages)]
    """where its devices' messages are read: AMQP 1.0 (`amqps://…`), or Kafka (`ssl://…`, `tcp://…`)"""
    messages_secret: Name | None = None
    """entry of `opentwins:secrets` with the `username`, `password` and perhaps `ca` for that; the one in
    `secret` when left out"""


class Adapter(Model):
    """One of the protocol adapters, to which devices connect."""

    enabled: bool = True
    """whether it runs"""
    replicas: Replicas = 1
    """how many pods"""
    autoscaling: Autoscaling | None = None
    """lets their number follow the work; `replicas` is the least then"""
    resources: Resources = resources("150m", "320Mi", "1", "512Mi")
    """of its container"""


class Part(Model):
    """One of the services behind the adapters."""

    resources: Resources = resources("100m", "256Mi", "1", "384Mi")
    """of its container"""


class Registry(Model):
    """The device registry, and the MongoDB of its own."""

    database: Resources = resources("100m", "256Mi", "1", "512Mi")
    """of its MongoDB's container: Hono does not know MongoDB 8, on which Ditto's data is"""
    resources: Resources = resources("150m", "320Mi", "1", "512Mi")
    """of the registry's container"""
    storage: Storage = Storage(size="2Gi")
    """where its MongoDB keeps tenants, devices and credentials"""


class Broker(Model):
    """The Artemis broker that keeps events until they are read."""

    resources: Resources = resources("150m", "600Mi", "1", "768Mi")
    """of its container"""
    storage: Storage = Storage(size="2Gi")
    """where events are kept"""


class CertificateSettings(Model):
    """The certificates with which Hono's services know each other, made by this program."""

    days: Annotated[int, Field(ge=30, le=3650)] = 1825
    """how long they hold; they are made anew by the first run in their last quarter"""
    issue: Annotated[int, Field(ge=1)] = 1
    """raise it to make all of them anew"""


class HonoSettings(Model):
    """Eclipse Hono's settings."""

    enabled: bool = False
    """whether it runs. It does not scale well when messages are frequent"""
    external: ExternalHono | None = None
    """a Hono that runs elsewhere, used instead; no other setting of `hono` has an effect then"""
    messaging: Literal["amqp", "kafka"] = "amqp"
    """what takes the devices' messages on: a network of its own (AMQP 1.0), or the platform's Kafka"""
    http: Adapter = Adapter()
    """the HTTP adapter"""
    mqtt: Adapter = Adapter()
    """the MQTT adapter"""
    amqp: Adapter = Adapter()
    """the AMQP 1.0 adapter"""
    plaintext: bool = False
    """whether devices may also connect without TLS, which shows their passwords on the way"""
    certificate: Name | None = None
    """entry of `opentwins:secrets` with the `cert` and `key` (PEM) that adapters show to devices; one that
    the authority in the Secret `hono-tls` has signed when left out"""
    clients: Clients = Clients()
    """from where devices may connect"""
    max_payload: Annotated[int, Field(ge=1024, le=1048576)] = 65536
    """bytes of the largest message that a device may send"""
    registry: Registry = Registry()
    """the device registry"""
    auth: Part = Part()
    """the authentication server"""
    command_router: Part = Part()
    """the command router"""
    router: Part = Part(resources=resources("100m", "64Mi", "1", "256Mi"))
    """the dispatch router, with AMQP messaging"""
    broker: Broker = Broker()
    """the broker behind the dispatch router, with AMQP messaging"""
    certificates: CertificateSettings = CertificateSettings()
    """the certificates"""

    @property
    def adapters(self) -> dict[str, Adapter]:
        """The adapters that run, by protocol."""
        every = {"http": self.http, "mqtt": self.mqtt, "amqp": self.amqp}
        return {name: adapter for name, adapter in every.items() if adapter.enabled}

    @property
    def runs(self) -> bool:
        """Whether this program runs it."""
        return self.enabled and not self.external

    @property
    def used(self) -> bool:
        """Whether there is one at all."""
        return self.enabled or self.external is not None

    @property
    def speaks(self) -> str:
        """What its messages are read with: `amqp` or `kafka`."""
        return KINDS[self.external.messages.partition("://")[0]] if self.external else self.messaging

    @model_validator(mode="after")
    def _devices_can_get_in(self) -> Self:
        if not self.adapters:
            raise ValueError("no adapter is enabled, so no device could connect; enable http, mqtt or amqp")
        return self
