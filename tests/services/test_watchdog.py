"""The watchdog learns the rhythm of each device, and keeps it up while the device is silent."""

from typing import Any

import pytest

from services.stream.metrics import Metrics
from services.stream.numbers import vector
from services.watchdog.rhythm import Rhythm, learned
from services.watchdog.spec import WatchdogConfiguration
from services.watchdog.watch import Watchdog
from tests.services.speaking import MORNING, THING, Hands, configuration, ditto, field_of, message

OTHER = "example:outside"
HUMIDITY = "/features/humidity/properties/value"


class Kennel:
    """A watchdog whose time is moved by the test, and what it has sent."""

    def __init__(self, *models: dict[str, Any], **more: Any) -> None:
        self.hands = Hands()
        read = WatchdogConfiguration.model_validate(configuration(*(models or ({},)), **more))
        self.metrics = Metrics("watchdog")
        self.dog = Watchdog(read, self.hands.clock, self.metrics)
        self.dog.listening()

    def at(self, seconds: float, body: bytes | None = None, **more: Any) -> list[bytes]:
        """What is sent when it is so late, before anything is heard; then the device says something."""
        self.hands.passed = seconds
        made = [record.value for record in self.dog.due()]
        if body is not None:
            assert self.dog.take(message(body, **more)) in ([], None)
        return made

    def metric(self, name: str) -> float | None:
        return next(
            (
                float(line.split()[-1])
                for line in self.metrics.text().decode().splitlines()
                if line.startswith(name)
            ),
            None,
        )


def doubles(*values: float) -> bytes:
    return vector(values, "float64")


@pytest.mark.parametrize(
    ("gap", "interval"), [(1.0, 1.2), (1.01, 1.3), (0.3, 0.5), (0.001, 0.3), (59.96, 60.2), (10, 10.2)]
)
def test_the_interval_is_the_last_gap_rounded_up_to_a_tenth_and_a_tolerance(
    gap: float, interval: float
) -> None:
    assert learned(gap, 0.2) == pytest.approx(interval)


def test_a_silent_device_s_last_values_are_sent_again_in_its_rhythm_until_it_is_back() -> None:
    kennel = Kennel()
    assert kennel.at(0, ditto(20)) == []
    assert kennel.at(10, ditto(21)) == []  # it has learned: 10.2 seconds
    assert kennel.at(20.19) == []
    assert kennel.at(20.21) == [doubles(21)]
    assert kennel.at(30.39) == []
    assert kennel.at(30.41) == [doubles(21)]
    assert kennel.at(35, ditto(25)) == []
    assert kennel.at(45.19) == []
    assert kennel.at(45.21) == [doubles(25)]


def test_before_a_second_message_there_is_no_rhythm_and_nothing_is_sent() -> None:
    kennel = Kennel()
    kennel.at(0, ditto(20))
    assert kennel.at(100_000) == []


def test_a_device_that_keeps_its_rhythm_is_never_stood_in_for() -> None:
    kennel = Kennel()
    assert [made for second in range(100) for made in kennel.at(second * 5.0, ditto(second))] == []


def test_the_gap_that_ends_with_a_device_s_return_is_not_learned() -> None:
    kennel = Kennel()
    kennel.at(0, ditto(20))
    kennel.at(1, ditto(21))
    assert kennel.at(3_000) == [doubles(21)]
    kennel.at(3_600, ditto(22))
    assert kennel.at(3_601.3) == [doubles(22)]


def test_a_change_of_rhythm_is_learned_with_the_next_gap() -> None:
    kennel = Kennel()
    for second in (0, 10, 12):
        kennel.at(second, ditto(second))
    assert kennel.at(14.3) == [doubles(12)]


def test_fields_that_come_in_messages_of_their_own_are_one_round() -> None:
    kennel = Kennel({"fields": [field_of("temperature"), field_of("humidity")]})
    for start in (0, 10):
        kennel.at(start, ditto(start))
        kennel.at(start + 0.005, ditto(40, HUMIDITY))
    assert kennel.at(20.1) == []
    assert kennel.at(20.3) == [doubles(10, 40)]


def test_a_message_that_waited_at_a_broker_teaches_the_rhythm_in_which_it_was_sent() -> None:
    kennel = Kennel()
    kennel.at(100, ditto(1, timestamp="2026-03-29T06:00:00Z"))
    kennel.at(100.01, ditto(2, timestamp="2026-03-29T06:00:10Z"))
    assert kennel.at(110.1) == []
    assert kennel.at(110.3) == [doubles(2)]


def test_a_message_that_comes_twice_or_late_teaches_nothing() -> None:
    kennel = Kennel()
    for second, stamp in ((0, "06:00:00"), (10, "06:00:10"), (11, "06:00:10"), (12, "06:00:05")):
        kennel.at(second, ditto(second, timestamp=f"2026-03-29T{stamp}Z"))
    assert kennel.at(22.1) == []
    assert kennel.at(22.3) == [doubles(12)]


def test_each_device_of_a_model_has_a_rhythm_of_its_own() -> None:
    kennel = Kennel({"fields": [field_of("temperature"), field_of("temperature", OTHER)]})
    for second in range(0, 30, 10):
        kennel.at(second, ditto(second))
    for second in range(21, 30, 2):
        kennel.at(second, ditto(second, thing=OTHER))
    assert kennel.at(30.1) == []
    assert kennel.at(30.3) == [doubles(20, 29)]
    assert kennel.at(31.3) == [doubles(20, 29)]


def test_a_device_that_never_told_all_values_cannot_be_stood_in_for() -> None:
    kennel = Kennel({"fields": [field_of("temperature"), field_of("humidity")]})
    kennel.at(0, ditto(1))
    kennel.at(1, ditto(2))
    assert kennel.at(3) == []
    assert kennel.metric("watchdog_fields_missing") == 1


def test_a_deleted_thing_is_no_silent_one() -> None:
    kennel = Kennel()
    kennel.at(0, ditto(1))
    kennel.at(1, ditto(2))
    kennel.at(1.5, ditto(path="/", action="events/deleted"))
    assert kennel.at(100) == []


def test_predictions_that_are_written_back_are_not_taken_for_the_device() -> None:
    source = {
        "mqtt": {"url": "mqtt://localhost:1883", "topics": ["#"]},
        "ignoreOriginators": ["connection:kafka-ml"],
    }
    kennel = Kennel(input=source)
    kennel.at(0, ditto(1))
    kennel.at(1, ditto(2))
    assert kennel.at(2.3, ditto(9, originator="connection:kafka-ml")) == [doubles(2)]
    assert kennel.at(3.5) == [doubles(2)]


def test_while_it_could_not_listen_silence_means_nothing() -> None:
    kennel = Kennel()
    kennel.at(0, ditto(1))
    kennel.at(1, ditto(2))
    kennel.hands.passed = 600
    kennel.dog.listening()
    assert kennel.at(601.1) == []
    assert kennel.at(601.3) == [doubles(2)]


def test_a_later_run_knows_values_and_rhythm_of_a_device_that_is_silent_meanwhile() -> None:
    first = Kennel()
    first.at(0, ditto(1))
    first.at(10, ditto(2))
    second = Kennel()
    second.dog.restore(first.dog.state())
    second.dog.listening()
    assert second.at(10.1) == []
    assert second.at(10.3) == [doubles(2)]


def test_after_a_sleep_of_its_own_it_sends_no_burst() -> None:
    kennel = Kennel()
    kennel.at(0, ditto(1))
    kennel.at(1, ditto(2))
    assert kennel.at(100) == [doubles(2)]
    assert kennel.at(100.1) == []
    assert kennel.at(101.3) == [doubles(2)]


def test_it_waits_no_longer_than_until_the_next_device_is_late() -> None:
    kennel = Kennel()
    assert kennel.dog.patience() == float("inf")
    kennel.at(0, ditto(1))
    kennel.at(1, ditto(2))
    assert kennel.dog.patience() == pytest.approx(1.2)
    kennel.hands.passed = 3
    assert kennel.dog.patience() < 0


def test_parts_of_the_time_are_those_of_the_moment_in_which_it_stands_in() -> None:
    kennel = Kennel({"fields": [{"time": "minute"}, field_of("temperature")]})
    kennel.at(0, ditto(1), sent=MORNING)
    kennel.at(20, ditto(2))
    assert kennel.at(45) == [doubles(31, 2)]


def test_a_device_whose_clock_is_ahead_teaches_no_gap_of_years() -> None:
    kennel = Kennel()
    kennel.at(0, ditto(1))
    kennel.at(1, ditto(2, timestamp="2400-01-01T00:00:00Z"))
    assert kennel.dog.patience() == pytest.approx(1.2)
    kennel.at(2, ditto(3))
    assert kennel.dog.patience() == pytest.approx(1.2)


def test_what_it_sends_says_that_it_is_no_real_data() -> None:
    kennel = Kennel()
    kennel.at(0, ditto(1))
    kennel.at(1, ditto(2))
    kennel.hands.passed = 3
    headers = dict(kennel.dog.due()[0].headers)
    assert headers == {"thing-id": THING, "originator": "watchdog:raspberry", "substituted": "true"}


def test_metrics_show_who_is_silent_and_after_how_long() -> None:
    kennel = Kennel()
    assert kennel.metric("watchdog_interval_seconds") == 0
    kennel.at(0, ditto(1))
    kennel.at(1, ditto(2))
    assert (kennel.metric("watchdog_interval_seconds"), kennel.metric("watchdog_silent")) == (1.2, 0)
    kennel.at(3)
    assert kennel.metric("watchdog_silent") == 1
    kennel.at(4, ditto(3))
    assert kennel.metric("watchdog_silent") == 0


def test_the_tolerance_is_the_user_s() -> None:
    kennel = Kennel({"tolerance": 5.0})
    kennel.at(0, ditto(1))
    kennel.at(1, ditto(2))
    assert kennel.at(6.9) == []
    assert kennel.at(7.1) == [doubles(2)]


def test_a_rhythm_without_a_deadline_misses_nothing() -> None:
    assert not Rhythm(0.2).miss(1e9)
