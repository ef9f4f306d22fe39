"""Turning an option on or off is a plan with exactly its own resources: a row for each of them.

What is compared is all that the program declares, Ditto's connections and Grafana's dashboards among it.
`tests/scenarios/test_switches.py` has the engines' own previews.
"""

import re
from dataclasses import dataclass
from functools import cache

import pytest

from tests.components.options import BUILDS, IMAGES, OPTIONS, SECRETS, TWIN, declare_whole, programs

KAFKA = {"kafka": '{"enabled": true}'}
KAFKA_ML = KAFKA | {"kafkaMl": '{"enabled": true}'}
FEEDERS = KAFKA_ML | {"feeders": '{"enabled": true}', "images": IMAGES}
BOTH_BROKERS = {"broker": "kafka", "mosquitto": '{"enabled": true}'}
Names = frozenset[str]
NOTHING = "(?!)"


def names(*which: str) -> Names:
    return frozenset(which)


# What tells who has a password, what may be done with it, and who reads what, changes with who is there.
VOLUMES = names("Volumes/volumes")
USERS_OF_KAFKA = names("ConfigMap/kafka-users", "Job/kafka-users")
USERS_OF_MOSQUITTO = names("Secret/mosquitto-users", "StatefulSet/mosquitto")
TELEGRAF = names("ConfigMap/telegraf", "Deployment/telegraf", "Dashboard/opentwins-health")
LISTENER = names("ConfigMap/kafka", "StatefulSet/kafka", "Service/kafka")


@dataclass(frozen=True)
class Switch:
    """Settings before and after; what is added has a name of this pattern, and what is changed is just this."""

    before: dict[str, str]
    after: dict[str, str]
    added: str
    changed: Names = frozenset()
    removed: Names = frozenset()
    specs: tuple[str, str] = ("", "")


SWITCHES = {
    "Kafka": Switch({}, KAFKA, r"(data-)?kafka(-.*)?", VOLUMES),
    "the broker": Switch(
        KAFKA,
        KAFKA | BOTH_BROKERS,
        r"kafka-(source|target|telegraf)",
        USERS_OF_KAFKA
        | USERS_OF_MOSQUITTO
        | TELEGRAF
        | names("NetworkPolicy/kafka", "NetworkPolicy/mosquitto"),
        names("Connection/mosquitto-target", "Credential/mosquitto-telegraf", "Secret/mosquitto-telegraf"),
    ),
    "RabbitMQ": Switch({}, OPTIONS["rabbitmq"], r"(data-)?rabbitmq(-.*)?", VOLUMES | TELEGRAF),
    "Hono": Switch({}, OPTIONS["hono"], r"(data-)?hono(-.*)?", VOLUMES),
    "Hono on Kafka": Switch(
        KAFKA,
        KAFKA | {"hono": '{"enabled": true, "messaging": "kafka"}'},
        r"(data-)?hono(-.*)?|kafka-hono",
        VOLUMES | USERS_OF_KAFKA,
    ),
    "Kafka-ML": Switch(KAFKA, KAFKA_ML, r"(data-)?kafka-ml(-.*)?", VOLUMES | USERS_OF_KAFKA | LISTENER),
    "Kafka-ML with a Kafka elsewhere": Switch(
        KAFKA,
        KAFKA | {"kafkaMl": '{"enabled": true, "brokers": "kafka.example:9092"}'},
        r"(data-)?kafka-ml(-.*)?",
        VOLUMES,
    ),
    "feeders": Switch(KAFKA_ML, FEEDERS, r"(kafka|mosquitto)-feeder", USERS_OF_KAFKA | USERS_OF_MOSQUITTO),
    "a feeder and a watchdog": Switch(
        FEEDERS,
        FEEDERS,
        r"feeders|(data-)?(feeder|watchdog)-line(-.*)?",
        specs=(TWIN, f"{TWIN}---\n{programs('mosquitto')}"),
    ),
    "the host of WebGL builds": Switch({}, OPTIONS["webgl"], r"webgl(-.*)?"),
    "threads in WebGL builds": Switch(
        OPTIONS["webgl"],
        {"webgl": f'{{"image": "{BUILDS}", "threads": true}}'},
        NOTHING,
        names("ConfigMap/webgl", "Deployment/webgl"),
    ),
}


@cache
def declared(settings: tuple[tuple[str, str], ...], specs: str) -> dict[str, dict[str, object]]:
    resources = declare_whole("", specs, **dict(settings)).resources
    return {f"{one.kind}/{one.name}": one.inputs for one in resources}


@pytest.mark.parametrize("name", SWITCHES)
def test_turning_it_on_adds_its_own_resources_and_changes_only_what_names_it(name: str) -> None:
    row = SWITCHES[name]
    before, after = (
        declared(tuple((settings | {"secrets": SECRETS}).items()), specs or TWIN)
        for settings, specs in zip((row.before, row.after), row.specs, strict=True)
    )

    added = after.keys() - before.keys()
    assert bool(added) is (row.added != NOTHING)
    assert not [one for one in added if not re.fullmatch(row.added, one.partition("/")[2])]
    assert before.keys() - after.keys() == row.removed
    assert {one for one in before.keys() & after.keys() if before[one] != after[one]} == row.changed
