"""What is the Grafana stand-in's own: writes that lock each other out, provisioned sources."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from aiohttp import web

from sandbox.grafana.server import DATABASE, RECORD, STORE, application
from sandbox.grafana.sources import Sources
from sandbox.standin.credentials import Fixed
from sandbox.standin.running import serving

ADMIN = ("admin", "of grafana")


@pytest.fixture
def app() -> web.Application:
    return application(Fixed(admin=dict([ADMIN])), strict=True)


@pytest.fixture
def url(app: web.Application) -> Iterator[str]:
    with serving(app) as url:
        yield url


def folder(url: str, name: str) -> requests.Response:
    return requests.post(f"{url}/api/folders", json={"uid": name, "title": name}, auth=ADMIN, timeout=10)


def test_writes_one_after_the_other_all_succeed(url: str) -> None:
    assert [folder(url, f"f{number}").status_code for number in range(5)] == [200] * 5


def test_writes_at_once_find_the_database_locked(app: web.Application, url: str) -> None:
    app[DATABASE].seconds = 0.5
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda number: folder(url, f"f{number}"), range(4)))
    refused = [answer for answer in answers if answer.status_code == 500]
    assert refused
    assert {answer.json()["message"] for answer in refused} == {"database is locked"}
    assert len(app[RECORD].writes()) == 4
    made = requests.get(f"{url}/api/folders", auth=ADMIN, timeout=10).json()
    assert len(made) == 4 - len(refused)


def test_reads_are_never_locked_out(app: web.Application, url: str) -> None:
    app[DATABASE].seconds = 0.5
    with ThreadPoolExecutor(2) as threads:
        write = threads.submit(folder, url, "f")
        read = threads.submit(requests.get, f"{url}/api/org", auth=ADMIN, timeout=10)
    assert (write.result().status_code, read.result().status_code) == (200, 200)


def test_a_provisioned_source_is_not_changed_over_http(app: web.Application, url: str) -> None:
    Sources(app[STORE]).provision({"uid": "influx", "name": "Influx", "type": "influxdb", "url": "http://a"})
    path = f"{url}/api/datasources/uid/influx"
    assert requests.get(path, auth=ADMIN, timeout=10).json()["readOnly"] is True
    body = {"name": "Influx", "type": "influxdb", "access": "proxy"}
    assert requests.put(path, json=body, auth=ADMIN, timeout=10).status_code == 403
    assert requests.delete(path, auth=ADMIN, timeout=10).status_code == 403
