"""Feeders and watchdogs: what they need is there, and what both send to one topic is the same."""

from collections.abc import Iterator
from typing import Any

from services.stream.layout import VectorSpec
from services.stream.spec import ProgramSpec
from twins.catalogue import Catalogue, Entry
from twins.explain import unknown
from twins.origin import Path, Problem, shown

ABSENT = "this stack runs no feeders and watchdogs; set opentwins:feeders.enabled"


def check(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield what is missing for a program, and topics whose vectors would be of two kinds."""
    for entry in _all(catalogue):
        if "feeders" not in catalogue.services:
            yield entry.problem(("kind",), ABSENT)
            continue
        for path, message in (*_input(entry.spec, catalogue), *_output(entry.spec, catalogue)):
            yield entry.problem(path, message)
    yield from _topics(catalogue)


def _all(catalogue: Catalogue) -> list[Entry[Any]]:
    return [*catalogue.feeders.values(), *catalogue.watchdogs.values()]


def _input(spec: ProgramSpec[Any], catalogue: Catalogue) -> Iterator[tuple[Path, str]]:
    given = spec.input
    if given.service in ("mosquitto", "kafka"):
        # Only one of them has Ditto's events.
        if f"events-{given.service}" not in catalogue.services:
            other = "kafka" if given.service == "mosquitto" else "mosquitto"
            hint = f"write {other}, which is this stack's broker"
            if f"events-{other}" not in catalogue.services:
                hint = "write where messages come from instead"
            yield ("input", "service"), f"Ditto's events are not published to {given.service}; {hint}"
    elif given.service == "hono" and "hono" not in catalogue.services:
        yield ("input", "service"), "this platform uses no Hono; set opentwins:hono.enabled"
    elif given.service == "hono" and given.tenant not in catalogue.ids.get("HonoTenant", {}):
        tenants = list(catalogue.ids.get("HonoTenant", {}))
        if tenants:  # of a Hono elsewhere, none need be declared
            known = unknown(given.tenant, tenants)
            yield ("input", "tenant"), f"no HonoTenant {shown(given.tenant)} is declared; {known}"
    login = bool(given.kafka and given.kafka.sasl)
    yield from _secret(given.secret, login, ("input", "secret"), catalogue)


def _output(spec: ProgramSpec[Any], catalogue: Catalogue) -> Iterator[tuple[Path, str]]:
    if spec.output:
        yield from _secret(spec.output.secret, bool(spec.output.sasl), ("output", "secret"), catalogue)
    elif "kafka-ml-input" not in catalogue.services:
        yield ("kind",), "this platform runs no Kafka-ML; set opentwins:kafkaMl.enabled, or write output"


def _secret(name: str | None, login: bool, path: Path, catalogue: Catalogue) -> Iterator[tuple[Path, str]]:
    if name is None:
        if login:
            yield path, "with sasl there has to be a secret with username and password; name it"
    elif name not in catalogue.secrets:
        known = unknown(name, list(catalogue.secrets))
        yield path, f"the stack has no opentwins:secrets.{name}; {known}"
    elif login and (missing := {"username", "password"} - set(catalogue.secrets[name])):
        yield path, f"opentwins:secrets.{name} has no {' and no '.join(sorted(missing))}; add it"


def _topics(catalogue: Catalogue) -> Iterator[Problem]:
    """A topic has vectors of one kind, from one feeder; and a watchdog repeats just these."""
    fed: dict[str, tuple[str, VectorSpec]] = {}
    for kind, entries in (("Feeder", catalogue.feeders), ("Watchdog", catalogue.watchdogs)):
        sent: dict[str, str] = {}
        for key, entry in entries.items():
            for place, model in enumerate(entry.spec.models):
                path: Path = ("models", place, "topic")
                if (first := sent.setdefault(model.topic, key)) != key:
                    yield entry.problem(path, f"{kind} {first} sends to {model.topic} too; keep one of them")
                elif kind == "Feeder":
                    fed[model.topic] = (key, model)
                elif model.topic in fed and _layout(fed[model.topic][1]) != _layout(model):
                    yield entry.problem(
                        path,
                        f"Feeder {fed[model.topic][0]} makes other vectors for {model.topic}; write the same"
                        " fields, dtype and decimals",
                    )


def _layout(model: VectorSpec) -> object:
    return model.fields, model.dtype, model.decimals
