"""The shipped example: OpenTwins' own Raspberry, from the device's message to the twin."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from twins.compose import Owner, connection_document, policy_document, twin_documents, type_document
from twins.load import Specs, load

ROOT = Path(__file__).parents[2]
OWNER = Owner("opentwins/sandbox", "nginx:ditto")

# Runs a mapper as Ditto's documentation describes what it finds there.
HARNESS = """
const Ditto = {
  buildDittoProtocolMsg(namespace, name, group, channel, criterion, action, path, headers, value) {
    return { topic: [namespace, name, group, channel, criterion, action].join("/"), path, headers, value };
  },
  arrayBufferToString: (buffer) => String.fromCharCode.apply(null, new Uint8Array(buffer)),
};
const [script, headers, text, bytes] = JSON.parse(require("fs").readFileSync(0, "utf8"));
Date.now = () => 1700000000000;
const map = new Function("Ditto", script + "; return mapToDittoProtocolMsg;")(Ditto);
const payload = bytes === null ? null : new Uint8Array(Buffer.from(bytes)).buffer;
console.log(JSON.stringify(map(headers, text, payload, undefined)));
"""


@pytest.fixture(scope="module")
def specs() -> Specs:
    return load(ROOT / "twin_specs")


def test_it_is_one_of_each_kind_and_two_types(specs: Specs) -> None:
    assert set(specs.policies) == {"example:raspberry_policy"}
    assert set(specs.types) == {"example:DHT22", "example:raspberry_type"}
    assert set(specs.twins) == {"example:raspberry"}
    assert set(specs.connections) == {"raspberry"}
    assert set(specs.dashboards) == {"raspberry"}


def test_the_raspberry_has_two_sensors_that_wait_for_values(specs: Specs) -> None:
    things = twin_documents("example:raspberry", specs, OWNER)
    assert list(things) == ["example:raspberry", "example:raspberry:DHT22_1", "example:raspberry:DHT22_2"]
    empty = {"properties": {"value": None}}
    for name in ("DHT22_1", "DHT22_2"):
        sensor = things[f"example:raspberry:{name}"]
        assert sensor["features"] == {"temperature": empty, "humidity": empty}
        assert sensor["attributes"]["_parents"] == "example:raspberry"
        assert sensor["attributes"]["type"] == "example:DHT22"
    parents = type_document("example:DHT22", specs, OWNER)["attributes"]["_parents"]
    assert parents == {"example:raspberry_type": 2}


def test_the_device_may_write_features_and_nothing_else(specs: Specs) -> None:
    policy = policy_document(specs.policies["example:raspberry_policy"].spec, OWNER)
    connection = _connection(specs)
    assert connection["sources"][0]["authorizationContext"] == list(policy["entries"]["device"]["subjects"])
    assert policy["entries"]["device"]["resources"] == {"thing:/features": {"grant": ["WRITE"], "revoke": []}}


def test_the_connection_listens_on_the_platforms_broker(specs: Specs) -> None:
    spec = specs.connections["raspberry"].spec
    assert (spec.type, spec.service, spec.secret) == ("mqtt-5", "mosquitto", None)
    assert _connection(specs)["sources"][0]["addresses"] == ["raspberry/#"]


def _connection(specs: Specs) -> dict[str, Any]:
    declared = specs.connections["raspberry"]
    return connection_document(declared.spec, OWNER, declared.origin.path.parent, "tcp://mosquitto:1883")


@pytest.mark.skipif(not shutil.which("node"), reason="needs node to run JavaScript")
class TestMapper:
    """What the mapper makes of a message."""

    @pytest.fixture
    def map_(self, specs: Specs) -> Any:
        script = _connection(specs)["mappingDefinitions"]["readings"]["options"]["incomingScript"]

        def run(topic: str, text: str | None, content: bytes | None = None) -> Any:
            message = [script, {"mqtt.topic": topic}, text, None if content is None else list(content)]
            done = subprocess.run(
                ["node", "-e", HARNESS],
                input=json.dumps(message),
                capture_output=True,
                text=True,
                check=True,
                timeout=60,
            )
            return json.loads(done.stdout)

        return run

    def test_a_reading_becomes_a_merge_of_the_sensors_features(self, map_: Any, specs: Specs) -> None:
        command = map_("raspberry/DHT22_2", '{"temp": 21.5, "hum": 40}')
        assert command == {
            "topic": "example/raspberry:DHT22_2/things/twin/commands/merge",
            "path": "/features",
            "headers": {"content-type": "application/merge-patch+json", "response-required": False},
            "value": {
                "temperature": {"properties": {"value": 21.5, "time": 1700000000000}},
                "humidity": {"properties": {"value": 40, "time": 1700000000000}},
            },
        }
        namespace, name = command["topic"].split("/")[:2]
        assert f"{namespace}:{name}" in twin_documents("example:raspberry", specs, OWNER)

    def test_a_message_in_bytes_is_read_too(self, map_: Any) -> None:
        command = map_("raspberry/DHT22_1", None, b'{"temp": -3, "hum": 99.9}')
        assert command["value"]["temperature"]["properties"]["value"] == -3

    def test_half_a_reading_leaves_the_other_value_as_it_is(self, map_: Any) -> None:
        assert list(map_("raspberry/DHT22_1", '{"hum": 40, "temp": null}')["value"]) == ["humidity"]

    def test_no_reading_is_dropped(self, map_: Any) -> None:
        assert map_("raspberry/DHT22_1", '{"temp": null, "hum": null}') is None
