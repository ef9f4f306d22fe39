"""A small GitHub and GitLab on loopback: as much of their comments as is needed, and as strict about it."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "of the job"
PAGE = 3  # comments, whatever is asked for: so that there are pages to turn


@dataclass
class Forge:
    """Comments of one pull request, and what was asked about them."""

    kind: str
    comments: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    may_write: bool = True
    knows_user: bool = True
    url: str = ""

    @property
    def author(self) -> tuple[str, str]:
        return ("user", "login") if self.kind == "github" else ("author", "username")

    @property
    def environment(self) -> dict[str, str]:
        """What a job of it has in its environment."""
        if self.kind == "github":
            return {
                "GITHUB_API_URL": self.url,
                "GITHUB_REPOSITORY": "garden/twins",
                "GITHUB_TOKEN": TOKEN,
                "PULL_REQUEST": "7",
            }
        return {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": self.url,
            "CI_PROJECT_ID": "42",
            "CI_MERGE_REQUEST_IID": "7",
            "GITLAB_TOKEN": TOKEN,
        }

    def say(self, body: str | None, who: str = "somebody") -> dict[str, Any]:
        """Somebody comments."""
        key, name = self.author
        comment = {"id": 100 + len(self.comments), "body": body, key: {name: who}}
        self.comments.append(comment)
        return comment

    @property
    def me(self) -> str:
        return "bot" if self.knows_user else "github-actions[bot]"

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any, str]:
        """Status, body and link of an answer."""
        of_all, of_one = {
            "github": (
                r"/repos/garden/twins/issues/7/comments",
                r"/repos/garden/twins/issues/comments/(\d+)",
            ),
            "gitlab": (r"/projects/42/merge_requests/7/notes", r"/projects/42/merge_requests/7/notes/(\d+)"),
        }[self.kind]
        if path == "/user":
            return (200, {self.author[1]: self.me}, "") if self.knows_user else (403, {}, "")
        if method == "GET" and re.fullmatch(of_all, path):
            page = int(query.get("page", ["1"])[0])
            link = (
                f'<{self.url}{path}?page={page + 1}>; rel="next"' if page * PAGE < len(self.comments) else ""
            )
            return 200, self.comments[(page - 1) * PAGE : page * PAGE], link
        if not self.may_write:
            return 403, {"message": "Resource not accessible by integration"}, ""
        if method == "POST" and re.fullmatch(of_all, path):
            return 201, self.say(body["body"], self.me), ""
        update = "PATCH" if self.kind == "github" else "PUT"
        if method == update and (found := re.fullmatch(of_one, path)):
            comment = next(each for each in self.comments if each["id"] == int(found[1]))
            comment["body"] = body["body"]
            return 200, comment, ""
        return 404, {}, ""


@contextmanager
def served(forge: Forge) -> Iterator[Forge]:
    """Serve it while the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"null")
            forge.asked.append((self.command, url.path))
            token = self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN")
            if token in (f"Bearer {TOKEN}", TOKEN):
                status, answer, link = forge.answer(self.command, url.path, parse_qs(url.query), body)
            else:
                status, answer, link = 401, {"message": "Bad credentials"}, ""
            content = json.dumps(answer).encode()
            self.send_response(status)
            if link:
                self.send_header("Link", link)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = _handle  # noqa: N815 - http.server names them so

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        forge.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield forge
        finally:
            server.shutdown()
            thread.join()
