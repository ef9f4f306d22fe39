"""A setting is switched on a live stack: the preview says what goes, and no data does without leave."""

import re
from typing import Any

import pytest

from tests.scenarios.stack import Stack, told

ELSEWHERE = {"external": {"url": "http://influxdb.example:8086", "secret": "elsewhere"}}
SECRETS = {"elsewhere": {"token": "of-another-influxdb"}}
INFLUX = {"influxdb": ELSEWHERE, "secrets": SECRETS}


def switched(stack: Stack, **settings: Any) -> None:
    """Give the stack these settings beside those that it came with."""
    for key, value in settings.items():
        stack.set(key, value)


@pytest.fixture(autouse=True)
def _settings_come_back(stack: Stack) -> Any:
    before = stack.site.config.read_text()
    yield
    stack.site.config.write_text(before)


def claims(changes: list[tuple[str, str, str]]) -> dict[str, str]:
    return {name: op for op, kind, name in changes if kind == "PersistentVolumeClaim"}


def test_the_stack_comes_up(stack: Stack) -> None:
    assert claims(told(stack.up())) == dict.fromkeys(
        ("data-mongodb-0", "data-mosquitto-0", "data-influxdb-0", "data-grafana-0"), "create"
    )
    assert told(stack.preview()) == []


def test_an_external_influxdb_is_refused_while_nobody_says_what_is_to_become_of_the_data(
    stack: Stack,
) -> None:
    switched(stack, **INFLUX)
    preview = stack.engine.preview()

    assert preview.error is not None
    said = preview.error + " ".join(map(str, preview.messages))
    assert "influxdb would lose the data on opentwins/data-influxdb-0 (20Gi)" in said
    assert "opentwins:keepData" in said
    assert "opentwins:allowDataLoss" in said


def test_with_its_data_kept_the_preview_deletes_the_service_and_not_its_volume(stack: Stack) -> None:
    switched(stack, **INFLUX, keepData=["influxdb"])
    changes = told(stack.preview())

    assert claims(changes) == {}
    assert ("delete", "StatefulSet", "influxdb") in changes
    assert not [change for change in changes if change[0] == "delete" and "influxdb-admin" in change[2]]
    assert ("update", "Deployment", "telegraf") in changes


def test_with_its_data_given_up_the_preview_says_which_volume_goes(stack: Stack) -> None:
    switched(stack, **INFLUX, allowDataLoss=["influxdb"])
    changes = told(stack.preview())

    assert claims(changes) == {"data-influxdb-0": "delete"}
    assert ("update", "Volumes", "volumes") in changes


def test_a_volume_that_was_kept_is_there_when_the_service_comes_back(stack: Stack) -> None:
    def uid() -> str:
        path = f"/api/v1/namespaces/{stack.site.namespace}/persistentvolumeclaims/data-influxdb-0"
        return str(stack.cluster.api.get(path).json()["metadata"]["uid"])

    volume, password = uid(), stack.secret("influxdb-admin")
    config = stack.site.config.read_text()
    switched(stack, **INFLUX, keepData=["influxdb"])
    stack.up()
    path = f"/apis/apps/v1/namespaces/{stack.site.namespace}/statefulsets"
    names = [one["metadata"]["name"] for one in stack.cluster.api.get(path).json()["items"]]
    assert "influxdb" not in names
    assert uid() == volume

    stack.site.config.write_text(config)
    assert claims(told(stack.up())) == {}
    assert (uid(), stack.secret("influxdb-admin")) == (volume, password)


def test_one_member_of_mongodb_becomes_three_without_the_first_one_being_made_anew(stack: Stack) -> None:
    switched(stack, mongodb={"members": 3})
    changes = told(stack.preview())

    assert claims(changes) == {"data-mongodb-1": "create", "data-mongodb-2": "create"}
    assert ("update", "StatefulSet", "mongodb") in changes
    assert ("create", "PodDisruptionBudget", "mongodb") in changes
    assert {kind for op, kind, _ in changes if op in ("delete", "replace")} == {"Job"}


def test_kafka_beside_mosquitto_takes_no_data_away(stack: Stack) -> None:
    switched(stack, broker="kafka", mosquitto={"enabled": True})
    changes = told(stack.preview())

    assert claims(changes) == {"data-kafka-0": "create"}
    assert ("create", "StatefulSet", "kafka") in changes


def test_mosquitto_switched_off_is_refused_until_its_data_is_kept_or_given_up(stack: Stack) -> None:
    stack.edit("service: mosquitto", "uri: tcp://mqtt.example:1883")
    switched(stack, broker="kafka")
    preview = stack.engine.preview()
    assert preview.error is not None
    assert "mosquitto would lose the data" in preview.error + " ".join(map(str, preview.messages))

    switched(stack, keepData=["mosquitto"])
    changes = told(stack.preview())
    assert claims(changes) == {"data-kafka-0": "create"}
    assert ("delete", "StatefulSet", "mosquitto") in changes
    stack.edit("uri: tcp://mqtt.example:1883", "service: mosquitto")


IMAGES = {"feeder": "registry.example/feeder:1.0", "watchdog": "registry.example/watchdog:1.0"}
ON: dict[str, Any] = {"enabled": True}
TELEGRAF = {("ConfigMap", "telegraf"), ("Deployment", "telegraf"), ("Dashboard", "opentwins-health")}
USERS = {("Secret", "mosquitto-users"), ("StatefulSet", "mosquitto")}
VOLUMES = {("Volumes", "volumes")}
OPTIONS: dict[str, tuple[dict[str, Any], str, set[tuple[str, str]]]] = {
    "Kafka": ({"kafka": ON}, r"(data-)?kafka(-.*)?", VOLUMES),
    "RabbitMQ": ({"rabbitmq": ON}, r"(data-)?rabbitmq(-.*)?", VOLUMES | TELEGRAF),
    "Hono": ({"hono": ON}, r"(data-)?hono(-.*)?", VOLUMES),
    "Kafka-ML": ({"kafka": ON, "kafkaMl": ON}, r"(data-)?kafka(-.*)?", VOLUMES),
    "feeders": (
        {"kafka": ON, "kafkaMl": ON, "feeders": ON, "images": IMAGES},
        r"(data-)?kafka(-.*)?|mosquitto-feeder",
        VOLUMES | USERS,
    ),
    "WebGL": ({"webgl": {"image": "registry.example/builds:1.0"}}, r"webgl(-.*)?", set()),
}


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_switched_on_is_a_plan_with_its_own_resources(stack: Stack, option: str) -> None:
    settings, own, changed = OPTIONS[option]
    switched(stack, **settings)
    changes = told(stack.preview())

    assert {op for op, _, _ in changes} <= {"create", "update"}
    added = [name for op, _, name in changes if op == "create"]
    assert added
    assert not [name for name in added if not re.fullmatch(own, name)]
    assert {(kind, name) for op, kind, name in changes if op == "update"} == changed


def test_all_of_them_are_switched_off_as_they_were_switched_on(stack: Stack) -> None:
    before = stack.site.config.read_text()
    for settings, _, _ in OPTIONS.values():
        switched(stack, **settings)
    made = {(kind, name) for op, kind, name in told(stack.up()) if op == "create"}
    assert told(stack.preview()) == []

    stack.site.config.write_text(before)
    switched(stack, allowDataLoss=["kafka", "rabbitmq", "hono", "kafkaMl"])
    changes = told(stack.preview())
    assert {(kind, name) for op, kind, name in changes if op == "delete"} == made
    assert {op for op, _, _ in changes} == {"delete", "update"}
    assert told(stack.up()) == changes


def test_hono_switched_off_is_refused_until_its_data_is_kept_or_given_up(stack: Stack) -> None:
    config = stack.site.config.read_text()
    switched(stack, hono={"enabled": True})
    stack.up()
    stack.site.config.write_text(config)
    preview = stack.engine.preview()
    assert preview.error is not None
    assert "hono would lose the data" in preview.error + " ".join(map(str, preview.messages))

    switched(stack, keepData=["hono"])
    changes = told(stack.preview())
    assert claims(changes) == {}
    assert ("delete", "Deployment", "hono-device-registry") in changes
    assert not [name for op, _, name in changes if op == "delete" and "mongodb-root" in name]

    switched(stack, keepData=[], allowDataLoss=["hono"])
    assert claims(told(stack.up())) == {"data-hono-mongodb-0": "delete", "data-hono-broker-0": "delete"}


def test_another_namespace_would_be_another_platform_and_is_refused(stack: Stack) -> None:
    switched(stack, namespace="elsewhere")
    preview = stack.engine.preview()

    assert preview.error is not None
    said = preview.error + " ".join(map(str, preview.messages))
    for holder in ("mongodb", "mosquitto", "influxdb", "grafana"):
        assert f"{holder} would lose the data on opentwins/data-{holder}-0" in said
    assert "the namespace opentwins would be deleted" in said


def test_a_namespace_that_is_there_is_used_and_not_made(stack: Stack) -> None:
    path = "/api/v1/namespaces/given"
    stack.cluster.api.apply(path, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "given"}})
    confirmed = ["mongodb", "mosquitto", "influxdb", "grafana", "namespace"]
    switched(stack, namespace="given", createNamespace=False, allowDataLoss=confirmed)
    changes = told(stack.preview())

    assert ("create", "Namespace", "given") not in changes
    assert ("delete", "Namespace", "opentwins") in changes
