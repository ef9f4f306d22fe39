"""Kafka-ML's backend with its own settings, and what they cannot say.

Its database and the trained models go to the volume; and the pods that it launches are made such that they
may run where pods have to be hardened: as no root, with limits, and without the GPU that it always asks for.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from autoweb.settings import *  # type: ignore[import-not-found]  # noqa: F403 - Django reads them here
from kubernetes import client

KEPT = Path(os.environ["KAFKA_ML_DATA"])
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(KEPT / "db.sqlite3")}}
MEDIA_ROOT = str(KEPT / "models")

# Its programs write beside themselves, so they run in a copy.
START = "cp -r /usr/src/app/. /work && cd /work && exec sh ./start.sh"
GPU = "nvidia.com/gpu"


def hardened(template: dict[str, Any]) -> dict[str, Any]:
    """The pod template that the backend made, as it may run here."""
    rules = json.loads(os.environ["KAFKA_ML_JOBS"])
    template.setdefault("metadata", {}).setdefault("labels", {}).update(rules["labels"])
    spec = template["spec"]
    spec.pop("imagePullPolicy", None)  # it belongs to a container
    spec.pop("runtimeClassName", None)
    spec.update(
        automountServiceAccountToken=False,
        enableServiceLinks=False,
        securityContext={
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "runAsGroup": 1000,
            "fsGroup": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        volumes=[{"name": name, "emptyDir": {"sizeLimit": "4Gi"}} for name in ("work", "tmp")],
    )
    for container in spec["containers"]:
        gpus = container.get("resources", {}).get("limits", {}).get(GPU) or 0
        limits = dict(rules["resources"]["limits"])
        if int(gpus):
            limits[GPU] = gpus
            if rules["runtimeClass"]:
                spec["runtimeClassName"] = rules["runtimeClass"]
        container["resources"] = {"requests": rules["resources"]["requests"], "limits": limits}
        container["imagePullPolicy"] = "IfNotPresent"
        container["command"] = ["sh", "-ec", START]
        container["env"] = [*container.get("env", []), {"name": "HOME", "value": "/work"}]
        container["volumeMounts"] = [{"name": name, "mountPath": "/" + name} for name in ("work", "tmp")]
        container["securityContext"] = {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
    return template


def _before(kind: Any, method: str) -> None:
    made = getattr(kind, method)

    def create(self: Any, namespace: str, body: dict[str, Any], **options: Any) -> Any:
        hardened(body["spec"]["template"])
        return made(self, namespace, body, **options)

    setattr(kind, method, create)


_before(client.BatchV1Api, "create_namespaced_job")
_before(client.CoreV1Api, "create_namespaced_replication_controller")
