"""Settings about brokers, feeders and WebGL builds that are each right and together are not: all told at once."""

import json

import pytest

from components.mistakes import SettingsError
from components.settings import load


def told(**config: object) -> list[str]:
    texts = {
        f"opentwins:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in config.items()
    }
    with pytest.raises(SettingsError) as raised:
        load(texts, "dev")
    return list(raised.value.mistakes)


@pytest.mark.parametrize(
    ("config", "line"),
    [
        ({"broker": "rabbit"}, "opentwins:broker: "),
        (
            {"mosquitto": {"enabled": False}},
            "opentwins:mosquitto.enabled: is false, and mosquitto is the opentwins:broker; change one",
        ),
        (
            {"broker": "kafka", "kafka": {"enabled": False}},
            "opentwins:kafka.enabled: is false, and kafka is the opentwins:broker; change one",
        ),
        (
            {"kafka": {"replicas": 3}},
            "opentwins:kafka.replicas: has no effect, as kafka does not run; set opentwins:kafka.enabled",
        ),
        ({"kafka": {"enabled": True, "replicas": 2}}, "opentwins:kafka: replicas must be 1, or 3 and more"),
        (
            {"kafka": {"enabled": True, "replicas": 3}, "rotation": {"kafka-broker": 2}},
            "opentwins:rotation.kafka-broker: with different ones, its nodes would not let each other in",
        ),
        (
            {"rabbitmq": {"queues": {"q": ["a/#"]}}},
            "opentwins:rabbitmq.queues: has no effect, as rabbitmq does not run; set opentwins:rabbitmq.enabled",
        ),
        (
            {"rabbitmq": {"enabled": True, "users": {"ditto": {}}}},
            "opentwins:rabbitmq.users.ditto: the platform uses this name itself; choose another",
        ),
        (
            {"rabbitmq": {"enabled": True, "queues": {"telemetry": ["a/#"]}}},
            "opentwins:rabbitmq.queues.telemetry: the platform uses this name itself; choose another",
        ),
        (
            {"hono": {"messaging": "kafka"}},
            "opentwins:hono.messaging: has no effect without opentwins:hono.enabled; set it to true",
        ),
        (
            {"kafkaMl": {"jobs": {"runtimeClass": "nvidia"}}},
            "opentwins:kafkaMl.jobs: has no effect without opentwins:kafkaMl.enabled; set it to true",
        ),
        (
            {"feeders": {"storage": {"size": "1Gi"}}},
            "opentwins:feeders.storage: has no effect without opentwins:feeders.enabled; set it to true",
        ),
        (
            {"registry": {"url": "https://registry.example/x"}},
            "opentwins:registry.url: must be a registry such as registry.example.org/plant, without https://",
        ),
        ({"registry": {"url": "registry.example/x:1"}}, "opentwins:registry.url: must be a registry"),
        (
            {"mosquitto": {"users": {"feeder": {}}}},
            "opentwins:mosquitto.users.feeder: the platform uses this name itself; choose another",
        ),
        (
            {"webgl": {"folder": "builds"}},
            "opentwins:webgl.folder: an image of it has to be built, and there is no opentwins:registry",
        ),
        (
            {"webgl": {"url": "https://x.example", "threads": True}},
            "opentwins:webgl.threads: has no effect beside opentwins:webgl.url",
        ),
        (
            {"webgl": {"url": "https://x.example", "image": "x:1"}},
            "opentwins:webgl: image and url are given at once; keep one",
        ),
        (
            {"webgl": {"image": "x:1", "origins": ["https://a/b"]}},
            "opentwins:webgl.origins.0: must be an origin",
        ),
        (
            {"registry": {"url": "registry.example/x", "secret": "pushes"}},
            "opentwins:registry.secret: there is no opentwins:secrets.pushes",
        ),
    ],
)
def test_a_contradiction_is_a_line_that_names_the_key(config: dict[str, object], line: str) -> None:
    (found,) = told(**config)

    assert found.startswith(line)


def test_several_are_told_together() -> None:
    found = told(
        mosquitto={"enabled": False},
        feeders={"enabled": True},
        webgl={"folder": "builds"},
        kafka={"storage": {"size": "1Gi"}},
    )

    assert [line.split(": ")[0] for line in found] == [
        "opentwins:mosquitto.enabled",
        "opentwins:kafka.storage",
        "opentwins:feeders.enabled",
        "opentwins:feeders.enabled",
        "opentwins:webgl.folder",
    ]


def test_what_is_switched_off_in_so_many_words_may_keep_its_settings() -> None:
    off = {
        "hono": {"enabled": False, "messaging": "kafka"},
        "feeders": {"enabled": False, "storage": {"size": "1Gi"}},
    }
    found = load({f"opentwins:{name}": json.dumps(value) for name, value in off.items()}, "dev")

    assert not found.hono.runs


def test_kafka_as_the_broker_runs_without_further_ado_and_mosquitto_only_when_asked_for() -> None:
    kafka = load({"opentwins:broker": "kafka"}, "dev")
    both = load({"opentwins:broker": "kafka", "opentwins:mosquitto": '{"enabled": true}'}, "dev")

    assert (kafka.runs_kafka, kafka.runs_mosquitto) == (True, False)
    assert (both.runs_kafka, both.runs_mosquitto) == (True, True)
