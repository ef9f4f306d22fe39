"""A real browser draws what the real nginx serves with the generated configuration, on pages of Grafana's origin."""

import re
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from components.webgl.configuration import configuration
from tests.components.running import HOST, installed
from tests.components.webgl_build import COMPRESSIONS, RED, page, write
from tests.services.peers.processes import Process, free_port, listens

BROWSER = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
)
BROWSER += " --disable-component-update --disable-sync --use-angle=swiftshader --enable-unsafe-swiftshader"


class Pages(BaseHTTPRequestHandler):
    """Grafana's place, and at another port somebody else's: pages that show a build of the host."""

    host = ""

    def do_GET(self) -> None:
        found = re.fullmatch(r"/page(\.\w+)?", self.path)
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        if found:
            self.wfile.write(page(self.host, found[1] or "").encode())

    def log_message(self, *_: object) -> None:
        pass


@dataclass(frozen=True)
class Site:
    """The host of the builds, and two servers of pages: one whose origin is allowed, and one of others."""

    host: str
    grafana: str
    foreign: str


def serve(folder: Path, port: int, origins: list[str], threads: bool = False) -> Process:
    folder.chmod(0o755)
    text = configuration(origins, threads, f"{HOST}:{port}", str(folder / "files"), str(folder))
    # Started by root, it would go on as a user who may not read a test's folder.
    text = f"user root;\n{text}".replace("access_log /dev/stdout;", f"access_log {folder}/access;")
    (folder / "nginx.conf").write_text(text)
    command = [installed("nginx"), "-e", "stderr", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    return Process(command, folder / "log", lambda: listens(port))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder, port = tmp_path_factory.mktemp("webgl"), free_port()
    write(folder / "files")
    Pages.host = f"http://{HOST}:{port}"
    servers = [ThreadingHTTPServer((HOST, 0), Pages) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    grafana, foreign = (f"http://{HOST}:{server.server_port}" for server in servers)
    nginx = serve(folder, port, [grafana])
    nginx.start()
    yield Site(Pages.host, grafana, foreign)
    nginx.stop()
    for server in servers:
        server.shutdown()
        server.server_close()


def shown(address: str, profile: Path) -> str:
    """What the page says once it is done."""
    command = [installed("chromium"), *BROWSER.split(), f"--user-data-dir={profile}"]
    command += ["--virtual-time-budget=20000", "--dump-dom", address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    found = re.search(r'<p id="said">(.*?)</p>', done.stdout)
    assert found, done.stdout + done.stderr[-2000:]
    return found[1]


@pytest.mark.parametrize("end", COMPRESSIONS)
def test_a_page_of_grafanas_origin_draws_a_build_however_it_is_compressed(
    site: Site, tmp_path: Path, end: str
) -> None:
    assert shown(f"{site.grafana}/page{end}", tmp_path) == f"drawn {RED} 100 50 255"


def test_a_page_of_a_foreign_origin_is_refused(site: Site, tmp_path: Path) -> None:
    assert shown(f"{site.foreign}/page", tmp_path) == "failed TypeError"


def test_whoever_says_that_it_is_of_a_foreign_origin_gets_nothing(site: Site) -> None:
    answer = requests.get(f"{site.host}/Build/scene.data", headers={"Origin": site.foreign}, timeout=10)

    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("file", "kind", "encoding"),
    [
        ("scene.wasm", "application/wasm", None),
        ("scene-gz.wasm.gz", "application/wasm", "gzip"),
        ("scene-br.wasm.br", "application/wasm", "br"),
        ("scene.loader.js", "application/javascript", None),
        ("scene-br.framework.js.br", "application/javascript", "br"),
        ("scene-gz.data.gz", "application/octet-stream", "gzip"),
    ],
)
def test_each_file_comes_with_its_type_and_its_encoding(
    site: Site, file: str, kind: str, encoding: str | None
) -> None:
    headers = {"Origin": site.grafana, "Accept-Encoding": "identity"}
    answer = requests.get(f"{site.host}/Build/{file}", headers=headers, timeout=10, stream=True)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == kind
    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.headers["Access-Control-Allow-Origin"] == site.grafana
    assert answer.headers["Vary"] == "Origin"
    assert "Cross-Origin-Embedder-Policy" not in answer.headers


def test_it_serves_nothing_hidden_takes_nothing_and_says_that_it_is_well(site: Site) -> None:
    assert requests.get(f"{site.host}/Build/.git", timeout=10).status_code == 404
    assert requests.put(f"{site.host}/Build/scene.data", data=b"x", timeout=10).status_code == 405
    assert requests.get(f"{site.host}/healthz", timeout=10).text == "ok\n"


def test_a_build_with_threads_is_isolated_from_other_origins(tmp_path: Path) -> None:
    files = write(tmp_path / "files")
    port = free_port()
    (files / "index.html").write_text(page("", ""))
    nginx = serve(tmp_path, port, ["http://grafana.example"], threads=True)
    nginx.start()
    try:
        assert shown(f"http://{HOST}:{port}/", tmp_path / "profile") == f"isolated drawn {RED} 100 50 255"
    finally:
        nginx.stop()
