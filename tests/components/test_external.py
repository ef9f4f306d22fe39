"""A service that runs elsewhere leaves nothing of ours behind, and everything downstream finds it instead."""

import json
from typing import Any

import pytest

from components.endpoints import endpoints
from components.settings import SettingsError, load
from tests.components.declared import Program, declare
from tests.components.test_exposure import from_outside
from tests.components.test_network import labels, matches, policies

THEIRS = {"username": "them", "password": "open: sesame", "token": "sesame-too", "ca": "-----BEGIN"}
SECRETS = {"theirs": THEIRS, "reader": {"token": "read-only"}}
MONGODB = {"uri": "mongodb+srv://db.example/twins?retryWrites=true", "secret": "theirs"}
INFLUXDB = {"url": "https://influxdb.example", "secret": "theirs", "readSecret": "reader"}
MQTT = {"url": "ssl://mqtt.example:8883", "secret": "theirs"}
KAFKA = {"url": "ssl://kafka.example:9093", "secret": "theirs"}
RABBITMQ = {"url": "amqps://rabbitmq.example:5671/plant", "secret": "theirs"}
DITTO = {"url": "https://ditto.example", "secret": "theirs"}


def texts(**config: Any) -> dict[str, str]:
    config.setdefault("secrets", SECRETS)
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


def program(**config: Any) -> Program:
    return declare(**texts(**config))


def mounted(made: Program, workload: str) -> dict[str, str]:
    """Which Secrets a workload mounts, by path."""
    pod = made.workloads[workload].pod
    secrets = {one["name"]: one["secret"]["secretName"] for one in pod["volumes"] if "secret" in one}
    return {
        mount["mountPath"]: secrets[mount["name"]]
        for container in pod["containers"]
        for mount in container["volumeMounts"]
        if mount["name"] in secrets
    }


def from_secrets(made: Program, workload: str) -> dict[str, str]:
    """Which Secrets a workload's environment is from, by variable."""
    return {
        one["name"]: one["valueFrom"]["secretKeyRef"]["name"]
        for container in made.workloads[workload].pod["containers"]
        for one in container.get("env", [])
        if "secretKeyRef" in one.get("valueFrom", {})
    }


def kept_inside(made: Program) -> set[str]:
    return {
        name
        for spec in policies(made, "Egress")
        for name, its in labels(made).items()
        if matches(spec["podSelector"], its)
    }


def names(made: Program) -> set[str]:
    return {one.name for one in made.resources if one.type.startswith("kubernetes:")}


def test_an_external_mongodb_is_reached_with_its_own_login_and_over_tls() -> None:
    made = program(mongodb={"external": MONGODB})

    assert not {name for name in names(made) if name in ("mongodb", "mongodb-users", "data-mongodb-0")}
    uri = made.kind("Secret")["mongodb-ditto-uri"].files["uri"]
    assert uri == "mongodb+srv://them:open%3A%20sesame@db.example/twins?retryWrites=true"
    (container,) = made.workloads["ditto-things"].pod["containers"]
    assert {"name": "MONGO_DB_SSL_ENABLED", "value": "true"} in container["env"]
    assert "extended-api" not in kept_inside(made)


def test_an_external_influxdb_is_written_with_one_token_and_read_with_another() -> None:
    made = program(influxdb={"external": INFLUXDB, "bucket": "plant"})

    assert not {name for name in names(made) if "influxdb" in name}
    assert mounted(made, "telegraf")["/run/influxdb"] == "user-theirs"
    assert mounted(made, "grafana")["/run/influxdb"] == "user-reader"
    assert "https://influxdb.example" in made.kind("ConfigMap")["telegraf"].files["telegraf.conf"]
    source = made.kind("ConfigMap")["grafana"].files["datasources.yaml"]
    assert "url: https://influxdb.example" in source
    assert "defaultBucket: plant" in source
    assert "telegraf" not in kept_inside(made)


def test_an_external_mqtt_broker_is_where_events_come_from() -> None:
    made = program(mosquitto={"external": MQTT})

    assert not {name for name in names(made) if name.startswith(("mosquitto", "data-mosquitto"))}
    assert from_secrets(made, "telegraf") == {"MQTT_USERNAME": "user-theirs", "MQTT_PASSWORD": "user-theirs"}
    text = made.kind("ConfigMap")["telegraf"].files["telegraf.conf"]
    assert 'servers = ["ssl://mqtt.example:8883"]' in text
    assert 'tls_ca = "/run/broker/ca.crt"' in text
    assert mounted(made, "telegraf")["/run/broker"] == "user-theirs"
    assert made.platform.addresses["mosquitto"] == "ssl://mqtt.example:8883"


def test_an_external_kafka_is_where_events_come_from_when_it_is_the_broker() -> None:
    made = program(broker="kafka", kafka={"external": KAFKA})

    assert not {name for name in names(made) if name.startswith(("kafka", "data-kafka", "mosquitto"))}
    text = made.kind("ConfigMap")["telegraf"].files["telegraf.conf"]
    assert 'brokers = ["kafka.example:9093"]' in text
    assert 'tls_ca = "/run/broker/ca.crt"' in text
    assert set(from_secrets(made, "telegraf").values()) == {"user-theirs"}


def test_an_external_telegraf_leaves_the_user_that_it_reads_events_as_and_its_configuration() -> None:
    made = program(telegraf={"external": {"url": "https://telegraf.example"}})

    assert "telegraf" not in made.workloads
    assert "mosquitto-telegraf" in made.kind("Secret")
    assert "secret mosquitto-telegraf" in made.platform.credentials["mosquitto-telegraf"]
    assert made.platform.addresses["telegraf"] == "https://telegraf.example"
    text = made.kind("ConfigMap")["telegraf"].files["telegraf.conf"]
    assert "tcp://mosquitto.opentwins.svc:1883" in text
    assert "-metrics." not in text


def test_what_runs_elsewhere_comes_by_the_doors_that_are_open() -> None:
    tls = {"tls": {"hosts": ["mqtt.example"], "issuer": "ours"}}
    doors = {
        "mosquitto": {"loadBalancer": {"host": "mqtt.example"}},
        "influxdb": {"ingress": {"host": "influxdb.example", "issuer": "ours"}},
    }
    made = program(telegraf={"external": {"url": "https://telegraf.example"}}, mosquitto=tls, exposure=doors)
    text = made.kind("ConfigMap")["telegraf"].files["telegraf.conf"]

    assert 'servers = ["ssl://mqtt.example:8883"]' in text
    assert 'urls = ["https://influxdb.example"]' in text


def test_an_external_rabbitmq_leaves_nothing_of_ours() -> None:
    made = program(rabbitmq={"external": RABBITMQ})

    assert not {name for name in names(made) if "rabbitmq" in name}
    assert made.platform.addresses["rabbitmq"] == RABBITMQ["url"]
    assert made.platform.ready["rabbitmq"] == [made_secret(made)]


def made_secret(made: Program) -> Any:
    """The resource of the Secret `user-theirs`."""
    (found,) = made.platform.issued.resources({"user-theirs"})
    return found


@pytest.mark.parametrize(
    ("config", "endpoint", "address"),
    [
        ({"mongodb": {"external": MONGODB}}, "mongodb", MONGODB["uri"]),
        ({"influxdb": {"external": INFLUXDB}}, "influxdb", INFLUXDB["url"]),
        ({"mosquitto": {"external": MQTT}}, "mosquitto", MQTT["url"]),
        ({"kafka": {"external": KAFKA}}, "kafka", KAFKA["url"]),
        ({"kafka": {"external": KAFKA | {"adminSecret": "theirs"}}}, "kafka_admin", KAFKA["url"]),
        ({"rabbitmq": {"external": RABBITMQ}}, "rabbitmq", RABBITMQ["url"]),
        ({"ditto": {"external": DITTO}, "mosquitto": {"external": MQTT}}, "ditto", DITTO["url"]),
    ],
)
def test_the_endpoint_of_an_external_service_has_its_address_and_its_secret(
    config: dict[str, Any], endpoint: str, address: str
) -> None:
    settings = load({f"opentwins:{key}": text for key, text in texts(**config).items()}, "test")
    found = getattr(endpoints(settings), endpoint)

    assert (found.address, found.service, found.secret) == (address, None, "user-theirs")


@pytest.mark.parametrize(
    ("config", "lines"),
    [
        (
            {"influxdb": {"external": {"secret": "theirs"}}},
            ["opentwins:influxdb.external.url: is missing"],
        ),
        (
            {"mosquitto": {"external": {"url": "ssl://mqtt.example:8883"}}},
            ["opentwins:mosquitto.external.secret: is missing"],
        ),
        (
            {"mongodb": {"external": {**MONGODB, "uri": "mongodb://me:pw@db.example/ditto"}}},
            [
                "opentwins:mongodb.external.uri: must not hold credentials; give them in opentwins:secrets",
            ],
        ),
        (
            {"influxdb": {"external": INFLUXDB, "storage": {"size": "1Gi"}, "organization": "mine"}},
            [
                "opentwins:influxdb.storage: has no effect beside opentwins:influxdb.external; remove one of the"
                " two"
            ],
        ),
        (
            {
                "influxdb": {"external": {"url": "https://influxdb.example", "secret": "nobody"}},
                "mosquitto": {"external": {**MQTT, "secret": "reader"}},
                "grafana": {"external": {"url": "https://grafana.example", "secret": "theirs"}},
                "exposure": {"influxdb": {"nodePort": {"port": 30086}}},
            },
            [
                "opentwins:influxdb.external.secret: there is no opentwins:secrets.nobody",
                "opentwins:mosquitto.external.secret: opentwins:secrets.reader has no username and no password",
                "opentwins:exposure.influxdb: it does not run in this stack, so it cannot be exposed",
            ],
        ),
        (
            {"rabbitmq": {"external": {"url": "rabbitmq.example:5672", "secret": "reader"}, "enabled": True}},
            [
                "opentwins:rabbitmq.external.url: must be an address such as amqps://rabbitmq.example.org:5671,"
                " or with /vhost behind it",
            ],
        ),
        (
            {
                "rabbitmq": {"external": RABBITMQ | {"secret": "reader"}, "enabled": True},
                "kafka": {"external": KAFKA | {"adminSecret": "nobody"}},
                "webgl": {"url": "https://models.example", "replicas": 2},
            },
            [
                "opentwins:kafka.external.adminSecret: there is no opentwins:secrets.nobody",
                "opentwins:rabbitmq.external.secret: opentwins:secrets.reader has no username and no password",
                "opentwins:rabbitmq.enabled: has no effect beside opentwins:rabbitmq.external; remove one of the"
                " two",
                "opentwins:webgl.replicas: has no effect beside opentwins:webgl.url; remove one of the two",
            ],
        ),
        (
            {
                "rabbitmq": {"external": RABBITMQ | {"url": "amqp://rabbitmq.example:5672"}},
                "kafka": {"external": KAFKA | {"url": "tcp://kafka.example:9092"}},
            },
            [
                "opentwins:kafka.external.url: is without TLS, and opentwins:secrets.theirs has a ca; write"
                " ssl://, or take the ca out",
                "opentwins:rabbitmq.external.url: is without TLS, and opentwins:secrets.theirs has a ca; write"
                " amqps://, or take the ca out",
            ],
        ),
        (
            {
                "ditto": {"external": DITTO},
                "broker": "kafka",
                "mosquitto": {"enabled": True},
                "rabbitmq": {"enabled": True},
            },
            [
                "opentwins:ditto.external: a Ditto that runs elsewhere does not reach this stack's mosquitto by"
                " itself; give opentwins:exposure.mosquitto a host, or name where it runs in"
                " opentwins:mosquitto.clients, or use opentwins:mosquitto.external",
                "opentwins:ditto.external: a Ditto that runs elsewhere does not reach this stack's kafka by"
                " itself; if it runs in this cluster, name its namespace in opentwins:kafka.namespaces, or use"
                " opentwins:kafka.external",
                "opentwins:ditto.external: a Ditto that runs elsewhere does not reach this stack's rabbitmq by"
                " itself; name where it runs in opentwins:rabbitmq.clients, or use opentwins:rabbitmq.external",
            ],
        ),
        (
            {"ditto": {"external": DITTO}, "mosquitto": {"external": MQTT}, "mongodb": {"members": 3}},
            [
                "opentwins:mongodb.members: has no effect beside opentwins:ditto.external, which has its own;"
                " remove it"
            ],
        ),
        (
            {"grafana": {"external": {"url": "https://grafana.example", "secret": "theirs"}}},
            [
                "opentwins:grafana.external.dataSource: is missing: a Grafana that runs elsewhere does not reach"
                " this stack's InfluxDB by itself; give the address at which it does (see"
                " opentwins:exposure.influxdb) and a secret with a token that may read the bucket"
            ],
        ),
    ],
)
def test_what_is_wrong_with_external_services_is_named_all_at_once(
    config: dict[str, Any], lines: list[str]
) -> None:
    with pytest.raises(SettingsError) as raised:
        load({f"opentwins:{key}": text for key, text in texts(**config).items()}, "test")

    assert list(raised.value.mistakes) == lines


def test_a_grafana_in_another_namespace_gets_to_what_it_asks_and_to_nothing_else() -> None:
    source = {"url": "http://influxdb.opentwins.svc:8086", "secret": "reader"}
    external = {"url": "http://grafana.tools.svc:3000", "secret": "theirs", "dataSource": source}
    made = program(grafana={"external": external | {"namespace": "tools"}})

    assert from_outside(made) == {
        ("tools", "influxdb", 8086),
        ("tools", "ditto-nginx", 8080),
        ("tools", "extended-api", 3001),
    }
