"""The real broker, Telegraf and InfluxDB on loopback, with the configuration that the platform's pods get."""

import csv
import io
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from components import mosquitto_configuration, telegraf_configuration

ORGANIZATION = "opentwins"
BUCKET = "opentwins"
TOKEN = "a-token-for-tests"
USERS = {"ditto": "events-in", "telegraf": "events-out", "device": "readings"}
SALT = "00112233445566778899aabb"

PATIENCE = 60  # seconds that a program may take to start, to stop, or to get something done


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def eventually(check: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Wait until the check holds; fail with what was waited for when it does not in time."""
    deadline = time.monotonic() + patience
    while not check():
        assert time.monotonic() < deadline, f"not within {patience:.0f} s: {what}"
        time.sleep(0.05)


@dataclass
class Program:
    """A program that is started, stopped and killed as its pod would be."""

    command: Sequence[str]
    log: Path
    answers: Callable[[], bool]
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=os.environ | self.environment
            )
        eventually(self._up, f"{self.command[0]} answers; {self.log}")

    def stop(self) -> None:
        """As Kubernetes stops a pod: it may finish what it does."""
        self._end(subprocess.Popen.terminate)

    def kill(self) -> None:
        """As a node that fails: at once."""
        self._end(subprocess.Popen.kill)

    def _up(self) -> bool:
        assert self.process
        assert self.process.poll() is None, f"{self.command[0]} ended:\n{self.log.read_text()[-3000:]}"
        return self.answers()

    def _end(self, how: Callable[[subprocess.Popen[bytes]], None]) -> None:
        if self.process:
            how(self.process)
            self.process.wait(PATIENCE)
            self.process = None


def _connects(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def mosquitto(folder: Path, port: int) -> Program:
    passwords = [
        mosquitto_configuration.password_line(user, password, SALT) for user, password in USERS.items()
    ]
    access = [
        mosquitto_configuration.acl_user("ditto", ["#"], ["#"]),
        mosquitto_configuration.acl_user("telegraf", [], ["opentwins/#", "$SYS/broker/#"]),
        mosquitto_configuration.acl_user("device", ["#"], ["#"], denied=["opentwins/#"]),
    ]
    for name, text in (("passwords", "\n".join(passwords) + "\n"), ("acl", "\n".join(access))):
        file = folder / name
        file.write_text(text)
        file.chmod(0o600)
    text = mosquitto_configuration.configuration(
        port, "127.0.0.1", f"{folder}/", f"{folder}/passwords", f"{folder}/acl"
    )
    # Started by root, it would go on as another user, who may not read the folders of a test.
    (folder / "mosquitto.conf").write_text(text + "user root\n")
    binary = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    return Program(
        [binary, "-c", str(folder / "mosquitto.conf")], folder / "mosquitto.log", lambda: _connects(port)
    )


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
    return Program(command, folder / "influxd.log", lambda: _ok(f"{address}/health"))


def telegraf(
    binary: Path,
    folder: Path,
    source: telegraf_configuration.Mqtt | telegraf_configuration.Kafka,
    influxdb: str,
    scraped: Mapping[str, Sequence[str]] | None = None,
) -> Program:
    health = f"http://127.0.0.1:{free_port()}"
    text = telegraf_configuration.configuration(source, influxdb, ORGANIZATION, BUCKET, scraped, health)
    (folder / "telegraf.conf").write_text(text)
    environment = {
        telegraf_configuration.INFLUX_TOKEN: TOKEN,
        telegraf_configuration.USERNAME: "telegraf",
        telegraf_configuration.PASSWORD: USERS["telegraf"],
    }
    command = [str(binary), "--config", str(folder / "telegraf.conf")]
    # It answers 200 or 503; either way it runs.
    return Program(command, folder / "telegraf.log", lambda: _status(health) != 0, environment)


def _status(address: str) -> int:
    try:
        return requests.get(address, timeout=2).status_code
    except requests.ConnectionError:
        return 0


def _ok(address: str) -> bool:
    return _status(address) == 200


@dataclass(frozen=True)
class InfluxDB:
    """InfluxDB's API, as far as it is asked here."""

    address: str

    def set_up(self) -> None:
        setup = {
            "username": "admin",
            "password": "a-password-for-tests",
            "org": ORGANIZATION,
            "bucket": BUCKET,
            "token": TOKEN,
            "retentionPeriodSeconds": 0,
        }
        requests.post(f"{self.address}/api/v2/setup", json=setup, timeout=30).raise_for_status()

    def query(
        self, flux: str, start: str = "2026-01-01T00:00:00Z", stop: str = "2027-12-31T00:00:00Z", window: str = "1h"
    ) -> list[dict[str, Any]]:
        """The rows that a dashboard's query gives; Grafana puts the range and the window in as text, as is done here."""
        for name, value in (("v.timeRangeStart", start), ("v.timeRangeStop", stop), ("v.windowPeriod", window)):
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


def _rows(text: str) -> list[dict[str, Any]]:
    """The rows of InfluxDB's CSV; each table has a header of its own, and the types stand above it."""
    found: list[dict[str, Any]] = []
    header: list[str] = []
    types: list[str] = []
    for line in csv.reader(io.StringIO(text)):
        if not line:
            header = []
        elif not header:
            header = line
        else:
            row = dict(zip(header, line, strict=False))
            assert "error" not in row, row
            found.append({key: value for key, value in row.items() if key not in ("", "result", "table")})
    del types
    return found
