"""Requests to a cluster's API, for objects of any kind."""

import json
import threading
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlencode

import urllib3
import yaml

from sandbox.engine.kubernetes.tables import group_of
from sandbox.engine.provider import ProviderError
from sandbox.engine.values import Properties

TIMEOUT = urllib3.Timeout(connect=10, read=60)  # seconds
CONNECTIONS = 32

APPLY = "application/apply-patch+yaml"
JSON = "application/json"
JSON_PATCH = "application/json-patch+json"


class ApiError(ProviderError):
    """The API says no: `status` is the HTTP status, `reason` Kubernetes' own word for it."""

    def __init__(self, message: str, status: int, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class Api:
    """The API of the cluster that a kubeconfig (a path, or its text) and a context name.

    Without a kubeconfig: the one that Kubernetes' client finds. Nothing is opened before the first request.
    """

    def __init__(self, kubeconfig: str, context: str, cluster: str) -> None:
        self._kubeconfig = kubeconfig
        self._context = context
        self._cluster = cluster
        self._lock = threading.Lock()
        self._kinds: dict[str, dict[str, tuple[str, bool]]] = {}

    @cached_property
    def _configuration(self) -> Any:
        from kubernetes import (
            client,
            config,
        )  # takes most of a second, and is not needed when nothing changes

        configuration = client.Configuration()
        configuration.connection_pool_maxsize = CONNECTIONS
        context = self._context or None
        try:
            if self._cluster or is_text(self._kubeconfig):
                document = kubeconfig_document(self._kubeconfig) or {}
                for each in document.get("contexts", []) if self._cluster else []:
                    each["context"]["cluster"] = self._cluster
                load: Any = config.load_kube_config_from_dict
            else:
                load, document = config.load_kube_config, self._kubeconfig or None
            load(document, context=context, client_configuration=configuration)
        except (config.ConfigException, yaml.YAMLError, OSError, AttributeError) as error:
            raise ProviderError(f"the kubeconfig does not lead to a cluster: {error}") from None
        return configuration

    @cached_property
    def _pool(self) -> Any:
        from kubernetes.client.rest import RESTClientObject

        return RESTClientObject(self._configuration).pool_manager

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        content: str = JSON,
        query: Mapping[str, str] | None = None,
    ) -> Properties:
        """Send a request and return the object in the answer. Raises `ApiError`, or `ProviderError`."""
        with self._lock:  # whoever comes first opens it
            pool, configuration = self._pool, self._configuration
        headers = {"accept": JSON, "content-type": content}
        bearer = configuration.auth_settings().get("BearerToken")
        if bearer:
            headers["authorization"] = bearer["value"]
        try:
            answer = pool.request(
                method,
                configuration.host + path + (f"?{urlencode(query)}" if query else ""),
                body=None if body is None else json.dumps(body).encode(),
                headers=headers,
                timeout=TIMEOUT,
                retries=urllib3.Retry(
                    3, redirect=0, backoff_factor=0.3, status_forcelist=(429, 503), allowed_methods=None
                ),
            )
        except urllib3.exceptions.HTTPError as error:
            cause = getattr(error, "reason", None) or error
            raise ProviderError(
                f"the Kubernetes API at {configuration.host} does not answer: {cause}"
            ) from None
        if answer.status >= 400:
            _refuse(answer)
        return dict(json.loads(answer.data))

    def path(self, api_version: str, kind: str, namespace: str, name: str = "") -> str:
        """Where objects of the kind are found. Raises `ApiError` (404) for an unknown kind."""
        base = f"/apis/{api_version}" if group_of(api_version) else f"/api/{api_version}"
        plural, namespaced = self._kind(base, kind)
        place = f"/namespaces/{namespace or 'default'}" if namespaced else ""
        return f"{base}{place}/{plural}" + (f"/{name}" if name else "")

    def _kind(self, base: str, kind: str) -> tuple[str, bool]:
        if kind not in self._kinds.get(base, {}):
            found = self.request("GET", base).get("resources", [])
            self._kinds[base] = {
                each["kind"]: (each["name"], each["namespaced"]) for each in found if "/" not in each["name"]
            }
        try:
            return self._kinds[base][kind]
        except KeyError:
            raise ApiError(f"the cluster knows no {kind} in {base}", 404, "NotFound") from None


def is_text(kubeconfig: str) -> bool:
    """Say whether it is the content of a kubeconfig, and not the path of one."""
    return "\n" in kubeconfig or kubeconfig.lstrip().startswith("{")


def kubeconfig_document(kubeconfig: str) -> Any:
    """The content of a kubeconfig that is given as a path or as text; None when there is none."""
    if is_text(kubeconfig):
        return yaml.safe_load(kubeconfig)
    path = Path(kubeconfig).expanduser()
    return yaml.safe_load(path.read_text()) if kubeconfig and path.exists() else None


def _refuse(answer: Any) -> NoReturn:
    try:
        status = json.loads(answer.data)
        message, reason = str(status["message"]), str(status.get("reason", ""))
    except (ValueError, KeyError, TypeError):
        message, reason = f"{answer.status} {answer.reason}", ""
    raise ApiError(message, answer.status, reason)
