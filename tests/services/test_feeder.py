"""The feeder sends a vector whenever what a model needs is new, and never before all of it is known."""

from typing import Any

import pytest

from services.feeder.feed import Feeder
from services.feeder.spec import FeederConfiguration
from services.stream.message import BadMessageError
from services.stream.metrics import Metrics
from services.stream.numbers import vector
from tests.services.speaking import MORNING, THING, Hands, configuration, ditto, features, field_of, message

OTHER = "example:outside"
BOTH = [field_of("temperature"), field_of("humidity")]
HUMIDITY = "/features/humidity/properties/value"


def feeder(*models: dict[str, Any], hands: Hands | None = None, **more: Any) -> Feeder:
    read = FeederConfiguration.model_validate(configuration(*models, **more))
    return Feeder(read, (hands or Hands()).clock, Metrics("feeder"))


def sent(program: Feeder, body: bytes, **more: Any) -> list[tuple[str, bytes]] | None:
    made = program.take(message(body, **more))
    return None if made is None else [(record.topic, record.value) for record in made]


def doubles(*values: float) -> bytes:
    return vector(values, "float64")


def test_one_message_with_all_values_makes_one_vector_in_the_order_of_the_fields() -> None:
    program = feeder({"fields": [*BOTH, {"time": "hour"}], "dtype": "float32"})
    made = sent(program, ditto(features(humidity=40, temperature=21.456), "/features"), sent=MORNING)
    assert made == [("raspberry-input", bytes.fromhex("14aeab41 00002042 0000c040"))]


def test_nothing_is_sent_until_every_field_has_had_a_value() -> None:
    program = feeder({"fields": BOTH})
    assert sent(program, ditto(21.5)) == []
    assert sent(program, ditto(40, HUMIDITY)) == [("raspberry-input", doubles(21.5, 40))]


def test_any_new_value_makes_a_vector_with_the_last_ones_of_the_others() -> None:
    program = feeder({"fields": [field_of("temperature"), field_of("temperature", OTHER)]})
    assert sent(program, ditto(1)) == []
    assert sent(program, ditto(2, thing=OTHER)) == [("raspberry-input", doubles(1, 2))]
    assert sent(program, ditto(3)) == [("raspberry-input", doubles(3, 2))]
    assert sent(program, ditto(4)) == [("raspberry-input", doubles(4, 2))]


def test_with_send_all_a_vector_waits_for_a_new_value_of_each_field() -> None:
    program = feeder({"fields": BOTH, "send": "all"})
    assert sent(program, ditto(1)) == []
    assert sent(program, ditto(2)) == []
    assert sent(program, ditto(40, HUMIDITY)) == [("raspberry-input", doubles(2, 40))]
    assert sent(program, ditto(41, HUMIDITY)) == []
    assert sent(program, ditto(3)) == [("raspberry-input", doubles(3, 41))]


def test_every_model_gets_its_own_vector_of_the_same_message() -> None:
    program = feeder({}, {"topic": "second", "fields": [*BOTH], "dtype": "int16"})
    made = sent(program, ditto(features(temperature=21.9, humidity=40.4), "/features"))
    assert made == [("raspberry-input", doubles(21.9)), ("second", bytes.fromhex("1500 2800"))]


def test_parts_of_the_time_are_those_of_the_message_in_the_zone_that_is_asked_for() -> None:
    parts = ["year", "month", "day", "hour", "minute", "second", "microsecond"]
    fields = [*({"time": part} for part in parts), field_of("temperature")]
    program = feeder({"fields": fields, "dtype": "int64"}, timeZone="Europe/Madrid")
    made = sent(program, ditto(21), sent=MORNING)
    assert made == [("raspberry-input", vector([2026, 3, 29, 8, 30, 15, 250_000, 21], "int64"))]


def test_without_a_time_of_its_own_a_message_is_of_now() -> None:
    program = feeder({"fields": [{"time": "minute"}, field_of("temperature")]}, hands=Hands(passed=60))
    assert sent(program, ditto(1)) == [("raspberry-input", doubles(31, 1))]


def test_a_message_that_no_model_asks_for_is_unrelated() -> None:
    program = feeder({})
    assert sent(program, ditto(1, thing=OTHER)) is None
    assert sent(program, ditto(1, HUMIDITY)) is None
    assert sent(program, ditto(1, action="commands/retrieve")) is None


def test_predictions_that_are_written_back_do_not_feed_the_model_that_made_them() -> None:
    source = configuration({})["input"] | {"ignoreOriginators": ["connection:kafka-ml"]}
    program = feeder({}, input=source)
    assert sent(program, ditto(1, originator="connection:kafka-ml")) is None
    assert sent(program, ditto(1)) == [("raspberry-input", doubles(1))]


def test_a_value_that_is_gone_is_no_longer_sent() -> None:
    program = feeder({"fields": BOTH})
    sent(program, ditto(features(temperature=1, humidity=2), "/features"))
    assert sent(program, ditto(path="/features/humidity", action="events/deleted")) == []
    assert sent(program, ditto(3)) == []
    assert sent(program, ditto(4, HUMIDITY)) == [("raspberry-input", doubles(3, 4))]


@pytest.mark.parametrize("value", ["warm", [1], {"a": 1}, 1e39])
def test_a_bad_value_spoils_its_message_and_nothing_else(value: Any) -> None:
    program = feeder({"fields": BOTH, "dtype": "float32"}, {"topic": "second"})
    sent(program, ditto(features(temperature=1, humidity=2), "/features"))
    with pytest.raises(BadMessageError, match="humidity") as bad:
        program.take(message(ditto(features(temperature=9, humidity=value), "/features")))
    assert bad.value.reason == "value"
    made = sent(program, ditto(3, HUMIDITY))
    assert made == [("raspberry-input", vector([1, 3], "float32"))]


def test_a_time_that_no_time_zone_has_is_that_of_now() -> None:
    program = feeder({"fields": [*BOTH[:1], {"time": "year"}]}, timeZone="America/New_York")
    made = sent(program, ditto(1, timestamp="0001-01-01T00:00:00Z"))
    assert made == [("raspberry-input", doubles(1, 2026))]


def test_a_vector_says_whose_it_is_in_headers_that_kafka_ml_copies() -> None:
    record = (feeder({}).take(message(ditto(1))) or [])[0]
    assert dict(record.headers) == {"thing-id": THING, "originator": "feeder:raspberry"}


def test_a_later_run_goes_on_with_the_values_that_were_acknowledged() -> None:
    model = {"fields": BOTH, "send": "all"}
    first = feeder(model)
    sent(first, ditto(1))
    second = feeder(model)
    second.restore(first.state())
    assert sent(second, ditto(40, HUMIDITY)) == [("raspberry-input", doubles(1, 40))]


def test_kept_values_that_no_longer_fit_what_is_declared_are_left_out() -> None:
    first = feeder({"fields": BOTH})
    sent(first, ditto(features(temperature=300, humidity=2), "/features"))
    second = feeder({"fields": BOTH, "dtype": "uint8"})
    second.restore(first.state())
    assert sent(second, ditto(3, HUMIDITY)) == []


def test_an_attribute_or_a_device_s_own_json_is_pointed_to() -> None:
    attribute = feeder({"fields": [{"thing": THING, "pointer": "/attributes/height"}]})
    assert sent(attribute, ditto({"height": 2}, "/attributes")) == [("raspberry-input", doubles(2))]
    amqp = {"amqp": {"url": "amqp://localhost:5672", "addresses": ["telemetry/t"]}, "payload": "json"}
    own = feeder({"fields": [{"thing": "4711", "pointer": "/t/0"}]}, input=amqp)
    assert sent(own, b'{"t": [5]}', device="4711") == [("raspberry-input", doubles(5))]
