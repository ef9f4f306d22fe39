"""ConfigMaps and Secrets, with a checksum each, so that pods that read one are replaced when it changes.

They keep their names: the provider reads Secrets by name, and the cluster's provider is told to change them
in place.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.place import Place, labels


@dataclass(frozen=True)
class Contents:
    """A ConfigMap or a Secret. `checksum` changes with what is in it, and does not reveal that."""

    name: str
    checksum: pulumi.Input[str]
    resource: pulumi.Resource
    secret: bool = False


@dataclass(frozen=True)
class Key:
    """One key of a ConfigMap or a Secret."""

    contents: Contents
    key: str


def config_map(place: Place, name: str, files: Mapping[str, str]) -> Contents:
    """A ConfigMap of files. It must hold nothing secret."""
    resource = k8s.core.v1.ConfigMap(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=name, namespace=place.namespace, labels=labels(name)),
        data=dict(files),
        opts=place.options(),
    )
    return Contents(name, digest(json.dumps(files, sort_keys=True)), resource)


def secret(
    place: Place, name: str, values: Mapping[str, pulumi.Input[str]], checksum: pulumi.Input[str]
) -> Contents:
    """A Secret. `checksum` must change with its values and not reveal them: pods show it in an annotation."""
    resource = k8s.core.v1.Secret(
        name,
        metadata=k8s.meta.v1.ObjectMetaArgs(name=name, namespace=place.namespace, labels=labels(name)),
        data={key: pulumi.Output.secret(value).apply(_encoded) for key, value in values.items()},
        opts=place.options(),
    )
    return Contents(name, checksum, resource, secret=True)


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def digest(text: str) -> str:
    """A short digest of a text that is not secret."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
