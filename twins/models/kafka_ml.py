"""Models, configurations, trainings and predictions of Kafka-ML 1.3.

See https://github.com/ertis-research/kafka-ml. Federated training needs a module of its own and is left out.
"""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from twins.identifiers import EntityId, FeatureId, KafkaMlName, KafkaTopic, PropertyKey, SubjectId
from twins.models.base import Model, Spec

Description = Annotated[str, Field(max_length=100)]
# What Kafka-ML reads them with knows no more; each of the two is one text of 100 characters there.
Argument = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+$")] | bool | int | float


# A name of Python's: Kafka-ML parts them at commas and equals signs.
ArgumentName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class KafkaMlModelSpec(Spec):
    """A model: Python that makes it."""

    kind: Literal["KafkaMlModel"] = "KafkaMlModel"
    """What this document declares."""

    id: KafkaMlName
    """The model's name."""

    description: Description = ""
    """What it is for."""

    framework: Literal["tensorflow", "pytorch"] = "tensorflow"
    """What it is made with."""

    imports: str = ""
    """Python that is run before."""

    code: Annotated[str, Field(min_length=1)]
    """Python that makes `model`; Kafka-ML runs it to see that it does."""

    distributed: bool = False
    """Whether it is a part of a model that is spread over several places."""

    father: KafkaMlName | None = None
    """The part that it sends on to, of a distributed model."""


class KafkaMlConfigurationSpec(Spec):
    """Models that are trained together, on the same data."""

    kind: Literal["KafkaMlConfiguration"] = "KafkaMlConfiguration"
    """What this document declares."""

    id: KafkaMlName
    """The configuration's name."""

    description: Description = ""
    """What it is for."""

    models: Annotated[list[KafkaMlName], Field(min_length=1)]
    """The models; the parts that a distributed one sends from come along."""


class Training(Model):
    """How models of one framework are trained."""

    fit: dict[ArgumentName, Argument] = Field(default_factory=dict)
    """Arguments of the training, such as `epochs: 5` (TensorFlow) or `max_epochs: 5` (PyTorch)."""

    validation: dict[ArgumentName, Argument] = Field(default_factory=dict)
    """Arguments of the validation."""


class Incremental(Model):
    """Training that goes on while data comes."""

    indefinite: bool = False
    """Whether it never ends by itself."""

    stream_timeout: Annotated[int, Field(ge=1)] = 60000
    """After how many milliseconds without data it ends, if it does."""

    monitoring_metric: str = ""
    """The metric that says whether a model is better than the one before, if it never ends."""

    change: Literal["up", "down", ""] = ""
    """Whether that is better when it is higher or lower."""

    improvement: float = 0.1
    """By how much it has to be better."""


class KafkaMlDeploymentSpec(Spec):
    """A training of a configuration. It waits for its data, and every change of it is another training."""

    kind: Literal["KafkaMlDeployment"] = "KafkaMlDeployment"
    """What this document declares."""

    id: KafkaMlName
    """A name for the training, which others refer to it by."""

    configuration: KafkaMlName
    """What is trained: a configuration that is declared."""

    batch: Annotated[int, Field(ge=1)] = 1
    """How many samples go together."""

    tensorflow: Training | None = None
    """How TensorFlow's models are trained; needed for any of them."""

    pytorch: Training | None = None
    """How PyTorch's models are trained; needed for any of them."""

    gpus: Annotated[int, Field(ge=0)] = 0
    """How many GPUs each model gets (`nvidia.com/gpu`)."""

    confusion_matrix: bool = False
    """Whether one is drawn."""

    incremental: Incremental | None = None
    """To train while data comes; by default on as much as is announced."""

    optimizer: str = "adam"
    """Of a distributed model."""

    learning_rate: float = 0.001
    """Of a distributed model."""

    loss: str = "sparse_categorical_crossentropy"
    """Of a distributed model."""

    metrics: str = "sparse_categorical_accuracy"
    """Of a distributed model."""


class Results(Model):
    """Where predictions go: Ditto's connection `kafka-ml-<id>` reads them."""

    thing: EntityId
    """The thing that they are of."""

    feature: FeatureId
    """Its feature that they are written to."""

    properties: Annotated[list[PropertyKey], Field(min_length=1)]
    """The properties that take the values of a prediction, in their order."""

    subjects: Annotated[list[SubjectId], Field(min_length=1)] | None = None
    """As whom they are written: subjects of policies. By default `connection:kafka-ml-` and the id."""


class KafkaMlInferenceSpec(Spec):
    """Predictions by a model that a deployment has trained; until it has, this waits for it."""

    kind: Literal["KafkaMlInference"] = "KafkaMlInference"
    """What this document declares."""

    id: KafkaMlName
    """A name for it."""

    deployment: KafkaMlName
    """The training that it is from: a deployment that is declared."""

    model: KafkaMlName
    """Which of its models."""

    replicas: Annotated[int, Field(ge=1)] = 1
    """How many pods share the work."""

    input_format: Literal["RAW", "AVRO", "JSON"] = "RAW"
    """What its input is in."""

    input_config: dict[str, JsonValue] = Field(default_factory=dict)
    """How to read that, in Kafka-ML's words: `data_type`, `data_reshape`, `label_type`, `label_reshape`."""

    input_topic: KafkaTopic
    """Where it reads."""

    output_topic: KafkaTopic
    """Where it writes."""

    gpus: Annotated[int, Field(ge=0)] = 0
    """How many GPUs each pod gets."""

    limit: float | None = None
    """Of a distributed model: less sure predictions go on to the next part."""

    upper_topic: KafkaTopic | None = None
    """Of a distributed model: where they go on to."""

    results: Results | None = None
    """What becomes of its predictions; nothing by default."""
