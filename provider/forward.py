"""HTTP through the Kubernetes API: a requests adapter whose connections are forwarded to a pod.

Nothing listens on the workstation. Each pooled connection is one websocket to the pod's `portforward`
subresource, see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/ and
`kubernetes.stream.portforward`, whose relay is used.
"""

import contextlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import requests
from kubernetes.client.exceptions import ApiException
from kubernetes.stream.ws_client import PortForward, create_websocket, get_websocket_url
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import NewConnectionError
from websocket import WebSocketException

from components.endpoint import Service
from provider.cluster import Cluster, Pod


class Relay(PortForward):  # type: ignore[misc]
    """The Kubernetes client's relay, which also lets go of its socket when the websocket breaks.

    Without that, whoever waits for an answer would wait for as long as its own timeout.
    """

    def _proxy(self) -> None:
        try:
            super()._proxy()
        except (WebSocketException, OSError, ValueError, RuntimeError):
            pass  # the forward is broken; the socket that is closed now says so to its user
        finally:
            for port in self.local_ports.values():
                port.python.close()
            with contextlib.suppress(OSError):
                self.websocket.shutdown()


class Forward:
    """The way to one Service: remembers the pod it goes to until a connection to it fails."""

    def __init__(self, cluster: Cluster, service: Service) -> None:
        self._cluster = cluster
        self._service = service
        self._pod: Pod | None = None

    def forget(self) -> None:
        """Choose a pod anew for the next connection."""
        self._pod = None

    def dial(self) -> Any:
        """A socket whose other end is the pod's port.

        Raises ConnectionError while there is no ready pod or the forward fails, `Unreachable` when the
        cluster itself is not to be reached.
        """
        service = self._service
        pod = self._pod or self._cluster.pod(service)
        if pod is None:
            raise ConnectionError(f"no pod is ready behind Service {service.namespace}/{service.name}")
        configuration = self._cluster.configuration
        path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/portforward?ports={pod.port}"
        url = get_websocket_url(configuration.host + path)
        bearer = configuration.auth_settings().get("BearerToken")
        headers = {"authorization": bearer["value"]} if bearer else {}
        try:
            relay = Relay(create_websocket(configuration, url, headers), [pod.port])
        except (ApiException, WebSocketException, OSError) as error:
            self.forget()
            raise ConnectionError(
                f"the port-forward to pod {pod.namespace}/{pod.name} failed: {_reason(error)}"
            ) from None
        self._pod = pod
        return relay.socket(pod.port)


class ForwardAdapter(HTTPAdapter):
    """A requests adapter whose connections come from a `Forward`, as many as `connections` at once."""

    def __init__(self, forward: Forward, connections: int) -> None:
        self._forward = forward
        super().__init__(pool_connections=1, pool_maxsize=connections, pool_block=True)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Let the pool make its connections by dialling the forward."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _pool(self._forward.dial)}

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send a request; after a broken connection the next one goes to a pod that is chosen anew."""
        try:
            return super().send(request, stream, timeout, verify, cert, proxies)
        except requests.ConnectionError:
            self._forward.forget()
            raise


def _reason(error: Exception) -> str:
    """What the API says in its refusal; the client gives that with all its headers, parted by `-+-+-`."""
    text = str(getattr(error, "reason", None) or error)
    head, *parts = text.split("-+-+-")
    try:
        return str(json.loads(parts[-1].strip())["message"])
    except (ValueError, KeyError, TypeError, IndexError):
        return head.strip()


def _pool(dial: Callable[[], Any]) -> type[HTTPConnectionPool]:
    class Connection(HTTPConnection):
        def _new_conn(self) -> Any:
            try:
                return dial()
            except ConnectionError as error:
                raise NewConnectionError(self, str(error)) from None

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    return Pool
