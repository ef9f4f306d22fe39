"""From a folder of specs to resources, each after what it needs."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest

from components.platform import Platform
from components.settings import Settings, load
from provider.declare import declare_twins, load_specs
from twins.load import SpecErrors

SPECS = """
apiVersion: opentwins/v1
kind: Policy
id: my:policy
---
apiVersion: opentwins/v1
kind: Type
id: my:Sensor
policy: my:policy
features: {temperature: {properties: {value: null}}}
---
apiVersion: opentwins/v1
kind: Type
id: my:Robot
policy: my:policy
children: {my:Sensor: 2}
---
apiVersion: opentwins/v1
kind: Twin
id: my:robot
type: my:Robot
parent: my:hall
adopt: true
---
apiVersion: opentwins/v1
kind: Twin
id: my:hall
policy: my:policy
attributes: {name: Hall}
---
apiVersion: opentwins/v1
kind: Connection
id: robots
type: mqtt
uri: ssl://broker.example.org:8883
secret: broker
sources: [{addresses: [robots/#]}]
"""


class Engine(pulumi.runtime.Mocks):
    """Records what is registered."""

    def __init__(self) -> None:
        self.inputs: dict[tuple[str, str], dict[str, Any]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.inputs[args.typ.rpartition(":")[2], args.name] = {
            name: value for name, value in args.inputs.items() if name != "__provider"
        }
        return args.name, dict(args.inputs)

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], None]:
        raise AssertionError(f"nothing is to be called, but {args.token} is")

    def documents(self, kind: str, name: str) -> Any:
        """The document, or the things, of a resource."""
        inputs = self.inputs[kind, name]
        if "things" in inputs:
            return {thing: json.loads(text) for thing, text in inputs["things"].items()}
        return json.loads(inputs["document"])


class Stub:
    """What the twins' half sees of a platform."""

    def __init__(self) -> None:
        self.ready = {
            name: [pulumi.ComponentResource("test:Ready", name)] for name in ("ditto", "grafana", "mosquitto")
        }
        self.fingerprints = {
            "mosquitto-ditto": pulumi.Output.from_input("print-of-mosquitto"),
            "user-broker": pulumi.Output.from_input("print-of-broker"),
        }


class Order:
    """Which resources each resource waits for, as the program declares it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.needs: dict[str, set[str]] = {}
        register = pulumi.Resource.__init__

        def remember(
            resource: Any,
            kind: str,
            name: str,
            custom: bool,
            props: Any = None,
            opts: Any = None,
            *rest: Any,
            **more: Any,
        ) -> None:
            needed = cast("list[pulumi.Resource]", (opts.depends_on if opts else None) or [])
            self.needs[name] = {each._name for each in needed}
            register(resource, kind, name, custom, props, opts, *rest, **more)

        monkeypatch.setattr(pulumi.Resource, "__init__", remember)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "all.yaml").write_text(SPECS)
    secrets = {"broker": {"username": "u", "password": "p", "ca": "PEM"}}
    return load({"opentwins:specs": str(tmp_path), "opentwins:secrets": json.dumps(secrets)}, "test")


@pytest.fixture
def declared(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], tuple[Engine, Mapping[str, set[str]]]]:
    def declare() -> tuple[Engine, Mapping[str, set[str]]]:
        engine, order = Engine(), Order(monkeypatch)
        pulumi.runtime.set_mocks(engine, project="opentwins", stack="test")

        @pulumi.runtime.test  # type: ignore[untyped-decorator]
        def program() -> None:
            declare_twins(load_specs(settings), settings, cast("Platform", Stub()))

        program()
        return engine, order.needs

    return declare


Declared = Callable[[], tuple[Engine, Mapping[str, set[str]]]]


def test_everything_in_the_specs_becomes_a_resource_under_its_own_id(declared: Declared) -> None:
    engine, _ = declared()
    made = sorted(key for key in engine.inputs if key[0] not in ("Ready", "Folder", "Dashboard"))
    assert made == [
        ("Connection", "mosquitto-source"),
        ("Connection", "mosquitto-target"),
        ("Connection", "robots"),
        ("Inventory", "twins"),
        ("Policy", "my:policy"),
        ("Twin", "my:hall"),
        ("Twin", "my:robot"),
        ("Type", "my:Robot"),
        ("Type", "my:Sensor"),
    ]


def test_all_is_marked_as_this_stacks(declared: Declared) -> None:
    engine, _ = declared()
    assert engine.documents("Policy", "my:policy")["entries"]["opentwins"]["subjects"] == {
        "nginx:ditto": {"type": "opentwins/test/my:policy"}
    }
    assert engine.documents("Twin", "my:robot")["my:robot:Sensor_2"]["attributes"]["_managedBy"] == (
        "opentwins/test/my:robot:Sensor_2"
    )
    assert "managed-by:opentwins/test" in engine.documents("Connection", "robots")["tags"]
    dashboards = [engine.documents(*key) for key in engine.inputs if key[0] == "Dashboard"]
    assert dashboards
    assert all("managed-by:opentwins/test" in dashboard["tags"] for dashboard in dashboards)


def test_a_twin_comes_with_its_whole_tree_and_is_adopted_only_when_its_spec_says_so(
    declared: Declared,
) -> None:
    engine, _ = declared()
    things = engine.documents("Twin", "my:robot")
    assert sorted(things) == ["my:robot", "my:robot:Sensor_1", "my:robot:Sensor_2"]
    assert things["my:robot"]["attributes"]["_parents"] == "my:hall"
    assert things["my:robot:Sensor_1"]["features"] == {"temperature": {"properties": {"value": None}}}
    assert engine.inputs["Twin", "my:robot"]["adopt"] is True
    assert engine.inputs["Twin", "my:hall"]["adopt"] is False


def test_no_input_holds_an_address_of_ours_or_a_secret(declared: Declared) -> None:
    engine, _ = declared()
    connection = engine.inputs["Connection", "robots"]
    assert (connection["secret"], connection["fingerprint"]) == ("user-broker", "print-of-broker")
    document = json.loads(connection["document"])
    assert document["uri"] == "ssl://${secret:username}:${secret:password}@broker.example.org:8883"
    assert document["ca"] == "${secret:ca}"


def test_the_platforms_own_connections_lead_to_its_broker(declared: Declared) -> None:
    engine, _ = declared()
    source = engine.documents("Connection", "mosquitto-source")
    assert source["uri"] == "tcp://${secret:username}:${secret:password}@mosquitto.opentwins.svc:1883"
    assert source["sources"][0]["addresses"] == ["telemetry/#"]
    assert source["sources"][0]["authorizationContext"] == ["connection:mosquitto-source"]
    assert engine.inputs["Connection", "mosquitto-source"]["secret"] == "mosquitto-ditto"
    [target] = engine.documents("Connection", "mosquitto-target")["targets"]
    assert (
        target["address"]
        == "opentwins/{{ topic:channel }}/{{ topic:criterion }}/{{ thing:namespace }}/{{ thing:name }}"
    )
    assert target["topics"] == [
        "_/_/things/twin/events?extraFields=thingId,attributes/_parents,attributes/type,"
        "features/idSimulationRun/properties/value"
    ]
    assert target["authorizationContext"] == ["nginx:ditto"]


def test_each_resource_waits_for_what_it_needs(declared: Declared) -> None:
    _, needs = declared()
    assert needs["my:policy"] == {"ditto"}
    assert needs["my:Robot"] == {"ditto", "my:policy"}
    assert needs["my:Sensor"] == {"ditto", "my:policy", "my:Robot"}
    assert needs["twins"] == {"ditto"}
    assert needs["my:hall"] == {"my:policy", "twins"}
    assert needs["my:robot"] == {"my:policy", "twins", "my:Robot", "my:Sensor", "my:hall"}
    assert needs["robots"] == {"ditto", "my:policy", "my:robot", "my:hall"}
    assert needs["mosquitto-target"] == {"ditto", "my:policy", "my:robot", "my:hall", "mosquitto"}


def test_dashboards_wait_for_grafana_and_their_folder(declared: Declared) -> None:
    engine, needs = declared()
    for kind, name in engine.inputs:
        if kind == "Dashboard":
            assert needs[name] == {"grafana", engine.inputs[kind, name]["folder"]}
        if kind == "Folder":
            assert "grafana" in needs[name]


def test_the_inventory_changes_with_any_thing_of_a_twin(declared: Declared, settings: Settings) -> None:
    before, _ = declared()
    file = Path(settings.specs) / "all.yaml"
    file.write_text(
        file.read_text().replace("properties: {value: null}", "properties: {value: null, time: null}")
    )
    after, _ = declared()
    old, new = (engine.inputs["Inventory", "twins"]["twins"] for engine in (before, after))
    assert old.keys() == new.keys() == {"my:robot", "my:hall"}
    assert old["my:robot"] != new["my:robot"]
    assert old["my:hall"] == new["my:hall"]


def test_mistakes_in_the_specs_are_raised_before_anything_is_declared(settings: Settings) -> None:
    (Path(settings.specs) / "wrong.yaml").write_text("apiVersion: opentwins/v1\nkind: Twin\nid: nonsense\n")
    with pytest.raises(SpecErrors, match=r"wrong\.yaml:3"):
        load_specs(settings)
