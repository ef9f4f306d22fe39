"""The real nginx starts with its pod's files, and tells Ditto's gateway who asks, or lets nobody in."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from components import ditto_nginx
from tests.components.declared import credential, declare
from tests.components.running import HOST, installed
from tests.services.peers.processes import Process, free_port, listens


class Gateway(BaseHTTPRequestHandler):
    """Answers with what it was asked, as Ditto's gateway would see it."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        known = {name.lower(): value for name, value in self.headers.items()}
        body = json.dumps({"path": self.path, "user": known.get("x-ditto-pre-authenticated")}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """nginx with the files of its pod, before a gateway; its address."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    gateway = ThreadingHTTPServer((HOST, 0), Gateway)
    threading.Thread(target=gateway.serve_forever, daemon=True).start()
    passwords = declare().kind("Secret")["ditto-nginx-passwords"].files["htpasswd"]
    (folder / "htpasswd").write_text(passwords)
    behind = f"{HOST}:{gateway.server_port}"
    text = ditto_nginx.configuration(behind, behind, f"{HOST}:{port}", f"{folder}/htpasswd", str(folder))
    (folder / "nginx.conf").write_text(text)
    words = ["-e", "stderr", "-c", f"{folder}/nginx.conf", "-g", "daemon off; user root;"]
    program = Process([installed("nginx"), *words], folder / "log", lambda: listens(port))
    program.start()
    yield f"http://{HOST}:{port}"
    program.stop()
    gateway.shutdown()
    gateway.server_close()


DITTO = ("ditto", credential("ditto-api")["value"])
FORGED = {"x-ditto-pre-authenticated": "nginx:root"}


def test_nginx_tells_the_gateway_who_has_given_the_generated_password(front: str) -> None:
    answer = requests.get(f"{front}/api/2/things?ids=a:b", auth=DITTO, headers=FORGED, timeout=10)

    assert answer.json() == {"path": "/api/2/things?ids=a:b", "user": "nginx:ditto"}


@pytest.mark.parametrize("path", ["/api/2/things", "/ws/2", "/api"])
@pytest.mark.parametrize("auth", [None, ("ditto", "ditto"), ("devops", DITTO[1])])
def test_nginx_lets_nobody_else_near_the_api(front: str, path: str, auth: tuple[str, str] | None) -> None:
    assert requests.get(front + path, auth=auth, headers=FORGED, timeout=10).status_code == 401


@pytest.mark.parametrize(
    ("path", "behind"),
    [
        ("/api/2/connections", "/api/2/connections"),
        ("/api/2/connections/mine", "/api/2/connections/mine"),
        ("/devops/logging", "/devops/logging"),
        ("/status/health", "/overall/status/health"),
        ("/health", "/health"),
        ("/ui/index.html", "/index.html"),
    ],
)
def test_where_the_gateway_asks_for_a_password_itself_no_header_is_believed(
    front: str, path: str, behind: str
) -> None:
    answer = requests.get(front + path, auth=("devops", "any"), headers=FORGED, timeout=10)

    assert answer.json() == {"path": behind, "user": None}


def test_nginx_has_nothing_else(front: str) -> None:
    assert requests.get(f"{front}/stats", timeout=10).status_code == 404
    assert requests.get(front, allow_redirects=False, timeout=10).headers["Location"].endswith("/ui/")
