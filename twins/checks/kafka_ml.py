"""What is declared for Kafka-ML fits together: Kafka-ML itself says little, or nothing until it is too late."""

from collections.abc import Iterator

from twins.catalogue import Catalogue
from twins.explain import unknown
from twins.graph import cycles
from twins.kafka_ml import arguments, connection_id
from twins.models import KafkaMlDeploymentSpec, KafkaMlInferenceSpec, Training
from twins.origin import Path, Problem, shown

ABSENT = "this platform uses no Kafka-ML; set opentwins:kafkaMl.enabled, or opentwins:kafkaMl.external"
LONGEST = 100  # characters of the arguments of a training, in Kafka-ML's database
NEEDED = {"tensorflow": "epochs", "pytorch": "max_epochs"}


def check(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield what there is without a Kafka-ML, references to nothing, and trainings that could not be."""
    kinds = (
        catalogue.kafka_ml_models,
        catalogue.kafka_ml_configurations,
        catalogue.kafka_ml_deployments,
        catalogue.kafka_ml_inferences,
    )
    for entries in kinds:
        for entry in entries.values():
            if "kafka-ml" not in catalogue.services:
                yield entry.problem(("kind",), ABSENT)
    yield from _models(catalogue)
    for configuration in catalogue.kafka_ml_configurations.values():
        for place, model in enumerate(configuration.spec.models):
            for message in _missing("KafkaMlModel", model, catalogue):
                yield configuration.problem(("models", place), message)
    for deployment in catalogue.kafka_ml_deployments.values():
        for path, message in _deployment(deployment.spec, catalogue):
            yield deployment.problem(path, message)
    taken = {key: f"Connection {key}" for key in catalogue.ids.get("Connection", {})}
    for key, inference in catalogue.kafka_ml_inferences.items():
        for path, message in _inference(inference.spec, catalogue):
            yield inference.problem(path, message)
        made = connection_id(key)
        if inference.spec.results and made in taken:
            message = f"its connection would be {made}, as {taken[made]} is; rename one of them"
            yield inference.problem(("id",), message)
        taken[made] = f"that of KafkaMlInference {key}"


def _missing(kind: str, key: str, catalogue: Catalogue) -> Iterator[str]:
    known = catalogue.ids.get(kind, {})
    if key not in known and not catalogue.unread:
        yield f"no {kind} {shown(key)} is declared; {unknown(key, list(known))}"


def _models(catalogue: Catalogue) -> Iterator[Problem]:
    fathers = {key: entry.spec.father for key, entry in catalogue.kafka_ml_models.items()}
    sons: dict[str, str] = {}
    for key, entry in catalogue.kafka_ml_models.items():
        father = entry.spec.father
        if father is None:
            continue
        for message in _missing("KafkaMlModel", father, catalogue):
            yield entry.problem(("father",), message)
        if not entry.spec.distributed:
            yield entry.problem(("father",), "only a distributed model has one; write distributed: true")
        if father in sons:
            message = (
                f"model {sons[father]} sends on to {father} already, and only one may; change one of them"
            )
            yield entry.problem(("father",), message)
        sons[father] = key
    for cycle in cycles({key: [father] if father else [] for key, father in fathers.items()}):
        message = f"models send on in a cycle: {' → '.join([*cycle, cycle[0]])}; change one of these fathers"
        yield catalogue.kafka_ml_models[cycle[0]].problem(("father",), message)


def _deployment(spec: KafkaMlDeploymentSpec, catalogue: Catalogue) -> Iterator[tuple[Path, str]]:
    for message in _missing("KafkaMlConfiguration", spec.configuration, catalogue):
        yield ("configuration",), message
    trained: dict[str, Training | None] = {"tensorflow": spec.tensorflow, "pytorch": spec.pytorch}
    configuration = catalogue.kafka_ml_configurations.get(spec.configuration)
    models = configuration.spec.models if configuration else []
    for model in models:
        entry = catalogue.kafka_ml_models.get(model)
        framework = entry.spec.framework if entry else None
        if framework and trained[framework] is None:
            yield (framework,), f"model {model} is made with {framework}; say how it is trained"
    for name, training in trained.items():
        if training is None:
            continue
        if NEEDED[name] not in training.fit:
            yield (name, "fit"), f"{NEEDED[name]} is missing; say how long it is trained"
        elif not _positive(training.fit[NEEDED[name]]):
            yield (name, "fit", NEEDED[name]), "has to be a whole number of 1 or more; correct it"
        for part, given in (("fit", training.fit), ("validation", training.validation)):
            if len(arguments(given)) > LONGEST:
                yield (name, part), f"all of it has more than {LONGEST} characters; leave something out"
    incremental = spec.incremental
    if incremental and incremental.indefinite and not (incremental.monitoring_metric and incremental.change):
        message = (
            "training that never ends needs monitoringMetric and change, to tell better models; add them"
        )
        yield ("incremental",), message


def _positive(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _inference(spec: KafkaMlInferenceSpec, catalogue: Catalogue) -> Iterator[tuple[Path, str]]:
    for message in _missing("KafkaMlDeployment", spec.deployment, catalogue):
        yield ("deployment",), message
    deployment = catalogue.kafka_ml_deployments.get(spec.deployment)
    configuration = (
        catalogue.kafka_ml_configurations.get(deployment.spec.configuration) if deployment else None
    )
    if configuration and spec.model not in configuration.spec.models:
        known = configuration.spec.models
        yield ("model",), f"{shown(spec.model)} is not trained there; {unknown(spec.model, known)}"
    if spec.input_topic == spec.output_topic:
        yield ("outputTopic",), "it would read its own predictions; name another topic"
    if (spec.limit is None) != (spec.upper_topic is None):
        yield (
            ("limit",),
            "limit and upperTopic go together: what is less sure goes on to there; write both, or none",
        )
