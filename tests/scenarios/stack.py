"""A stack of the real program in a folder of its own, with what a person would do to it: edit, run, look."""

import base64
import json
import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import requests
import yaml

from sandbox.engine.api import Engine, Result, Step
from sandbox.kubernetes.cluster import Cluster
from sandbox.site import Site

ROOT = Path(__file__).parents[2]
ROOMS = ["__main__.py", "Pulumi.yaml", "components", "grafana", "provider", "services", "twins"]

REAL_DITTO = os.environ.get("OPENTWINS_DITTO_URL")


def project(folder: Path) -> Path:
    """Lay the program into `folder`: its code as it is, its specs and settings as copies to be edited."""
    folder.mkdir()
    for room in ROOMS:
        if (ROOT / room).exists():
            (folder / room).symlink_to(ROOT / room)
    (folder / ".venv").symlink_to(sys.prefix)
    shutil.copytree(ROOT / "twin_specs", folder / "twin_specs")
    shutil.copy(ROOT / "Pulumi.sandbox.yaml", folder)
    if REAL_DITTO:
        settings = yaml.safe_load((folder / "Pulumi.sandbox.yaml").read_text()) or {}
        config = settings.setdefault("config", {})
        config["opentwins:ditto"] = {
            "external": {"url": REAL_DITTO, "secret": "ditto", "devopsSecret": "devops"}
        }
        config["opentwins:mosquitto"] = {"clients": {"networks": ["127.0.0.0/8"]}}
        config["opentwins:secrets"] = {
            "ditto": {
                "username": os.environ.get("OPENTWINS_DITTO_USER", "ditto"),
                "password": os.environ.get("OPENTWINS_DITTO_PASSWORD", "ditto"),
            },
            "devops": {
                "username": os.environ.get("OPENTWINS_DITTO_DEVOPS_USER", "devops"),
                "password": os.environ.get("OPENTWINS_DITTO_DEVOPS_PASSWORD", "foobar"),
            },
        }
        (folder / "Pulumi.sandbox.yaml").write_text(yaml.safe_dump(settings))
    return folder


@dataclass
class Stack:
    """What the scenarios speak with."""

    wanted: str  # the engine, as the command line names it
    site: Site
    cluster: Cluster
    pages: Mapping[str, str]
    engine: Engine
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.trust_env = False

    @property
    def specs(self) -> Path:
        return self.site.project / "twin_specs"

    def write(self, name: str, text: str) -> None:
        (self.specs / name).write_text(text)

    def edit(self, pattern: str, replacement: str) -> None:
        """Replace the one place in all specs where `pattern` stands."""
        found = 0
        for path in sorted(self.specs.rglob("*.yaml")):
            text, times = re.subn(pattern, replacement, path.read_text(), flags=re.MULTILINE)
            if times:
                path.write_text(text)
            found += times
        assert found == 1, f"{pattern} stands {found} times in the specs"

    def set(self, key: str, value: Any) -> None:
        """Set a key of the stack's settings."""
        settings = yaml.safe_load(self.site.config.read_text()) or {}
        settings.setdefault("config", {})[f"opentwins:{key}"] = value
        self.site.config.write_text(yaml.safe_dump(settings))

    def up(self) -> Result:
        result = self.engine.up()
        assert result.error is None, result.error
        return result

    def preview(self) -> Result:
        result = self.engine.preview()
        assert result.error is None, result.error
        return result

    def secret(self, name: str) -> dict[str, str]:
        """The keys and values of a Secret of the platform."""
        answer = self.cluster.api.get(f"/api/v1/namespaces/{self.site.namespace}/secrets/{name}")
        answer.raise_for_status()
        return {key: base64.b64decode(value).decode() for key, value in answer.json()["data"].items()}

    @property
    def base(self) -> str:
        """Where Ditto's HTTP API is, for somebody who does not go through the program."""
        return (REAL_DITTO or self.pages["ditto"].removesuffix("/sandbox/")) + "/api/2"

    def login(self, devops: bool = False) -> tuple[str, str]:
        """Ditto's user and password, or its operator's."""
        names = ("user-devops" if devops else "user-ditto") if REAL_DITTO else None
        login = self.secret(names or ("ditto-devops" if devops else "ditto-api"))
        return login["username"], login["password"]

    def ditto(
        self, method: str, path: str, devops: bool = False, status: int | None = None, **request: Any
    ) -> Any:
        """Ask Ditto as its user does, round the program; give back the answer's document."""
        answer = self.session.request(
            method,
            self.base + path,
            auth=self.login(devops),
            timeout=60,
            **request,
        )
        if status is None:
            assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        else:
            assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.text and answer.ok else None

    def thing(self, thing_id: str) -> Any:
        return self.ditto("GET", f"/things/{quote(thing_id, safe='')}")

    def revision(self, thing_id: str) -> int:
        path = f"/things/{quote(thing_id, safe='')}?fields=_revision"
        return int(self.ditto("GET", path)["_revision"])

    def absent(self, thing_id: str) -> bool:
        self.ditto("GET", f"/things/{quote(thing_id, safe='')}", status=404)
        return True

    def writes(self) -> list[tuple[str, str, Any]]:
        """The writing requests that Ditto's stand-in was sent since last asked: method, path, body."""
        answer = self.session.get(self.pages["ditto"] + "requests", timeout=10).json()
        self.session.delete(self.pages["ditto"] + "requests", timeout=10)
        return [
            (entry["method"], unquote(entry["path"].partition("?")[0]), json.loads(entry["body"] or "null"))
            for entry in answer
            if entry["method"] != "GET"
        ]


def told(result: Result) -> list[tuple[str, str, str]]:
    """The changes of a run as a reader would say them: operation, kind, name."""
    return [(step.op, kind(step), step.name) for step in result.changes]


def kind(step: Step) -> str:
    return step.type.rpartition(":")[2]
