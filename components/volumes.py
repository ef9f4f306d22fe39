"""What a container sees in its file system: volumes at paths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi_kubernetes as k8s

from components.contents import Contents

core = k8s.core.v1

TMP = "/tmp"  # noqa: S108 - of the pod, which shares it with nobody
OWN = "data"  # the volume that each pod of a StatefulSet has for itself


@dataclass(frozen=True)
class Mount:
    """A volume at a path. Mounts of one pod with the same `volume` name share it."""

    path: str
    volume: core.VolumeArgs
    sub_path: str | None = None
    read_only: bool = False
    contents: tuple[Contents, ...] = ()
    per_pod: bool = False  # the StatefulSet gives each of its pods a volume of that name


def temporary(size: str = "64Mi") -> Mount:
    """The pod's own `/tmp`."""
    return scratch(TMP, "tmp", size)


def scratch(path: str, name: str, size: str, memory: bool = False) -> Mount:
    """A writable folder that goes with the pod; in memory, if it holds what must not reach a disk."""
    medium = "Memory" if memory else None
    empty = core.EmptyDirVolumeSourceArgs(size_limit=size, medium=medium)
    return Mount(path, core.VolumeArgs(name=name, empty_dir=empty))


def folder(
    path: str, contents: Contents, only: Mapping[str, str] | None = None, volume_name: str = ""
) -> Mount:
    """The files of a ConfigMap or a Secret in a folder; `only` these keys, under these names.

    A pod that mounts one twice in different ways gives the second volume a name of its own.
    """
    name = f"files-{volume_name or contents.name}"
    items = [core.KeyToPathArgs(key=key, path=name) for key, name in only.items()] if only else None
    if contents.secret:
        source = core.SecretVolumeSourceArgs(secret_name=contents.name, items=items, default_mode=0o440)
        volume = core.VolumeArgs(name=name, secret=source)
    else:
        config = core.ConfigMapVolumeSourceArgs(name=contents.name, items=items)
        volume = core.VolumeArgs(name=name, config_map=config)
    return Mount(path, volume, read_only=True, contents=(contents,))


def given_secret(path: str, name: str, volume_name: str) -> Mount:
    """A Secret that others have made, as a folder."""
    source = core.SecretVolumeSourceArgs(secret_name=name, default_mode=0o440)
    return Mount(path, core.VolumeArgs(name=volume_name, secret=source), read_only=True)


def own_data(path: str) -> Mount:
    """The volume that each pod of a StatefulSet has for itself."""
    return Mount(path, core.VolumeArgs(name=OWN), per_pod=True)


def data(path: str, claim: str) -> Mount:
    """The volume that a claim stands for."""
    source = core.PersistentVolumeClaimVolumeSourceArgs(claim_name=claim)
    return Mount(path, core.VolumeArgs(name="data", persistent_volume_claim=source))
