"""The real broker, Telegraf and InfluxDB on loopback, with the configuration that the platform's pods get."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

from components import mosquitto_configuration, telegraf_configuration
from tests.services.peers.processes import Process, free_port, listens

ORGANIZATION = "opentwins"
BUCKET = "opentwins"
TOKEN = "a-token-for-tests"
USERS = {"ditto": "events-in", "telegraf": "events-out", "device": "readings"}
SALT = "00112233445566778899aabb"


def mosquitto(binary: Path, folder: Path, port: int) -> Process:
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
    command = [str(binary), "-c", str(folder / "mosquitto.conf")]
    return Process(command, folder / "mosquitto.log", lambda: listens(port))


def influxd(binary: Path, folder: Path, port: int) -> Process:
    command = [
        str(binary),
        f"--bolt-path={folder}/influxd.bolt",
        f"--sqlite-path={folder}/influxd.sqlite",
        f"--engine-path={folder}/engine",
        f"--http-bind-address=127.0.0.1:{port}",
        "--reporting-disabled",
    ]
    address = f"http://127.0.0.1:{port}"
    return Process(command, folder / "influxd.log", lambda: _ok(f"{address}/health"))


def telegraf(
    binary: Path,
    folder: Path,
    source: telegraf_configuration.Mqtt | telegraf_configuration.Kafka,
    influxdb: str,
    scraped: Mapping[str, Sequence[str]] | None = None,
    user: tuple[str, str] = ("telegraf", USERS["telegraf"]),
) -> Process:
    health = f"http://127.0.0.1:{free_port()}"
    text = telegraf_configuration.configuration(source, influxdb, ORGANIZATION, BUCKET, scraped, health)
    (folder / "telegraf.conf").write_text(text)
    environment = {
        telegraf_configuration.INFLUX_TOKEN: TOKEN,
        telegraf_configuration.USERNAME: user[0],
        telegraf_configuration.PASSWORD: user[1],
    }
    command = [str(binary), "--config", str(folder / "telegraf.conf")]
    # It answers 200 or 503; either way it runs.
    return Process(command, folder / "telegraf.log", lambda: _status(health) != 0, environment)


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
        self,
        flux: str,
        start: str = "2026-11-24T00:00:00Z",
        stop: str = "2026-12-01T00:00:00Z",
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
