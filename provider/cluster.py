"""The stack's Kubernetes API: which cluster it is, its Secrets, and which pod answers for a Service."""

import base64
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar
from urllib.parse import quote

import urllib3
import yaml
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from components.endpoint import Service
from provider.errors import Unreachable

T = TypeVar("T")

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
TIMEOUT = (10, 30)  # seconds to connect to the API, seconds to wait for its answer


@dataclass(frozen=True)
class Pod:
    """A ready pod behind a Service, with the port that the Service's port leads to."""

    namespace: str
    name: str
    port: int


class Cluster:
    """The Kubernetes API that a kubeconfig (a path or its text) and a context name.

    Without a kubeconfig: what `KUBECONFIG` or `~/.kube/config` say, or the pod's own service account.
    Tokens, client certificates and exec plugins are the Kubernetes client's business, renewal included.
    """

    def __init__(self, kubeconfig: str | None = None, context: str | None = None) -> None:
        self._kubeconfig = kubeconfig
        self._context = context

    @cached_property
    def configuration(self) -> Any:
        """How the API is reached, as the Kubernetes client wants it. Raises `Unreachable`."""
        configuration = client.Configuration()
        try:
            self._load(configuration)
        except (config.ConfigException, yaml.YAMLError, OSError) as error:
            wanted = f"context {self._context!r}" if self._context else "a usable context"
            raise Unreachable(
                f"the kubeconfig does not lead to a cluster ({wanted} is needed): {error}. Set"
                " opentwins:kubernetes.kubeconfig and opentwins:kubernetes.context, or KUBECONFIG"
            ) from None
        configuration.retries = urllib3.Retry(2, redirect=0, backoff_factor=0.5)
        return configuration

    def _load(self, configuration: Any) -> None:
        context = self._context
        if self._kubeconfig and ("\n" in self._kubeconfig or self._kubeconfig.lstrip().startswith("{")):
            document = yaml.safe_load(self._kubeconfig)
            config.load_kube_config_from_dict(document, context=context, client_configuration=configuration)
        elif self._kubeconfig:
            config.load_kube_config(self._kubeconfig, context=context, client_configuration=configuration)
        else:
            try:
                config.load_kube_config(context=context, client_configuration=configuration)
            except config.ConfigException:
                if context:
                    raise
                config.load_incluster_config(client_configuration=configuration)

    @cached_property
    def _api(self) -> Any:
        return client.ApiClient(self.configuration)

    def secret(self, namespace: str, name: str) -> dict[str, str]:
        """The keys and values of a Secret. Raises `Unreachable` when it cannot be read."""
        path = f"/api/v1/namespaces/{quote(namespace)}/secrets/{quote(name)}"
        found = self._ask(f"Secret {namespace}/{name}", lambda: self._get(path))
        return {key: base64.b64decode(value).decode() for key, value in (found.get("data") or {}).items()}

    def pod(self, service: Service) -> Pod | None:
        """One of the ready pods behind the Service; None when there is none yet. Raises `Unreachable`."""
        where = f"Service {service.namespace}/{service.name}"
        namespace, name = quote(service.namespace), quote(service.name)
        found = self._ask(where, lambda: self._get(f"/api/v1/namespaces/{namespace}/services/{name}"))
        ports = (found.get("spec") or {}).get("ports") or []
        names = [port.get("name") or "" for port in ports if port["port"] == service.port]
        if not names:
            raise Unreachable(f"{where} has no port {service.port}")
        slices = self._ask(
            where,
            lambda: self._get(
                f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices",
                labelSelector=f"kubernetes.io/service-name={service.name}",
            ),
        )
        ready = [
            Pod(service.namespace, target["name"], port["port"])
            for piece in slices.get("items") or []
            for port in piece.get("ports") or []
            if (port.get("name") or "") == names[0]
            if port.get("port")
            for endpoint in piece.get("endpoints") or []
            if (target := endpoint.get("targetRef") or {}).get("kind") == "Pod" and target.get("name")
            if (endpoint.get("conditions") or {}).get("ready") is not False
        ]
        return random.choice(ready) if ready else None  # noqa: S311 - any pod will do

    def storage_classes(self) -> dict[str, bool] | None:
        """The cluster's storage classes, and whether each is the default; None to who may not list them.

        Raises `Unreachable`.
        """

        def listed() -> Any:
            try:
                return self._get("/apis/storage.k8s.io/v1/storageclasses").get("items") or []
            except ApiException as error:
                if error.status == 403:  # they belong to the whole cluster, and a tenant may not see them
                    return None
                raise

        found = self._ask("the list of storage classes", listed)
        if found is None:
            return None
        metadata = [one["metadata"] for one in found]
        return {one["name"]: (one.get("annotations") or {}).get(DEFAULT_CLASS) == "true" for one in metadata}

    def _get(self, path: str, **query: str) -> Any:
        """What the API answers, as plain JSON. Raises `ApiException`, or what the connection does.

        The client has classes for it, but just to import those around pods takes half a second.
        """
        headers = {"Accept": "application/json"}
        request = self._api.param_serialize(
            "GET", path, query_params=[*query.items()], header_params=headers, auth_settings=["BearerToken"]
        )
        answer = self._api.call_api(*request, _request_timeout=TIMEOUT)
        answer.read()
        return self._api.response_deserialize(answer, {"2XX": "object"}).data

    def _ask(self, what: str, call: Callable[[], T]) -> T:
        try:
            return call()
        except ApiException as error:
            raise Unreachable(
                f"{what} cannot be read from the Kubernetes API {self._name}: {_reason(error)}"
            ) from None
        except (urllib3.exceptions.HTTPError, OSError) as error:
            cause = getattr(error, "reason", None) or error
            raise Unreachable(
                f"the Kubernetes API {self._name} cannot be reached: {cause}. Is the cluster up, and is it"
                " the one that opentwins:kubernetes (or KUBECONFIG) names?"
            ) from None

    @property
    def _name(self) -> str:
        return f"at {self.configuration.host}" + (f" (context {self._context})" if self._context else "")


def _reason(error: ApiException) -> str:
    known = {
        401: "the kubeconfig's credentials are not accepted; log in to the cluster anew",
        403: "the kubeconfig's user may not do this; it needs get on secrets and services, list on"
        " endpointslices and create on pods/portforward",
        404: "it does not exist; `pulumi refresh` shows what is gone from the cluster",
    }
    return known.get(error.status, f"{error.status} {error.reason}")
