"""From a folder of YAML to specs that are right, as far as that can be known without asking anyone."""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from twins import checks
from twins.catalogue import Catalogue, Entry
from twins.explain import mistakes, unknown
from twins.fleet import store
from twins.origin import Origin, Problem, SpecErrors, shown
from twins.reading import Text, read
from twins.schema import KINDS
from twins.specs import Declared, Specs

__all__ = ["SERVICES", "Declared", "Origin", "Problem", "SpecErrors", "Specs", "load"]

SERVICES = (
    "mosquitto",
    "kafka",
    "rabbitmq",
    "hono",
    "kafka-ml",
    # What specs of other kinds need, beside brokers that a connection may name.
    "kafka-admin",
    "kafka-ml-input",
    "events-mosquitto",
    "feeders",
    "webgl",
)
NO_SECRETS: Mapping[str, Collection[str]] = {}
ENDINGS = (".yaml", ".yml")


def load(
    folder: Path,
    services: Collection[str] = SERVICES,
    secrets: Mapping[str, Collection[str]] = NO_SECRETS,
    cache: Path | None = None,
) -> Specs:
    """Read all `.yaml` and `.yml` files below a folder, hidden ones left out, and check them.

    `services` are the platform's brokers that connections may name, `secrets` the names of the stack's
    secrets with the keys of each. What is found out of fleets' tables is kept in `cache`, by default
    the user's. Raises `SpecErrors` with everything that is wrong.
    """
    catalogue = Catalogue(folder, services, secrets, cache or store.CACHE)
    problems: list[Problem] = []
    if not folder.is_dir():
        problems.append(
            Problem(Origin(folder, 1), (), "there is no such folder; make it, or name the right one")
        )
    for file in _files(folder):
        texts, unread = read(file)
        catalogue.unread.extend(unread)
        for text in texts:
            problems += _take(text, catalogue)
    problems += [*catalogue.unread, *checks.all_of(catalogue)]
    if problems:
        raise SpecErrors(problems)
    return catalogue.specs


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith(ENDINGS) and not name.startswith("."):
                yield Path(place, name)


def _take(text: Text, catalogue: Catalogue) -> Iterator[Problem]:
    """Put a document where it belongs in the catalogue, and yield what is wrong with it in itself."""
    kind, problem = _kind(text)
    if kind is None:
        yield from (problem,) if problem else ()
        yield from text.problems
        return
    known = catalogue.ids.setdefault(kind, {})
    key = text.value.get("id")
    twice = isinstance(key, str) and key in known
    if twice:
        first = known[key].at(("id",))
        yield text.problem(
            ("id",), f"{kind} {shown(key)} is declared at {first} already; remove or rename one of them"
        )
    elif isinstance(key, str):
        known[key] = text
    wrong = [*text.problems, *checks.of_text(text, kind)]
    spec: BaseModel | None = None
    try:
        spec = KINDS[kind].model_validate(text.value, by_alias=True, by_name=False)
    except ValidationError as error:
        wrong += _news(wrong, (text.problem(path, message) for path, message in mistakes(error, kind)))
    yield from wrong
    if spec and not wrong and not twice:
        places: dict[str, dict[str, Any]] = {
            "Policy": catalogue.policies,
            "Type": catalogue.types,
            "Twin": catalogue.twins,
            "Fleet": catalogue.fleets,
            "Connection": catalogue.connections,
            "Dashboard": catalogue.dashboards,
            "HonoTenant": catalogue.hono_tenants,
            "HonoDevice": catalogue.hono_devices,
            "KafkaMlModel": catalogue.kafka_ml_models,
            "KafkaMlConfiguration": catalogue.kafka_ml_configurations,
            "KafkaMlDeployment": catalogue.kafka_ml_deployments,
            "KafkaMlInference": catalogue.kafka_ml_inferences,
            "KafkaTopic": catalogue.kafka_topics,
            "KafkaUser": catalogue.kafka_users,
            "Feeder": catalogue.feeders,
            "Watchdog": catalogue.watchdogs,
            "UnityPanel": catalogue.unity_panels,
        }
        places[kind][text.value["id"]] = Entry(spec, text)


def _kind(text: Text) -> tuple[str | None, Problem | None]:
    if not isinstance(text.value, dict):
        return None, text.problem(
            (), f"a spec is a mapping, not {shown(text.value)}; start it with apiVersion and kind"
        )
    kind = text.value.get("kind")
    if isinstance(kind, str) and kind in KINDS:
        return kind, None
    wrong = (
        f"there is no kind {shown(kind)}" if isinstance(kind, str) else f"has to be text, not {shown(kind)}"
    )
    if "kind" not in text.value:
        wrong = "this key is missing"
    return None, text.problem(("kind",), f"{wrong}; {unknown(kind, list(KINDS))}")


def _news(said: Collection[Problem], problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems that do not come of others: nothing was said of the same place or one around it."""
    places = {problem.path for problem in said}
    return [
        problem
        for problem in problems
        if not any(problem.path[:length] in places for length in range(1, len(problem.path) + 1))
    ]
