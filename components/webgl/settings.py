"""What a stack may say about the host of WebGL builds, and what follows from it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from components.doors import doors
from components.images import Image
from components.mistakes import SettingsError, key
from components.model import Model, Replicas, Resources, Url, resources
from components.webgl import configuration, files

if TYPE_CHECKING:
    from components.settings import Settings


def _origin(text: str) -> str:
    if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d+)?", text):
        raise ValueError("must be an origin such as https://grafana.example.org, with no path")
    return text.lower()


def _path(text: str) -> str:
    if not re.fullmatch(r"(/[\w.-]+)+", text):
        raise ValueError("must be a path such as /usr/share/nginx/html")
    return text


Origin = Annotated[str, AfterValidator(_origin)]


class WebGLSettings(Model):
    """The host of WebGL builds. It runs when `folder` or `image` is given."""

    folder: Annotated[str, Field(min_length=1)] | None = None
    """a folder of builds of Unity or Godot, relative to the project: an image of it is built, and pushed to
    `opentwins:registry`"""
    image: Image | None = None
    """in place of `folder`: an image with nginx and the builds in it"""
    path: Annotated[str, AfterValidator(_path)] = configuration.FILES
    """beside `image`: where in it the builds are"""
    url: Url | None = None
    """in place of both: where browsers find builds that are hosted elsewhere"""
    origins: tuple[Origin, ...] = ()
    """whose pages may read the builds beside Grafana's own; that one is known where `exposure.grafana` or
    `grafana.external` tell it, and is http://localhost:3000, a port-forward, otherwise"""
    threads: bool = False
    """isolate pages from other origins, which builds with threads need, such as Godot's"""
    replicas: Replicas = 1
    """how many pods"""
    resources: Resources = resources("20m", "32Mi", "500m", "128Mi")
    """of its container"""

    @property
    def runs(self) -> bool:
        """Whether a host runs here."""
        return bool(self.folder or self.image)

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        given = [name for name in ("folder", "image", "url") if getattr(self, name)]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} are given at once; keep one")
        if "path" in self.model_fields_set and self.path != configuration.FILES and not self.image:
            raise ValueError("path has no effect without image")
        return self


def origins(settings: Settings) -> list[str]:
    """The origins whose pages may read the builds: Grafana's, and those that are named."""
    outside = {door.key: door.address for door in doors(settings)}
    external = settings.grafana.external
    grafana = external.url if external else outside.get("grafana") or "http://localhost:3000"
    parts = urlsplit(grafana)
    return list(dict.fromkeys([f"{parts.scheme}://{parts.netloc}".lower(), *settings.webgl.origins]))


def address(settings: Settings) -> str | None:
    """Where browsers find the builds, if the settings tell it."""
    if settings.webgl.url:
        return settings.webgl.url.rstrip("/")
    if not settings.webgl.runs:
        return None
    found = {door.key: door.address for door in doors(settings)}.get("webgl")
    return found or f"http://localhost:{configuration.PORT}"


def check(settings: Settings, stack: str) -> None:
    """Look into the folder of the builds. Raises `SettingsError` with everything that is wrong there."""
    if settings.webgl.folder:
        where = key(["webgl", "folder"])
        wrong = [f"{where}: {problem}" for problem in files.problems(Path(settings.webgl.folder))]
        if wrong:
            raise SettingsError(stack, wrong)
