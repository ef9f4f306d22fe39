"""Each feeder and watchdog is one hardened pod, with just the addresses, Secrets and ways that its spec needs."""

from typing import Any

import pytest
import yaml

from components.feeder import Feeders
from components.platform import Platform
from components.settings import Settings
from services.feeder.spec import FeederConfiguration, FeederSpec
from services.watchdog.spec import WatchdogConfiguration, WatchdogSpec
from tests.components.declared import Program, declare, declare_with
from tests.components.options import IMAGES, OPTIONS
from tests.components.test_network import allowed
from tests.components.test_pods import violations

MODEL = {"topic": "input", "fields": [{"thing": "plant:press", "feature": "temperature"}]}
HONO = '{"enabled": true, "messaging": "kafka"}'
ELSEWHERE = '{"theirs": {"username": "them", "password": "open-sesame", "ca": "PEM"}}'


def feeder(source: dict[str, Any], **more: Any) -> FeederSpec:
    return FeederSpec.model_validate({"id": "line", "input": source, "models": [MODEL], **more})


def watchdog(source: dict[str, Any]) -> WatchdogSpec:
    return WatchdogSpec.model_validate({"id": "line", "input": source, "models": [MODEL]})


def run(*specs: FeederSpec | WatchdogSpec, **config: str) -> Program:
    def more(settings: Settings, platform: Platform) -> None:
        Feeders("feeders", specs, settings, platform.issued, platform.place, [], platform.inside)

    return declare_with(more, **(OPTIONS["feeders"] | config))


def test_it_is_one_pod_that_is_never_there_twice() -> None:
    program = run(feeder({"service": "mosquitto"}), watchdog({"service": "mosquitto"}))

    for name in ("feeder-line", "watchdog-line"):
        workload = program.workloads[name]
        assert workload.inputs["spec"]["replicas"] == 1
        assert workload.inputs["spec"]["strategy"] == {"type": "Recreate"}
        assert violations(workload.pod) == []
        (container,) = workload.containers
        assert container["image"] == f"registry.example/{name.removesuffix('-line')}:1.0"
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
        assert f"data-{name}-0" in program.kind("PersistentVolumeClaim")


@pytest.mark.parametrize(
    ("source", "config", "transport", "secret"),
    [
        ({"service": "mosquitto"}, {}, "mqtt", "mosquitto-feeder"),
        ({"service": "kafka"}, {"broker": "kafka"}, "kafka", "kafka-feeder"),
        ({"service": "hono", "tenant": "plant"}, {"hono": HONO}, "kafka", "kafka-feeder"),
        ({"service": "hono", "tenant": "plant"}, {"hono": '{"enabled": true}'}, "amqp", "hono-ditto"),
        (
            {"mqtt": {"url": "mqtts://mqtt.example:8883", "topics": ["a/#"]}, "secret": "theirs"},
            {"secrets": ELSEWHERE},
            "mqtt",
            "user-theirs",
        ),
    ],
)
def test_its_program_reads_what_was_made_for_it(
    source: dict[str, Any], config: dict[str, str], transport: str, secret: str
) -> None:
    program = run(feeder(source), watchdog(source), **config)
    for model, name in ((FeederConfiguration, "feeder"), (WatchdogConfiguration, "watchdog")):
        text = program.kind("ConfigMap")[f"{name}-line"].files[f"{name}.yaml"]
        read = model.model_validate(yaml.safe_load(text), by_alias=True, by_name=False)
        assert getattr(read.input, transport) is not None
        assert read.output.bootstrap_servers == "kafka.opentwins.svc:9092"
        assert read.output.sasl == "scram-sha-512"
        volumes = {
            volume["name"]: volume["secret"]["secretName"]
            for volume in program.workloads[f"{name}-line"].pod["volumes"]
            if "secret" in volume
        }
        assert volumes == {"files-input": secret, "files-output": "kafka-feeder"}


def test_only_the_ways_that_it_needs_are_opened() -> None:
    before, after = declare(**OPTIONS["feeders"]), run(feeder({"service": "mosquitto"}))

    assert allowed(after) - allowed(before) == {
        ("feeder-line", "mosquitto", 1883),
        ("feeder-line", "kafka", 9092),
    }


def test_without_a_kafka_ml_it_can_send_to_one_elsewhere() -> None:
    output = {"bootstrapServers": "kafka.example:9092"}
    program = run(feeder({"service": "mosquitto"}, output=output), kafka="{}", kafkaMl="{}")

    text = program.kind("ConfigMap")["feeder-line"].files["feeder.yaml"]
    assert yaml.safe_load(text)["output"] == {"bootstrapServers": "kafka.example:9092"}
    assert "kafka" not in program.workloads


def test_its_image_is_built_and_pushed_under_a_name_that_tells_what_is_in_it() -> None:
    registry = '{"url": "registry.example/plant", "secret": "theirs"}'
    program = run(feeder({"service": "mosquitto"}), images="{}", registry=registry, secrets=ELSEWHERE)
    (image,) = [one for one in program.resources if one.type == "docker:index/image:Image"]
    (container,) = program.workloads["feeder-line"].containers

    assert image.name == "feeder"
    assert image.inputs["imageName"] == container["image"]
    assert container["image"].startswith("registry.example/plant/feeder:")
    assert image.inputs["build"]["context"].endswith("services")
    assert image.inputs["build"]["dockerfile"].endswith("services/feeder/Dockerfile")
    assert image.inputs["registry"]["username"] == "them"
    assert container["imagePullPolicy"] == "IfNotPresent"


def test_nothing_is_built_where_images_are_named() -> None:
    program = run(feeder({"service": "mosquitto"}), images=IMAGES)

    assert not [one for one in program.resources if one.type.startswith("docker:")]
