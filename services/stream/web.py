"""Serves `/metrics`, `/healthz` and `/readyz`."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from services.stream.metrics import Metrics
from services.stream.status import Status


@contextmanager
def serving(address: str, port: int, metrics: Metrics, status: Status) -> Iterator[int]:
    """Serve inside the block; yields the port, which the system chooses when it is 0. Raises OSError."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            """Answer a request."""
            code, body = _answer(self.path.partition("?")[0], metrics, status)
            self.send_response(code)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing: a probe every few seconds is no news."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server((address, port), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


def _answer(path: str, metrics: Metrics, status: Status) -> tuple[int, bytes]:
    if path == "/metrics":
        return 200, metrics.text()
    if path == "/healthz":
        return (503, b"the loop stands still\n") if status.stuck else (200, b"ok\n")
    if path == "/readyz":
        return (503, f"{status.lacks}\n".encode()) if status.lacks else (200, b"ok\n")
    return 404, b"there are /metrics, /healthz and /readyz\n"
