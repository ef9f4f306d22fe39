"""Puts a comment on a pull request (GitHub) or a merge request (GitLab), in the place of the one it put last.

https://docs.github.com/en/rest/issues/comments and https://docs.gitlab.com/api/notes/
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

TIMEOUT = 30  # seconds
MOST_PAGES = 50  # of 100 comments each
ACTIONS = "github-actions[bot]"  # whose comments a job's own token writes; it may not ask who it is


class PostError(Exception):
    """The comment could not be put; the message says why, and nothing of the token."""


@dataclass(frozen=True)
class Thread:
    """Where comments go: the URL of their list and of one of them, and how they are read and changed."""

    url: str
    item: str  # the URL of one comment, with {id} in it
    headers: Mapping[str, str]
    update: str  # the HTTP method
    user: str  # the URL that tells who we are
    author: str  # the key of a comment that holds who wrote it
    name: str  # the key of a user's name

    def put(self, marker: str, text: str, first: bool = True) -> None:
        """Write our comment that begins with this marker anew; or, if `first`, for the first time.

        What others wrote is left alone, though it begin with the marker. Raises `PostError`.
        """
        with requests.Session() as session:
            session.headers.update(self.headers)
            try:
                known = self._ours(session, marker)
                if known is not None:
                    url = self.item.format(id=known["id"])
                    if known["body"] != text:
                        _send(session, self.update, url, text)
                elif first:
                    _send(session, "POST", self.url, text)
            except requests.HTTPError as error:
                raise PostError(f"the comment could not be put: {_why(error.response)}") from None
            except (requests.RequestException, KeyError, TypeError) as error:
                raise PostError(f"the comment could not be put: {error!r}") from None

    def _ours(self, session: requests.Session, marker: str) -> Mapping[str, Any] | None:
        me = None
        for each in self._all(session):
            if (each["body"] or "").startswith(marker):
                me = me or self._me(session)
                if (each.get(self.author) or {}).get(self.name) == me:
                    return each
        return None

    def _me(self, session: requests.Session) -> str:
        answer = session.get(self.user, timeout=TIMEOUT)
        if answer.status_code in (401, 403):
            return ACTIONS
        answer.raise_for_status()
        return str(answer.json()[self.name])

    def _all(self, session: requests.Session) -> Iterator[Mapping[str, Any]]:
        url: str | None = f"{self.url}?per_page=100"
        for _ in range(MOST_PAGES):
            if not url:
                return
            answer = session.get(url, timeout=TIMEOUT)
            answer.raise_for_status()
            yield from answer.json()
            url = answer.links.get("next", {}).get("url")


def _send(session: requests.Session, method: str, url: str, text: str) -> None:
    session.request(method, url, json={"body": text}, timeout=TIMEOUT).raise_for_status()


def _why(answer: requests.Response) -> str:
    status = f"{answer.request.method} {answer.url} was answered {answer.status_code} {answer.reason}"
    match answer.status_code:
        case 401:
            return f"{status}: the token is not valid"
        case 403 | 404:
            return f"{status}: the token may not write here, or there is no such pull request"
    return status


def thread(environment: Mapping[str, str]) -> Thread:
    """Return the thread that a CI job's environment names. Raises `PostError` when it names none."""

    def given(name: str) -> str:
        if not environment.get(name):
            raise PostError(f"{name} is not set; it is needed to put the comment")
        return environment[name]

    if environment.get("GITLAB_CI"):
        api = given("CI_API_V4_URL")
        request = f"{api}/projects/{given('CI_PROJECT_ID')}/merge_requests/{given('CI_MERGE_REQUEST_IID')}"
        notes = f"{request}/notes"
        headers = {"PRIVATE-TOKEN": given("GITLAB_TOKEN")}
        return Thread(notes, notes + "/{id}", headers, "PUT", f"{api}/user", "author", "username")
    api = environment.get("GITHUB_API_URL", "https://api.github.com")
    repository = f"{api}/repos/{given('GITHUB_REPOSITORY')}"
    comments = f"{repository}/issues/{given('PULL_REQUEST')}/comments"
    headers = {"Authorization": f"Bearer {given('GITHUB_TOKEN')}", "Accept": "application/vnd.github+json"}
    one = f"{repository}/issues/comments/{{id}}"
    return Thread(comments, one, headers, "PATCH", f"{api}/user", "user", "login")
