"""nginx with WebGL builds: from an image that is built from a folder, or from one that is named."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pulumi

from components.contents import config_map
from components.credentials import Credentials
from components.endpoints import user_secret
from components.image_build import built, digest
from components.place import Place
from components.pods import Container, Pod
from components.probes import Probes, http, tcp
from components.volumes import folder, temporary
from components.webgl import files
from components.webgl.configuration import PORT, configuration
from components.webgl.settings import origins
from components.workloads import deployment, service

if TYPE_CHECKING:
    from components.settings import Settings

USER = (101, 101)
DOCKERFILE = Path(__file__).parent / "Dockerfile"


class WebGL(pulumi.ComponentResource):
    """The host of WebGL builds, as Service `webgl`. `ready` is what there has to be before it is used."""

    def __init__(
        self,
        name: str,
        settings: Settings,
        credentials: Credentials,
        place: Place,
        opts: pulumi.ResourceOptions,
    ) -> None:
        super().__init__("opentwins:WebGL", name, None, opts)
        place = place.inside(self)
        text = configuration(origins(settings), settings.webgl.threads, files=settings.webgl.path)
        image, needed = _image(settings, credentials, place)
        nginx = Container(
            "nginx",
            image,
            settings.webgl.resources,
            command=["nginx", "-e", "stderr", "-c", "/etc/opentwins/nginx.conf", "-g", "daemon off;"],
            ports={"http": PORT},
            mounts=[temporary(), folder("/etc/opentwins", config_map(place, "webgl", {"nginx.conf": text}))],
            probes=Probes(
                startup=tcp("http", every=2, timeout=2, failures=30),
                readiness=http("/healthz", "http", every=10, timeout=3, failures=3),
                liveness=http("/healthz", "http", every=20, timeout=5, failures=4),
            ),
        )
        pods = deployment(place, Pod("webgl", USER, [nginx]), settings.webgl.replicas, after=needed)
        self.ready: list[pulumi.Resource] = [*pods, service(place, "webgl", {"http": PORT})]
        self.register_outputs({})


def _image(settings: Settings, credentials: Credentials, place: Place) -> tuple[str, list[pulumi.Resource]]:
    """The image's name, and what makes it."""
    webgl, registry = settings.webgl, settings.registry
    if webgl.image:
        return webgl.image, []
    assert webgl.folder  # noqa: S101 - otherwise the component is not made
    assert registry  # noqa: S101 - see contradictions.py
    login = credentials[user_secret(registry.secret)] if registry.secret else None
    context = Path(webgl.folder)
    name, resource = built(
        "webgl",
        registry,
        (login.username, login.password) if login else None,
        context,
        DOCKERFILE,
        digest(files.shipped(context), context, settings.images.nginx, DOCKERFILE.read_text()),
        {"NGINX": settings.images.nginx},
        place.options(),
    )
    return name, [resource]
