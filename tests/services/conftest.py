"""Brokers and programs for the tests; where one cannot be had, what needs it is skipped, with the reason."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.services.peers.artemis import Amqp, artemis
from tests.services.peers.certificates import Certificates, certificates
from tests.services.peers.fetched import MissingError, interpreter, jars
from tests.services.peers.kafka import Kafka, kafka, started
from tests.services.peers.mosquitto import Mqtt, mosquitto
from tests.services.peers.program import Program
from tests.services.peers.skipping import or_skip


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificates | None:
    try:
        return certificates(tmp_path_factory.mktemp("certificates"))
    except MissingError:
        return None


@pytest.fixture(scope="session")
def complete_python() -> Path | str:
    """The Python with all that an image holds, or why it cannot be had: AMQP's library has to be compiled."""
    try:
        return interpreter()
    except MissingError as missing:
        return str(missing)


@pytest.fixture(scope="session")
def kafka_cluster(tmp_path_factory: pytest.TempPathFactory, tls: Certificates | None) -> Iterator[Kafka]:
    running = os.environ.get("OPENTWINS_KAFKA_BOOTSTRAP")
    if running:
        yield Kafka(running)
        return
    made = or_skip(lambda: kafka(tmp_path_factory.mktemp("kafka"), jars("kafka"), tls))
    with started(made):
        yield made


@pytest.fixture(scope="session")
def amqp_peer(
    tmp_path_factory: pytest.TempPathFactory, tls: Certificates | None, complete_python: Path | str
) -> Iterator[Amqp]:
    if isinstance(complete_python, str):
        pytest.skip(f"AMQP's library needs a C compiler and OpenSSL's headers: {complete_python}")
    running = os.environ.get("OPENTWINS_AMQP_URL")
    if running:
        user, password = (os.environ.get(f"OPENTWINS_AMQP_{name}", "") for name in ("USERNAME", "PASSWORD"))
        yield Amqp(running, user, password, complete_python)
        return
    made = or_skip(lambda: artemis(tmp_path_factory.mktemp("artemis"), jars("artemis"), complete_python, tls))
    assert made.process
    try:
        made.process.start()
        yield made
    finally:
        made.process.kill()


@pytest.fixture(scope="session")
def mqtt_broker(tmp_path_factory: pytest.TempPathFactory, tls: Certificates | None) -> Iterator[Mqtt]:
    made = or_skip(lambda: mosquitto(tmp_path_factory.mktemp("mosquitto"), tls))
    try:
        made.process.start()
        yield made
    finally:
        made.process.kill()


Launch = Callable[..., Program]


@pytest.fixture
def launch(tmp_path: Path, complete_python: Path | str) -> Iterator[Launch]:
    """Start a program with a configuration; it is ended with the test."""
    python = Path(sys.executable) if isinstance(complete_python, str) else complete_python
    programs: list[Program] = []

    def start(name: str, configuration: dict[str, Any], **secrets: dict[str, str]) -> Program:
        folder = tmp_path / f"{name}-{len(programs)}"
        made = Program(name, python, folder, configuration)
        programs.append(made)
        for side, values in secrets.items():
            made.secret(side, **values)
        made.start(ready=False)
        return made

    yield start
    for made in programs:
        made.process.kill()
