"""A mistake in the settings is one line that names the key as it was written; all come at once."""

import json

import pytest

from components.endpoints import endpoints
from components.settings import KEYS, Settings, SettingsError, load
from docs.descriptions import descriptions


def mistakes(**config: object) -> list[str]:
    texts = {
        f"opentwins:{key}": value if isinstance(value, str) else json.dumps(value)
        for key, value in config.items()
    }
    with pytest.raises(SettingsError) as raised:
        load(texts, "dev")
    return list(raised.value.mistakes)


def settings(**config: object) -> Settings:
    return load({f"opentwins:{key}": json.dumps(value) for key, value in config.items()}, "dev")


def test_a_stack_that_says_nothing_gets_the_defaults() -> None:
    assert load({}, "dev") == Settings()


def test_what_a_user_leaves_out_of_a_setting_keeps_its_default() -> None:
    memory = {"ditto": {"things": {"resources": {"limits": {"memory": "2Gi"}}}}}
    things = settings(**memory).ditto.things

    assert things.resources.limits.memory == "2Gi"
    assert things.resources.limits.cpu == Settings().ditto.things.resources.limits.cpu


def test_the_config_of_other_programs_is_not_ours_to_judge() -> None:
    assert load({"kubernetes:context": "x", "aws:region": "y"}, "dev") == Settings()


@pytest.mark.parametrize(
    ("config", "line"),
    [
        (
            {"dito": {}},
            "opentwins:dito: there is no such setting; did you mean opentwins:ditto?",
        ),
        (
            {"ditto": {"thigs": {}}},
            "opentwins:ditto.thigs: there is no such setting; did you mean opentwins:ditto.things?",
        ),
        (
            {"telegraf": {"zzz": 1}},
            "opentwins:telegraf.zzz: there is no such setting; known here: external, resources",
        ),
        (
            {"ditto": {"replicas": 0}},
            "opentwins:ditto.replicas: must be at least 1, not 0",
        ),
        (
            {"ditto": {"gateway": {"replicas": "two"}}},
            'opentwins:ditto.gateway.replicas: must be a whole number, not "two"',
        ),
        (
            {"ditto": {"gateway": {"replicas": True}}},
            "opentwins:ditto.gateway.replicas: must be a whole number, not true",
        ),
        (
            {"ditto": {"ui": {"enabled": "yes"}}},
            'opentwins:ditto.ui.enabled: must be true or false, not "yes"',
        ),
        ({"ditto": 5}, "opentwins:ditto: must hold keys and values"),
        ({"ditto": "not JSON"}, "opentwins:ditto: must hold keys and values"),
        (
            {"namespace": "My_Space"},
            "opentwins:namespace: must be a name of at most 50 of a-z, 0-9 and -, with no - at either end",
        ),
        (
            {"images": {"grafana": "grafana grafana"}},
            "opentwins:images.grafana: must be an image such as registry.example/name:1.2",
        ),
        (
            {"secrets": {"plant": {"pass word": "x"}}},
            "opentwins:secrets.plant.pass word: must be made of letters, digits, -, _ and .",
        ),
        (
            {"mongodb": {"storage": {"size": "lots"}}},
            "opentwins:mongodb.storage.size: must be a quantity such as 500m, 2, 512Mi or 10Gi",
        ),
        (
            {"influxdb": {"resources": {"limits": {"memory": "256Mi"}}}},
            "opentwins:influxdb.resources: limits.memory (256Mi) is less than requests.memory (512Mi)",
        ),
        (
            {"twins": {"maxChangeShare": 30}},
            "opentwins:twins.maxChangeShare: must be at most 1, not 30",
        ),
        (
            {"grafana": {"plugins": {"unity": {"sha256": "abc"}}}},
            "opentwins:grafana.plugins.unity.sha256: must be a SHA-256 digest: 64 of 0-9 and a-f",
        ),
        (
            {"mosquitto": {"users": {"fleet": {"publish": "telemetry/#"}}}},
            "opentwins:mosquitto.users.fleet.publish: must be a list",
        ),
        (
            {"mosquitto": {"users": {"fleet": {"publish": ["a/#/b"]}}}},
            "opentwins:mosquitto.users.fleet.publish.0: must be an MQTT topic filter such as"
            " sensors/+/temperature or sensors/#",
        ),
        (
            {"mosquitto": {"users": {"fleet": {"publish": ["opentwins/twin/#"]}}}},
            "opentwins:mosquitto.users.fleet: publish: opentwins/twin/# holds Ditto's events, which no"
            " other may publish; name the topics that are meant, or let another user subscribe to the events",
        ),
        (
            {"mosquitto": {"clients": {"networks": ["10.0.0.0/99"]}}},
            "opentwins:mosquitto.clients.networks.0: '10.0.0.0/99' does not appear to be an IPv4 or IPv6"
            " network",
        ),
    ],
)
def test_a_mistake_names_its_key(config: dict[str, object], line: str) -> None:
    assert mistakes(**config) == [line]


@pytest.mark.parametrize(
    ("config", "line"),
    [
        (
            {
                "ditto": {"replicas": 3, "external": {"url": "http://ditto.example", "secret": "theirs"}},
                "mosquitto": {"clients": {"namespaces": ["theirs"]}},
            },
            "opentwins:ditto.replicas: has no effect beside opentwins:ditto.external; remove one of the two",
        ),
        (
            {
                "grafana": {
                    "external": {
                        "url": "http://grafana.example",
                        "secret": "thiers",
                        "dataSource": {"url": "http://influxdb.example", "secret": "reader"},
                    }
                }
            },
            "opentwins:grafana.external.secret: there is no opentwins:secrets.thiers; did you mean"
            " opentwins:secrets.theirs?",
        ),
        (
            {"influxdb": {"secret": "theirs"}},
            "opentwins:influxdb.secret: opentwins:secrets.theirs has no token",
        ),
        (
            {"mongodb": {"secret": "theirs"}},
            "opentwins:mongodb.secret: the username in opentwins:secrets.theirs must be root",
        ),
        (
            {"mosquitto": {"users": {"telegraf": {}}}},
            "opentwins:mosquitto.users.telegraf: the platform uses this name itself; choose another",
        ),
        (
            {"rotation": {"ditto-apy": 2}},
            "opentwins:rotation.ditto-apy: there is no such credential; did you mean"
            " opentwins:rotation.ditto-api?",
        ),
    ],
)
def test_settings_that_contradict_each_other_are_named(config: dict[str, object], line: str) -> None:
    theirs = {
        "theirs": {"username": "somebody", "password": "something"},
        "reader": {"token": "a-token"},
    }
    assert mistakes(secrets=theirs, **config) == [line]


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("mongodb-root", "opentwins:mongodb.secret"),
        ("influxdb-admin", "opentwins:influxdb.secret"),
        ("grafana-key", "could not read"),
    ],
)
def test_a_credential_that_its_service_keeps_is_not_rotated_behind_its_back(name: str, how: str) -> None:
    (line,) = mistakes(rotation={name: 2})

    assert line.startswith(f"opentwins:rotation.{name}: ")
    assert how in line


def test_the_first_number_of_a_credential_rotates_nothing() -> None:
    assert settings(rotation={"mongodb-root": 1}).rotation == {"mongodb-root": 1}


def test_all_mistakes_come_at_once_under_the_name_of_the_file() -> None:
    with pytest.raises(SettingsError) as raised:
        load(
            {"opentwins:dito": "{}", "opentwins:ditto": '{"replicas": 0}', "opentwins:specs": "twins"}, "dev"
        )

    assert str(raised.value).splitlines() == [
        "Pulumi.dev.yaml has 2 mistakes:",
        "  opentwins:dito: there is no such setting; did you mean opentwins:ditto?",
        "  opentwins:ditto.replicas: must be at least 1, not 0",
    ]


def test_what_does_not_go_together_is_told_beside_what_cannot_be_read() -> None:
    lines = mistakes(
        ditto={"replicas": 3, "gateway": {"autoscaling": {"most": 2}}, "ui": {"enabled": "no"}},
        exposure={"grafana": {"ingress": {"host": "g.example.org"}}, "mosquitto": {"loadBalancer": {}}},
        influxdb={"external": {"url": "https://influxdb.example.org", "secret": "nowhere"}},
        protect="perhaps",
        keepData="grafana",
    )

    assert [line.partition(": ")[0] for line in lines] == [
        "opentwins:protect",
        "opentwins:keepData",
        "opentwins:ditto.ui.enabled",
        "opentwins:exposure.grafana.ingress",
        "opentwins:influxdb.external.secret",
        "opentwins:exposure.mosquitto",
        "opentwins:ditto.gateway.autoscaling.most",
    ]
    assert lines[:2] == ["opentwins:protect: must be true or false", "opentwins:keepData: must be a list"]


@pytest.mark.parametrize(
    ("config", "key"),
    [
        # It may well be there; it is not known under which name.
        ({"secrets": {"mine": "text"}, "influxdb": {"secret": "mine"}}, "opentwins:secrets.mine"),
        # Kafka runs if this is a slip of the pen.
        ({"broker": "kafak", "kafka": {"replicas": 3}}, "opentwins:broker"),
        ({"grafana": {"external": {"url": "x", "secret": "y"}}, "reach": "exposure"}, "opentwins:grafana"),
        (
            {"mosquitto": {"tls": 3}, "exposure": {"mosquitto": {"loadBalancer": {}}}},
            "opentwins:mosquitto.tls",
        ),
    ],
)
def test_nothing_is_told_that_only_follows_from_what_cannot_be_read(
    config: dict[str, object], key: str
) -> None:
    lines = mistakes(**config)

    assert [line for line in lines if not line.startswith((key, "opentwins:reach: ditto"))] == []


def test_secret_values_are_in_no_error_and_in_no_text_of_the_settings() -> None:
    good = {"device": {"username": "me", "password": "hush-hush"}}
    assert "hush-hush" not in repr(settings(secrets=good))

    for bad in (
        {"device": {"password": 12345678}},
        {"De": {"password": "hush-hush"}},
        {"device": "hush-hush"},
    ):
        for line in mistakes(secrets=bad):
            assert "hush-hush" not in line
            assert "12345678" not in line

    with_login = {"external": {"url": "http://me:hush-hush@ditto.example", "secret": "device"}}
    assert mistakes(secrets=good, ditto=with_login) == [
        "opentwins:ditto.external.url: must not hold credentials; give them in opentwins:secrets"
    ]


def test_each_setting_says_what_it_is_for() -> None:
    def undescribed(model: type, path: str) -> list[str]:
        found = []
        for name, field in model.model_fields.items():  # type: ignore[attr-defined]
            if name not in descriptions(model):
                found.append(f"{path}{name}")
            if hasattr(field.annotation, "model_fields"):
                found += undescribed(field.annotation, f"{path}{name}.")
        return found

    assert undescribed(Settings, "") == []


def test_an_external_service_has_the_same_endpoint_as_one_of_ours_and_no_service() -> None:
    theirs = {
        "theirs": {"username": "ditto", "password": "x"},
        "boss": {"username": "devops", "password": "y"},
    }
    external = {"url": "https://ditto.example/", "secret": "theirs", "devopsSecret": "boss"}
    reached = {"clients": {"namespaces": ["theirs"]}}
    where = endpoints(settings(secrets=theirs, ditto={"external": external}, mosquitto=reached))

    assert (where.ditto.address, where.ditto.service, where.ditto.secret) == (
        "https://ditto.example",
        None,
        "user-theirs",
    )
    assert where.ditto_devops.secret == "user-boss"
    assert where.grafana.service is not None


def test_the_top_level_keys_are_those_that_a_provider_can_ask_for() -> None:
    assert {"namespace", "kubernetes", "ditto", "grafana", "secrets", "rotation", "specs", "twins"} <= set(
        KEYS
    )
