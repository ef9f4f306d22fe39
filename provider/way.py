"""The way of a crowd of requests to an endpoint: by URL, or through the Kubernetes API as all others go."""

import asyncio
import os
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import certifi
from requests.auth import _basic_auth_str
from requests.utils import get_environ_proxies

from components.endpoint import Endpoint
from provider.errors import Unreachable
from provider.forward import Forward
from provider.wire import Wire

CONNECT = 10.0  # seconds until a connection has to be there

Login = Callable[[], tuple[bytes, bytes] | None]


class EndpointWay:
    """Opens connections to an endpoint. `login` reads user and password, and raises `Unreachable`."""

    def __init__(self, service: str, endpoint: Endpoint, forward: Forward | None, login: Login) -> None:
        self.service = service
        self._address = urlsplit(endpoint.address)
        self.prefix = self._address.path.rstrip("/").encode()
        self._secret = endpoint.secret
        self._forward = forward
        self._login = login
        self._lock = threading.Lock()
        self._headers = self._made()

    async def connect(self) -> Wire:
        """Open a connection. Raises OSError or TimeoutError, or `Unreachable`."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(CONNECT):
            if self._forward is not None:
                relayed = await asyncio.to_thread(self._forward.dial)
                # The Kubernetes client wraps its end of a socket pair; the pair itself is what a loop takes.
                pair = getattr(relayed, "_socket", relayed)
                pair.setblocking(False)
                _, wire = await loop.create_connection(Wire, sock=pair)
                return wire
            secure = self._address.scheme == "https"
            _, wire = await loop.create_connection(
                Wire,
                self._address.hostname or "",
                self._address.port or (443 if secure else 80),
                ssl=_trust() if secure else None,
            )
            return wire

    def headers(self) -> bytes:
        """Return Host and Authorization."""
        return self._headers

    def renew(self, refused: bytes) -> None:
        """Read the credentials anew, unless that was done since `refused` was given out."""
        with self._lock:
            if self._headers == refused:
                self._headers = self._made()

    def shut_out(self) -> Unreachable:
        """Return the error of credentials that are not accepted."""
        return Unreachable(
            f"{self.service} does not let us in (401): it does not accept what Secret {self._secret} holds. If"
            " the password was changed by hand, put it there"
        )

    def _made(self) -> bytes:
        host = f"Host: {self._address.netloc.rpartition('@')[2]}\r\n"
        login = self._login()
        return (f"{host}Authorization: {_basic_auth_str(*login)}\r\n" if login else host).encode()


def is_proxied(address: str) -> bool:
    """Say whether this machine's settings send requests to the address through a proxy."""
    return bool(get_environ_proxies(address))


def _trust() -> ssl.SSLContext:
    """Whom `requests` trusts, which everything else goes by."""
    named = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    if named and Path(named).is_dir():
        return ssl.create_default_context(capath=named)
    return ssl.create_default_context(cafile=named or certifi.where())
