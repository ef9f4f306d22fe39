"""The whole way of a value with Kafka as the broker, on real parts: device → Kafka → Ditto → event → Kafka →
Telegraf → InfluxDB. Everybody comes with the user and password that one stack's manifests give them.

It needs a Ditto on this machine (`OPENTWINS_DITTO_URL`), as its connections have to reach the Kafka here.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from components.kafka_parts import TELEMETRY
from components.settings import load as load_settings
from provider.kafka_user import right, user_document
from provider.platform_connections import platform_connections
from tests.components.kafka_node import dialled, published
from tests.components.running import installed
from tests.live.ditto import DEVOPS, DITTO, OWNER, USER, Ditto
from tests.live.kafka_path import STACK, KafkaBroker, kafka_broker
from tests.live.programs import eventually
from tests.services.peers.fetched import MissingError
from twins.compose import connection_document
from twins.models import KafkaUserSpec

pytestmark = pytest.mark.skipif(not DITTO, reason="needs a real Ditto on this machine: OPENTWINS_DITTO_URL")

THING = "live:press"
POLICY = {
    "entries": {
        "owner": {
            "subjects": {OWNER.subject: {"type": "us"}},
            "resources": {
                f"{kind}:/": {"grant": ["READ", "WRITE"], "revoke": []} for kind in ("policy", "thing")
            },
        },
        "devices": {
            "subjects": {"connection:kafka-source": {"type": "what devices publish"}},
            "resources": {"thing:/features": {"grant": ["WRITE"], "revoke": []}},
        },
    }
}
DEVICE = KafkaUserSpec(id="press", publish=[TELEMETRY])


@pytest.fixture(scope="module")
def broker(binaries: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    installed("java")
    try:
        with kafka_broker(binaries, tmp_path_factory.mktemp("path")) as path:
            yield path
    except MissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture
def ditto(broker: KafkaBroker) -> Iterator[Ditto]:
    """Ditto with a thing, and the platform's own connections to the Kafka here."""
    made = Ditto()
    place = broker.node.client("ditto")["bootstrap.servers"]
    login = {"username": "ditto", "password": broker.node.password("ditto")}
    try:
        made.put("policies/live:press", POLICY)
        thing = {"policyId": "live:press", "features": {"temperature": {"properties": {"value": None}}}}
        made.put(f"things/{THING}", thing)
        settings = load_settings({f"opentwins:{key}": value for key, value in STACK.items()}, "live")
        for spec in platform_connections(OWNER.subject, settings):
            made.connect(spec.id, connection_document(spec, OWNER, Path(), f"tcp://{place}"), login)
        yield made
    finally:
        made.remove()


def test_what_a_device_says_in_kafka_is_a_line_of_its_twin(broker: KafkaBroker, ditto: Ditto) -> None:
    began, admin = datetime.now(UTC), dialled(broker.node)
    admin.set_rights(DEVICE.id, [right(each) for each in user_document(DEVICE)["rights"]])
    admin.set_password(DEVICE.id, "of-the-device")
    device = broker.node.client(DEVICE.id, "of-the-device")

    eventually(lambda: published(device, TELEMETRY, said(0.5)) == "", "the device is let in")
    for temperature in (21.5, 22.5):
        assert published(device, TELEMETRY, said(temperature)) == ""
    assert published(device, TELEMETRY, b"no JSON") == ""

    def live() -> Any:
        path = f"things/{THING}/features/temperature/properties/value"
        return ditto.ask("GET", path, USER).json()

    eventually(lambda: live() == 22.5, "the twin has the value")
    start, stop = (began - timedelta(minutes=5)).isoformat(), (began + timedelta(minutes=5)).isoformat()

    def stored() -> set[float]:
        return {*broker.stored(THING, (start, stop), window="1ms")}

    eventually(lambda: {0.5, 21.5, 22.5} <= stored(), "all of them are stored")


def test_a_connection_with_another_password_is_refused_and_ditto_says_so(
    broker: KafkaBroker, ditto: Ditto
) -> None:
    (source,) = [
        spec
        for spec in platform_connections(OWNER.subject, load_settings({"opentwins:broker": "kafka"}, "live"))
        if spec.sources
    ]
    place = broker.node.client("ditto")["bootstrap.servers"]
    document = connection_document(source, OWNER, Path(), f"tcp://{place}") | {"name": "guesses"}
    ditto.connect("guesses", document, {"username": "ditto", "password": "guessed"}, wait=False)

    def refused() -> bool:
        status = ditto.ask("GET", "connections/guesses/status", DEVOPS).json()
        return status["liveStatus"] == "misconfigured" and "SaslAuthenticationException" in str(status)

    eventually(refused, "Ditto says that it was not let in")


def said(temperature: float) -> bytes:
    """A device's message in Ditto's protocol."""
    return json.dumps(
        {
            "topic": "live/press/things/twin/commands/modify",
            "path": "/features/temperature/properties/value",
            "value": temperature,
        }
    ).encode()
