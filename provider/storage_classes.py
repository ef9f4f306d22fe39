"""Storage classes that settings name and the cluster lacks: told together with whatever else is wrong in them.

Where nothing else is wrong, `volumes.py` says it before anything is made, and a preview needs no network.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from components.mistakes import NAMESPACE, SettingsError, did_you_mean, key
from provider.cluster import Cluster
from provider.errors import Unreachable


def with_unknown_classes(error: SettingsError, config: Mapping[str, str]) -> SettingsError:
    """The same error with a line for each such class in the stack's full config, if the cluster can be asked."""
    named = list(_named(config))
    known = _known(config) if named else None
    if known is None:
        return error
    lines = [
        f"{key(path)}: the cluster has no storage class {name}"
        + (did_you_mean(name, known) or f"; there are {', '.join(sorted(known)) or 'none'}")
        for path, name in named
        if name not in known
    ]
    return SettingsError(error.stack, [*error.mistakes, *lines])


def _named(config: Mapping[str, str]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every class that is named, by the path of its key. The settings may be wrong in any way."""
    for full, text in config.items():
        name = full.removeprefix(NAMESPACE)
        if name != full and name != "secrets":
            yield from _inside((name,), _read(text))


def _inside(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    if not isinstance(value, dict):
        return
    for inner, its in value.items():
        if inner == "class" and path[-1] == "storage" and isinstance(its, str) and its:
            yield (*path, inner), its
        yield from _inside((*path, str(inner)), its)


def _known(config: Mapping[str, str]) -> Mapping[str, bool] | None:
    given = _read(config.get(f"{NAMESPACE}kubernetes", ""))
    where = given if isinstance(given, dict) else {}
    kubeconfig, context = where.get("kubeconfig"), where.get("context")
    if not isinstance(kubeconfig, str | None) or not isinstance(context, str | None):
        return None
    try:
        cluster = Cluster(kubeconfig, context)
        cluster.configuration.retries = False  # it is only a courtesy
        return cluster.storage_classes()
    except Unreachable:
        return None


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
