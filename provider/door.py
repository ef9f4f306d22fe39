"""The way into a service that speaks HTTP: by URL, or through the Kubernetes API, with what its Secret says."""

import threading
from http.cookiejar import DefaultCookiePolicy

import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth

from components.endpoint import Endpoint
from provider.cluster import Cluster
from provider.errors import Unreachable


class EndpointDoor:
    """The way into an endpoint: a session with the credentials of its Secret, made when first needed."""

    def __init__(self, endpoint: Endpoint, cluster: Cluster, namespace: str, connections: int) -> None:
        self.base = endpoint.address
        self.what_opens_it = f"Secret {namespace}/{endpoint.secret}"
        self._endpoint = endpoint
        self._cluster = cluster
        self._namespace = namespace
        self._connections = connections
        self._lock = threading.Lock()
        self._session: requests.Session | None = None

    def session(self) -> requests.Session:
        """The session that all threads share. Raises `Unreachable`."""
        with self._lock:
            if self._session is None:
                self._session = self._made()
            return self._session

    def renew(self, refused: requests.Session) -> None:
        """Let the next session be a new one: credentials read again, and a pod that is chosen anew."""
        with self._lock:
            if self._session is refused:
                self._session = None

    def _made(self) -> requests.Session:
        session = requests.Session()
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        if self._endpoint.service is None:
            session.mount(self.base, HTTPAdapter(pool_maxsize=self._connections, pool_block=True))
        else:
            from provider.forward import Forward, ForwardAdapter

            # A proxy of this machine has no say in what goes through the Kubernetes API.
            session.trust_env = False
            forward = Forward(self._cluster, self._endpoint.service)
            session.mount(self.base, ForwardAdapter(forward, self._connections))
        if self._endpoint.secret:
            session.auth = self._auth(self._endpoint.secret)
        return session

    def _auth(self, secret: str) -> HTTPBasicAuth:
        values = self._cluster.secret(self._namespace, secret)
        if "username" in values and "password" in values:
            return HTTPBasicAuth(values["username"].encode(), values["password"].encode())
        raise Unreachable(f"{self.what_opens_it} does not have the keys username and password")
