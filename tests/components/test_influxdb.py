"""The real InfluxDB, started and set up with what its pod is given, answers who has the generated login and token."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.dataplane.build import INFLUXD, find
from tests.components.declared import declare
from tests.components.running import HOST
from tests.services.peers.processes import Process, free_port, listens

PROGRAM = declare(influxdb='{"retentionDays": 30}')
INIT = "DOCKER_INFLUXDB_INIT_"


def given() -> dict[str, str]:
    """The environment of the pod, with the content of each file that it names."""
    (container,) = PROGRAM.workloads["influxdb"].pod["containers"]
    secret = PROGRAM.kind("Secret")["influxdb-admin"].files
    found = {}
    for one in container["env"]:
        name, value = one["name"], one["value"]
        if name.endswith("_FILE"):
            name, value = name.removesuffix("_FILE"), secret[value.rpartition("/")[2]]
        found[name] = value
    return found


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """InfluxDB, after what the image's own script does with the environment at the first start."""
    folder, port, environment = tmp_path_factory.mktemp("influxdb"), free_port(), given()
    places = [f"--bolt-path={folder}/b", f"--sqlite-path={folder}/s", f"--engine-path={folder}/e"]
    binary = find(INFLUXD)
    if not binary:
        pytest.skip("needs a real influxd: python -m sandbox.dataplane builds it")
    command = [str(binary), *places, f"--http-bind-address={HOST}:{port}"]
    settings = {name: value for name, value in environment.items() if name.startswith("INFLUXD_")}
    program = Process(command, folder / "log", lambda: listens(port), settings)
    try:
        program.start()
        setup = {
            "username": environment[f"{INIT}USERNAME"],
            "password": environment[f"{INIT}PASSWORD"],
            "org": environment[f"{INIT}ORG"],
            "bucket": environment[f"{INIT}BUCKET"],
            "token": environment[f"{INIT}ADMIN_TOKEN"],
            "retentionPeriodSeconds": int(environment[f"{INIT}RETENTION"].removesuffix("d")) * 86_400,
        }
        answer = requests.post(f"http://{HOST}:{port}/api/v2/setup", json=setup, timeout=30)
        assert answer.status_code == 201, answer.text
        yield f"http://{HOST}:{port}"
    finally:
        program.stop()


def buckets(address: str, token: str | None) -> requests.Response:
    headers = {"Authorization": f"Token {token}"} if token else {}
    return requests.get(f"{address}/api/v2/buckets?name=opentwins", headers=headers, timeout=10)


def signed_in(address: str, login: tuple[str, str]) -> int:
    return requests.post(f"{address}/api/v2/signin", auth=login, timeout=10).status_code


def test_the_generated_token_opens_the_bucket_that_keeps_points_as_long_as_the_settings_say(
    address: str,
) -> None:
    answer = buckets(address, given()[f"{INIT}ADMIN_TOKEN"])
    (bucket,) = answer.json()["buckets"]
    (rule,) = bucket["retentionRules"]

    assert rule["everySeconds"] == 30 * 86_400


@pytest.mark.parametrize("token", [None, "guessed", "opentwins"])
def test_nobody_without_it_is_answered(address: str, token: str | None) -> None:
    assert buckets(address, token).status_code == 401


def test_people_sign_in_with_the_generated_password_alone(address: str) -> None:
    login: Any = PROGRAM.kind("Secret")["influxdb-admin"].files

    assert signed_in(address, (login["username"], login["password"])) == 204
    assert signed_in(address, (login["username"], "password")) == 401
    assert signed_in(address, ("admin", "guessed-for-once")) == 401
