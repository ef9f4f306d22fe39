"""Tenants and devices fit together, and what they need is there."""

from collections.abc import Iterator

from twins.catalogue import Catalogue, Entry
from twins.checks.mappers import fault
from twins.explain import unknown
from twins.hono import connection_id
from twins.models import HonoDeviceSpec, HonoTenantSpec
from twins.origin import Path, Problem, shown

ABSENT = "this platform uses no Hono; set opentwins:hono.enabled, or opentwins:hono.external"
KEYS = {"hashed-password": "password", "psk": "key"}


def check(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield tenants and devices without a Hono, references to nothing, and names that two would have."""
    declared: list[Entry[HonoTenantSpec] | Entry[HonoDeviceSpec]]
    declared = [*catalogue.hono_tenants.values(), *catalogue.hono_devices.values()]
    for entry in declared:
        if "hono" not in catalogue.services:
            yield entry.problem(("kind",), ABSENT)
    yield from _tenants(catalogue)
    names: dict[tuple[str, str, str], str] = {}
    for key, device in catalogue.hono_devices.items():
        for path, message in (*_references(device.spec, catalogue), *_credentials(device.spec, catalogue)):
            yield device.problem(path, message)
        for place, credential in enumerate(device.spec.credentials):
            name = (device.spec.tenant, credential.type, credential.auth_id)
            if (first := names.setdefault(name, f"{key}/{place}")) != f"{key}/{place}":
                message = f"device {first.rpartition('/')[0]} logs in with this name too; choose another"
                yield device.problem(("credentials", place, "authId"), message)


def _tenants(catalogue: Catalogue) -> Iterator[Problem]:
    taken = {key: f"Connection {key}" for key in catalogue.ids.get("Connection", {})}
    for key, entry in catalogue.hono_tenants.items():
        if not entry.spec.connection:
            continue
        made = connection_id(key)
        if made in taken:
            message = f"its connection would be {made}, as {taken[made]} is; rename one of them"
            yield entry.problem(("id",), message)
        taken[made] = f"that of HonoTenant {key}"
        name = entry.spec.connection.mapper
        if name and (wrong := fault(name, "mapToDittoProtocolMsg", entry.text.file.parent, catalogue.folder)):
            yield entry.problem(("connection", "mapper"), wrong)


def _references(spec: HonoDeviceSpec, catalogue: Catalogue) -> Iterator[tuple[Path, str]]:
    if catalogue.unread:  # what is not there may be in a file that could not be read
        return
    tenants, devices = catalogue.ids.get("HonoTenant", {}), catalogue.ids.get("HonoDevice", {})
    if spec.tenant not in tenants:
        yield (
            ("tenant",),
            f"no HonoTenant {shown(spec.tenant)} is declared; {unknown(spec.tenant, list(tenants))}",
        )
    for place, gateway in enumerate(spec.via):
        if gateway not in devices:
            message = f"no HonoDevice {shown(gateway)} is declared; {unknown(gateway, list(devices))}"
            yield ("via", place), message


def _credentials(spec: HonoDeviceSpec, catalogue: Catalogue) -> Iterator[tuple[Path, str]]:
    for place, credential in enumerate(spec.credentials):
        if credential.secret is None:
            continue
        path, key = ("credentials", place, "secret"), KEYS[credential.type]
        if credential.secret not in catalogue.secrets:
            yield (
                path,
                f"no secret {credential.secret} is set; run `pulumi config set --secret --path "
                f"opentwins:secrets.{credential.secret}.{key}`; "
                f"{unknown(credential.secret, list(catalogue.secrets))}",
            )
        elif key not in catalogue.secrets[credential.secret]:
            yield path, f"secret {credential.secret} has no {key}; set it"
