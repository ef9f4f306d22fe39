"""The cluster's API, as its administrator speaks to it."""

from collections.abc import Mapping
from pathlib import Path

import requests

from sandbox.kubernetes.identity import CERTIFICATE, Identity

TIMEOUT = 10.0  # seconds


class Api:
    """A session with the API server of the cluster in ``directory``. Each call raises ``requests.RequestException``."""

    def __init__(self, directory: Path, identity: Identity) -> None:
        self._server = identity.server
        self._session = requests.Session()
        # Nothing of the machine's own (proxies, authorities, .netrc) has a say on loopback.
        self._session.trust_env = False
        self._session.verify = str(directory / CERTIFICATE)
        self._session.headers["Authorization"] = f"Bearer {identity.token}"

    def get(self, path: str) -> requests.Response:
        """Return the answer to a GET of ``path``, whatever its status."""
        return self._session.get(self._server + path, timeout=TIMEOUT)

    def apply(self, path: str, document: Mapping[str, object]) -> None:
        """Make the object at ``path`` hold what ``document`` says, whether it exists or not."""
        self._session.patch(
            self._server + path,
            params={"fieldManager": "sandbox", "force": "true"},
            headers={"Content-Type": "application/apply-patch+yaml"},
            json=document,
            timeout=TIMEOUT,
        ).raise_for_status()

    def delete(self, path: str) -> None:
        """Remove the object at ``path``, if there is one."""
        answer = self._session.delete(self._server + path, timeout=TIMEOUT)
        if answer.status_code != requests.codes.not_found:
            answer.raise_for_status()
