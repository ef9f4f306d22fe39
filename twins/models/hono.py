"""Tenants and devices of Eclipse Hono.

See https://eclipse.dev/hono/docs/api/management/: what goes there, goes in Hono's own words.
"""

from typing import Annotated, Literal

from pydantic import Field, JsonValue, model_validator
from pydantic_core import PydanticCustomError

from twins.identifiers import HonoAuthId, HonoDeviceId, HonoTenantId, SubjectId
from twins.models.base import Model, Spec

AdapterType = Literal["http", "mqtt", "amqp", "coap", "lora", "sigfox"]


class AdapterRule(Model):
    """What a tenant's devices may do with an adapter."""

    enabled: bool = True
    """Whether they may use it."""

    authentication: bool = True
    """Whether they have to log in."""


class TenantConnection(Model):
    """The connection by which Ditto gets what a tenant's devices send, and sends them what it has for them."""

    subjects: Annotated[list[SubjectId], Field(min_length=1)] | None = None
    """As whom the devices act: subjects of policies. By default `connection:hono-` and the tenant's id."""

    mapper: str | None = None
    """A JavaScript file beside this one with `mapToDittoProtocolMsg`; without one, devices speak Ditto
    Protocol."""


class HonoTenantSpec(Spec):
    """A tenant of Hono: devices that are managed together, and Ditto's connection to them."""

    kind: Literal["HonoTenant"] = "HonoTenant"
    """What this document declares."""

    id: HonoTenantId
    """The tenant's id."""

    enabled: bool = True
    """Whether its devices may send and receive."""

    alias: Annotated[str, Field(pattern="^[a-z0-9-]+$")] | None = None
    """Another name, of lower-case letters, digits and -, that devices may use in place of the id."""

    adapters: dict[AdapterType, AdapterRule] = Field(default_factory=dict)
    """Adapters with rules of their own; with any, those that are left out may not be used."""

    defaults: dict[str, JsonValue] = Field(default_factory=dict)
    """Properties of messages that do not have them, such as `content-type`."""

    minimum_message_size: Annotated[int, Field(ge=0)] = 0
    """How many bytes a smaller message counts as, where limits are reckoned."""

    resource_limits: dict[str, JsonValue] = Field(default_factory=dict)
    """Limits on connections and data, as Hono's `resource-limits`."""

    registration_limits: dict[str, JsonValue] = Field(default_factory=dict)
    """Limits on the number of devices and credentials, as Hono's `registration-limits`."""

    tracing: dict[str, JsonValue] = Field(default_factory=dict)
    """As Hono's `tracing`."""

    trusted_ca: list[dict[str, JsonValue]] = Field(default_factory=list)
    """Authorities whose certificates devices may log in with, as Hono's `trusted-ca`."""

    trust_anchor_group: str | None = None
    """Tenants of one group may share authorities."""

    ext: dict[str, JsonValue] = Field(default_factory=dict)
    """Anything else."""

    connection: TenantConnection | Literal[False] = TenantConnection()
    """Ditto's connection `hono-<id>`; false for none."""


class HonoCredential(Model):
    """One way for a device to prove who it is."""

    type: Literal["hashed-password", "psk", "x509-cert"]
    """A password, a shared key, or a certificate of an authority that the tenant trusts."""

    auth_id: HonoAuthId
    """The name that it logs in with, before `@<tenant>`; for a certificate its subject."""

    secret: str | None = None
    """An entry of `opentwins:secrets` with its `password`, or with its `key` (base64) for psk."""

    enabled: bool = True
    """Whether it counts."""

    ext: dict[str, JsonValue] = Field(default_factory=dict)
    """Anything else."""

    @model_validator(mode="after")
    def _has_its_secret(self) -> "HonoCredential":
        if (self.secret is None) != (self.type == "x509-cert"):
            what = "has no secret" if self.secret else "needs a secret"
            raise PydanticCustomError("secret", f"a credential of type {self.type} {what}; correct it")
        return self


class HonoDeviceSpec(Spec):
    """A device of Hono. It may only speak of the thing of its own id, unless the connection says otherwise."""

    kind: Literal["HonoDevice"] = "HonoDevice"
    """What this document declares."""

    id: HonoDeviceId
    """The device's id: that of its thing."""

    tenant: HonoTenantId
    """The tenant that it is of: one that is declared."""

    enabled: bool = True
    """Whether it may send and receive."""

    credentials: list[HonoCredential] = Field(default_factory=list)
    """How it may log in. Without any, only a gateway can speak for it."""

    via: list[HonoDeviceId] = Field(default_factory=list)
    """Gateways that may speak for it."""

    via_groups: list[str] = Field(default_factory=list)
    """Groups of gateways that may."""

    member_of: list[str] = Field(default_factory=list)
    """Groups of gateways that it is in."""

    authorities: list[str] = Field(default_factory=list)
    """What more it may do, such as `auto-provisioning-enabled`."""

    defaults: dict[str, JsonValue] = Field(default_factory=dict)
    """Properties of messages that do not have them, such as `content-type`."""

    downstream_message_mapper: str | None = None
    """As Hono's `downstream-message-mapper`."""

    upstream_message_mapper: str | None = None
    """As Hono's `upstream-message-mapper`."""

    command_endpoint: dict[str, JsonValue] = Field(default_factory=dict)
    """As Hono's `command-endpoint`."""

    ext: dict[str, JsonValue] = Field(default_factory=dict)
    """Anything else."""
