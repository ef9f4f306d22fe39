"""A small Pulumi project with a dynamic provider that writes down what it is asked."""

import json
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from sandbox.engine.api import Engine, Result, Workspace

THINGS = """
import json
import os
import time
from pathlib import Path

import pulumi
from pulumi.dynamic import (
    CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult
)

LOG = Path(__file__).with_name("calls.jsonl")


def note(call, props, **more):
    with LOG.open("a") as file:
        file.write(json.dumps({"call": call, "name": props.get("name"), **more}) + "\\n")


class ThingProvider(ResourceProvider):
    serialize_as_secret_always = False

    def configure(self, request):
        self.greeting = request.config.get("greeting")

    def check(self, olds, news):
        wrong = [CheckFailure("text", "must not be empty")] if news.get("text") == "" else []
        return CheckResult(news, wrong)

    def diff(self, identity, olds, news):
        changed = [key for key in ("text", "key", "secret") if olds.get(key) != news.get(key)]
        return DiffResult(bool(changed), ["key"] if "key" in changed else [], [], news.get("clash") == "yes")

    def create(self, props):
        note("create", props, text=props.get("text"), secret=props.get("secret"), greeting=self.greeting)
        if props.get("text") == "wait":
            time.sleep(60)
        if props.get("together"):
            deadline = time.monotonic() + 30
            while LOG.read_text().count("create") < props["together"]:
                if time.monotonic() > deadline:
                    raise Exception("it was made alone")
                time.sleep(0.01)
        if props.get("text") == "fail":
            raise Exception("no room for it")
        return CreateResult(f"id-{props['name']}-{props.get('key')}", {**props, "size": len(props["text"])})

    def update(self, identity, olds, news):
        note("update", news, text=news.get("text"))
        if news.get("text") == "fail":
            raise Exception("no room for it")
        return UpdateResult({**news, "size": len(news["text"])})

    def read(self, identity, props):
        found = Path(__file__).with_name("world.json")
        world = json.loads(found.read_text()) if found.exists() else {}
        text = world.get(props["name"], props["text"])
        if text is None:
            return ReadResult(None, {})
        inputs = {key: value for key, value in props.items() if key not in ("size", "__provider")}
        return ReadResult(identity, {**props, "text": text}, {**inputs, "text": text})

    def delete(self, identity, props):
        note("delete", props, key=props.get("key"))
        if props.get("text") == "stuck":
            raise Exception("it does not go")


class Thing(Resource, module="toy", name="Thing"):
    size: pulumi.Output[int]

    def __init__(self, resource, opts=None, **props):
        given = {"name": resource, "text": "some", "key": "k", "size": None, **props}
        super().__init__(ThingProvider(), resource, given, opts)
"""


@dataclass
class Toy:
    """A project in a folder: write its program, run it, look at what its provider was asked."""

    folder: Path
    stack: str = "dev"
    environment: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.project.mkdir(parents=True, exist_ok=True)
        options = {"virtualenv": sys.prefix}
        described = {"name": "toy", "runtime": {"name": "python", "options": options}}
        (self.project / "Pulumi.yaml").write_text(yaml.safe_dump(described))
        (self.project / "things.py").write_text(THINGS)
        self.configure({"greeting": "hello"})

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def workspace(self) -> Workspace:
        config = self.project / f"Pulumi.{self.stack}.yaml"
        # Python holds a compiled file for the source's when second and size agree, as those of two tests' programs do.
        environment = {"PYTHONDONTWRITEBYTECODE": "1", **self.environment}
        return Workspace(self.project, self.stack, self.folder / "state", config, environment)

    def configure(self, config: Mapping[str, object]) -> None:
        full = {f"toy:{key}": value for key, value in config.items()}
        self.workspace.config.write_text(yaml.safe_dump({"config": full}))

    def write(self, program: str) -> None:
        head = "import pulumi\nfrom pulumi import ResourceOptions as Options\nfrom things import Thing\n"
        (self.project / "__main__.py").write_text(head + textwrap.dedent(program))

    def world(self, texts: Mapping[str, str | None]) -> None:
        """Say what the provider finds when it looks: texts by name, None for what is gone."""
        (self.project / "world.json").write_text(json.dumps(texts))

    def resources(self, engine: Engine) -> list[dict[str, Any]]:
        """The resources in the state."""
        found: list[dict[str, Any]] = json.loads(engine.export_state())["deployment"]["resources"]
        return found

    def calls(self) -> list[dict[str, object]]:
        """What the provider was asked to do since this was last asked."""
        log = self.project / "calls.jsonl"
        if not log.exists():
            return []
        found = [json.loads(line) for line in log.read_text().splitlines()]
        log.unlink()
        return found

    def called(self) -> list[str]:
        """The same as words."""
        return [f"{each['call']} {each['name']}" for each in self.calls()]


def fine(result: Result) -> Result:
    """The result of a run that has to have gone well."""
    assert result.error is None, result.error
    return result


def told(result: Result) -> list[tuple[str, str]]:
    """The changes of a run: operation and name, without the stack's own resource."""
    return [(step.op, step.name) for step in result.changes if step.type != "pulumi:pulumi:Stack"]


def changed(result: Result, name: str) -> tuple[str, ...]:
    """The paths that the step of the named resource shows as changed."""
    return next(step.changed for step in result.steps if step.name == name)


def quiet(line: str) -> None:
    """Progress is for people."""
