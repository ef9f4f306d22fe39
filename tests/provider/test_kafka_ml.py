"""Models, trainings and predictions of Kafka-ML by their specs, though its API answers with nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.settings import load
from provider.errors import Foreign, Rejected
from provider.ml_named import KafkaMlConfigurationProvider, KafkaMlModelProvider
from provider.ml_run import KafkaMlDeploymentProvider, KafkaMlInferenceProvider
from sandbox.standin.running import serving
from tests.provider.conftest import Secrets, Stack
from tests.provider.kafka_ml_backend import BACKEND, Backend, application
from twins.canonical import dumps
from twins.kafka_ml import (
    configuration_document,
    deployment_document,
    inference_document,
    mark,
    model_document,
)
from twins.models import (
    KafkaMlConfigurationSpec,
    KafkaMlDeploymentSpec,
    KafkaMlInferenceSpec,
    KafkaMlModelSpec,
    Training,
)
from twins.owner import Owner

OWNER = Owner("opentwins/test", "nginx:ditto")
MODEL = KafkaMlModelSpec(id="wear", code="model = 1")
CONFIGURATION = KafkaMlConfigurationSpec(id="wears", models=["wear"])
DEPLOYMENT = KafkaMlDeploymentSpec(
    id="wears-1", configuration="wears", tensorflow=Training(fit={"epochs": 5})
)
INFERENCE = KafkaMlInferenceSpec(
    id="wear-now", deployment="wears-1", model="wear", input_topic="in", output_topic="out"
)


@pytest.fixture
def served() -> Iterator[tuple[str, Backend]]:
    app = application()
    with serving(app) as url:
        yield url, app[BACKEND]


@pytest.fixture
def backend(served: tuple[str, Backend]) -> Backend:
    return served[1]


@pytest.fixture
def stack(served: tuple[str, Backend], tmp_path: Path) -> Stack:
    external = json.dumps({"external": {"url": served[0], "brokers": "kafka.example:9092"}})
    return Stack(load({"opentwins:kafkaMl": external, "opentwins:specs": str(tmp_path)}, "test"), Secrets())


def model(spec: KafkaMlModelSpec = MODEL, adopt: bool = False) -> dict[str, Any]:
    return {"id": spec.id, "document": dumps(model_document(spec)), "adopt": adopt}


def configuration(spec: KafkaMlConfigurationSpec = CONFIGURATION) -> dict[str, Any]:
    return {"id": spec.id, "document": dumps(configuration_document(spec)), "adopt": False}


def deployment(spec: KafkaMlDeploymentSpec = DEPLOYMENT) -> dict[str, Any]:
    return {"id": spec.id, "document": dumps(deployment_document(spec, OWNER))}


def inference(spec: KafkaMlInferenceSpec = INFERENCE) -> dict[str, Any]:
    trained = mark(deployment_document(DEPLOYMENT, OWNER))
    document = inference_document(spec, OWNER, trained)
    return {"id": spec.id, "document": dumps(document), "configuration": "wears", "begun": None}


@pytest.fixture
def models(stack: Stack) -> KafkaMlModelProvider:
    return stack.provider(KafkaMlModelProvider)


@pytest.fixture
def configurations(stack: Stack, models: KafkaMlModelProvider) -> KafkaMlConfigurationProvider:
    """Configurations, with their model there."""
    models.create(model())
    return stack.provider(KafkaMlConfigurationProvider)


@pytest.fixture
def deployments(stack: Stack, configurations: KafkaMlConfigurationProvider) -> KafkaMlDeploymentProvider:
    """Trainings, with their configuration there."""
    configurations.create(configuration())
    return stack.provider(KafkaMlDeploymentProvider)


@pytest.fixture
def inferences(stack: Stack, deployments: KafkaMlDeploymentProvider) -> KafkaMlInferenceProvider:
    """Predictions, with their training begun."""
    deployments.create(deployment())
    return stack.provider(KafkaMlInferenceProvider)


# Models and configurations


def test_a_model_that_was_made_is_read_back_as_declared(models: KafkaMlModelProvider) -> None:
    models.create(model())
    assert models.read("wear", model()).outs == model()


def test_a_model_that_was_made_though_nobody_was_told_is_not_made_again(
    models: KafkaMlModelProvider, backend: Backend
) -> None:
    backend.lose_answers = 1
    models.create(model())
    models.create(model())
    assert backend.writes == [("POST", "/models/")]


def test_another_model_of_that_name_is_refused_unless_it_is_to_be_adopted(
    models: KafkaMlModelProvider, backend: Backend
) -> None:
    backend.models[1] = model_document(MODEL) | {"id": 1, "code": "model = 2"}
    with pytest.raises(Foreign, match="write `adopt: true`"):
        models.create(model())
    assert backend.models[1]["code"] == "model = 2"
    models.create(model(adopt=True))
    assert backend.models[1]["code"] == "model = 1"


def test_code_that_kafka_ml_does_not_take_is_an_error_with_its_words(models: KafkaMlModelProvider) -> None:
    with pytest.raises(Rejected, match="model wear: Kafka-ML refuses: Information not valid"):
        models.create(model(MODEL.model_copy(update={"code": "wrong"})))


def test_a_model_is_changed_in_place_and_drift_is_set_right(
    models: KafkaMlModelProvider, backend: Backend
) -> None:
    models.create(model())
    new = model(MODEL.model_copy(update={"description": "of the belt"}))
    models.update("wear", model(), new)
    assert backend.models[1]["description"] == "of the belt"
    backend.models[1]["code"] = "model = 3"
    live = models.read("wear", new).outs
    assert models.diff("wear", live or {}, new).changes


def test_a_part_of_a_distributed_model_is_made_with_the_number_of_the_one_that_it_sends_on_to(
    models: KafkaMlModelProvider, stack: Stack, backend: Backend
) -> None:
    cloud = KafkaMlModelSpec(id="cloud", code="c", distributed=True)
    edge = KafkaMlModelSpec(id="edge", code="e", distributed=True, father="cloud")
    models.create(model(cloud))
    models.create(model(edge))
    assert backend.models[2]["father"] == 1
    assert models.read("edge", model(edge)).outs == model(edge)
    parts = KafkaMlConfigurationSpec(id="both", models=["cloud"])
    provider = stack.provider(KafkaMlConfigurationProvider)
    provider.create(configuration(parts))
    assert backend.configurations[3]["ml_models"] == [1, 2]  # Kafka-ML adds the parts by itself
    assert provider.read("both", configuration(parts)).outs == configuration(parts)


def test_what_was_removed_by_hand_is_gone_and_its_removal_is_fine(models: KafkaMlModelProvider) -> None:
    assert not models.read("wear", model()).id
    models.delete("wear", model())


def test_a_configuration_names_its_models(
    configurations: KafkaMlConfigurationProvider, backend: Backend
) -> None:
    configurations.create(configuration())
    assert backend.configurations[2]["ml_models"] == [1]
    assert configurations.read("wears", configuration()).outs == configuration()


# Trainings


def test_a_training_is_begun_once_even_if_the_answer_is_lost_and_the_run_repeated(
    deployments: KafkaMlDeploymentProvider, backend: Backend
) -> None:
    backend.lose_answers = 1
    deployments.create(deployment())
    deployments.create(deployment())
    [made] = backend.deployments.values()
    assert (made["tf_kwargs_fit"], made["pth_kwargs_fit"]) == ("epochs=5", "")
    assert [result["status"] for result in backend.results.values()] == ["created"]


def test_any_change_of_a_training_is_another_training(deployments: KafkaMlDeploymentProvider) -> None:
    other = deployment(DEPLOYMENT.model_copy(update={"batch": 7}))
    assert deployments.diff("wears-1", deployment(), other).replaces == ["document"]
    assert not deployments.diff("wears-1", deployment(), deployment()).changes


def test_a_replaced_training_begins_beside_the_old_one_which_is_then_removed(
    deployments: KafkaMlDeploymentProvider, backend: Backend
) -> None:
    old, new = deployment(), deployment(DEPLOYMENT.model_copy(update={"batch": 7}))
    deployments.create(old)
    deployments.create(new)
    assert len(backend.deployments) == 2
    deployments.delete("wears-1", old)
    assert [one["batch"] for one in backend.deployments.values()] == [7]


@pytest.mark.parametrize("status", ["created", "deployed", "finished", "stopped"])
def test_a_training_is_removed_in_whatever_state_it_is(
    deployments: KafkaMlDeploymentProvider, backend: Backend, status: str
) -> None:
    deployments.create(deployment())
    for result in backend.results.values():
        result["status"] = status
    deployments.delete("wears-1", deployment())
    assert not backend.deployments
    assert not backend.results


def test_trainings_of_others_are_not_ours(deployments: KafkaMlDeploymentProvider, backend: Backend) -> None:
    backend.deployments[90] = {"id": 90, "configuration": 2, "data_restriction": {}}
    assert not deployments.read("wears-1", deployment()).id
    deployments.delete("wears-1", deployment())
    assert 90 in backend.deployments


def test_a_training_whose_number_fits_no_message_is_told(
    deployments: KafkaMlDeploymentProvider, backend: Backend, stack: Stack
) -> None:
    backend._numbers = 300
    deployments.create(deployment())
    assert "numbers up to 255 only" in stack.said[-1]


# Predictions


def test_predictions_wait_for_the_training_and_each_preview_says_so(
    inferences: KafkaMlInferenceProvider, backend: Backend, stack: Stack
) -> None:
    made = inferences.create(inference()).outs or {}
    assert not backend.inferences
    assert "waits for its model wear, whose training is created" in stack.said[-1]
    assert inferences.diff("wear-now", made, inference()).changes
    backend.finish()
    begun = inferences.update("wear-now", made, inference()).outs or {}
    assert [one["status"] for one in backend.inferences.values()] == ["deployed"]
    assert not inferences.diff("wear-now", begun, inference()).changes


def test_predictions_are_begun_once_and_read_back(
    inferences: KafkaMlInferenceProvider, backend: Backend
) -> None:
    backend.finish()
    backend.lose_answers = 1
    inferences.create(inference())
    made = inferences.create(inference()).outs or {}
    [live] = backend.inferences.values()
    assert json.loads(live["input_config"])["managedBy"].startswith("opentwins/test/wear-now/")
    assert inferences.read("wear-now", made).id == "wear-now"


def test_predictions_that_somebody_has_ended_are_gone_and_are_begun_again(
    inferences: KafkaMlInferenceProvider, backend: Backend
) -> None:
    backend.finish()
    made = inferences.create(inference()).outs or {}
    for one in backend.inferences.values():
        one["status"] = "stopped"
    assert not inferences.read("wear-now", made).id
    inferences.create(inference())
    assert [one["status"] for one in backend.inferences.values()] == ["deployed"]


def test_the_latest_result_of_a_training_that_never_ends_is_used(
    inferences: KafkaMlInferenceProvider, backend: Backend
) -> None:
    backend.finish()
    [first] = backend.results.values()
    later = first | {"id": 50}
    running = first | {"id": 60, "status": "deployed"}
    backend.results |= {50: later, 60: running}
    inferences.create(inference())
    [live] = backend.inferences.values()
    assert live["model_result"] == 50


def test_predictions_are_ended_before_they_are_removed(
    inferences: KafkaMlInferenceProvider, backend: Backend
) -> None:
    backend.finish()
    made = inferences.create(inference()).outs or {}
    inferences.delete("wear-now", made)
    assert not backend.inferences


def test_a_change_of_predictions_that_have_begun_is_a_replacement(
    inferences: KafkaMlInferenceProvider, backend: Backend
) -> None:
    other = inference(INFERENCE.model_copy(update={"replicas": 3}))
    waiting = inferences.create(inference()).outs or {}
    assert inferences.diff("wear-now", waiting, other).replaces == []
    backend.finish()
    begun = inferences.update("wear-now", waiting, inference()).outs or {}
    assert inferences.diff("wear-now", begun, other).replaces == ["document"]


def test_what_was_in_a_kafka_ml_that_the_stack_has_no_more_is_let_go(tmp_path: Path) -> None:
    without = Stack(load({"opentwins:specs": str(tmp_path)}, "test"), Secrets())
    without.provider(KafkaMlInferenceProvider).delete("wear-now", inference())
    without.provider(KafkaMlDeploymentProvider).delete("wears-1", deployment())
    without.provider(KafkaMlConfigurationProvider).delete("wears", configuration())
    without.provider(KafkaMlModelProvider).delete("wear", model())
    assert [line.partition(" is not looked for")[0] for line in without.said] == [
        "inference wear-now",
        "deployment wears-1",
        "configuration wears",
        "model wear",
    ]
