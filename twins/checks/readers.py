"""Who reads the same messages: readers that would each get a part of them, and models that would feed themselves."""

from collections.abc import Iterator
from typing import Any

from services.stream.layout import VectorSpec
from services.stream.spec import SpecInput
from twins.catalogue import Catalogue, Entry
from twins.hono import connection_id
from twins.kafka_ml import connection_id as results_id
from twins.models import ConnectionSpec, KafkaMlInferenceSpec
from twins.origin import Path, Problem

Reader = tuple[str, Entry[Any] | None, Path]


def check(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield both kinds."""
    if "hono-amqp" in catalogue.services:
        yield from _shared(catalogue)
    yield from _loops(catalogue)


def _shared(catalogue: Catalogue) -> Iterator[Problem]:
    """Hono's dispatch router, as Hono sets it up, hands each message of a tenant to one of its readers."""
    readers: dict[str, list[Reader]] = {}
    for tenant, entry in catalogue.hono_tenants.items():
        if entry.spec.connection:
            readers[tenant] = [(f"Ditto's connection {connection_id(tenant)}", None, ())]
    for key, connection in catalogue.connections.items():
        for tenant in sorted(_tenants(connection.spec)):
            readers.setdefault(tenant, []).append((f"Connection {key}", connection, ("service",)))
    for program in _programs(catalogue):
        if program.spec.input.service == "hono":
            name = f"{program.spec.kind} {program.spec.id}"
            readers.setdefault(str(program.spec.input.tenant), []).append(
                (name, program, ("input", "service"))
            )
    broker = next((one for one in ("mosquitto", "kafka") if f"events-{one}" in catalogue.services), "")
    instead = f"write {broker}, which has Ditto's events" if broker else "let it be the only one"
    for tenant, several in readers.items():
        for name, at, path in several:
            others = " and ".join(other for other, _, _ in several if other != name)
            if at and others:
                yield at.problem(
                    path,
                    f"Hono's AMQP network hands each message of {tenant} to one reader alone, and {others} would"
                    f" get the others; {instead}, or set opentwins:hono.messaging to kafka",
                )


def _programs(catalogue: Catalogue) -> list[Entry[Any]]:
    return [*catalogue.feeders.values(), *catalogue.watchdogs.values()]


def _tenants(spec: ConnectionSpec) -> set[str]:
    """The tenants whose telemetry a connection reads."""
    if spec.service != "hono":
        return set()
    addresses = [address for source in spec.sources for address in source.addresses]
    return {address.partition("/")[2] for address in addresses if address.startswith("telemetry/")}


def _loops(catalogue: Catalogue) -> Iterator[Problem]:
    """Predictions that are written to what makes them: each would call for the next one."""
    for program in _programs(catalogue):
        given: SpecInput = program.spec.input
        if given.service not in ("mosquitto", "kafka"):
            continue  # devices alone are heard there
        for place, model in enumerate(program.spec.models):
            for key, inference in catalogue.kafka_ml_inferences.items():
                writer = _writer(inference.spec)
                if _feeds_itself(model, inference.spec) and writer not in given.ignore_originators:
                    yield program.problem(
                        ("models", place, "fields"),
                        f"the predictions of KafkaMlInference {key} are written to one of these, and would call"
                        f" for the next; add {writer} to input.ignoreOriginators",
                    )


def _writer(spec: KafkaMlInferenceSpec) -> str:
    """As whom its predictions are written: what Ditto names as the originator of these events."""
    subjects = spec.results.subjects if spec.results else None
    return subjects[0] if subjects else f"connection:{results_id(spec.id)}"


def _feeds_itself(model: VectorSpec, spec: KafkaMlInferenceSpec) -> bool:
    if spec.results is None or model.topic != spec.input_topic:
        return False
    written = {("features", spec.results.feature, "properties", name) for name in spec.results.properties}
    return any(field.thing == spec.results.thing and field.path[:4] in written for field in model.fields)
