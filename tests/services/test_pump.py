"""The loop acknowledges nothing before Kafka has confirmed it and the state is kept, whatever breaks."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.stream.clock import Clock
from services.stream.message import BadMessageError, LostError, Message, Record
from services.stream.metrics import Metrics
from services.stream.pump import BATCH, Pump
from services.stream.state import NAME, StateFile
from services.stream.status import Status


class World:
    """A broker that hands out again what is not acknowledged, a Kafka, and work that counts."""

    def __init__(self, folder: Path, *bodies: bytes) -> None:
        self.queue = [Message(body, str(number), receipt=number) for number, body in enumerate(bodies)]
        self.said: list[str] = []
        self.delivered: list[bytes] = []
        self.trouble: dict[str, int] = {}
        self.late: list[Record] = []
        self.taken = 0
        self.now = 0.0
        self.metrics = Metrics("feeder", ["t"])
        self.clock = Clock(monotonic=lambda: self.now)
        self.status = Status(self.clock)
        self.file = folder / NAME
        self.pump = Pump(
            self, self.source, self.sink, StateFile(folder), self.metrics, self.status, self.clock
        )

    def _break(self, part: str) -> None:
        if self.trouble.get(part, 0):
            self.trouble[part] -= 1
            raise LostError(part, "broken by the test")

    @contextmanager
    def source(self) -> Iterator["World"]:
        self._break("input")
        self.handed = 0
        yield self

    @contextmanager
    def sink(self) -> Iterator["World"]:
        yield self

    def receive(self, most: int, patience: float) -> Sequence[Message]:
        self.now += patience
        found = self.queue[self.handed : self.handed + most]
        self.handed += len(found)
        if not self.queue:
            self.pump.stop()
        return found

    def acknowledge(self, messages: Sequence[Message]) -> None:
        self._break("acknowledge")
        self.said.append(f"acknowledged {len(messages)}, state {json.loads(self.file.read_text())['topics']}")
        self.queue = self.queue[len(messages) :]
        self.handed -= len(messages)

    def deliver(self, records: Sequence[Record]) -> None:
        self._break("output")
        self.delivered += [record.value for record in records]
        self.said.append(f"delivered {len(records)}")

    def take(self, message: Message) -> list[Record] | None:
        if message.body == b"bad":
            raise BadMessageError("json", "the body is no JSON")
        if message.body == b"unrelated":
            return None
        self.taken += 1
        return [Record("t", message.body)]

    def due(self) -> list[Record]:
        late, self.late = self.late, []
        return late

    def patience(self) -> float:
        return 0.01

    def listening(self) -> None:
        self.said.append("listening")

    def state(self) -> dict[str, Any]:
        return {"t": {"taken": self.taken}}

    def restore(self, kept: Mapping[str, Any]) -> None:
        self.taken = kept.get("t", {}).get("taken", 0)

    def count(self, line: str) -> float:
        found = [each for each in self.metrics.text().decode().splitlines() if each.startswith(line + " ")]
        return float(found[0].split()[-1])


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., World]:
    def make(*bodies: bytes, **trouble: int) -> World:
        made = World(tmp_path, *bodies)
        made.trouble = trouble

        def rest(seconds: float) -> None:
            made.said.append(f"rested {seconds}")

        monkeypatch.setattr(made.pump, "_rest", rest)
        return made

    return make


Make = Callable[..., World]


def test_messages_are_acknowledged_after_delivery_and_with_the_state_on_the_disk(world: Make) -> None:
    made = world(b"1", b"2")
    made.pump.run()
    assert made.said == ["listening", "delivered 2", "acknowledged 2, state {'t': {'taken': 2}}"]
    assert made.delivered == [b"1", b"2"]


@pytest.mark.parametrize("part", ["input", "output", "acknowledge"])
def test_whatever_breaks_every_message_is_delivered_and_counted_once_in_the_state(
    world: Make, part: str
) -> None:
    made = world(b"1", b"2", **{part: 3})
    made.pump.run()
    assert set(made.delivered) == {b"1", b"2"}
    assert made.queue == []
    assert [line for line in made.said if line.startswith("rested")] == [
        "rested 0.5",
        "rested 1.0",
        "rested 2.0",
    ]
    # What was not acknowledged came again: only an acknowledgement that is lost makes it count again.
    assert made.taken == (8 if part == "acknowledge" else 2)


def test_pauses_grow_to_a_bound(world: Make) -> None:
    made = world(b"1", input=9)
    made.pump.run()
    assert made.said[-4:-3] == ["rested 30.0"]


def test_a_state_that_cannot_be_kept_keeps_messages_from_being_acknowledged(
    world: Make, tmp_path: Path
) -> None:
    made = world(b"1")
    (tmp_path / NAME).with_suffix(".new").mkdir()

    def rest(_: float) -> None:
        assert made.queue
        (tmp_path / NAME).with_suffix(".new").rmdir()

    made.pump._rest = rest  # type: ignore[method-assign, assignment]
    made.pump.run()
    assert made.queue == []
    assert made.count('feeder_losses_total{part="state"}') == 1


def test_bad_and_unrelated_messages_are_counted_acknowledged_and_skipped(
    world: Make, caplog: pytest.LogCaptureFixture
) -> None:
    made = world(b"1", b"bad", b"unrelated", b"bad", b"2")
    made.pump.run()
    assert made.delivered == [b"1", b"2"]
    assert made.queue == []
    assert made.count('feeder_messages_total{outcome="used"}') == 2
    assert made.count('feeder_messages_total{outcome="unrelated"}') == 1
    assert made.count('feeder_messages_total{outcome="bad"}') == 2
    assert made.count('feeder_bad_messages_total{reason="json"}') == 2
    assert made.count('feeder_vectors_total{topic="t"}') == 2
    # One line for many: a broken device must not fill the disk.
    assert [record.message for record in caplog.records if "skipped" in record.message] == [
        "skipped: the body is no JSON"
    ]


def test_nobody_is_called_silent_while_there_may_be_more_to_hear(world: Make) -> None:
    made = world(*[b"x"] * (BATCH + 1))
    made.late = [Record("t", b"late")]
    made.pump.run()
    assert made.said[1:5:2] == [f"delivered {BATCH}", "delivered 2"]


def test_vectors_that_time_makes_due_are_delivered_and_kept_without_any_message(world: Make) -> None:
    made = world()
    made.late = [Record("t", b"late")]
    made.pump.run()
    assert made.delivered == [b"late"]
    assert made.file.exists()


def test_a_loop_that_stands_still_and_one_that_lacks_something_can_be_told(world: Make) -> None:
    made = world(b"1")
    assert (made.status.stuck, made.status.lacks) == (False, "it is starting")
    made.status.ready()
    assert made.status.lacks == ""
    made.now = 1_000
    assert made.status.stuck
    made.status.beat()
    assert not made.status.stuck


@pytest.mark.parametrize(
    "content",
    [
        *("", "no json", "[]", '{"t": {}}', '{"format": 2, "topics": {}}'),
        *('{"format": 1}', '{"format": 1, "topics": {"t": []}}'),
    ],
)
def test_a_state_that_is_not_of_its_making_is_begun_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_text(content)
    assert StateFile(tmp_path).read() == {}


def test_a_state_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    file = StateFile(tmp_path)
    assert file.read() == {}
    file.write({"t": {"taken": 1}})
    (tmp_path / NAME).with_suffix(".new").mkdir()
    with pytest.raises(LostError):
        file.write({"t": {"taken": 2}})
    assert StateFile(tmp_path).read() == {"t": {"taken": 1}}
