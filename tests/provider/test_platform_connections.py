"""The platform's own connections follow from its brokers: events go to one, devices speak by each."""

import json
from pathlib import Path

import pytest

from components.endpoints import endpoints
from components.settings import Settings, load
from provider.platform_connections import platform_connections
from twins.connections import RESERVED, connection_document
from twins.owner import Owner

RABBITMQ = {"rabbitmq": '{"enabled": true}'}
ELSEWHERE = {
    "mosquitto": '{"external": {"url": "ssl://mqtt.example:8883", "secret": "theirs"}}',
    "rabbitmq": '{"external": {"url": "amqps://rabbitmq.example:5671", "secret": "theirs"}}',
    "secrets": '{"theirs": {"username": "them", "password": "open-sesame"}}',
}


def settings(**config: str) -> Settings:
    return load({f"opentwins:{key}": text for key, text in config.items()}, "test")


@pytest.mark.parametrize(
    ("config", "ids"),
    [
        ({}, ["mosquitto-source", "mosquitto-target"]),
        ({"broker": "kafka"}, ["kafka-source", "kafka-target"]),
        (
            {"broker": "kafka", "mosquitto": '{"enabled": true}'},
            ["mosquitto-source", "kafka-source", "kafka-target"],
        ),
        ({"kafka": '{"enabled": true}'}, ["mosquitto-source", "mosquitto-target"]),
        (RABBITMQ, ["mosquitto-source", "rabbitmq-source", "mosquitto-target"]),
        (ELSEWHERE, ["mosquitto-source", "rabbitmq-source", "mosquitto-target"]),
    ],
)
def test_there_is_a_source_for_each_broker_and_a_target_for_the_chosen_one(
    config: dict[str, str], ids: list[str]
) -> None:
    found = [spec.id for spec in platform_connections("nginx:ditto", settings(**config))]

    assert found == ids
    assert set(found) <= set(RESERVED)


def test_events_go_to_kafka_by_twin_with_the_platforms_login() -> None:
    stack = settings(broker="kafka")
    (_, target) = platform_connections("nginx:ditto", stack)
    kafka = endpoints(stack).kafka
    assert kafka
    document = connection_document(target, Owner("p/s", "nginx:ditto"), Path(), kafka.address)

    assert document["connectionType"] == "kafka"
    assert document["uri"] == "tcp://${secret:username}:${secret:password}@kafka.opentwins.svc:9092"
    assert document["specificConfig"] == {
        "bootstrapServers": "kafka.opentwins.svc:9092",
        "saslMechanism": "scram-sha-512",
    }
    (sent,) = document["targets"]
    assert sent["address"] == "opentwins/{{ thing:id }}"
    assert sent["topics"][0].startswith("_/_/things/twin/events?extraFields=thingId,")
    assert sent["qos"] == 1


def test_what_devices_say_by_a_broker_acts_as_a_subject_of_its_own() -> None:
    for spec in platform_connections("nginx:ditto", settings(broker="kafka", **RABBITMQ)):
        for source in spec.sources:
            document = connection_document(spec, Owner("p/s", "nginx:ditto"), Path(), "tcp://x:1")
            assert source.subjects is None
            assert document["sources"][0]["authorizationContext"] == [f"connection:{spec.id}"]
            assert json.dumps(document).count("nginx:ditto") == 0
