"""Logins that are kept in the cluster, where the program that made them put them."""

import asyncio
import base64
from pathlib import Path
from typing import Any

from kubernetes import client, config
from urllib3.exceptions import HTTPError

from sandbox.standin.credentials import same

TIMEOUT = (5, 10)  # seconds to connect to the API, seconds to wait for its answer


class ClusterSecrets:
    """User and password of each group from a Secret of the cluster: its keys ``username`` and ``password``.

    What was read is remembered until a login fails, so that a rotated password works at once
    and a thousand requests ask the cluster once.
    """

    def __init__(self, kubeconfig: Path, namespace: str, **secrets: str) -> None:
        self._kubeconfig = kubeconfig
        self._namespace = namespace
        self._secrets = secrets
        self._known: dict[str, tuple[str, str]] = {}

    async def valid(self, group: str, user: str, password: str) -> bool:
        """Say whether ``password`` opens ``group`` to ``user``; without the Secret it opens to nobody."""
        if self._matches(group, user, password):
            return True
        try:
            self._known[group] = await asyncio.to_thread(self._read, self._secrets[group])
        except (OSError, HTTPError, KeyError, client.exceptions.ApiException, config.ConfigException):
            self._known.pop(group, None)
        return self._matches(group, user, password)

    def _matches(self, group: str, user: str, password: str) -> bool:
        known = self._known.get(group)
        return known is not None and known[0] == user and same(known[1], password)

    def _read(self, name: str) -> tuple[str, str]:
        connect: Any = config.new_client_from_config  # its types are incomplete
        with connect(str(self._kubeconfig)) as api:
            core = client.CoreV1Api(api)
            secret = core.read_namespaced_secret(name, self._namespace, _request_timeout=TIMEOUT)
        values = {key: base64.b64decode(value).decode() for key, value in (secret.data or {}).items()}
        return values["username"], values["password"]
