"""Hono's keys and certificates in Secrets, one for each of its services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from components import hono_parts as parts
from components.contents import Contents, secret
from components.place import Place
from components.volumes import Mount, folder
from provider.certificates import Certificates

if TYPE_CHECKING:
    from components.settings import Settings

FRONT, BETWEEN = "/opt/hono/front", "/opt/hono/tls"
EVERY = (
    parts.AUTH,
    parts.REGISTRY,
    parts.COMMANDS,
    parts.ROUTER,
    parts.BROKER,
    *(parts.adapter(protocol) for protocol in parts.ADAPTERS),
)


class Tls:
    """The certificates of all of Hono's services, those that do not run too: one that is switched on has its own.

    The Secret `hono-tls` holds the authority's certificate, for devices and others who come from outside.
    """

    def __init__(self, settings: Settings, place: Place) -> None:
        chosen = settings.hono.certificates
        names = {name: _names(name, place.namespace) for name in EVERY}
        options = pulumi.ResourceOptions(parent=place.component)
        self._made = Certificates(
            "hono-certificates", names, parts.ORGANIZATION, parts.UNIT, chosen.days, chosen.issue, options
        )
        self._place = place
        self._contents: dict[str, Contents] = {}
        self.ca, self.fingerprint = self._made.ca, self._made.fingerprint
        secret(place, "hono-tls", {"ca.crt": self.ca}, self.fingerprint)

    def between(self, name: str) -> Mount:
        """The files `tls.key`, `tls.crt` and `ca.crt` of a service, for the others."""
        return folder(BETWEEN, self._of(name))

    def front(self, name: str, given: Contents | None) -> Mount:
        """The files `tls.key` and `tls.crt` that an adapter shows to devices: the user's own, or ours."""
        if given:
            return folder(FRONT, given, only={"key": "tls.key", "cert": "tls.crt"})
        own = {"tls.key": "tls.key", "tls.crt": "tls.crt"}
        return folder(FRONT, self._of(name), only=own, volume_name=f"{name}-front")

    def _of(self, name: str) -> Contents:
        if name not in self._contents:
            values = {
                "tls.key": self._made.keys.apply(lambda keys: keys[name]),
                "tls.crt": self._made.certificates.apply(lambda certificates: certificates[name]),
                "ca.crt": self.ca,
            }
            self._contents[name] = secret(self._place, f"{name}-tls", values, self.fingerprint)
        return self._contents[name]


def _names(name: str, namespace: str) -> list[str]:
    return [f"{name}.{namespace}.svc", f"{name}.{namespace}", name, "localhost"]
