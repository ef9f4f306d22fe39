"""What the program declares for given settings: run against Pulumi's mocks, nothing is made."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi.runtime import mocks

from components.platform import Platform
from components.settings import Settings, load

ROOT = Path(__file__).parents[2]
SECRET = "4dabf18193072939515e22adb298388d"  # the key with which Pulumi marks a special value
CREDENTIAL = "pulumi-python:dynamic/opentwins:Credential"
CERTIFICATES = "pulumi-python:dynamic/opentwins:Certificates"
WORKLOADS = {
    "kubernetes:apps/v1:Deployment",
    "kubernetes:apps/v1:StatefulSet",
    "kubernetes:batch/v1:Job",
}


@dataclass(frozen=True)
class Declared:
    """A resource: its type token, its name, and its inputs as the engine gets them, secrets opened."""

    type: str
    name: str
    inputs: dict[str, Any]
    hidden: frozenset[str] = frozenset()  # the inputs that the engine is told to hide

    @property
    def kind(self) -> str:
        return self.type.rpartition(":")[2]

    @property
    def files(self) -> dict[str, str]:
        """What is in a ConfigMap or a Secret."""
        files: dict[str, str] = self.inputs["data"]
        if self.kind == "Secret":
            return {key: base64.b64decode(value).decode() for key, value in files.items()}
        return files

    @property
    def template(self) -> dict[str, Any]:
        """The pod template of a workload."""
        template: dict[str, Any] = self.inputs["spec"]["template"]
        return template

    @property
    def pod(self) -> dict[str, Any]:
        spec: dict[str, Any] = self.template["spec"]
        return spec

    @property
    def containers(self) -> list[dict[str, Any]]:
        """All containers, the init containers first."""
        return [*self.pod.get("initContainers", []), *self.pod["containers"]]


class _Recorder(mocks.Mocks):
    def __init__(self) -> None:
        self.declared: list[Declared] = []

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], None]:
        raise AssertionError(f"the program asks for {args.token}, so its preview needs a network")

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        hidden = frozenset(key for key, value in args.inputs.items() if _wrapped(value))
        self.declared.append(Declared(args.typ, args.name, opened(args.inputs), hidden))
        if args.typ == CREDENTIAL:
            return args.name, args.inputs | credential(args.name, int(args.inputs["rotation"]))
        if args.typ == CERTIFICATES:
            return args.name, args.inputs | certificates(args.inputs)
        return args.name, args.inputs


def credential(name: str, rotation: int = 1) -> dict[str, str]:
    """What a credential is in these tests: no randomness, and a value that nothing else holds by chance."""
    seed = hashlib.sha256(f"{name} {rotation}".encode()).hexdigest()
    return {"value": f"made{seed[:28]}", "salt": seed[28:52], "fingerprint": f"mark{seed[52:]}"}


def certificates(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What certificates are in these tests; the keys are texts that nothing else holds by chance."""
    seed = hashlib.sha256(f"certificates {inputs['issue']}".encode()).hexdigest()
    return {
        "ca": f"authority {seed}",
        "certificates": {name: f"certificate of {name} {seed}" for name in inputs["names"]},
        "keys": {name: f"key-of-{name}-{seed}" for name in inputs["names"]},
        "expires": "2031-01-01T00:00:00+00:00",
        "fingerprint": f"mark{seed[:12]}",
    }


def _wrapped(value: Any) -> bool:
    return isinstance(value, dict) and SECRET in value


def opened(value: Any) -> Any:
    """A value with the wrapping of secrets taken off."""
    if isinstance(value, dict):
        if _wrapped(value):
            return opened(value["value"])
        return {key: opened(inner) for key, inner in value.items()}
    return [opened(inner) for inner in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Manifests:
    """What there is in a cluster, or will be."""

    resources: tuple[Declared, ...]

    @property
    def workloads(self) -> dict[str, Declared]:
        """Deployments, StatefulSets and Jobs, by name."""
        return {one.name: one for one in self.resources if one.type in WORKLOADS}

    def kind(self, kind: str) -> dict[str, Declared]:
        """All resources of a kind, by name."""
        return {one.name: one for one in self.resources if one.kind == kind}


@dataclass(frozen=True)
class Program(Manifests):
    """What a run of the program has declared."""

    platform: Platform
    fingerprints: dict[str, str]


@cache
def declare(**config: str) -> Program:
    """The platform with these settings (top-level key → JSON text)."""
    return declare_with(lambda _settings, _platform: None, **config)


def declare_with(more: Callable[[Settings, Platform], object], **config: str) -> Program:
    """Likewise, and what `more` declares beside it."""
    settings = load({f"opentwins:{key}": text for key, text in config.items()}, "test")
    recorder = _Recorder()
    mocks.set_mocks(recorder, project="opentwins", stack="test", preview=False)
    platforms: list[Platform] = []
    fingerprints: dict[str, str] = {}

    def program() -> pulumi.Output[None]:
        platforms.append(Platform("opentwins", settings))
        more(settings, platforms[0])
        return pulumi.Output.all(**platforms[0].fingerprints).apply(fingerprints.update)

    pulumi.runtime.test(program)()  # type: ignore[no-untyped-call]
    return Program(tuple(recorder.declared), platforms[0], fingerprints)


def of_stack(name: str) -> Program:
    """The platform of one of the stacks that the project comes with."""
    config = yaml.safe_load((ROOT / f"Pulumi.{name}.yaml").read_text())["config"]
    return declare(
        **{
            key.removeprefix("opentwins:"): value if isinstance(value, str) else json.dumps(value)
            for key, value in config.items()
        }
    )


def texts(value: Any) -> Iterator[str]:
    """Every text anywhere in a value, keys too."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, str):
        yield value
