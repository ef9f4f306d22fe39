"""Models, configurations, trainings and predictions as Kafka-ML's API takes them, and Ditto's connection.

References are by name here; whoever sends them puts Kafka-ML's numbers in.
"""

import json
from pathlib import Path

from twins.canonical import digest
from twins.models import (
    ConnectionSpec,
    Document,
    KafkaMlConfigurationSpec,
    KafkaMlDeploymentSpec,
    KafkaMlInferenceSpec,
    KafkaMlModelSpec,
    MapperSpec,
    SourceSpec,
    Training,
)
from twins.models.kafka_ml import Argument
from twins.owner import Owner

MARKER = "managedBy"
FRAMEWORKS = {"tensorflow": "tf", "pytorch": "pth"}
MAPPER = (Path(__file__).parent / "mappers" / "kafka-ml.js").read_text(encoding="utf-8")


def model_document(spec: KafkaMlModelSpec) -> Document:
    """The model's JSON; `father` is a name."""
    return {
        "name": spec.id,
        "description": spec.description,
        "framework": FRAMEWORKS[spec.framework],
        "imports": spec.imports,
        "code": spec.code,
        "distributed": spec.distributed,
        "father": spec.father,
    }


def configuration_document(spec: KafkaMlConfigurationSpec) -> Document:
    """The configuration's JSON; its models are names."""
    return {"name": spec.id, "description": spec.description, "ml_models": sorted(spec.models)}


def deployment_document(spec: KafkaMlDeploymentSpec, owner: Owner) -> Document:
    """The training's JSON; its configuration is a name.

    Kafka-ML gives trainings no name. What we know it by again is in `data_restriction`, which only federated
    training reads. It holds a digest too, as a training that is changed is another one.
    """
    document: Document = {
        "configuration": spec.configuration,
        "batch": spec.batch,
        "gpumem": spec.gpus,
        "conf_mat_settings": spec.confusion_matrix,
        "optimizer": spec.optimizer,
        "learning_rate": spec.learning_rate,
        "loss": spec.loss,
        "metrics": spec.metrics,
        "incremental": spec.incremental is not None,
        "federated": False,
    }
    for prefix, training in (("tf", spec.tensorflow), ("pth", spec.pytorch)):
        document[f"{prefix}_kwargs_fit"] = arguments(training.fit if training else {})
        document[f"{prefix}_kwargs_val"] = arguments(training.validation if training else {})
    if spec.incremental:
        document |= {
            "indefinite": spec.incremental.indefinite,
            "stream_timeout": spec.incremental.stream_timeout,
            "monitoring_metric": spec.incremental.monitoring_metric,
            "change": spec.incremental.change,
            "improvement": spec.incremental.improvement,
        }
    return document | {"data_restriction": {MARKER: f"{owner.mark(spec.id)}/{digest(document)}"}}


def inference_document(spec: KafkaMlInferenceSpec, owner: Owner, deployment: str) -> Document:
    """The JSON of predictions; `deployment` is the mark of the training, `model` a name of one of its models.

    What we know them by again is in `input_config`, of which Kafka-ML reads what it knows.
    """
    document: Document = {
        "deployment": deployment,
        "model": spec.model,
        "replicas": spec.replicas,
        "input_format": spec.input_format,
        "input_topic": spec.input_topic,
        "output_topic": spec.output_topic,
        "gpumem": spec.gpus,
        "limit": spec.limit,
        "output_upper": spec.upper_topic or "",
    }
    configuration = {"data_type": "", "label_type": "", "data_reshape": "", "label_reshape": ""}
    mark = f"{owner.mark(spec.id)}/{digest([document, spec.input_config])}"
    return document | {"input_config": configuration | spec.input_config | {MARKER: mark}}


def mark(document: Document) -> str:
    """What a training, or predictions, are known by again."""
    where = document.get("data_restriction") or document.get("input_config") or {}
    return str(where.get(MARKER, ""))


def arguments(given: dict[str, Argument]) -> str:
    """Arguments as Kafka-ML reads them: `epochs=5, shuffle=True`."""
    return ", ".join(f"{name}={_argument(value)}" for name, value in given.items())


def _argument(value: Argument) -> str:
    """Python, as Kafka-ML evaluates it."""
    return repr(value)


def trained(training: Training | None) -> bool:
    """Whether there are arguments to train with: without any, Kafka-ML leaves the framework out."""
    return training is not None and bool(training.fit)


def connection_id(inference: str) -> str:
    """The id of Ditto's connection to predictions: dots are not allowed in it."""
    return f"kafka-ml-{inference.replace('.', '_')}"


def results_connection(spec: KafkaMlInferenceSpec, brokers: str = "") -> ConnectionSpec | None:
    """Ditto's connection that reads the predictions, from the platform's Kafka or another one's brokers."""
    if spec.results is None:
        return None
    target = spec.results.model_dump(include={"thing", "feature", "properties"})
    script = f"var TARGET = {json.dumps(target, sort_keys=True)};\n{MAPPER}"
    mapper = MapperSpec(engine="JavaScript", options={"incomingScript": script})
    settings = {"groupId": f"ditto-{connection_id(spec.id)}"}
    return ConnectionSpec(
        id=connection_id(spec.id),
        type="kafka",
        uri=f"tcp://{brokers.split(',')[0]}" if brokers else None,
        service=None if brokers else "kafka",
        specific_config=settings | ({"bootstrapServers": brokers} if brokers else {}),
        sources=[
            SourceSpec(addresses=[spec.output_topic], subjects=spec.results.subjects, mappers=["results"])
        ],
        mappers={"results": mapper},
        adopt=spec.adopt,
    )
