"""Models, trainings and predictions of Kafka-ML as specs: what is sent, what becomes of the results."""

import json
import shutil
import subprocess
from typing import Any

import pytest

from tests.twins.conftest import Declare, Mistakes
from tests.twins.test_raspberry import HARNESS
from twins.compose import connection_document
from twins.kafka_ml import (
    arguments,
    configuration_document,
    deployment_document,
    inference_document,
    mark,
    model_document,
    results_connection,
)
from twins.owner import Owner

OWNER = Owner("opentwins/test", "nginx:ditto")
MODEL = "kind: KafkaMlModel\nid: wear\ncode: model = 1\n"
CONFIGURATION = "kind: KafkaMlConfiguration\nid: wears\nmodels: [wear]\n"
DEPLOYMENT = "kind: KafkaMlDeployment\nid: wears-1\nconfiguration: wears\ntensorflow: {fit: {epochs: 5}}\n"
OTHERWISE = DEPLOYMENT.replace("tensorflow", "pytorch").replace("epochs", "max_epochs")
INFERENCE = (
    "kind: KafkaMlInference\nid: wear-now\ndeployment: wears-1\nmodel: wear\ninputTopic: in\noutputTopic: out\n"
    "inputConfig: {data_type: double, data_reshape: '1'}\n"
)
RESULTS = "results: {thing: 'n:belt', feature: wear, properties: [left, right]}\n"
ALL = f"{MODEL}---\n{CONFIGURATION}---\n{DEPLOYMENT}---\n{INFERENCE}{RESULTS}"


def test_all_that_is_declared_is_sent_in_kafka_mls_words(declare: Declare) -> None:
    specs = declare(ALL)
    model = model_document(specs.kafka_ml_models["wear"].spec)
    assert (model["framework"], model["distributed"], model["father"]) == ("tf", False, None)
    assert configuration_document(specs.kafka_ml_configurations["wears"].spec)["ml_models"] == ["wear"]
    training = deployment_document(specs.kafka_ml_deployments["wears-1"].spec, OWNER)
    assert (training["tf_kwargs_fit"], training["pth_kwargs_fit"], training["gpumem"]) == ("epochs=5", "", 0)
    predictions = inference_document(specs.kafka_ml_inferences["wear-now"].spec, OWNER, mark(training))
    assert predictions["input_config"].keys() >= {"data_type", "data_reshape", "managedBy"}


def test_arguments_are_python_as_kafka_ml_evaluates_it() -> None:
    given: dict[str, str | bool | int | float] = {"epochs": 5, "shuffle": True, "rate": 0.5, "mode": "max"}
    text = arguments(given)
    assert text == "epochs=5, shuffle=True, rate=0.5, mode='max'"
    pairs = [each.split("=") for each in text.replace(" ", "").split(",")]
    assert {name: eval(value) for name, value in pairs} == given


def test_a_changed_training_has_another_mark_and_so_have_its_predictions(declare: Declare) -> None:
    def marks(text: str) -> tuple[str, str]:
        specs = declare(text)
        training = mark(deployment_document(specs.kafka_ml_deployments["wears-1"].spec, OWNER))
        predictions = inference_document(specs.kafka_ml_inferences["wear-now"].spec, OWNER, training)
        return training, mark(predictions)

    before, after = marks(ALL), marks(ALL.replace("epochs: 5", "epochs: 6"))
    assert before == marks(ALL)
    assert before[0] != after[0]
    assert before[1] != after[1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(
            CONFIGURATION, "4: models[0]: no KafkaMlModel wear is declared; there are none", id="no model"
        ),
        pytest.param(
            f"{MODEL}---\n{CONFIGURATION}---\n{OTHERWISE}",
            "11: tensorflow: model wear is made with tensorflow; say how it is trained",
            id="no training for the framework",
        ),
        pytest.param(
            f"{MODEL}---\n{CONFIGURATION}---\n{DEPLOYMENT.replace('epochs', 'steps')}",
            "15: tensorflow.fit: epochs is missing; say how long it is trained",
            id="no epochs",
        ),
        pytest.param(
            f"{MODEL}---\n{CONFIGURATION}---\n{DEPLOYMENT.replace('epochs: 5', 'epochs: 5, ' + 101 * 'a' + ': 1')}",
            "15: tensorflow.fit: all of it has more than 100 characters; leave something out",
            id="too many arguments",
        ),
        pytest.param(
            f"{MODEL}---\n{CONFIGURATION}---\n{DEPLOYMENT}incremental: {{indefinite: true}}\n",
            "16: incremental: training that never ends needs monitoringMetric and change, to tell better models;"
            " add them",
            id="training without an end",
        ),
        pytest.param(
            ALL.replace("model: wear\n", "model: waer\n"),
            "21: model: waer is not trained there; do you mean wear?",
            id="a model that is not trained",
        ),
        pytest.param(
            ALL.replace("outputTopic: out", "outputTopic: in"),
            "23: outputTopic: it would read its own predictions; name another topic",
            id="one topic for both",
        ),
        pytest.param(
            f"{MODEL}---\n{CONFIGURATION}---\n{DEPLOYMENT.replace('epochs: 5', 'epochs: many')}",
            "15: tensorflow.fit.epochs: has to be a whole number of 1 or more; correct it",
            id="no number of epochs",
        ),
        pytest.param(
            ALL.replace("data_type: double, ", ""),
            "24: inputConfig: data_type is missing, without which RAW cannot be read; add it",
            id="no type",
        ),
        pytest.param(
            ALL.replace("double", "float64"),
            "24: inputConfig.data_type: float64 is no type of Kafka-ML's; write double",
            id="numpy's name of a type",
        ),
        pytest.param(
            ALL.replace("data_reshape: '1'", "data_reshape: 1"),
            "24: inputConfig.data_reshape: has to be text of whole numbers such as '4' or '28 28'; correct it",
            id="a shape that is no text",
        ),
        pytest.param(
            ALL.replace("data_type: double", "data_type: double, data_typ: double"),
            "24: inputConfig.data_typ: this key is unknown; do you mean data_type?",
            id="a key that nobody reads",
        ),
        pytest.param(
            f"{MODEL}father: other\n---\n{MODEL.replace('wear', 'other')}distributed: true\n",
            "5: father: only a distributed model has one; write distributed: true",
            id="a father of what is not distributed",
        ),
        pytest.param(
            MODEL.replace("wear", "a" * 31),
            "3: id: 31 characters are too many; shorten it to 30",
            id="too long a name",
        ),
    ],
)
def test_what_could_not_work_is_refused(mistakes: Mistakes, text: str, told: str) -> None:
    assert mistakes(text) == [f"specs/spec.yaml:{told}"]


def test_without_a_kafka_ml_there_is_nowhere_to_put_it(mistakes: Mistakes) -> None:
    assert mistakes(MODEL, services=("mosquitto",)) == [
        "specs/spec.yaml:2: kind: this platform uses no Kafka-ML; set opentwins:kafkaMl.enabled, or"
        " opentwins:kafkaMl.external"
    ]


def results(declare: Declare, brokers: str = "") -> dict[str, Any]:
    declared = declare(ALL).kafka_ml_inferences["wear-now"]
    spec = results_connection(declared.spec, brokers)
    assert spec is not None
    uri = spec.uri or "tcp://kafka.opentwins.svc:9092"
    keys = () if spec.uri else ("username", "password")
    found: dict[str, Any] = connection_document(spec, OWNER, declared.origin.path.parent, uri, keys)
    return found


def test_results_are_read_from_the_platforms_kafka_with_its_password(declare: Declare) -> None:
    document = results(declare)
    assert document["uri"].startswith("tcp://${secret:username}:")
    assert document["sources"][0]["addresses"] == ["out"]
    assert document["sources"][0]["authorizationContext"] == ["connection:kafka-ml-wear-now"]
    assert document["specificConfig"]["groupId"] == "ditto-kafka-ml-wear-now"


def test_results_are_read_from_the_kafka_that_the_settings_name(declare: Declare) -> None:
    document = results(declare, "one.example:9092,two.example:9092")
    assert document["uri"] == "tcp://one.example:9092"
    assert document["specificConfig"]["bootstrapServers"] == "one.example:9092,two.example:9092"
    assert "saslMechanism" not in document["specificConfig"]


def test_without_results_there_is_no_connection(declare: Declare) -> None:
    spec = declare(ALL.replace(RESULTS, "")).kafka_ml_inferences["wear-now"].spec
    assert results_connection(spec) is None


@pytest.mark.skipif(not shutil.which("node"), reason="needs node to run JavaScript")
class TestMapper:
    """What the mapper makes of what Kafka-ML writes."""

    @pytest.fixture
    def map_(self, declare: Declare) -> Any:
        definition = results(declare)["mappingDefinitions"]["results"]
        assert definition["mappingEngine"] == "JavaScript"
        script = definition["options"]["incomingScript"]

        def run(text: str | None, content: bytes | None = None) -> Any:
            message = [script, {}, text, None if content is None else list(content)]
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

    def test_the_values_of_a_prediction_become_the_properties_in_their_order(self, map_: Any) -> None:
        # As Kafka-ML 1.3 writes it: json.dumps({'values': prediction.tolist()[0]}).encode()
        command = map_(None, json.dumps({"values": [0.25, 0.75]}).encode())
        assert command["topic"] == "n/belt/things/twin/commands/merge"
        assert command["path"] == "/features/wear/properties"
        assert command["headers"]["content-type"] == "application/merge-patch+json"
        assert command["value"] == {"left": 0.25, "right": 0.75}

    def test_a_model_with_a_single_output_may_say_a_number(self, map_: Any) -> None:
        assert map_('{"values": 0.5}')["value"] == {"left": 0.5}

    def test_more_values_than_properties_are_left_out_and_fewer_are_fine(self, map_: Any) -> None:
        assert map_('{"values": [1, 2, 3]}')["value"] == {"left": 1, "right": 2}
        assert map_('{"values": [1]}')["value"] == {"left": 1}

    @pytest.mark.parametrize("text", ['{"values": []}', '{"values": [null]}', "{}"])
    def test_no_prediction_is_dropped(self, map_: Any, text: str) -> None:
        assert map_(text) is None
