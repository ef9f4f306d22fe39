"""Puts a comment on a pull request (GitHub) or a merge request (GitLab), in the place of the last one of its stack.

https://docs.github.com/en/rest/issues/comments and https://docs.gitlab.com/api/notes/
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

TIMEOUT = 30  # seconds


class PostError(Exception):
    """The comment could not be put; the message says why, and nothing of the token."""


@dataclass(frozen=True)
class Thread:
    """Where comments go: the URL of their list, the headers that open it, and how one of them is changed."""

    url: str
    headers: Mapping[str, str]
    update: str  # the HTTP method
    item: str  # the URL of one comment, with {id} in it

    def put(self, marker: str, text: str) -> None:
        """Write the comment with this marker anew, or write it for the first time. Raises `PostError`."""
        with requests.Session() as session:
            session.headers.update(self.headers)
            try:
                known = next(
                    (each["id"] for each in self._all(session) if marker in (each["body"] or "")), None
                )
                if known is None:
                    answer = session.post(self.url, json={"body": text}, timeout=TIMEOUT)
                else:
                    url = self.item.format(id=known)
                    answer = session.request(self.update, url, json={"body": text}, timeout=TIMEOUT)
                answer.raise_for_status()
            except requests.RequestException as error:
                raise PostError(f"the comment could not be put: {error}") from None

    def _all(self, session: requests.Session) -> Iterator[Mapping[str, Any]]:
        url: str | None = f"{self.url}?per_page=100"
        while url:
            answer = session.get(url, timeout=TIMEOUT)
            answer.raise_for_status()
            yield from answer.json()
            url = answer.links.get("next", {}).get("url")


def thread(environment: Mapping[str, str]) -> Thread:
    """Return the thread that a CI job's environment names. Raises `PostError` when it names none."""

    def given(name: str) -> str:
        if not environment.get(name):
            raise PostError(f"{name} is not set; it is needed to find the comment")
        return environment[name]

    if environment.get("GITLAB_CI"):
        notes = (
            f"{given('CI_API_V4_URL')}/projects/{given('CI_PROJECT_ID')}"
            f"/merge_requests/{given('CI_MERGE_REQUEST_IID')}/notes"
        )
        return Thread(notes, {"PRIVATE-TOKEN": given("GITLAB_TOKEN")}, "PUT", notes + "/{id}")
    api = environment.get("GITHUB_API_URL", "https://api.github.com")
    repository = f"{api}/repos/{given('GITHUB_REPOSITORY')}"
    headers = {"Authorization": f"Bearer {given('GITHUB_TOKEN')}", "Accept": "application/vnd.github+json"}
    comments = f"{repository}/issues/{given('PULL_REQUEST')}/comments"
    return Thread(comments, headers, "PATCH", f"{repository}/issues/comments/{{id}}")
