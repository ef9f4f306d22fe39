"""The rate of the path stands beside that of the broker alone: what measures both does so, or says why it cannot."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import mqtt
from benchmarks.figures import path as measured
from benchmarks.setup import Setup
from tests.live import programs
from tests.live.programs import Program, free_port, password
from tests.services.peers.fetched import MissingError


@pytest.fixture
def port(binaries: dict[str, Path], tmp_path: Path) -> Iterator[int]:
    """Of a broker of its own."""
    port = free_port()
    broker: Program = programs.mosquitto(binaries["mosquitto"], tmp_path, port)
    try:
        broker.start()
        yield port
    finally:
        broker.stop()


def test_each_message_gets_through_the_broker_whatever_its_length(port: int) -> None:
    payloads = [b"x" * length for length in (0, 1, 90, 91, 92, 16_340, 16_341, 16_400, 100_000)] * 20
    ready = mqtt.packets("opentwins/twin/events/live/a", payloads)
    writer, reader = (("ditto", password("ditto")), ("telegraf", password("telegraf")))

    rate = asyncio.run(asyncio.wait_for(mqtt.broker_alone(port, writer, reader, ready, len(payloads)), 60))

    assert rate > 0


def test_who_is_refused_is_told(port: int) -> None:
    with pytest.raises(ConnectionRefusedError, match="the broker refuses ditto"):
        asyncio.run(mqtt.publish(port, ("ditto", "wrong"), b"", 1))


def test_a_figure_is_the_paths_rate_by_the_brokers(
    binaries: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measured, "EVENTS", 1_000)
    monkeypatch.setattr(measured, "FORMS", (measured.of_mosquitto,))
    said: list[str] = []

    (figure,) = measured.figures(Setup(tmp_path, 1, 2, (), said.append))

    assert len(figure.ratios) == len(said) == 2
    assert all(0 < ratio < 1 for ratio in figure.ratios)
    assert "1000 events" in figure.notes[0]
    assert "Telegraf" in figure.notes[1]


def test_a_program_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def binaries() -> dict[str, Path]:
        raise MissingError("needs a real mosquitto: install the package of that name")

    monkeypatch.setattr(programs, "binaries", binaries)
    said: list[str] = []

    assert measured.figures(Setup(tmp_path, 1, 1, (), said.append)) == []
    assert said == ["not measured: needs a real mosquitto: install the package of that name"] * 2
