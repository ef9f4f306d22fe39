"""What the measured programs speak to: a stand-in for Ditto in a process of its own, and a cluster's Secrets."""

import base64
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests
import yaml

ROOT = Path(__file__).parents[1]
# Of a real Ditto, when one is named by OPENTWINS_DITTO_URL; the stand-in is told the same.
LOGIN = (
    os.environ.get("OPENTWINS_DITTO_USER", "ditto"),
    os.environ.get("OPENTWINS_DITTO_PASSWORD", "ditto"),
)
PATIENCE = 30.0  # seconds until a server has to answer

# The stand-in as it is, with a note of when the first and the last thing were made.
_STAND_IN = """\
import sys, time
from aiohttp import web
from sandbox.ditto.server import application
from sandbox.standin.credentials import Fixed
users = {sys.argv[2]: sys.argv[3]}
app = application(Fixed(api=users, devops=users))
seen = []
@web.middleware
async def timed(request, handler):
    if request.method == "PUT" and request.path.startswith("/api/2/things/"):
        now = time.perf_counter()
        seen[:] = [seen[0] if seen else now, now, seen[2] + 1 if seen else 1]
    if request.path == "/bench":
        return web.json_response(seen)
    return await handler(request)
app.middlewares.append(timed)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
"""


@contextlib.contextmanager
def stand_in() -> Iterator[str]:
    """Run the stand-in for Ditto, which keeps all in memory; the value is its URL."""
    port = _free_port()
    process = subprocess.Popen(
        [sys.executable, "-c", _STAND_IN, str(port), *LOGIN], cwd=ROOT, stdin=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{url}/health")
        yield url
    finally:
        process.terminate()
        process.wait()


@contextlib.contextmanager
def secrets(folder: Path, values: Mapping[str, Mapping[str, str]]) -> Iterator[Path]:
    """Serve a Kubernetes API that has these Secrets and nothing else; the value is its kubeconfig."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.path.partition("?")[0].rpartition("/")[2]
            data = {key: base64.b64encode(text.encode()).decode() for key, text in values[name].items()}
            body = json.dumps(
                {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": name}, "data": data}
            )
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "here",
                "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
                "clusters": [
                    {"name": "here", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
                ],
                "users": [{"name": "me", "user": {}}],
            }
        )
    )
    try:
        yield kubeconfig
    finally:
        server.shutdown()
        server.server_close()


def rate_at(url: str) -> float:
    """How many things the stand-in was asked to make in a second, from the first to the last."""
    first, last, count = requests.get(f"{url}/bench", timeout=10).json()
    return float((count - 1) / (last - first))


def prepare(url: str) -> None:
    """Make the policy that the measured things have."""
    rights = {"thing:/": {"grant": ["READ", "WRITE"], "revoke": []}}
    resources = rights | {"policy:/": rights["thing:/"]}
    # Marked as the measured stack's own, which is to find it as if it had made it.
    entry = {
        "subjects": {f"nginx:{LOGIN[0]}": {"type": "opentwins/bench/city:policy"}},
        "resources": resources,
    }
    policy = {"entries": {"opentwins": entry}}
    answer = requests.put(f"{url}/api/2/policies/city:policy", json=policy, auth=LOGIN, timeout=30)
    answer.raise_for_status()


def real_ditto() -> str | None:
    """The URL of a real Ditto, if one is named."""
    return os.environ.get("OPENTWINS_DITTO_URL")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(url: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(requests.RequestException):
            if requests.get(url, timeout=5).ok:
                return
        if time.monotonic() > deadline:
            raise TimeoutError(f"{url} does not answer")
        time.sleep(0.05)
