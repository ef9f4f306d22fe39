"""A client of the real InfluxDB gets a token that is good for its work alone, while its pod lives."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from components import influxdb
from tests.components.running import HOST, installed
from tests.services.peers.processes import Process, free_port, listens

OPERATOR = "the-operators-own-token"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """InfluxDB as its pod sets it up at its first start; its address."""
    folder, port = tmp_path_factory.mktemp("influxdb"), free_port()
    address = f"http://{HOST}:{port}"
    places = [f"--bolt-path={folder}/b", f"--sqlite-path={folder}/s", f"--engine-path={folder}/e"]
    command = [installed("influxd"), *places, f"--http-bind-address={HOST}:{port}", "--reporting-disabled"]
    program = Process(command, folder / "log", lambda: listens(port))
    program.start()
    setup = {
        "username": "admin",
        "password": "long-enough",
        "org": "plant",
        "bucket": "plant",
        "token": OPERATOR,
    }
    requests.post(f"{address}/api/v2/setup", json=setup, timeout=30).raise_for_status()
    yield address
    program.stop()


def token(address: str, folder: Path, client: str, access: str) -> str:
    """The token that the client's pod gets at its start."""
    (folder / "operator").mkdir(exist_ok=True)
    (folder / "operator" / "token").write_text(OPERATOR)
    script = influxdb.TOKEN_SCRIPT.replace("/run/influxdb", str(folder))
    script = script.replace("/secrets/influxdb", str(folder / "operator"))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "INFLUX_HOST": address,
        "INFLUX_ORG": "plant",
        "BUCKET": "plant",
        "CLIENT": client,
        "READ_OR_WRITE": access,
    }
    subprocess.run(["sh", "-c", script], env=environment, check=True, timeout=60)
    return (folder / "token").read_text().strip()


def written(address: str, token: str) -> bool:
    where = f"{address}/api/v2/write?org=plant&bucket=plant"
    headers = {"Authorization": f"Token {token}"}
    return requests.post(where, data="press value=1", headers=headers, timeout=10).ok


def readable(address: str, token: str) -> bool:
    headers = {"Authorization": f"Token {token}", "Content-Type": "application/vnd.flux"}
    query = 'from(bucket: "plant") |> range(start: -1h)'
    answer = requests.post(f"{address}/api/v2/query?org=plant", data=query, headers=headers, timeout=10)
    return answer.ok and "press" in answer.text


def test_a_client_of_influxdb_can_do_what_it_is_for_and_nothing_else(database: str, tmp_path: Path) -> None:
    installed("influx")
    writer, reader = (
        token(database, tmp_path, "telegraf", "write"),
        token(database, tmp_path, "grafana", "read"),
    )

    assert written(database, writer)
    assert not readable(database, writer)
    assert readable(database, reader)
    assert not written(database, reader)


def test_a_pod_that_starts_anew_gets_another_token_and_the_one_before_is_void(
    database: str, tmp_path: Path
) -> None:
    installed("influx")
    before, other = (
        token(database, tmp_path, "telegraf", "write"),
        token(database, tmp_path, "grafana", "write"),
    )
    after = token(database, tmp_path, "telegraf", "write")

    assert written(database, after)
    assert not written(database, before)
    assert written(database, other)
