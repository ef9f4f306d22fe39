"""The stack's Kubernetes API: which cluster it is, its Secrets, and which pod answers for a Service."""

import base64
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

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
        core = client.CoreV1Api(self._api)
        found = self._ask(
            f"Secret {namespace}/{name}",
            lambda: core.read_namespaced_secret(name, namespace, _request_timeout=TIMEOUT),
        )
        return {key: base64.b64decode(value).decode() for key, value in (found.data or {}).items()}

    def pod(self, service: Service) -> Pod | None:
        """One of the ready pods behind the Service; None when there is none yet. Raises `Unreachable`."""
        where = f"Service {service.namespace}/{service.name}"
        core, discovery = client.CoreV1Api(self._api), client.DiscoveryV1Api(self._api)
        found = self._ask(
            where,
            lambda: core.read_namespaced_service(service.name, service.namespace, _request_timeout=TIMEOUT),
        )
        ports = found.spec.ports or [] if found.spec else []
        names = [port.name or "" for port in ports if port.port == service.port]
        if not names:
            raise Unreachable(f"{where} has no port {service.port}")
        slices = self._ask(
            where,
            lambda: discovery.list_namespaced_endpoint_slice(
                service.namespace,
                label_selector=f"kubernetes.io/service-name={service.name}",
                _request_timeout=TIMEOUT,
            ),
        )
        ready = [
            Pod(service.namespace, endpoint.target_ref.name, port.port)
            for piece in slices.items
            for port in piece.ports or []
            if (port.name or "") == names[0]
            if port.port
            for endpoint in piece.endpoints or []
            if endpoint.target_ref and endpoint.target_ref.kind == "Pod" and endpoint.target_ref.name
            if endpoint.conditions is None or endpoint.conditions.ready is not False
        ]
        return random.choice(ready) if ready else None  # noqa: S311 - any pod will do

    def storage_classes(self) -> dict[str, bool] | None:
        """The cluster's storage classes, and whether each is the default; None to who may not list them.

        Raises `Unreachable`.
        """
        storage = client.StorageV1Api(self._api)

        def listed() -> Any:
            try:
                return storage.list_storage_class(_request_timeout=TIMEOUT).items
            except ApiException as error:
                if error.status == 403:  # they belong to the whole cluster, and a tenant may not see them
                    return None
                raise

        found = self._ask("the list of storage classes", listed)
        if found is None:
            return None
        return {
            one.metadata.name: (one.metadata.annotations or {}).get(DEFAULT_CLASS) == "true" for one in found
        }

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
