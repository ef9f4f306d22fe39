"""What a stand-in was asked and how it answered, for tests that count requests and for the curious."""

import json
import re
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

KEPT = 20_000  # requests; older ones are forgotten

_PASSWORD_IN_URI = re.compile(r"(?<=://)([^:/@\s\"]*):([^@/\s\"]*)@")
_PASSWORD_IN_KEY = re.compile(
    r'("(?:\w*[pP]assword|\w*[tT]oken|\w*[sS]ecret|\w*Auth|key|sharedKey)"\s*:\s*)"(?:[^"\\]|\\.)*"'
)


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``path`` is with its query, ``body`` is the text that came."""

    method: str
    path: str
    body: str
    status: int


class Record:
    """The last requests, oldest first."""

    def __init__(self) -> None:
        self.requests: deque[Request] = deque(maxlen=KEPT)

    def add(self, method: str, path: str, body: bytes, status: int) -> None:
        """Remember one request."""
        self.requests.append(Request(method, path, body.decode("utf-8", "replace"), status))

    def writes(self) -> list[Request]:
        """Return those that asked for a change."""
        return [request for request in self.requests if request.method not in ("GET", "HEAD", "OPTIONS")]

    def clear(self) -> None:
        """Forget all of them."""
        self.requests.clear()

    def text(self) -> str:
        """Return them as JSON, for anyone to see: without passwords."""
        shown = [asdict(request) | {"body": masked(request.body)} for request in self.requests]
        return json.dumps(shown)


def masked(text: str) -> str:
    """Return ``text`` with the passwords of URIs and of well-known JSON keys made unreadable."""
    return _PASSWORD_IN_KEY.sub(r'\1"*****"', _PASSWORD_IN_URI.sub(r"\1:*****@", text))


def readable(value: Any) -> str:
    """Return ``value`` as JSON to look at: indented, without passwords."""
    return masked(json.dumps(value, indent=2, ensure_ascii=False))
