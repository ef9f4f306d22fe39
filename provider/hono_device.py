"""Devices of Hono as resources, with their credentials.

No property holds a secret: credentials name the Kubernetes Secret that theirs is in, and `fingerprints` stands
for the values. The registry never tells a password again, so of credentials all else is compared.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from provider.base import gone, own, seen
from provider.errors import ProviderError
from provider.hono import declared_part
from provider.hono_tenant import RegistryProvider
from twins.canonical import dumps
from twins.document import Document

# The key of the Secret, and what the registry calls the value.
SECRETS = {"hashed-password": ("password", "pwd-plain"), "psk": ("key", "key")}


class HonoDeviceProvider(RegistryProvider):
    """Writes a device, and all of its credentials at once: the registry knows no other way."""

    spec, what = "HonoDevice", "devices"
    compared = ("document", "credentials", "fingerprints")

    def ids(self, props: dict[str, Any]) -> tuple[str, ...]:
        """Its tenant's id and its own."""
        return props["tenant"], props["id"]

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """In another tenant it is another device."""
        if _olds.get("tenant") != _news.get("tenant"):
            return DiffResult(changes=True, replaces=["tenant"])
        return super().diff(_id, _olds, _news)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make it, then its credentials."""
        with self.about(props):
            self.bring(props, new=True)
            self._bring_credentials(props)
        return CreateResult(props["id"], own(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Put what is declared now in place of what was."""
        with self.about(_news):
            self.bring(_news, new=False, changed=_olds.get("document") != _news["document"])
            self._bring_credentials(_news)
        return UpdateResult(own(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What is declared, as it is live."""
        with self.about(props):
            found = self.look(props)
            if found is None:
                return gone()
            credentials = self._live_credentials(props)
        return seen(id_, props, document=dumps(found), credentials=json.dumps(credentials, sort_keys=True))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove it, and its credentials with it."""
        if self.reach.lacks("Hono", self.called(_props)):
            return
        with self.about(_props):
            self.remove(_props)

    def _bring_credentials(self, props: dict[str, Any]) -> None:
        tenant, device = self.ids(props)
        filled = [self._filled(each) for each in json.loads(props["credentials"])]
        self.reach.registry.put_credentials(tenant, device, filled)

    def _filled(self, credential: Document) -> Document:
        """The credential as the registry takes it, with its secret."""
        found = {key: value for key, value in credential.items() if key != "secret"}
        if "secret" not in credential:
            return found | {"secrets": [{}]}
        key, word = SECRETS[credential["type"]]
        values = self.reach.secret(credential["secret"])
        if key not in values:
            raise ProviderError(f"Secret {credential['secret']} has no key {key}, which is needed here")
        return found | {"secrets": [{word: values[key]}]}

    def _live_credentials(self, props: dict[str, Any]) -> list[Document]:
        """What is declared of the credentials, as they are live, those of others too: a PUT replaces all."""
        declared = {_name(each): each for each in json.loads(props["credentials"])}
        live = {_name(each): each for each in self.reach.registry.credentials(*self.ids(props)) or []}
        found = [_seen(each, live[name]) for name, each in declared.items() if name in live]
        more = [
            {key: value for key, value in each.items() if key != "secrets"}
            for name, each in live.items()
            if name not in declared
        ]
        return [*found, *more]


def _name(credential: Document) -> tuple[Any, Any]:
    return credential.get("type"), credential.get("auth-id")


def _seen(declared: Document, live: Document) -> Document:
    """The declared credential as it is live; its secret is so if there is just one."""
    whole = {"enabled": True, **live, "secret": declared.get("secret")}
    if len(live.get("secrets") or []) != 1:
        whole.pop("secret")
    part: Document = declared_part(
        declared, {key: value for key, value in whole.items() if value is not None}
    )
    return part


class HonoDevice(Resource, module="opentwins", name="HonoDevice"):
    """The device `device_id` of a tenant of Hono.

    `credentials` are in the registry's words, but for `secret`, which names the Kubernetes Secret that holds
    what is secret of one. `fingerprints` are texts that change when the values of those do, by their names.
    """

    def __init__(
        self,
        device_id: str,
        tenant: str,
        document: Document,
        credentials: Sequence[Document] = (),
        fingerprints: Mapping[str, pulumi.Input[str]] | None = None,
        adopt: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {
            "id": device_id,
            "tenant": tenant,
            "document": dumps(document),
            "credentials": json.dumps(list(credentials), sort_keys=True),
            "fingerprints": dict(fingerprints or {}),
            "adopt": adopt,
        }
        super().__init__(HonoDeviceProvider(), device_id, inputs, opts)
