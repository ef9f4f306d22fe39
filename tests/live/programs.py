"""The real broker, Telegraf and InfluxDB on loopback, with the files that the platform's own pods get."""

import csv
import io
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

from components import telegraf_configuration
from sandbox.dataplane.build import INFLUXD, TELEGRAF, find
from tests.components.declared import declare
from tests.services.peers.fetched import MissingError
from tests.services.peers.processes import Process as Program
from tests.services.peers.processes import eventually, free_port, listens

__all__ = ["BUCKET", "InfluxDB", "Program", "eventually", "free_port"]

ORGANIZATION = "opentwins"
BUCKET = "opentwins"
TOKEN = "a-token-for-tests"

ELSEWHERE = r"http://ditto-[a-z-]+-metrics\.opentwins\.svc:9095/"


def binaries() -> dict[str, Path]:
    """Where the real programs are. Raises `MissingError`, which says what to do, when there is one that is not."""
    built = {program.name: find(program) for program in (TELEGRAF, INFLUXD)}
    broker = shutil.which("mosquitto", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
    if not broker:
        raise MissingError("needs a real mosquitto: install the package of that name")
    for name, path in built.items():
        if not path:
            raise MissingError(f"needs a real {name}: python -m sandbox.dataplane builds it")
    return {"mosquitto": Path(broker)} | {name: path for name, path in built.items() if path}


def password(user: str) -> str:
    """What a user of the broker has to know."""
    return declare().kind("Secret")[f"mosquitto-{user}"].files["password"]


def moved(text: str, places: dict[str, str]) -> str:
    """The text with each place, a regular expression that must be in it, replaced by one here."""
    for there, here in places.items():
        text, times = re.subn(there, here.replace("\\", r"\\"), text)
        assert times, f"{there} is not in the manifest"
    return text


def mosquitto(binary: Path, folder: Path, port: int) -> Program:
    for name, text in declare().kind("Secret")["mosquitto-users"].files.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    places = {
        r"listener 1883": f"listener {port} 127.0.0.1",
        r"/mosquitto/secrets/": f"{folder}/",
        r"/mosquitto/data/": f"{folder}/",
    }
    text = moved(declare().kind("ConfigMap")["mosquitto"].files["mosquitto.conf"], places)
    # Started by root, it would go on as another user, who may not read the folders of a test.
    (folder / "mosquitto.conf").write_text(text + "user root\n")
    command = [str(binary), "-c", str(folder / "mosquitto.conf")]
    return Program(command, folder / "mosquitto.log", lambda: listens(port))


def influxd(binary: Path, folder: Path, port: int) -> Program:
    command = [
        str(binary),
        f"--bolt-path={folder}/influxd.bolt",
        f"--sqlite-path={folder}/influxd.sqlite",
        f"--engine-path={folder}/engine",
        f"--http-bind-address=127.0.0.1:{port}",
        "--reporting-disabled",
    ]
    address = f"http://127.0.0.1:{port}"
    return Program(command, folder / "influxd.log", lambda: _status(f"{address}/health") == 200)


def telegraf(binary: Path, folder: Path, port: int, influxdb: str, metrics: str) -> Program:
    """Telegraf as the platform has it, for a broker at a port; `metrics` speaks for Ditto's services."""
    health = f"http://127.0.0.1:{free_port()}"
    places = {
        r"tcp://mosquitto\.opentwins\.svc:1883": f"tcp://127.0.0.1:{port}",
        r"http://influxdb\.opentwins\.svc:8086": influxdb,
        r"http://:8080": health,
        ELSEWHERE: metrics,
    }
    text = moved(declare().kind("ConfigMap")["telegraf"].files["telegraf.conf"], places)
    return telegraf_with(binary, folder, text, ("telegraf", password("telegraf")), health)


def telegraf_with(
    binary: Path, folder: Path, text: str, login: tuple[str, str], health: str, token: str = TOKEN
) -> Program:
    (folder / "telegraf.conf").write_text(text)
    environment = {
        telegraf_configuration.INFLUX_TOKEN: token,
        telegraf_configuration.USERNAME: login[0],
        telegraf_configuration.PASSWORD: login[1],
    }
    command = [str(binary), "--config", str(folder / "telegraf.conf")]
    # It answers 200 or 503; either way it runs.
    return Program(command, folder / "telegraf.log", lambda: _status(health) != 0, environment)


def _status(address: str) -> int:
    try:
        return requests.get(address, timeout=2).status_code
    except requests.ConnectionError:
        return 0


@dataclass(frozen=True)
class InfluxDB:
    """InfluxDB's API, as far as it is asked here."""

    address: str

    def set_up(self, retention: timedelta) -> None:
        setup = {
            "username": "admin",
            "password": "a-password-for-tests",
            "org": ORGANIZATION,
            "bucket": BUCKET,
            "token": TOKEN,
            "retentionPeriodSeconds": int(retention.total_seconds()),
        }
        requests.post(f"{self.address}/api/v2/setup", json=setup, timeout=30).raise_for_status()

    def query(
        self,
        flux: str,
        start: str = "2026-11-24T00:00:00Z",
        stop: str = "2026-11-25T00:00:00Z",
        window: str = "1h",
    ) -> list[dict[str, str]]:
        """The rows that a dashboard's query gives; range and window are put in as text, as by Grafana."""
        for name, value in (
            ("v.timeRangeStart", start),
            ("v.timeRangeStop", stop),
            ("v.windowPeriod", window),
        ):
            flux = re.sub(rf"{re.escape(name)}\b", value, flux)
        answer = requests.post(
            f"{self.address}/api/v2/query",
            params={"org": ORGANIZATION},
            headers={
                "Authorization": f"Token {TOKEN}",
                "Content-Type": "application/vnd.flux",
                "Accept": "application/csv",
            },
            data=flux.encode(),
            timeout=60,
        )
        assert answer.status_code == 200, f"{answer.text}\n{flux}"
        return list(_rows(answer.text))

    def all_answer(self, queries: Mapping[str, str], meanwhile: Callable[[], object]) -> None:
        """Wait until each query, by its name, has an answer of the last minutes; it takes what is told just then.

        Numbers of services are taken every 30 s, and a rate needs two.
        """
        silent = dict(queries)

        def answered() -> bool:
            meanwhile()
            now = datetime.now(UTC)
            start, stop = (now - timedelta(minutes=10)).isoformat(), now.isoformat()
            for name, query in list(silent.items()):
                if self.query(query, start, stop, "5s"):
                    del silent[name]
            time.sleep(1)
            return not silent

        try:
            eventually(answered, "all queries have an answer", patience=120)
        except AssertionError:
            raise AssertionError(f"no answer to {', '.join(silent)}") from None


def _rows(text: str) -> Iterator[dict[str, str]]:
    """The rows of InfluxDB's CSV: tables parted by empty lines, each under a header of its own."""
    header: list[str] = []
    for line in csv.reader(io.StringIO(text)):
        if not line:
            header = []
        elif not header:
            header = line
        else:
            row = dict(zip(header, line, strict=True))
            assert "error" not in row, row
            yield {key: value for key, value in row.items() if key not in ("", "result", "table")}
