"""Tenants and devices of Hono as specs: what is sent, the connection that follows, and what is refused."""

from typing import Any

import pytest

from tests.twins.conftest import Declare, Mistakes
from twins.checks.connections import SCHEMES
from twins.connections import connection_document
from twins.hono import credential_documents, device_document, tenant_connection, tenant_document
from twins.models import HonoTenantSpec
from twins.owner import Owner

OWNER = Owner("opentwins/test", "nginx:ditto")
SECRETS = {"robot": {"password"}, "meter": {"key"}}
TENANT = "kind: HonoTenant\nid: plant\n"
DEVICE = "kind: HonoDevice\nid: n:robot\ntenant: plant\n"
COLON = "credentials: [{type: hashed-password, authId: 'n:robot', secret: robot}]\n"
LOGIN = "credentials: [{type: hashed-password, authId: n.robot, secret: robot}]\n"


def document(speaks: str, text: str = "") -> dict[str, Any]:
    spec = tenant_connection(HonoTenantSpec(id="plant"), speaks)
    assert spec is not None
    scheme = SCHEMES[spec.type][1]
    found: dict[str, Any] = connection_document(spec, OWNER, None, f"{scheme}://hono:1")  # type: ignore[arg-type]
    return found


def test_a_tenant_is_sent_in_honos_words(declare: Declare) -> None:
    specs = declare(
        TENANT + "alias: factory\nadapters: {mqtt: {authentication: false}}\nminimumMessageSize: 4096\n"
        "trustedCa: [{subject-dn: CN=us}]\next: {building: 7}\n"
    )
    assert tenant_document(specs.hono_tenants["plant"].spec, OWNER) == {
        "enabled": True,
        "alias": "factory",
        "adapters": [{"type": "hono-mqtt", "enabled": True, "device-authentication-required": False}],
        "minimum-message-size": 4096,
        "trusted-ca": [{"subject-dn": "CN=us"}],
        "ext": {"building": 7, "managedBy": "opentwins/test/plant"},
    }


def test_a_device_is_sent_without_its_credentials_which_name_their_secrets(declare: Declare) -> None:
    text = f"{TENANT}---\nkind: HonoDevice\nid: gateway\ntenant: plant\n---\n{DEVICE}{LOGIN}via: [gateway]\n"
    specs = declare(text, secrets=SECRETS)
    spec = specs.hono_devices["n:robot"].spec
    assert device_document(spec, OWNER) == {
        "enabled": True,
        "via": ["gateway"],
        "ext": {"managedBy": "opentwins/test/n:robot"},
    }
    assert credential_documents(spec) == [
        {"type": "hashed-password", "auth-id": "n.robot", "enabled": True, "secret": "robot"}
    ]


def test_over_amqp_a_tenants_messages_come_in_and_commands_go_out() -> None:
    found = document("amqp")
    incoming, answers = found["sources"]
    assert found["connectionType"] == "amqp-10"
    assert incoming["addresses"] == ["telemetry/plant", "event/plant"]
    assert incoming["authorizationContext"] == ["connection:hono-plant"]
    assert incoming["acknowledgementRequests"]["filter"] == "fn:filter(header:qos,'eq','1')"
    assert answers["addresses"] == ["command_response/plant/replies"]
    [target] = found["targets"]
    assert target["address"] == "command/plant"
    assert target["headerMapping"]["to"] == "command/plant/{{ thing:id }}"
    assert target["headerMapping"]["reply-to"] == (
        "{{ fn:default('command_response/plant/replies') | fn:filter(header:response-required,'ne','false') }}"
    )


def test_over_kafka_events_are_kept_until_ditto_has_them() -> None:
    found = document("kafka")
    by_topic = {source["addresses"][0]: source for source in found["sources"]}
    assert found["connectionType"] == "kafka"
    assert by_topic.keys() == {"hono.telemetry.plant", "hono.event.plant", "hono.command_response.plant"}
    assert [by_topic[f"hono.{each}.plant"]["qos"] for each in ("telemetry", "event")] == [0, 1]
    assert found["targets"][0]["address"] == "hono.command.plant/{{ thing:id }}"


@pytest.mark.parametrize("speaks", ["amqp", "kafka"])
def test_a_device_may_only_speak_of_the_thing_of_its_id(speaks: str) -> None:
    incoming = [one for one in document(speaks)["sources"] if "response" not in one["addresses"][0]]
    assert incoming
    for source in incoming:
        assert source["enforcement"] == {"input": "{{ header:device_id }}", "filters": ["{{ entity:id }}"]}


def test_a_mapper_and_subjects_of_its_own_are_taken(declare: Declare) -> None:
    text = f"{TENANT}connection: {{mapper: payload.js, subjects: ['connection:all']}}\n"
    specs = declare(text, files={"payload.js": "function mapToDittoProtocolMsg() { return null; }"})
    spec = tenant_connection(specs.hono_tenants["plant"].spec, "amqp")
    assert spec is not None
    assert (spec.sources[0].subjects, spec.sources[0].mappers) == (["connection:all"], ["payload"])
    assert spec.sources[1].mappers == []  # answers are no payloads


def test_a_tenant_need_not_have_a_connection(declare: Declare) -> None:
    spec = declare(TENANT + "connection: false\n").hono_tenants["plant"].spec
    assert tenant_connection(spec, "amqp") is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            DEVICE,
            "4: tenant: no HonoTenant plant is declared; there are none",
            id="no tenant",
        ),
        pytest.param(
            f"{TENANT}---\n{DEVICE}via: [gatewya]\n",
            "9: via[0]: no HonoDevice gatewya is declared; use one of n:robot",
            id="no gateway",
        ),
        pytest.param(
            f"{TENANT}---\n{DEVICE}{LOGIN.replace('secret: robot', 'secret: robto')}",
            "9: credentials[0].secret: no secret robto is set; run `pulumi config set --secret --path "
            "opentwins:secrets.robto.password`; do you mean robot?",
            id="no secret",
        ),
        pytest.param(
            f"{TENANT}---\n{DEVICE}{LOGIN.replace('secret: robot', 'secret: meter')}",
            "9: credentials[0].secret: secret meter has no password; set it",
            id="the wrong secret",
        ),
        pytest.param(
            f"{TENANT}---\n{DEVICE}{LOGIN.replace(', secret: robot', '')}",
            "9: credentials[0]: a credential of type hashed-password needs a secret; correct it",
            id="a password without a secret",
        ),
        pytest.param(
            f"{TENANT}---\n{DEVICE}{COLON}",
            "9: credentials[0].authId: 'n:robot' is not allowed; use ASCII letters, digits, _, -, = and .; it"
            " cannot have the : of a thing's id",
            id="a colon in the login",
        ),
        pytest.param(
            f"{TENANT}---\n{DEVICE}{LOGIN}---\n{DEVICE.replace('n:robot', 'n:other')}{LOGIN}",
            "15: credentials[0].authId: device n:robot logs in with this name too; choose another",
            id="one login for two",
        ),
        pytest.param(
            f"{TENANT}---\n{TENANT.replace('plant', 'plant.a')}---\n{TENANT.replace('plant', 'plant_a')}",
            "11: id: its connection would be hono-plant_a, as that of HonoTenant plant.a is; rename one of them",
            id="one connection for two",
        ),
        pytest.param(
            f"{TENANT}connection: {{mapper: absent.js}}\n",
            "4: connection.mapper: absent.js cannot be read (No such file or directory); put it beside the"
            " spec, or name the right one",
            id="no mapper",
        ),
    ],
)
def test_what_could_not_work_is_refused(mistakes: Mistakes, text: str, told: str) -> None:
    assert mistakes(text, secrets=SECRETS) == [f"specs/spec.yaml:{told}"]


def test_without_a_hono_there_is_nowhere_to_put_it(mistakes: Mistakes) -> None:
    assert mistakes(TENANT, services=("mosquitto",)) == [
        "specs/spec.yaml:2: kind: this platform uses no Hono; set opentwins:hono.enabled, or"
        " opentwins:hono.external"
    ]
