"""Messages of Ditto's protocol, from devices and from Ditto, are understood as Ditto understands them."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.stream.message import BadMessageError, Message
from services.stream.readings import EMPTY_NOTIFICATION, Nothing, Reading, read
from tests.services.speaking import MORNING, THING, ditto, features, message

PATH = ("features", "temperature", "properties", "value")


def reading(body: bytes, device: str | None = None) -> Reading:
    found = read(message(body, device), "ditto")
    assert found
    return found


@pytest.mark.parametrize("action", ["commands/modify", "commands/merge", "events/created", "events/merged"])
@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/", {"thingId": THING, "features": features(temperature=21.5)}),
        ("/features", features(temperature=21.5)),
        ("/features/temperature", {"properties": {"value": 21.5}}),
        ("/features/temperature/properties", {"value": 21.5, "unit": "°C"}),
        ("/features/temperature/properties/value", 21.5),
    ],
)
def test_a_value_is_found_at_whatever_level_a_message_changes(action: str, path: str, value: object) -> None:
    found = reading(ditto(value, path, action=action))
    assert (found.thing, found.at(PATH)) == (THING, 21.5)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("/features/humidity/properties/value", 40),
        ("/features", features(humidity=40)),
        ("/attributes", {"height": 1}),
        ("/features/temperature/properties/value/within", 40),
        ("/features/temperature", "odd"),
        ("/", 7),
    ],
)
def test_what_a_message_does_not_speak_of_is_untold(path: str, value: object) -> None:
    assert reading(ditto(value, path)).at(PATH) is Nothing.UNTOLD


@pytest.mark.parametrize(
    "path", ["/", "/features", "/features/temperature", "/features/temperature/properties/value"]
)
def test_a_deletion_takes_the_values_within_away(path: str) -> None:
    assert reading(ditto(path=path, action="events/deleted")).at(PATH) is Nothing.GONE
    assert reading(ditto(path=path, action="commands/delete")).at(PATH) is Nothing.GONE


def test_a_deletion_elsewhere_takes_nothing_away() -> None:
    assert reading(ditto(path="/features/humidity", action="events/deleted")).at(PATH) is Nothing.UNTOLD


def test_null_means_that_there_is_no_value() -> None:
    merged = "events/merged"
    assert reading(ditto({"temperature": None}, "/features", action=merged)).at(PATH) is Nothing.GONE
    assert reading(ditto(None)).at(PATH) is Nothing.GONE


def test_escaped_paths_and_positions_in_lists_are_followed() -> None:
    found = reading(ditto([1, {"b": 2}], "/features/a~1b~0c/properties/value"))
    assert found.at(("features", "a/b~c", "properties", "value", "1", "b")) == 2
    assert found.at(("features", "a/b~c", "properties", "value", "2")) is Nothing.UNTOLD


@pytest.mark.parametrize(
    "topic",
    [
        "example/raspberry/things/live/messages/ask",
        "example/raspberry/things/twin/commands/retrieve",
        "example/raspberry/things/twin/errors",
        "example/raspberry/things/twin/acks/mine",
        "example/raspberry/policies/commands/modify",
    ],
)
def test_what_changes_no_thing_is_no_reading(topic: str) -> None:
    assert read(message({"topic": topic, "path": "/", "value": 1}), "ditto") is None


def test_hono_s_word_on_who_sent_it_counts_more_than_the_device_s() -> None:
    assert reading(ditto(1, thing="example:someone-else"), device=THING).thing == THING


def test_a_device_that_hono_knows_may_leave_the_topic_out() -> None:
    found = reading(
        json.dumps({"path": "/features", "value": features(temperature=3)}).encode(), device=THING
    )
    assert (found.thing, found.at(PATH)) == (THING, 3)


def test_with_payload_json_a_pointer_leads_into_the_message() -> None:
    found = read(message({"temperature": 21.5}, device="4711"), "json")
    assert found
    assert (found.thing, found.at(("temperature",))) == ("4711", 21.5)


def test_the_event_s_own_time_comes_before_the_broker_s() -> None:
    told = ditto(1, timestamp="2026-11-24T20:49:00.123456789Z")
    own = read(message(told, sent=MORNING), "ditto")
    broker_s = read(message(ditto(1, timestamp="yesterday"), sent=MORNING), "ditto")
    assert own
    assert own.sent == datetime(2026, 11, 24, 20, 49, 0, 123456, UTC)
    assert broker_s
    assert broker_s.sent == MORNING


@pytest.mark.parametrize("stamp", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-14:00"])
def test_a_time_that_some_time_zones_do_not_have_is_none(stamp: str) -> None:
    told = read(message(ditto(1, timestamp=stamp), sent=MORNING), "ditto")
    broker_s = read(message({"temperature": 1}, device="4711", sent=datetime.fromisoformat(stamp)), "json")
    assert told
    assert told.sent == MORNING
    assert broker_s
    assert broker_s.sent is None


@pytest.mark.parametrize(
    ("reason", "body"),
    [
        ("json", b"\xff\xfe"),
        ("json", b"not json"),
        ("json", b""),
        ("json", b'{"topic": NaN}'),
        ("json", b"[" * 100_000),
        ("ditto", b"42"),
        ("ditto", b'{"topic": 7, "path": "/", "value": 1}'),
        ("ditto", b'{"topic": "a/b/things/twin/events/modified", "value": 1}'),
        ("ditto", b'{"topic": "a/b/things/twin/events/modified", "path": "/"}'),
        ("device", b'{"path": "/", "value": 1}'),
        ("device", b'{"topic": "_/_/things/twin/events/modified", "path": "/", "value": 1}'),
    ],
)
def test_a_message_that_nobody_can_use_is_bad_for_a_reason(reason: str, body: bytes) -> None:
    with pytest.raises(BadMessageError) as bad:
        read(message(body), "ditto")
    assert bad.value.reason == reason
    assert body.decode(errors="replace") not in str(bad.value) or not body


def test_hono_s_empty_notification_is_no_reading() -> None:
    assert read(Message(b"", "a test", content_type=EMPTY_NOTIFICATION), "ditto") is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["topic", "path", "value", "headers", "features", "timestamp"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(
    json_values,
    st.sampled_from(["a/b/things/twin/events/modified", "a/b", "/", "_/_/things/twin/events/merged"]),
)
def test_no_json_whatever_is_more_than_a_bad_message(value: object, topic: str) -> None:
    for body in (
        value,
        {"topic": topic, "path": "/features", "value": value, "headers": value, "timestamp": topic},
    ):
        try:
            found = read(message(json.dumps(body).encode(), device=None), "ditto")
        except BadMessageError:
            continue
        if found:
            found.at(PATH)
