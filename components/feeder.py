"""Feeders and watchdogs: the programs of `services/`, one pod for each spec."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi
import yaml

from components.contents import config_map
from components.credentials import Credentials
from components.endpoints import user_secret
from components.feeder_wiring import configuration, output_of, rules, source_of
from components.image_build import built, digest
from components.network import let_in
from components.place import Place
from components.pods import Container, Pod
from components.probes import Probes, http
from components.volumes import Mount, data, folder, given_secret, temporary
from components.workloads import claim, claim_name, deployment
from services.feeder.spec import FeederSpec
from services.stream.spec import ProgramSpec
from services.watchdog.spec import WatchdogSpec

if TYPE_CHECKING:
    from components.settings import Settings

USER = (10001, 10001)
PORT = 8080
SERVICES = Path(__file__).parents[1] / "services"


class Feeders(pulumi.ComponentResource):
    """All feeders and watchdogs of a stack; `after` is what they talk to."""

    def __init__(
        self,
        name: str,
        specs: Sequence[FeederSpec | WatchdogSpec],
        settings: Settings,
        credentials: Credentials,
        place: Place,
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("opentwins:Feeders", name, None, opts)
        place = place.inside(self)
        programs = sorted({spec.kind.lower() for spec in specs})
        images = {program: _image(program, settings, credentials, place) for program in programs}
        for spec in specs:
            image, needed = images[spec.kind.lower()]
            _program(spec, image, settings, credentials, place, [*after, *needed])
        self.register_outputs({})


def _program(
    spec: FeederSpec | WatchdogSpec,
    image: str,
    settings: Settings,
    credentials: Credentials,
    place: Place,
    after: Sequence[pulumi.Resource],
) -> None:
    program = spec.kind.lower()
    name = f"{program}-{spec.id}"
    text = yaml.safe_dump(configuration(spec, settings), sort_keys=False, allow_unicode=True)
    container = Container(
        program,
        image,
        settings.feeders.resources,
        ports={"http": PORT},
        mounts=[
            temporary(),
            folder("/etc/opentwins", config_map(place, name, {f"{program}.yaml": text})),
            *_secrets(spec, settings, credentials),
            data("/var/lib/opentwins", claim_name(name)),
        ],
        probes=Probes(
            startup=http("/healthz", "http", every=2, timeout=3, failures=60),
            # 503 while a broker or a topic is not there, which `/readyz` names.
            readiness=http("/readyz", "http", every=10, timeout=3, failures=3),
            liveness=http("/healthz", "http", every=20, timeout=5, failures=3),
        ),
    )
    for rule in rules(name, spec, settings):
        let_in(place, rule)
    volume = claim(place, name, settings.feeders.storage)
    # Not awaited: it gets ready once its topics are there, which may be long after this run.
    pod = Pod(name, USER, [container], grace=60)
    deployment(place, pod, 1, after=[*after, volume], alone=True, awaited=False)


def _secrets(spec: ProgramSpec[Any], settings: Settings, credentials: Credentials) -> list[Mount]:
    sides = {"input": source_of(spec.input, settings).secret, "output": output_of(spec, settings).secret}
    mounts = []
    for side, secret in sides.items():
        path = f"/run/secrets/opentwins/{side}"
        if secret in credentials:
            mounts.append(folder(path, credentials.contents(secret), volume_name=side))
        elif secret:  # one that Hono has made; programs read it anew at each connection
            mounts.append(given_secret(path, secret, f"files-{side}"))
    return mounts


def _image(
    program: str, settings: Settings, credentials: Credentials, place: Place
) -> tuple[str, list[pulumi.Resource]]:
    """The image's name, and what makes it."""
    if named := settings.images.feeder if program == "feeder" else settings.images.watchdog:
        return named, []
    registry = settings.registry
    assert registry  # noqa: S101 - see contradictions.py
    login = credentials[user_secret(registry.secret)] if registry.secret else None
    found = sorted(
        file
        for part in ("stream", program)
        for file in (SERVICES / part).rglob("*")
        if file.is_file() and file.suffix != ".pyc"
    )
    context = Path(os.path.relpath(SERVICES))
    name, resource = built(
        program,
        registry,
        (login.username, login.password) if login else None,
        context,
        context / program / "Dockerfile",
        digest([SERVICES / "__init__.py", *found], SERVICES),
        {},
        place.options(),
    )
    return name, [resource]
