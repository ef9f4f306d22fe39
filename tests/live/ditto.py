"""A Ditto on this machine, and what a test makes in it and takes out again."""

import json
import os
from collections.abc import Mapping
from typing import Any

import requests

from tests.live.programs import eventually
from twins.owner import Owner

DITTO = os.environ.get("OPENTWINS_DITTO_URL")
USER = (os.environ.get("OPENTWINS_DITTO_USER", "ditto"), os.environ.get("OPENTWINS_DITTO_PASSWORD", "ditto"))
DEVOPS = (
    os.environ.get("OPENTWINS_DITTO_DEVOPS_USER", "devops"),
    os.environ.get("OPENTWINS_DITTO_DEVOPS_PASSWORD", "foobar"),
)
OWNER = Owner("opentwins/live", f"nginx:{USER[0]}")


class Ditto:
    """Its HTTP API, as its user and its operator."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._made: list[tuple[str, tuple[str, str]]] = []

    def ask(self, method: str, path: str, login: tuple[str, str], **request: Any) -> requests.Response:
        return self._session.request(method, f"{DITTO}/api/2/{path}", auth=login, timeout=60, **request)

    def put(self, path: str, document: Mapping[str, Any]) -> None:
        login = DEVOPS if path.startswith("connections") else USER
        answer = self.ask("PUT", path, login, json=document)
        assert answer.ok, answer.text
        self._made.append((path, login))

    def connect(
        self, name: str, document: Mapping[str, Any], login: Mapping[str, str], wait: bool = True
    ) -> None:
        """Make a connection with the values of its Secret; return once it is open, if that is to be waited for."""
        text = json.dumps(document)
        for key, value in login.items():
            text = text.replace(f"${{secret:{key}}}", value)
        self.put(f"connections/{name}", json.loads(text))
        if wait:
            eventually(
                lambda: self.ask("GET", f"connections/{name}/status", DEVOPS).json()["liveStatus"] == "open",
                f"connection {name} is open",
            )

    def remove(self) -> None:
        """Take out all that was made, the last first."""
        for path, login in reversed(self._made):
            self.ask("DELETE", path, login)
