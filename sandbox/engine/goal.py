"""What a program wants of one resource, read out of its registration."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from sandbox.engine.state import State
from sandbox.engine.urn import STACK, is_provider, make, name_of, package_of, referenced, type_of
from sandbox.engine.values import Properties, from_wire


@dataclass(frozen=True)
class Alias:
    """A name that a resource had before. Empty parts are as they are now."""

    urn: str = ""
    name: str = ""
    type: str = ""
    parent: str = ""
    no_parent: bool = False
    stack: str = ""
    project: str = ""


@dataclass(frozen=True)
class Goal:
    """A resource as the program declares it. None means that the program leaves it open."""

    type: str
    name: str
    custom: bool
    parent: str
    inputs: Properties
    provider: str = ""
    providers: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, list[str]] = field(default_factory=dict)
    protect: bool | None = None
    retain_on_delete: bool | None = None
    deleted_with: str = ""
    delete_before_replace: bool | None = None
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[Alias, ...] = ()
    custom_timeouts: Mapping[str, float] = field(default_factory=dict)
    source_position: str = ""

    def inheriting(self, parent: "Goal") -> "Goal":
        """The goal with what a parent passes on to its children."""
        provider = self.provider
        if not provider:
            of_same_package = self.custom and _provides(parent.provider) == package_of(self.type)
            provider = parent.provider if of_same_package or not self.custom else ""
        if not provider and self.custom and not is_provider(self.type):
            provider = parent.providers.get(package_of(self.type), "")
        return replace(
            self,
            provider=provider,
            providers=self.providers if self.custom else {**parent.providers, **self.providers},
            protect=parent.protect if self.protect is None else self.protect,
            retain_on_delete=(
                parent.retain_on_delete if self.retain_on_delete is None else self.retain_on_delete
            ),
            deleted_with=self.deleted_with or parent.deleted_with,
        )

    def state(self, urn: str) -> State:
        """The beginning of the state that will come out of it."""
        return State(
            urn=urn,
            type=self.type,
            custom=self.custom,
            inputs=self.inputs,
            parent=self.parent,
            provider=self.provider if self.custom and not is_provider(self.type) else "",
            dependencies=sorted(set(self.dependencies)),
            property_dependencies={
                key: sorted(set(urns)) for key, urns in self.property_dependencies.items()
            },
            protect=bool(self.protect),
            retain_on_delete=bool(self.retain_on_delete),
            deleted_with=self.deleted_with,
            additional_secret_outputs=list(self.additional_secret_outputs),
            ignore_changes=list(self.ignore_changes),
            replace_on_changes=list(self.replace_on_changes),
            custom_timeouts=dict(self.custom_timeouts),
            source_position=self.source_position,
        )


def _provides(provider: str) -> str:
    return package_of(type_of(referenced(provider)[0])) if provider else ""


def from_request(request: Any, root: Path) -> Goal:
    """The goal in a `RegisterResourceRequest`. Raises ValueError for what cannot be read."""
    custom = request.custom
    package = package_of(request.type)
    timeouts = {
        key: _seconds(getattr(request.customTimeouts, key))
        for key in ("create", "update", "delete", "read")
        if getattr(request.customTimeouts, key)
    }
    explicit = request.deleteBeforeReplaceDefined or request.deleteBeforeReplace
    return Goal(
        type=request.type,
        name=request.name,
        custom=custom,
        parent=request.parent,
        inputs=from_wire(request.object),
        provider=request.provider or (request.providers.get(package, "") if custom else ""),
        providers=dict(request.providers),
        version=request.version,
        dependencies=tuple(request.dependencies),
        property_dependencies={key: list(each.urns) for key, each in request.propertyDependencies.items()},
        protect=request.protect if request.HasField("protect") else None,
        retain_on_delete=request.retainOnDelete if request.HasField("retainOnDelete") else None,
        deleted_with=request.deletedWith,
        delete_before_replace=request.deleteBeforeReplace if explicit else None,
        ignore_changes=tuple(request.ignoreChanges),
        replace_on_changes=tuple(request.replaceOnChanges),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        aliases=tuple(_alias(each) for each in request.aliases)
        + tuple(Alias(urn=urn) for urn in request.aliasURNs),
        custom_timeouts=timeouts,
        source_position=_position(request.sourcePosition, root),
    )


def _alias(message: Any) -> Alias:
    if message.WhichOneof("alias") == "urn":
        return Alias(urn=message.urn)
    spec = message.spec
    return Alias(
        name=spec.name,
        type=spec.type,
        parent=spec.parentUrn,
        no_parent=spec.noParent,
        stack=spec.stack,
        project=spec.project,
    )


_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def _seconds(duration: str) -> float:
    """The seconds in a duration as Go writes it: `1h30m`, `5m`, `2.5s`."""
    parts = re.findall(r"(\d+(?:\.\d+)?)(h|ms|us|µs|ns|m|s)", duration)
    if "".join(number + unit for number, unit in parts) != duration:
        raise ValueError(f"{duration!r} is not a duration such as 5m or 1h30m")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)


def _position(position: Any, root: Path) -> str:
    if not position.uri:
        return ""
    file = unquote(urlparse(position.uri).path)
    return f"project:///{os.path.relpath(file, root)}#{position.line}"


def former_urns(goal: Goal, stack: str, project: str, renamed: Mapping[str, str]) -> list[str]:
    """The URNs under which the resource may be known from before.

    `renamed` maps the URNs of parents that were found under an earlier one to that: their children follow.
    """
    found: dict[str, None] = {}
    own = [_collapsed(each, goal, stack, project, renamed) for each in goal.aliases]
    found.update(dict.fromkeys(own))
    parent = renamed.get(goal.parent, "")
    if parent:
        current = name_of(goal.parent)
        for token, name in [(goal.type, goal.name), *((type_of(urn), name_of(urn)) for urn in own)]:
            earlier = name_of(parent) + name.removeprefix(current) if name.startswith(current) else name
            found[make(stack, project, parent, token, earlier)] = None
    return list(found)


def _collapsed(alias: Alias, goal: Goal, stack: str, project: str, renamed: Mapping[str, str]) -> str:
    if alias.urn:
        return alias.urn
    parent = renamed.get(alias.parent, alias.parent) or goal.parent
    if alias.no_parent or (parent and type_of(parent) == STACK):
        parent = ""
    return make(
        alias.stack or stack,
        alias.project or project,
        parent,
        alias.type or goal.type,
        alias.name or goal.name,
    )
