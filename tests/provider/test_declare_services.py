"""What is declared in Hono and Kafka-ML becomes resources, and the connections that follow from it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest

from components.platform import Platform
from components.settings import Settings, load
from provider.declare import declare_twins, load_specs
from tests.provider.test_declare import Engine, Order

SPECS = """
apiVersion: opentwins/v1
kind: HonoTenant
id: plant
---
apiVersion: opentwins/v1
kind: HonoDevice
id: n:robot
tenant: plant
credentials: [{type: hashed-password, authId: n.robot, secret: robot}]
---
apiVersion: opentwins/v1
kind: KafkaMlModel
id: edge
code: e
distributed: true
father: cloud
---
apiVersion: opentwins/v1
kind: KafkaMlModel
id: cloud
code: c
distributed: true
---
apiVersion: opentwins/v1
kind: KafkaMlConfiguration
id: both
models: [cloud]
---
apiVersion: opentwins/v1
kind: KafkaMlDeployment
id: training
configuration: both
tensorflow: {fit: {epochs: 5}}
---
apiVersion: opentwins/v1
kind: KafkaMlInference
id: now
deployment: training
model: cloud
inputTopic: in
outputTopic: out
results: {thing: 'n:robot', feature: wear, properties: [value]}
"""
SECRETS = ("hono-ditto", "user-robot", "user-hono", "mosquitto-ditto", "kafka-ditto")
AMQP: dict[str, Any] = {"hono": {"enabled": True}}
KAFKA: dict[str, Any] = {"hono": {"enabled": True, "messaging": "kafka"}}
EXTERNAL: dict[str, Any] = {
    "hono": {"external": {"url": "https://h.example", "secret": "hono", "messages": "amqps://h.example:5671"}}
}
Declared = Callable[[dict[str, Any]], tuple[Engine, Mapping[str, set[str]]]]


class Stub:
    """What the twins' half sees of a platform."""

    def __init__(self) -> None:
        names = ("ditto", "grafana", "mosquitto", "kafka", "hono", "kafka-ml")
        self.ready = {name: [pulumi.ComponentResource("test:Ready", f"{name} runs")] for name in names}
        self.fingerprints = {name: pulumi.Output.from_input(f"print-of-{name}") for name in SECRETS}


@pytest.fixture
def declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Declared:
    def settings(hono: dict[str, Any]) -> Settings:
        (tmp_path / "all.yaml").write_text(SPECS)
        config = {
            "kafka": {"enabled": True},
            "kafkaMl": {"enabled": True},
            "secrets": {"robot": {"password": "open-sesame"}, "hono": {"username": "u", "password": "p"}},
            **hono,
        }
        texts = {f"opentwins:{key}": json.dumps(value) for key, value in config.items()}
        return load(texts | {"opentwins:specs": str(tmp_path)}, "test")

    def declare(hono: dict[str, Any]) -> tuple[Engine, Mapping[str, set[str]]]:
        engine, order, chosen = Engine(), Order(monkeypatch), settings(hono)
        pulumi.runtime.set_mocks(engine, project="opentwins", stack="test")

        @pulumi.runtime.test  # type: ignore[untyped-decorator]
        def program() -> None:
            declare_twins(load_specs(chosen), chosen, cast("Platform", Stub()))

        program()
        return engine, order.needs

    return declare


def test_everything_becomes_a_resource_and_each_tenant_and_its_results_a_connection(
    declared: Declared,
) -> None:
    engine, _ = declared(AMQP)
    kinds = {key for key in engine.inputs if key[0].startswith(("Hono", "KafkaMl"))}
    assert kinds == {
        ("HonoTenant", "plant"),
        ("HonoDevice", "n:robot"),
        ("KafkaMlModel", "edge"),
        ("KafkaMlModel", "cloud"),
        ("KafkaMlConfiguration", "both"),
        ("KafkaMlDeployment", "training"),
        ("KafkaMlInference", "now"),
    }
    assert {("Connection", "hono-plant"), ("Connection", "kafka-ml-now")} <= engine.inputs.keys()


def test_each_comes_after_what_it_refers_to_and_its_service(declared: Declared) -> None:
    _, needs = declared(AMQP)
    assert needs["plant"] == {"hono runs"}
    assert needs["n:robot"] == {"plant"}
    assert needs["hono-plant"] >= {"plant", "n:robot", "hono runs", "ditto runs"}
    assert needs["edge"] == {"kafka-ml runs", "cloud"}
    assert needs["both"] == {"kafka-ml runs", "cloud"}
    assert needs["training"] == {"kafka-ml runs", "both"}
    assert needs["now"] == {"kafka-ml runs", "training"}
    assert needs["kafka-ml-now"] >= {"now", "kafka runs", "ditto runs"}


def test_a_device_names_its_secret_and_holds_nothing_of_it(declared: Declared) -> None:
    engine, _ = declared(AMQP)
    device = engine.inputs["HonoDevice", "n:robot"]
    assert json.loads(device["credentials"])[0]["secret"] == "user-robot"
    assert device["fingerprints"] == {"user-robot": "print-of-user-robot"}
    assert "open-sesame" not in str(engine.inputs)


@pytest.mark.parametrize(
    ("hono", "kind", "uri", "secret"),
    [
        (AMQP, "amqp-10", "amqps://{}@hono-router.opentwins.svc:5671", "hono-ditto"),
        (KAFKA, "kafka", "tcp://{}@kafka.opentwins.svc:9092", "kafka-ditto"),
        (EXTERNAL, "amqp-10", "amqps://{}@h.example:5671", "user-hono"),
    ],
)
def test_a_tenants_connection_goes_where_its_messages_are(
    declared: Declared, hono: dict[str, Any], kind: str, uri: str, secret: str
) -> None:
    engine, _ = declared(hono)
    document = engine.documents("Connection", "hono-plant")
    assert document["connectionType"] == kind
    assert document["uri"] == uri.format("${secret:username}:${secret:password}")
    assert engine.inputs["Connection", "hono-plant"]["secret"] == secret
    assert (document.get("ca") == "${secret:ca}") is (secret == "hono-ditto")


def test_predictions_know_their_training_by_its_mark(declared: Declared) -> None:
    engine, _ = declared(AMQP)
    training = engine.documents("KafkaMlDeployment", "training")["data_restriction"]["managedBy"]
    assert training.startswith("opentwins/test/training/")
    assert engine.documents("KafkaMlInference", "now")["deployment"] == training
    assert engine.inputs["KafkaMlInference", "now"]["configuration"] == "both"
