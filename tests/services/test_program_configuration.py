"""What is wrong with a configuration is said at once, with file and key; a sound spec becomes one."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from services.feeder.spec import FeederConfiguration, FeederSpec
from services.stream.configuration import ConfigurationError, load
from services.stream.spec import document
from services.stream.transports import AmqpInput, KafkaAccess, KafkaInput, MqttInput
from services.watchdog.spec import WatchdogConfiguration, WatchdogSpec
from tests.services.speaking import THING, configuration, field_of


def said(tmp_path: Path, content: Any, model: Any = FeederConfiguration) -> list[str]:
    file = tmp_path / "feeder.yaml"
    file.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    with pytest.raises(ConfigurationError) as wrong:
        load(file, model)
    return [line.removeprefix(f"{tmp_path}/") for line in str(wrong.value).splitlines()]


def test_a_sound_configuration_is_read_from_yaml_and_from_json(tmp_path: Path) -> None:
    file = tmp_path / "feeder.yaml"
    file.write_text(yaml.safe_dump(configuration({"send": "all", "decimals": None})))
    found = load(file, FeederConfiguration)
    assert (found.models[0].send, found.models[0].decimals, found.models[0].dtype) == ("all", None, "float64")
    file.write_text(found.model_dump_json(by_alias=True, exclude_defaults=True))
    assert load(file, FeederConfiguration) == found


def test_every_mistake_is_named_with_its_file_and_key_all_at_once(tmp_path: Path) -> None:
    broken = configuration({"dtyp": "float32", "send": "never", "topic": "a b"})
    broken["models"][0]["fields"] = [{"thing": THING, "feature": "t", "pointer": "/t"}, {"time": "week"}]
    broken["output"] = {"bootstrapServers": "localhost", "sasl": "none"}
    broken["timeZone"] = "Mars/Olympus"
    del broken["id"]
    assert said(tmp_path, broken) == [
        "feeder.yaml: id: is missing",
        "feeder.yaml: output.bootstrapServers: must be host:port, or several with commas between them",
        "feeder.yaml: output.sasl: must be 'plain', 'scram-sha-256' or 'scram-sha-512'",
        "feeder.yaml: timeZone: must be a time zone such as UTC or Europe/Madrid",
        "feeder.yaml: models.0.topic: must match ^[A-Za-z0-9._-]{1,249}$",
        "feeder.yaml: models.0.fields.0: must have exactly one of feature and pointer beside thing",
        "feeder.yaml: models.0.fields.1.time: must be"
        " 'year', 'month', 'day', 'hour', 'minute', 'second' or 'microsecond'",
        "feeder.yaml: models.0.send: must be 'any' or 'all'",
        "feeder.yaml: models.0.dtyp: there is no such key; did you mean dtype?",
    ]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"input": {}}, "input: must have exactly one of amqp, kafka and mqtt"),
        ({"input": {"amqp": 1}}, "input.amqp: must hold keys and values"),
        (
            {"input": {"amqp": {"url": "amqp://me:secret@hono:5672", "addresses": ["t"]}}},
            "input.amqp.url: must not hold credentials; they come from the environment or from mounted files",
        ),
        (
            {"input": {"mqtt": {"url": "http://mosquitto", "topics": ["#"]}}},
            "input.mqtt.url: must be mqtt://host:port, or mqtts:// for TLS",
        ),
        (
            {"input": {"mqtt": {"url": "mqtt://mosquitto:1883", "topics": ["#"]}, "payload": "json"}},
            "input: must not have payload json with mqtt: such a message says not which device sent it",
        ),
        (
            {"models": [{"topic": "t", "dtype": "int8", "fields": [field_of("t"), {"time": "year"}]}]},
            "models.0.fields.1.time: year goes up to 9999, which int8 cannot hold",
        ),
        (
            {
                "models": [
                    {"topic": "t", "fields": [field_of("t"), {"time": "microsecond", "dtype": "int16"}]}
                ]
            },
            "models.0.fields.1.time: microsecond goes up to 999999, which int16 cannot hold",
        ),
        ({"models": []}, "models: must not be empty"),
        ({"id": "Not an id"}, "id: must match ^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$"),
    ],
)
def test_a_mistake_says_what_is_to_be_done(tmp_path: Path, change: dict[str, Any], line: str) -> None:
    assert said(tmp_path, configuration({}) | change) == [f"feeder.yaml: {line}"]


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ({"feature": "t"}, "must have a thing, or time"),
        ({"thing": THING}, "must have exactly one of feature and pointer beside thing"),
        ({"time": "hour", "thing": THING}, "must have no thing, feature, property or pointer beside time"),
        ({"thing": THING, "pointer": "/t", "property": "p"}, "must have no property beside pointer"),
    ],
)
def test_a_field_is_one_thing_only(tmp_path: Path, field: dict[str, Any], line: str) -> None:
    broken = configuration({"fields": [field_of("temperature"), field]})
    assert said(tmp_path, broken) == [f"feeder.yaml: models.0.fields.1: {line}"]


def test_models_have_to_go_together(tmp_path: Path) -> None:
    hours = configuration({"fields": [{"time": "hour"}]})
    assert said(tmp_path, hours) == [
        "feeder.yaml: models.0: must have at least one field of a thing: nothing else says when to send a"
        " vector"
    ]
    twice = configuration({}, {})
    twice["input"] = {"kafka": {"bootstrapServers": "k:9092", "topics": ["t"]}, "payload": "json"}
    assert said(tmp_path, twice) == [
        "feeder.yaml: models: two of them have the topic raspberry-input; a topic has vectors of one kind;"
        " models.0.fields.0.feature: with payload json, give a pointer into the message;"
        " models.1.fields.0.feature: with payload json, give a pointer into the message"
    ]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("models: [", "feeder.yaml:2: is no YAML: expected the node content, but found '<stream end>'"),
        ("", "feeder.yaml: must hold keys and values"),
        ("[]", "feeder.yaml: must hold keys and values"),
    ],
)
def test_what_is_no_configuration_at_all_is_said_too(tmp_path: Path, content: str, line: str) -> None:
    assert said(tmp_path, content + "\n") == [line]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nothing\.yaml: cannot be read: No such file"):
        load(tmp_path / "nothing.yaml", FeederConfiguration)


def spec(**more: Any) -> dict[str, Any]:
    model = {"topic": "raspberry-input", "decimals": None, "fields": [field_of("temperature")]}
    return {
        "apiVersion": "opentwins/v1",
        "kind": "Feeder",
        "id": "raspberry",
        "input": {"service": "mosquitto", "ignoreOriginators": ["connection:kafka-ml"]},
        "models": [model],
        **more,
    }


KAFKA = KafkaAccess(bootstrap_servers="kafka:9092", sasl="scram-sha-512")


@pytest.mark.parametrize(
    ("source", "key"),
    [
        (MqttInput(url="mqtt://mosquitto:1883", topics=["opentwins/twin/events/#"]), "mqtt"),
        (KafkaInput(bootstrap_servers="kafka:9092", topics=["opentwins"]), "kafka"),
        (AmqpInput(url="amqps://hono:5671", addresses=["telemetry/t"]), "amqp"),
    ],
)
def test_a_spec_becomes_a_configuration_that_the_program_reads(tmp_path: Path, source: Any, key: str) -> None:
    made = document(FeederSpec.model_validate(spec()), source, KAFKA)
    file = tmp_path / "feeder.yaml"
    file.write_text(yaml.safe_dump(made))
    found = load(file, FeederConfiguration)
    assert getattr(found.input, key) == source
    assert found.input.ignore_originators == ["connection:kafka-ml"]
    assert found.output == KAFKA
    assert found.models[0].decimals is None
    assert "secret" not in file.read_text()


def test_what_a_spec_names_itself_comes_before_the_platform_s() -> None:
    own = spec(
        kind="Watchdog",
        input={"amqp": {"url": "amqps://hono:5671", "addresses": ["telemetry/t"]}, "secret": "hono"},
        output={"bootstrapServers": "elsewhere:9092", "secret": "kafka"},
    )
    found = WatchdogConfiguration.model_validate(document(WatchdogSpec.model_validate(own), None, KAFKA))
    assert found.input.amqp
    assert found.output == KafkaAccess(bootstrap_servers="elsewhere:9092")


def test_what_a_spec_needs_and_the_platform_has_not_is_said() -> None:
    read = FeederSpec.model_validate(spec())
    with pytest.raises(ValueError, match="raspberry: the service mosquitto is needed and not there"):
        document(read, None, KAFKA)
    with pytest.raises(ValueError, match="raspberry: a Kafka that Kafka-ML reads is needed and not there"):
        document(read, MqttInput(url="mqtt://mosquitto:1883", topics=["#"]))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({}, "exactly one of service, amqp, kafka and mqtt"),
        ({"service": "hono"}, "a tenant with the service hono"),
        ({"service": "mosquitto", "tenant": "t"}, "a tenant with the service hono, and only there"),
        ({"service": "mosquitto", "secret": "s"}, "no secret beside service"),
        ({"service": "kafka", "payload": "json"}, "payload json only where Hono"),
    ],
)
def test_a_spec_s_input_is_one_thing_only(source: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        FeederSpec.model_validate(spec(input=source))


def test_a_feeder_s_spec_is_no_watchdog_s() -> None:
    with pytest.raises(ValidationError, match="kind"):
        WatchdogSpec.model_validate(spec())


def test_the_examples_of_the_documentation_are_sound() -> None:
    text = (Path(__file__).parents[2] / "docs" / "feeder.md").read_text()
    examples = [
        yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    ]
    assert [FeederSpec.model_validate(examples[0]).id, WatchdogSpec.model_validate(examples[1]).id] == [
        "raspberry"
    ] * 2
    assert len(examples) == 2
