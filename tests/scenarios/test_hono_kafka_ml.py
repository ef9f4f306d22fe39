"""Hono and Kafka-ML on the platform, with what is declared in them: the ordinary way, on each engine alike.

Their pods are simulated; behind them are a registry and a backend of the tests' own, with the rules of the real ones'
APIs. The way there is the real one: the generated password from its Secret, a port-forward, HTTP.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from sandbox.standin.running import serving
from tests.provider import hono_registry, kafka_ml_backend
from tests.provider.hono_registry import State
from tests.provider.kafka_ml_backend import Backend
from tests.scenarios.stack import Stack, kind, told

HONO = """
apiVersion: opentwins/v1
kind: HonoTenant
id: plant
---
apiVersion: opentwins/v1
kind: HonoDevice
id: example:raspberry
tenant: plant
credentials: [{type: hashed-password, authId: raspberry, secret: raspberry}]
"""
KAFKA_ML = """
apiVersion: opentwins/v1
kind: KafkaMlModel
id: comfort
code: model = 1
---
apiVersion: opentwins/v1
kind: KafkaMlConfiguration
id: comforts
models: [comfort]
---
apiVersion: opentwins/v1
kind: KafkaMlDeployment
id: comforts-1
configuration: comforts
tensorflow: {fit: {epochs: 5}}
---
apiVersion: opentwins/v1
kind: KafkaMlInference
id: comfort-now
deployment: comforts-1
model: comfort
inputTopic: readings
outputTopic: comfort
inputConfig: {data_type: double, data_reshape: '1'}
results: {thing: 'example:raspberry', feature: comfort, properties: [value]}
"""


@pytest.fixture(scope="module")
def services(stack: Stack) -> Iterator[tuple[State, Backend]]:
    """What is behind the pods of Hono's registry and of Kafka-ML's backend."""
    registry = hono_registry.application(lambda: stack.secret("hono-registry"))
    backend = kafka_ml_backend.application()
    with ExitStack() as running:
        ports = {
            28080: running.enter_context(serving(registry)),
            8000: running.enter_context(serving(backend)),
        }
        ports |= {8080: stack.pages["ditto"], 3000: stack.pages["grafana"]}
        stack.cluster.route(
            stack.site.namespace, {port: urlsplit(address).netloc for port, address in ports.items()}
        )
        yield registry[hono_registry.STATE], backend[kafka_ml_backend.BACKEND]


@pytest.fixture
def registry(services: tuple[State, Backend]) -> State:
    return services[0]


@pytest.fixture
def backend(services: tuple[State, Backend]) -> Backend:
    return services[1]


def test_both_run_with_what_is_declared_in_them(stack: Stack, registry: State, backend: Backend) -> None:
    stack.set("hono", {"enabled": True})
    stack.set("kafka", {"enabled": True})
    stack.set("kafkaMl", {"enabled": True})
    stack.set("secrets", {"raspberry": {"password": "open-sesame"}})
    stack.write("hono.yaml", HONO)
    stack.write("kafka-ml.yaml", KAFKA_ML)
    result = stack.up()
    made = {(kind(step), step.name) for step in result.steps}
    assert {("Connection", "hono-plant"), ("Connection", "kafka-ml-comfort-now")} <= made
    assert any("does not scale correctly" in line for line in result.messages)
    assert registry.tenants.keys() == {"plant"}
    assert registry.devices.keys() == {("plant", "example:raspberry")}
    assert [model["name"] for model in backend.models.values()] == ["comfort"]
    assert len(backend.deployments) == 1


def test_ditto_is_connected_to_the_tenant_with_the_generated_login_and_authority(stack: Stack) -> None:
    connection = stack.ditto("GET", "/connections/hono-plant", devops=True)
    secret = stack.secret("hono-ditto")
    assert connection["ca"] == secret["ca"] == stack.secret("hono-tls")["ca.crt"]
    assert connection["uri"].endswith(f":{secret['password']}@hono-router.{stack.site.namespace}.svc:5671")


def test_a_second_run_only_tries_the_predictions_again_which_wait_for_their_model(stack: Stack) -> None:
    assert told(stack.preview()) == [("update", "KafkaMlInference", "comfort-now")]
    assert told(stack.up()) == [("update", "KafkaMlInference", "comfort-now")]


def test_once_the_model_is_trained_the_predictions_begin_and_nothing_is_left_to_do(
    stack: Stack, backend: Backend
) -> None:
    backend.finish()
    stack.up()
    assert [one["status"] for one in backend.inferences.values()] == ["deployed"]
    assert told(stack.preview()) == []


def test_a_changed_device_is_one_step_and_what_others_changed_is_found(stack: Stack, registry: State) -> None:
    stack.edit("^id: plant$", "id: plant\nalias: factory")
    assert told(stack.up()) == [("update", "HonoTenant", "plant")]
    registry.tenants["plant"][0]["alias"] = "other"
    stack.engine.refresh()
    assert told(stack.up()) == [("update", "HonoTenant", "plant")]
    assert registry.tenants["plant"][0]["alias"] == "factory"


def test_another_password_reaches_the_registry_and_is_not_kept_with_the_device(
    stack: Stack, registry: State
) -> None:
    before = registry.credentials["plant", "example:raspberry"]
    stack.set("secrets", {"raspberry": {"password": "close-sesame"}})
    assert ("update", "HonoDevice", "example:raspberry") in told(stack.up())
    assert registry.credentials["plant", "example:raspberry"] != before
    resources = json.loads(stack.engine.export_state())["deployment"]["resources"]
    (device,) = (one for one in resources if one["type"].endswith("HonoDevice"))
    assert "close-sesame" not in json.dumps(device)


def test_certificates_and_keys_stay_the_same_from_run_to_run(stack: Stack) -> None:
    assert told(stack.preview()) == []


def test_what_is_taken_out_of_the_specs_is_removed(stack: Stack, registry: State, backend: Backend) -> None:
    for name in ("hono.yaml", "kafka-ml.yaml"):
        (stack.specs / name).unlink()
    steps = told(stack.up())
    assert {step[0] for step in steps} == {"delete"}
    assert not registry.tenants
    assert not registry.devices
    assert not {**backend.models, **backend.configurations, **backend.deployments, **backend.inferences}
