"""The real nginx serves Kafka-ML's web interface with its pod's file, and takes its calls to the backend."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from components.kafka_ml import frontend
from tests.components.running import HOST, installed
from tests.services.peers.processes import Process, free_port, listens


class Backend(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def do_GET(self) -> None:
        known = {name.lower(): value for name, value in self.headers.items()}
        asked = {name: known.get(name) for name in ("host", "upgrade", "connection")}
        body = json.dumps({"path": self.path, **asked}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """nginx before a backend; its address."""
    folder, port = tmp_path_factory.mktemp("frontend"), free_port()
    backend = ThreadingHTTPServer((HOST, 0), Backend)
    threading.Thread(target=backend.serve_forever, daemon=True).start()
    (folder / "html" / "assets").mkdir(parents=True)
    (folder / "html" / "index.html").write_text("the page")
    (folder / "html" / "assets" / "env.js").write_text("of the image")
    text = frontend(f"{HOST}:{backend.server_port}", port)
    places = {  # first of all /tmp, as the test's own folder is there
        "/tmp/": f"{folder}/",
        "/usr/share/nginx/html": f"{folder}/html",
        f"listen {port}": f"listen {HOST}:{port}",
    }
    for there, mine in places.items():
        text = text.replace(there, mine)
    (folder / "nginx.conf").write_text(text)
    words = ["-c", f"{folder}/nginx.conf", "-g", "daemon off; user root;"]
    program = Process([installed("nginx"), *words], folder / "log", lambda: listens(port))
    program.start()
    yield f"http://{HOST}:{port}"
    program.stop()
    backend.shutdown()
    backend.server_close()


def test_every_address_of_the_interface_is_its_page(page: str) -> None:
    assert {requests.get(page + path, timeout=10).text for path in ("/", "/models", "/results/5")} == {
        "the page"
    }


def test_the_page_is_told_where_the_backend_is(page: str) -> None:
    answer = requests.get(f"{page}/assets/env.js", timeout=10)

    assert 'window.env.API_SERVER_URL = "/api"' in answer.text
    assert "javascript" in answer.headers["Content-Type"]


def test_calls_reach_the_backend_under_a_name_that_it_takes(page: str) -> None:
    answer = requests.get(f"{page}/api/models/?x=1", timeout=10).json()

    assert (answer["path"], answer["host"]) == ("/models/?x=1", "kafka-ml-backend")
    assert answer["upgrade"] is None


def test_what_is_to_become_a_websocket_does(page: str) -> None:
    headers = {"Upgrade": "websocket", "Connection": "Upgrade"}
    answer = requests.get(f"{page}/api/ws/", headers=headers, timeout=10).json()

    assert (answer["path"], answer["upgrade"], answer["connection"]) == ("/ws/", "websocket", "upgrade")
