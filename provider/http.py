"""HTTP to one service: opened by its Secret, tried again while it is busy, in plain words if it refuses."""

from __future__ import annotations

import email.utils
import json
import random
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

from provider.errors import Rejected, Unreachable
from provider.pace import Pace

if TYPE_CHECKING:  # it is imported where a request is sent; most previews send none
    import requests

# The server was too busy, or something between it and us was; a request that is safe to repeat is repeated.
RETRIED = frozenset({408, 429, 502, 503, 504})
ATTEMPTS = 8  # with the pauses between them that is about half a minute
LONGEST_PAUSE = 60.0  # seconds, however long the server asks for
TIMEOUT = (10, 75)  # seconds to connect; seconds to wait for an answer (Ditto itself gives up after 60)


@dataclass(frozen=True)
class Answer:
    """What a service answered; `document` is its body if that is JSON, else None."""

    status: int
    headers: Mapping[str, str]
    text: str
    document: Any

    @property
    def code(self) -> str:
        """Ditto's dotted error code, such as `things:id.invalid`, or Grafana's status word; or empty."""
        return self._word("error") or self._word("status")

    @property
    def words(self) -> str:
        """What the service says in its body, on one line."""
        said = [self._word("message"), self._word("description")]
        return " ".join(" ".join(part for part in said if part).split())

    def _word(self, key: str) -> str:
        value = self.document.get(key) if isinstance(self.document, dict) else None
        return value if isinstance(value, str) else ""


class Door(Protocol):
    """The way into a service."""

    base: str
    what_opens_it: str

    def session(self) -> requests.Session:
        """A session that carries the credentials. Raises `Unreachable` when they cannot be read."""

    def renew(self, refused: requests.Session) -> None:
        """Read the credentials anew, unless that was done since `refused` was given out."""


class Client:
    """Sends requests to one service, as many at once as its pace allows; to be shared by all threads."""

    def __init__(
        self, service: str, door: Door, pace: Pace, pause: Callable[[float], None] = time.sleep
    ) -> None:
        self.service = service
        self._door = door
        self._pace = pace
        self._pause = pause

    def request(
        self,
        method: str,
        path: str,
        *,
        body: str | None = None,
        kind: str = "application/json",
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        retried: Collection[int] = RETRIED,
    ) -> Answer:
        """Send a request that is safe to repeat, and give back the answer whatever its status.

        Repeated while the status is one of `retried` or the connection breaks, with growing pauses or those
        that the server asks for. Raises `Unreachable` when there is no answer at all or no way in.
        """
        from requests import RequestException

        for attempt in range(ATTEMPTS):
            last = attempt == ATTEMPTS - 1
            try:
                with self._pace:
                    answer = self.once(method, path, body=body, kind=kind, headers=headers, params=params)
            except RequestException as error:
                if last:
                    raise Unreachable(f"{self.service} cannot be reached: {cause(error)}") from None
                self._pause(growing(attempt))
                continue
            if answer.status not in retried:
                self._pace.eased()
                return answer
            if answer.status in (429, 503):
                self._pace.strained()
            if last:
                return answer
            self._pause(asked_for(answer) or growing(attempt))
        raise AssertionError("the last attempt returns or raises")

    def once(
        self,
        method: str,
        path: str,
        *,
        body: str | None = None,
        kind: str = "application/json",
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request, without repeating it: a refused password is read anew and tried once more.

        Raises requests' errors when the connection fails, and `Unreachable` when nobody is let in.
        """
        for renewed in (False, True):
            session = self._door.session()
            response = session.request(
                method,
                self._door.base + path,
                params=params,
                data=None if body is None else body.encode(),
                headers={**({} if body is None else {"Content-Type": kind}), **(headers or {})},
                timeout=TIMEOUT,
                allow_redirects=False,
            )
            if response.status_code != HTTPStatus.UNAUTHORIZED:
                return _answer(response)
            if not renewed:
                self._door.renew(session)
        raise Unreachable(
            f"{self.service} does not let us in (401): it does not accept what {self._door.what_opens_it}"
            " holds. If the password was changed by hand, put it there; else `pulumi refresh` and `pulumi up`"
            " make both agree again"
        )

    def rejected(self, what: str, answer: Answer) -> Rejected:
        """The answer as an error about `what`, in the service's own words."""
        words = answer.words or _hint(answer)
        mark = f"{answer.status} {answer.code}".strip()
        return Rejected(f"{what}: {self.service} refuses: {words} ({mark})", answer.status, answer.code)


def cause(error: BaseException) -> str:
    """The innermost reason of a failed connection, without the names of the layers around it."""
    while True:
        inner = getattr(error, "reason", None) or next(iter(error.args), None)
        if not isinstance(inner, BaseException):
            break
        error = inner
    from urllib3.exceptions import NewConnectionError

    if isinstance(error, NewConnectionError):  # "HTTPConnection(…): Failed to …: [Errno 111] Connection …"
        return str(error).partition("): ")[2] or str(error)
    return str(error)


def _hint(answer: Answer) -> str:
    """What there is to say of an answer that does not explain itself."""
    if 300 <= answer.status < 400:
        return f"it sends us on to {answer.headers.get('Location')}; give it that address"
    if answer.status == 413:
        return "it is too large"
    text = " ".join(answer.text.split())
    return text[:200] if text and not text.startswith("<") else "no reason is given"


def _answer(response: requests.Response) -> Answer:
    response.encoding = "utf-8"
    try:
        document = json.loads(response.text)
    except ValueError:
        document = None
    return Answer(response.status_code, response.headers, response.text, document)


def growing(attempt: int) -> float:
    """Seconds: a quarter, a half, one … to eight, spread so that clients do not come back all at once."""
    return min(8.0, 0.25 * 2.0 ** min(attempt, 5)) * random.uniform(0.5, 1.0)  # noqa: S311 - it keeps no secret


def asked_for(answer: Answer) -> float | None:
    """The seconds that a `Retry-After` header asks for, a number or a date."""
    text = answer.headers.get("Retry-After", "")
    try:
        seconds = float(text) if text.strip().isdigit() else _until(text)
    except (TypeError, ValueError):
        return None
    return min(max(seconds, 0.0), LONGEST_PAUSE)


def _until(date: str) -> float:
    return float(email.utils.parsedate_to_datetime(date).timestamp() - time.time())
