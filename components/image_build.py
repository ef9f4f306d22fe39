"""Images that are built from folders of this machine and pushed, by the plugin of pulumi-docker.

The plugin's resource is registered by its token, without the package `pulumi_docker`: merely having that
installed makes the Pulumi CLI fetch the plugin for each stack, also for those that build nothing.
See https://www.pulumi.com/registry/packages/docker/api-docs/image/.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import pulumi
from pydantic import AfterValidator, Field

from components.model import Model, Name

TOKEN = "docker:index/image:Image"  # noqa: S105 - of a type of resource
VERSION = "5.2.0"  # of the plugin


def _registry(text: str) -> str:
    if not re.fullmatch(r"[\w.-]+(:\d+)?(/[\w.-]+)*", text):
        raise ValueError("must be a registry such as registry.example.org/plant, without https:// and a tag")
    return text


class RegistrySettings(Model):
    """The registry that images which are built here are pushed to."""

    url: Annotated[str, AfterValidator(_registry)]
    """where they go, such as registry.example.org/plant: the images' own names come after it"""
    secret: Name | None = None
    """entry of `opentwins:secrets` with `username` and `password`; Docker's own login when left out"""
    platform: Annotated[str, Field(pattern=r"^linux/[a-z0-9]+(/[a-z0-9]+)?$")] = "linux/amd64"
    """of the cluster's nodes"""


class BuiltImage(pulumi.CustomResource):
    """An image that is built and pushed, unless there is one of that name already."""

    def __init__(self, name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        version = pulumi.ResourceOptions(version=VERSION)
        super().__init__(TOKEN, name, dict(inputs), pulumi.ResourceOptions.merge(opts, version))


def built(
    name: str,
    registry: RegistrySettings,
    login: tuple[str, pulumi.Input[str]] | None,
    context: Path,
    dockerfile: Path,
    tag: str,
    arguments: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> tuple[str, BuiltImage]:
    """The full name of an image, and the resource that builds it.

    `tag` has to change with what is built, so that pods of the one before are replaced, and a preview tells.
    """
    reference = f"{registry.url}/{name}:{tag}"
    inputs: dict[str, Any] = {
        "imageName": reference,
        "build": {
            # As seen from the project: another machine must not show as a change.
            "context": os.path.relpath(context),
            "dockerfile": os.path.relpath(dockerfile),
            "platform": registry.platform,
            "args": dict(arguments),
        },
    }
    if login:
        server = registry.url.partition("/")[0]
        inputs["registry"] = {
            "server": server,
            "username": login[0],
            "password": pulumi.Output.secret(login[1]),
        }
    return reference, BuiltImage(name, inputs, opts)


def digest(files: Iterable[Path], root: Path, *more: str) -> str:
    """A text that changes with the files' names and contents, and with what else is given."""
    found = hashlib.sha256(repr(more).encode())
    for file in files:
        content = file.read_bytes()
        found.update(f"{file.relative_to(root).as_posix()}\0{len(content)}\0".encode() + content)
    return found.hexdigest()[:16]
