"""Tenants and devices of Hono are made, kept and removed by their specs; secrets stay where they are."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.settings import load
from provider.errors import Foreign, ProviderError
from provider.hono_device import HonoDeviceProvider
from provider.hono_tenant import HonoTenantProvider
from sandbox.standin.running import serving
from tests.provider.conftest import Secrets, Stack
from tests.provider.hono_registry import LOGIN, STATE, State, application
from twins.canonical import dumps
from twins.hono import credential_documents, device_document, tenant_document
from twins.models import HonoCredential, HonoDeviceSpec, HonoTenantSpec
from twins.owner import Owner

OURS, OTHERS = Owner("opentwins/test", "nginx:ditto"), Owner("elsewhere/prod", "nginx:ditto")
DEVICE = HonoDeviceSpec(
    id="my:robot",
    tenant="plant",
    credentials=[HonoCredential(type="hashed-password", auth_id="my.robot", secret="robot")],
)


@pytest.fixture
def registry() -> Iterator[tuple[str, State]]:
    app = application()
    with serving(app) as url:
        yield url, app[STATE]


@pytest.fixture
def state(registry: tuple[str, State]) -> State:
    return registry[1]


@pytest.fixture
def stack(registry: tuple[str, State], tmp_path: Path) -> Stack:
    hono = {"url": registry[0], "secret": "hono", "messages": "amqps://hono.example:5671"}
    config = {"hono": {"external": hono}, "secrets": {"hono": LOGIN, "robot": {"password": "open-sesame"}}}
    texts = {f"opentwins:{key}": json.dumps(value) for key, value in config.items()}
    secrets = Secrets(hono=dict(LOGIN), robot={"password": "open-sesame"})
    return Stack(load(texts | {"opentwins:specs": str(tmp_path)}, "test"), secrets)


def tenant(spec: HonoTenantSpec | None = None, owner: Owner = OURS, adopt: bool = False) -> dict[str, Any]:
    spec = spec or HonoTenantSpec(id="plant")
    return {"id": spec.id, "document": dumps(tenant_document(spec, owner)), "adopt": adopt}


def device(spec: HonoDeviceSpec = DEVICE, mark: str = "one") -> dict[str, Any]:
    credentials = [each | {"secret": f"user-{each['secret']}"} for each in credential_documents(spec)]
    return {
        "id": spec.id,
        "tenant": spec.tenant,
        "document": dumps(device_document(spec, OURS)),
        "credentials": json.dumps(credentials, sort_keys=True),
        "fingerprints": {"user-robot": mark},
        "adopt": False,
    }


@pytest.fixture
def tenants(stack: Stack) -> HonoTenantProvider:
    return stack.provider(HonoTenantProvider)


@pytest.fixture
def devices(stack: Stack, tenants: HonoTenantProvider, state: State) -> HonoDeviceProvider:
    """Devices, with their tenant there."""
    tenants.create(tenant())
    state.received.clear()
    return stack.provider(HonoDeviceProvider)


def test_a_tenant_is_made_as_declared_and_carries_our_marker(
    tenants: HonoTenantProvider, state: State
) -> None:
    tenants.create(tenant(HonoTenantSpec(id="plant", defaults={"content-type": "x/y"})))
    document, _ = state.tenants["plant"]
    assert document == {
        "enabled": True,
        "defaults": {"content-type": "x/y"},
        "ext": {"managedBy": "opentwins/test/plant"},
    }


def test_a_device_can_log_in_with_the_password_that_the_secret_holds(
    devices: HonoDeviceProvider, state: State
) -> None:
    made = devices.create(device())
    [credential] = state.credentials["plant", "my:robot"]
    assert (credential["type"], credential["auth-id"]) == ("hashed-password", "my.robot")
    assert credential["secrets"][0]["pwd-hash"] == hashlib.sha256(b"open-sesame").hexdigest()
    assert "open-sesame" not in json.dumps(made.outs)


def test_a_run_that_was_cut_off_can_be_run_again(devices: HonoDeviceProvider, state: State) -> None:
    state.lose_answers = 1  # the device is made, and nobody learns of it
    devices.create(device())
    devices.create(device())
    assert len(state.devices) == 1


@pytest.mark.parametrize("owner", [OTHERS, None])
def test_a_tenant_that_exists_and_is_not_ours_is_refused_and_not_touched(
    tenants: HonoTenantProvider, state: State, owner: Owner | None
) -> None:
    theirs = tenant_document(HonoTenantSpec(id="plant"), owner) if owner else {"enabled": False}
    state.tenants["plant"] = theirs, "v"
    with pytest.raises(Foreign, match="write `adopt: true`"):
        tenants.create(tenant())
    assert state.tenants["plant"] == (theirs, "v")


def test_a_tenant_that_is_adopted_becomes_what_is_declared(tenants: HonoTenantProvider, state: State) -> None:
    state.tenants["plant"] = {"enabled": False, "alias": "old"}, "v"
    tenants.create(tenant(adopt=True))
    assert state.tenants["plant"][0] == tenant_document(HonoTenantSpec(id="plant"), OURS)


def test_what_is_not_declared_any_more_is_removed(tenants: HonoTenantProvider, state: State) -> None:
    old = tenant(HonoTenantSpec(id="plant", ext={"building": 7, "floor": 1}))
    tenants.create(old)
    tenants.update("plant", old, tenant(HonoTenantSpec(id="plant", ext={"floor": 1})))
    assert state.tenants["plant"][0]["ext"] == {"floor": 1, "managedBy": "opentwins/test/plant"}


def test_a_refresh_of_what_is_as_declared_shows_no_drift(devices: HonoDeviceProvider) -> None:
    props = device()
    devices.create(props)
    assert devices.read("my:robot", props).outs == props


def test_a_refresh_shows_what_others_have_changed_and_the_next_run_sets_it_right(
    devices: HonoDeviceProvider, state: State
) -> None:
    props = device()
    devices.create(props)
    state.devices["plant", "my:robot"][0]["enabled"] = False
    state.credentials["plant", "my:robot"][0]["enabled"] = False
    live = devices.read("my:robot", props).outs
    assert live is not None
    assert json.loads(live["document"])["enabled"] is False
    assert json.loads(live["credentials"])[0]["enabled"] is False
    assert devices.diff("my:robot", live, props).changes
    devices.update("my:robot", live, props)
    assert devices.read("my:robot", props).outs == props


def test_credentials_that_others_have_added_are_drift_and_are_removed(
    devices: HonoDeviceProvider, state: State
) -> None:
    props = device()
    devices.create(props)
    state.credentials["plant", "my:robot"].append({"type": "psk", "auth-id": "back-door", "secrets": [{}]})
    live = devices.read("my:robot", props).outs
    assert live is not None
    assert "back-door" in live["credentials"]
    devices.update("my:robot", live, props)
    assert [each["auth-id"] for each in state.credentials["plant", "my:robot"]] == ["my.robot"]


def test_another_password_is_sent_and_nothing_else(
    devices: HonoDeviceProvider, state: State, stack: Stack
) -> None:
    old, new = device(mark="one"), device(mark="two")
    devices.create(old)
    state.received.clear()
    stack.secrets.secrets["robot"] = {"password": "close-sesame"}
    assert devices.diff("my:robot", old, new).changes
    devices.update("my:robot", old, new)
    assert state.writes() == [("PUT", "/v1/credentials/plant/my:robot")]
    [credential] = state.credentials["plant", "my:robot"]
    assert credential["secrets"][0]["pwd-hash"] == hashlib.sha256(b"close-sesame").hexdigest()


def test_a_device_that_was_removed_by_hand_is_seen_to_be_gone_and_is_made_again_by_an_update(
    devices: HonoDeviceProvider, state: State
) -> None:
    props = device()
    devices.create(props)
    del state.devices["plant", "my:robot"], state.credentials["plant", "my:robot"]
    assert not devices.read("my:robot", props).id
    devices.update("my:robot", props, device(mark="two"))
    assert state.credentials["plant", "my:robot"]


def test_in_another_tenant_a_device_is_another_one(devices: HonoDeviceProvider) -> None:
    moved = device(DEVICE.model_copy(update={"tenant": "office"}))
    assert devices.diff("my:robot", device(), moved).replaces == ["tenant"]


def test_a_tenant_is_removed_when_its_devices_are(
    devices: HonoDeviceProvider, state: State, stack: Stack
) -> None:
    props = device()
    devices.create(props)
    devices.delete("my:robot", props)
    stack.provider(HonoTenantProvider).delete("plant", tenant())
    assert not state.tenants
    assert not state.credentials


def test_a_tenant_with_devices_of_others_is_left_and_said_so(
    tenants: HonoTenantProvider, state: State, stack: Stack
) -> None:
    tenants.create(tenant())
    state.devices["plant", "theirs"] = {"enabled": True}, "v"
    tenants.delete("plant", tenant())
    assert "plant" in state.tenants
    assert "1 devices that are not this stack's" in stack.said[-1]


def test_what_lost_our_marker_is_left_and_said_so(
    tenants: HonoTenantProvider, state: State, stack: Stack
) -> None:
    state.tenants["plant"] = {"enabled": True}, "v"
    tenants.delete("plant", tenant())
    assert "plant" in state.tenants
    assert "somebody else's" in stack.said[-1]


def test_what_the_registry_refuses_is_told_with_its_place_in_the_specs(
    tenants: HonoTenantProvider, tmp_path: Path
) -> None:
    (tmp_path / "plant.yaml").write_text("apiVersion: opentwins/v1\nkind: HonoTenant\nid: plant\n")
    with pytest.raises(
        ProviderError, match=r"plant\.yaml:1: tenant plant: Hono's device registry refuses"
    ) as no:
        tenants.create(tenant() | {"document": '{"enabled": 5}'})
    assert "400" in str(no.value)


def test_a_secret_without_its_key_is_named(devices: HonoDeviceProvider, stack: Stack) -> None:
    stack.secrets.secrets["robot"] = {"pin": "1"}
    with pytest.raises(ProviderError, match="Secret user-robot has no key password"):
        devices.create(device())


def test_what_was_in_a_hono_that_the_stack_has_no_more_is_let_go(tmp_path: Path) -> None:
    without = Stack(load({"opentwins:specs": str(tmp_path)}, "test"), Secrets())
    without.provider(HonoTenantProvider).delete("plant", tenant())
    without.provider(HonoDeviceProvider).delete("my:robot", device())
    assert [line.partition(" is not looked for")[0] for line in without.said] == [
        "tenant plant",
        "device plant/my:robot",
    ]
