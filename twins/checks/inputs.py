"""What predictions are made of: how it is read has to be said, and be what feeders and watchdogs write.

Kafka-ML itself says nothing of it: its pods end, or skip each message.
"""

import math
import re
from collections.abc import Iterator
from typing import Any

from services.stream.layout import VectorSpec
from twins.catalogue import Catalogue, Entry
from twins.explain import unknown
from twins.models import KafkaMlInferenceSpec
from twins.origin import Path, Problem, shown

# Kafka-ML's names of the types; those in front are ours.
TYPES = {"float64": "double", "float16": "half"} | {
    name: name for name in ("float32", "int64", "int32", "int16", "int8", "uint16", "uint8", "bool")
}
KEYS = {
    "RAW": ("data_type", "data_reshape", "label_type", "label_reshape"),
    "AVRO": ("data_scheme", "label_scheme"),
}
NEEDED = {"RAW": ("data_type", "data_reshape"), "AVRO": ("data_scheme",)}
SHAPE = re.compile(r"\d+( \d+)*")


def check(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield inputs that could not be read, and vectors that would be read as something else."""
    for key, inference in catalogue.kafka_ml_inferences.items():
        wrong = list(_configuration(inference.spec))
        for path, message in wrong:
            yield inference.problem(path, message)
        if wrong or inference.spec.input_format != "RAW":
            continue
        programs: list[Entry[Any]] = [*catalogue.feeders.values(), *catalogue.watchdogs.values()]
        for program in programs:
            for place, model in enumerate(program.spec.models):
                if model.topic == inference.spec.input_topic:
                    for name, message in _otherwise(model, inference.spec):
                        yield program.problem(
                            ("models", place, name), f"KafkaMlInference {key} reads {message}"
                        )


def _configuration(spec: KafkaMlInferenceSpec) -> Iterator[tuple[Path, str]]:
    given = spec.input_config
    for name in NEEDED.get(spec.input_format, ()):
        if not given.get(name):
            yield (
                ("inputConfig",),
                f"{name} is missing, without which {spec.input_format} cannot be read; add it",
            )
    known = KEYS.get(spec.input_format)
    for name in given if known else ():
        if name not in (known or ()):
            yield ("inputConfig", name), f"this key is unknown; {unknown(name, list(known or ()))}"
    if spec.input_format != "RAW":
        return
    if (found := given.get("data_type")) and found not in TYPES.values():
        yield ("inputConfig", "data_type"), f"{shown(found)} is no type of Kafka-ML's; {_types(found)}"
    shape = given.get("data_reshape")
    if shape and not (isinstance(shape, str) and SHAPE.fullmatch(shape)):
        yield (
            ("inputConfig", "data_reshape"),
            "has to be text of whole numbers such as '4' or '28 28'; correct it",
        )


def _types(found: object) -> str:
    return (
        f"write {TYPES[found]}"
        if isinstance(found, str) and found in TYPES
        else unknown(found, list(TYPES.values()))
    )


def _otherwise(model: VectorSpec, spec: KafkaMlInferenceSpec) -> Iterator[tuple[str, str]]:
    """What a prediction would take the vectors for, if that is not what they are."""
    data_type, numbers = spec.input_config["data_type"], len(model.fields)
    if data_type != TYPES[model.dtype]:
        ours = {theirs: name for name, theirs in TYPES.items()}[str(data_type)]
        yield "dtype", f"{data_type}; write {ours}, or change its data_type to {TYPES[model.dtype]}"
    shape = str(spec.input_config["data_reshape"])
    if (read := math.prod(int(each) for each in shape.split())) != numbers:
        yield (
            "fields",
            f"{read} numbers (data_reshape {shape!r}), and these are {numbers}; change one of the two",
        )
