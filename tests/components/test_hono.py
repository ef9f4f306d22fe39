"""Hono's services know each other by certificates that are made here, and nobody else."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from components import hono_messaging
from components.settings import SettingsError, load
from tests.components.declared import Program, declare
from tests.components.test_network import allowed
from tests.components.test_secrets import rolled, templates

ON = {"hono": '{"enabled": true}'}
OPEN = {"hono": '{"enabled": true, "plaintext": true}'}
KAFKA = {"hono": '{"enabled": true, "messaging": "kafka"}', "kafka": '{"enabled": true}'}
BEHIND = {"hono-auth", "hono-device-registry", "hono-command-router"}
ADAPTERS = {"hono-http", "hono-mqtt", "hono-amqp"}
NETWORK = {"hono-router", "hono-broker"}
DATABASE = {"hono-mongodb", "hono-mongodb-users"}


def hono(**config: str) -> dict[str, Any]:
    return {name: one for name, one in declare(**config).workloads.items() if name.startswith("hono")}


def configuration(program: Program, name: str) -> dict[str, Any]:
    """The application.yml of one of its services, below `hono`."""
    text = program.kind("ConfigMap")[f"{name}-config"].files["application.yml"]
    found: dict[str, Any] = yaml.safe_load(text)["hono"]
    return found


def test_nothing_of_it_is_there_unless_it_is_asked_for_and_nothing_else_changes() -> None:
    def shown(**config: str) -> dict[tuple[str, str], dict[str, Any]]:
        resources = declare(**config).resources
        return {(one.type, one.name): one.inputs for one in resources if one.kind != "Volumes"}

    without, with_it = shown(), shown(**ON)

    assert {name: with_it[name] for name in without} == without
    assert all("hono" in name for _, name in with_it.keys() - without.keys())


def test_it_runs_what_its_own_chart_does() -> None:
    assert hono(**ON).keys() == BEHIND | ADAPTERS | NETWORK | DATABASE
    assert hono(**KAFKA).keys() == BEHIND | ADAPTERS | DATABASE


def test_the_broker_s_heap_fits_into_its_container_though_its_own_profile_says_two_gigabytes() -> None:
    memory = {"cpu": "1", "memory": "2Gi"}
    more = json.dumps({"enabled": True, "broker": {"resources": {"requests": memory, "limits": memory}}})
    heaps = []
    for config in (ON, {"hono": more}):
        (broker,) = hono(**config)["hono-broker"].containers
        heaps += [one["value"] for one in broker["env"] if one["name"] == "JAVA_ARGS_APPEND"]

    assert heaps == ["-Xms128m -Xmx460m", "-Xms128m -Xmx1228m"]


def test_an_adapter_that_is_not_wanted_is_not_there_and_the_others_do_not_notice() -> None:
    fewer = declare(hono='{"enabled": true, "amqp": {"enabled": false}}')
    certificates = [program.kind("Certificates") for program in (declare(**ON), fewer)]

    assert not [one.name for one in fewer.resources if one.name.startswith("hono-amqp")]
    assert certificates[0] == certificates[1]
    before, after = templates(**ON), {name: one.template for name, one in fewer.workloads.items()}
    # Whom the authentication server knows, changes.
    assert rolled({name: before[name] for name in after}, after) == {"hono-auth"}


def test_its_services_trust_the_authority_that_was_made_and_verify_names() -> None:
    program = declare(**ON)
    text = {name: one.files for name, one in program.kind("Secret").items() if name.endswith("-tls")}

    assert len({files["ca.crt"] for files in text.values()}) == 1
    assert len({files["tls.key"] for files in text.values() if "tls.key" in files}) == 8
    assert "tls.key" not in text["hono-tls"]
    everything = str([one.files for one in program.kind("ConfigMap").values()])
    assert "hostnameVerificationRequired" not in everything
    assert "verifyHostname" not in everything


def test_every_password_is_checked_with_one_that_its_owner_has() -> None:
    program = declare(**ON)
    secrets = {name: one.files for name, one in program.kind("Secret").items()}
    users = json.loads(secrets["hono-permissions"]["permissions.json"])["users"]

    for secret in (*ADAPTERS, "hono-command-router", "hono-consumer"):
        user = users[secrets[secret]["username"]]
        assert user["password"] == secrets[secret]["password"]
    assert users.keys() == {"http@HONO", "mqtt@HONO", "amqp@HONO", "command-router@HONO", "consumer@HONO"}
    assert users["consumer@HONO"]["authorities"] == ["application"]
    assert configuration(program, "hono-http")["tenant"]["username"] == "http@HONO"


def test_who_consumes_may_read_and_send_commands_and_nothing_else() -> None:
    files = declare(**ON).kind("Secret")["hono-permissions"].files
    roles = json.loads(files["permissions.json"])["roles"]["application"]

    rights = {role["resource"]: role["activities"] for role in roles}
    assert rights.pop("command/*") == ["WRITE"]
    assert set(map(tuple, rights.values())) == {("READ",)}


def test_ditto_gets_a_login_and_the_authority_in_one_secret() -> None:
    program = declare(**ON)
    files = program.kind("Secret")["hono-ditto"].files

    assert files.keys() == {"username", "password", "ca"}
    assert files["ca"] == program.kind("Secret")["hono-tls"].files["ca.crt"]
    rotated = declare(**ON, rotation='{"hono-consumer": 2}').fingerprints
    assert rotated["hono-ditto"] != program.fingerprints["hono-ditto"]


def test_devices_may_come_with_tls_alone_unless_the_settings_say_otherwise() -> None:
    def ports(program: Program) -> set[int]:
        services = program.kind("Service")
        return {int(port["port"]) for name in ADAPTERS for port in services[name].inputs["spec"]["ports"]}

    assert ports(declare(**ON)) == {8443, 8883, 5671}
    assert ports(declare(**OPEN)) == {8443, 8883, 5671, 8080, 1883, 5672}
    assert "insecurePort" not in str(configuration(declare(**ON), "hono-mqtt")["mqtt"])


def test_no_device_gets_in_but_from_where_the_settings_say() -> None:
    clients = '{"enabled": true, "clients": {"networks": ["10.1.0.0/16"]}}'
    closed = declare(**ON).kind("NetworkPolicy")["hono-mqtt"].inputs["spec"]
    opened = declare(hono=clients).kind("NetworkPolicy")["hono-mqtt"].inputs["spec"]

    assert "ingress" not in closed
    assert opened["ingress"][0]["from"] == [{"ipBlock": {"cidr": "10.1.0.0/16"}}]


def test_the_network_lets_in_what_its_wiring_needs_and_nothing_else() -> None:
    new = allowed(declare(**ON)) - allowed(declare())

    assert new == {
        *((name, "hono-device-registry", 5671) for name in (*ADAPTERS, "hono-command-router")),
        *((name, "hono-command-router", 5671) for name in ADAPTERS),
        *((name, "hono-auth", port) for name in BEHIND - {"hono-auth"} for port in (5671, 8088)),
        *((name, "hono-router", 5673) for name in (*ADAPTERS, *(BEHIND - {"hono-auth"}))),
        ("hono-router", "hono-auth", 5671),
        ("hono-router", "hono-broker", 5671),
        ("ditto-connectivity", "hono-router", 5671),
        *((name, "hono-mongodb", 27017) for name in ("hono-device-registry", "hono-mongodb-users")),
    }


@pytest.mark.parametrize("config", [ON, OPEN, KAFKA])
def test_every_address_that_it_is_told_is_let_in(config: dict[str, str]) -> None:
    program = declare(**config)
    files = {one.name: str(one.files) for one in program.resources if one.kind in ("ConfigMap", "Secret")}
    told = set()
    for name, workload in hono(**config).items():
        read = str(workload.template) + "".join(
            files[each.removeprefix("checksum/")] for each in workload.template["metadata"]["annotations"]
        )
        told |= {
            (name, target, int(port))
            for pattern in (
                r"([a-z-]+)\.opentwins\.svc:(\d+)",
                r"host: ([a-z-]+)\.opentwins\.svc\n +.*?port: (\d+)",
            )
            for target, port in re.findall(pattern, read.replace("\\n", "\n"), re.S)
        }

    assert len(told) > 5
    assert told <= allowed(program)


def test_messages_go_by_the_platforms_kafka_if_so_chosen() -> None:
    program = declare(**KAFKA)
    client = configuration(program, "hono-http")["kafka"]["commonClientConfig"]
    (container,) = program.workloads["hono-http"].containers
    (password,) = (one for one in container["env"] if one["name"] == "KAFKA_PASSWORD")

    assert client["bootstrap.servers"] == "kafka.opentwins.svc:9092"
    assert 'username="hono" password="${KAFKA_PASSWORD}"' in client["sasl.jaas.config"]
    assert password["valueFrom"]["secretKeyRef"] == {"name": "kafka-hono", "key": "password"}
    assert "messaging" not in configuration(program, "hono-http")


def test_the_registry_asks_for_the_password_that_the_provider_has() -> None:
    program = declare(**ON)
    http = configuration(program, "hono-device-registry")["registry"]["http"]
    job = program.workloads["hono-mongodb-users"]
    mounted = {volume["secret"]["secretName"] for volume in job.pod["volumes"] if "secret" in volume}

    assert http["authenticationRequired"] is True
    assert mounted == {"hono-mongodb-root", "hono-mongodb", "hono-registry"}
    script = Path("components/scripts/hono-users.js").read_text()
    assert all(http["auth"][key] in script for key in ("collectionName", "usernameField", "passwordField"))


def test_a_certificate_of_the_users_own_is_what_devices_see() -> None:
    secrets = '{"front": {"cert": "PEM", "key": "PEM"}}'
    program = declare(secrets=secrets, hono='{"enabled": true, "certificate": "front"}')
    volumes = program.workloads["hono-http"].pod["volumes"]

    assert any(volume.get("secret", {}).get("secretName") == "user-front" for volume in volumes)


@pytest.mark.parametrize(
    ("name", "pods"),
    [
        ("hono-http", {"hono-http", "hono-auth"}),
        ("hono-command-router", {"hono-command-router", "hono-auth"}),
        ("hono-consumer", {"hono-auth"}),
        ("hono-broker", {"hono-broker", "hono-router"}),
        ("hono-mongodb", {"hono-device-registry", "hono-mongodb-users"}),
        ("hono-registry", {"hono-mongodb-users"}),
    ],
)
def test_a_rotated_credential_replaces_just_the_pods_that_use_it(name: str, pods: set[str]) -> None:
    assert rolled(templates(**ON), templates(**ON, rotation=json.dumps({name: 2}))) == pods


def test_new_certificates_replace_all_that_show_or_trust_them() -> None:
    issued = '{"enabled": true, "certificates": {"issue": 2}}'

    assert rolled(templates(**ON), templates(hono=issued)) == BEHIND | ADAPTERS | NETWORK


def test_the_router_lets_applications_in_by_password_and_services_by_certificate() -> None:
    entities = json.loads(hono_messaging.router("opentwins.svc"))
    listeners = {one["port"]: one for kind, one in entities if kind == "listener"}
    (internal,) = (one for kind, one in entities if kind == "vhost" and one["hostname"] == "hono-internal")

    assert (listeners[5671]["saslMechanisms"], listeners[5671]["saslPlugin"]) == ("PLAIN", "hono")
    assert (listeners[5673]["saslMechanisms"], listeners[5673]["sslProfile"]) == ("EXTERNAL", "internal")
    assert all(listeners[port]["authenticatePeer"] and listeners[port]["requireSsl"] for port in (5671, 5673))
    assert internal["groups"]["services"]["users"] == "OpenTwins;Hono"


def test_choosing_it_prints_the_warning_on_frequent_messages(caplog: pytest.LogCaptureFixture) -> None:
    declare.__wrapped__(**ON)

    assert "does not scale correctly when messages are frequent" in caplog.text


@pytest.mark.parametrize(
    ("config", "line"),
    [
        ({"hono": {"enabled": True, "messaging": "kafka"}}, "opentwins:hono.messaging: there is no Kafka; "),
        (
            {"hono": {"http": {"enabled": False}, "mqtt": {"enabled": False}, "amqp": {"enabled": False}}},
            "opentwins:hono: no adapter is enabled, so no device could connect",
        ),
        (
            {"hono": {"enabled": True, "certificate": "front"}, "secrets": {"front": {"cert": "PEM"}}},
            "opentwins:hono.certificate: opentwins:secrets.front has no key",
        ),
        (
            {"hono": {"enabled": True}, "images": {"honoHttp": "mirror/hono-adapter-http:2.6.0"}},
            "opentwins:images: Hono's services must be of one version",
        ),
        ({"kafkaMl": {"enabled": True}}, "opentwins:kafkaMl: there is no Kafka; "),
        (
            {
                "kafkaMl": {"enabled": True},
                "kafka": {"external": {"url": "ssl://k.example:9093", "secret": "k"}},
                "secrets": {"k": {"username": "u", "password": "p"}},
            },
            "opentwins:kafkaMl: opentwins:kafka.external asks who comes, and Kafka-ML knows no passwords; ",
        ),
        (
            {"kafkaMl": {"enabled": True}, "kafka": {"enabled": True}, "images": {"kafka": "x/kafka:4.1.0"}},
            "opentwins:images.kafka: Kafka-ML 1.3 speaks protocols that Kafka 4 does not know any more",
        ),
        (
            {
                "hono": {
                    "enabled": True,
                    "external": {
                        "url": "https://h.example",
                        "secret": "h",
                        "messages": "amqps://h.example:5671",
                    },
                },
                "secrets": {"h": {"username": "u", "password": "p"}},
            },
            "opentwins:hono.enabled: has no effect beside opentwins:hono.external",
        ),
        (
            {"hono": {"external": {"url": "https://h.example", "secret": "h", "messages": "http://h"}}},
            "opentwins:hono.external.messages: must be an address such as amqps://hono.example.org:5671",
        ),
    ],
)
def test_what_does_not_go_together_is_told_before_anything_is_made(config: dict[str, Any], line: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load({f"opentwins:{key}": json.dumps(value) for key, value in config.items()}, "test")

    assert [mistake for mistake in raised.value.mistakes if mistake.startswith(line)], raised.value.mistakes


def test_contradictions_of_several_services_come_together() -> None:
    config = {
        "opentwins:hono": '{"enabled": true, "messaging": "kafka"}',
        "opentwins:kafkaMl": '{"enabled": true}',
    }
    with pytest.raises(SettingsError) as raised:
        load(config, "test")

    assert [mistake.partition(": ")[0] for mistake in raised.value.mistakes] == [
        "opentwins:hono.messaging",
        "opentwins:kafkaMl",
    ]
