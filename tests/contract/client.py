"""How the tests speak to a service: plain HTTP, everything that was made taken away again."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests

MERGE = "application/merge-patch+json"
JSON = "application/json"
WHOLE = {f"{kind}:/": {"grant": ["READ", "WRITE"], "revoke": []} for kind in ("thing", "policy", "message")}

Login = tuple[str, str]


@dataclass
class Client:
    """A service at ``url``, entered by one of ``logins``; ``real`` tells it from its stand-in."""

    url: str
    logins: Mapping[str, Login]
    real: bool
    namespace: str
    created: list[str] = field(default_factory=list)
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.trust_env = False

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        login: str | Login | None = "api",
        content_type: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send a request and return the answer. ``body`` is text, or a value to be made JSON."""
        all_headers = dict(headers or {})
        data = None
        if body is not None:
            data = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
            content_type = content_type or (MERGE if method == "PATCH" else JSON)
        if content_type:
            all_headers["Content-Type"] = content_type
        entry = self.logins[login] if isinstance(login, str) else login
        return self.session.request(
            method, self.url + path, data=data, headers=all_headers, auth=entry, timeout=70
        )

    def close(self) -> None:
        """Let go of the connections."""
        self.session.close()


class Ditto(Client):
    """Ditto, by the documents it keeps. Each test has a namespace of its own, which names are put into."""

    def id(self, name: str) -> str:
        """Return ``name`` in this test's namespace."""
        return f"{self.namespace}:{name}"

    def policy_path(self, name: str = "policy", part: str = "") -> str:
        """Return the path of a policy, or of a part of it."""
        return f"/api/2/policies/{quote(self.id(name), safe='')}{part}"

    def thing_path(self, name: str = "thing", part: str = "") -> str:
        """Return the path of a thing, or of a part of it."""
        return f"/api/2/things/{quote(self.id(name), safe='')}{part}"

    def connection_path(self, name: str = "connection", part: str = "") -> str:
        """Return the path of a connection, or of a part of it."""
        return f"/api/2/connections/{self.namespace.replace('.', '_')}_{name}{part}"

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        """Send a request; what it creates is deleted after the test. Connections are the devops' business."""
        if path.startswith("/api/2/connections"):
            options.setdefault("login", "devops")
        answer = super().send(method, path, body, **options)
        if answer.status_code == 201 and method in ("PUT", "PATCH", "POST"):
            self.created.append("/api/2/" + answer.headers["Location"].split("/api/2/", 1)[1])
        return answer

    def with_policy(self, name: str = "policy", **entries: Any) -> str:
        """Make a policy, which gives every right unless ``entries`` say otherwise; return its id."""
        answer = self.send("PUT", self.policy_path(name), {"entries": entries or {"owner": entry()}})
        assert answer.status_code in (201, 204), answer.text
        return self.id(name)

    def with_thing(self, name: str = "thing", **parts: Any) -> str:
        """Make a policy and a thing with these parts; return the thing's path."""
        policy = parts.pop("policyId", None) or self.with_policy()
        answer = self.send("PUT", self.thing_path(name), {"policyId": policy, **parts})
        assert answer.status_code == 201, answer.text
        return self.thing_path(name)

    def close(self) -> None:
        """Take away what the test made: things before the policies that they need."""
        order = {"connections": 0, "things": 1, "policies": 2}
        for path in sorted(dict.fromkeys(self.created), key=lambda path: order[path.split("/")[3]]):
            parts = path.split("/")
            self.send("DELETE", "/".join(parts[:5]))
        super().close()


def entry(*subjects: str, resources: Any = None) -> dict[str, Any]:
    """Return an entry of a policy: every right for the API's user, unless told otherwise."""
    who = {subject: {"type": "contract test"} for subject in subjects or ("nginx:ditto",)}
    return {"subjects": who, "resources": WHOLE if resources is None else resources}


def refusal(answer: requests.Response) -> tuple[int, str]:
    """Return status and error code of an answer that is Ditto's no, after looking at its form."""
    body = answer.json()
    assert answer.headers["Content-Type"].startswith("application/json")
    assert body["status"] == answer.status_code
    assert body["message"]
    return answer.status_code, body["error"]


def eventually(look: Callable[[], Any], wanted: Callable[[Any], bool], within: float = 20.0) -> Any:
    """Look until ``wanted`` is so, and return what was seen last."""
    deadline = time.monotonic() + within
    while not wanted(seen := look()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return seen
