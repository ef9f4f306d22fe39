"""The dashboard of the platform's health has a row for each part that Telegraf has numbers of."""

import json

import pytest

from components.settings import load
from components.telegraf import measured
from grafana.health import health_dashboard
from twins.models import Document

ELSEWHERE = {"external": {"url": "https://telegraf.example.org"}}


def rows(document: Document) -> list[str]:
    return [each["title"] for each in document["panels"] if each["type"] == "row"][1:]


@pytest.mark.parametrize(
    ("config", "shown"),
    [
        ({}, ["Mosquitto", "Ditto"]),
        ({"broker": "kafka"}, ["Kafka", "Ditto"]),
        ({"kafka": {"enabled": True}, "rabbitmq": {"enabled": True}}, ["Mosquitto", "RabbitMQ", "Ditto"]),
        ({"rabbitmq": {"enabled": True}, "telegraf": ELSEWHERE}, ["Mosquitto"]),
    ],
)
def test_a_row_is_there_for_what_is_measured_and_for_nothing_else(
    config: dict[str, object], shown: list[str]
) -> None:
    written = {
        f"opentwins:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in config.items()
    }
    document = health_dashboard("source", "bucket", measured(load(written, "dev")))

    assert rows(document) == shown
