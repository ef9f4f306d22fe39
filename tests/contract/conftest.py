"""Each fixture comes once for the stand-in and once for the real service, if one is named."""

import os
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.ditto.server import application as ditto_application
from sandbox.grafana.server import application as grafana_application
from sandbox.standin.credentials import Fixed
from sandbox.standin.running import serving
from tests.contract.client import Client, Ditto, Login


def both(variable: str) -> list[Any]:
    """Return the parameters of a fixture for a service whose real one is named by an environment variable."""
    missing = pytest.mark.skipif(not os.environ.get(variable), reason=f"{variable} names no real service")
    return ["stand-in", pytest.param("real", marks=missing)]


def login(prefix: str, user: str, password: str) -> Login:
    """Return user and password from the environment, or these."""
    return os.environ.get(f"{prefix}_USER", user), os.environ.get(f"{prefix}_PASSWORD", password)


@pytest.fixture(scope="session", params=both("OPENTWINS_DITTO_URL"))
def ditto_service(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    if request.param == "real":
        yield {
            "url": os.environ["OPENTWINS_DITTO_URL"].rstrip("/"),
            "logins": {
                "api": login("OPENTWINS_DITTO", "ditto", "ditto"),
                "devops": login("OPENTWINS_DITTO_DEVOPS", "devops", "foobar"),
            },
            "real": True,
        }
        return
    logins = {"api": ("ditto", "of the api"), "devops": ("devops", "of devops")}
    application = ditto_application(Fixed(**{group: dict([entry]) for group, entry in logins.items()}))
    with serving(application) as url:
        yield {"url": url, "logins": logins, "real": False}


@pytest.fixture
def ditto(ditto_service: dict[str, Any]) -> Iterator[Ditto]:
    client = Ditto(**ditto_service, namespace=f"contract.t{uuid.uuid4().hex[:8]}")
    yield client
    client.close()


@pytest.fixture(scope="session", params=both("OPENTWINS_GRAFANA_URL"))
def grafana_service(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    if request.param == "real":
        url = os.environ["OPENTWINS_GRAFANA_URL"].rstrip("/")
        yield {"url": url, "logins": {"api": login("OPENTWINS_GRAFANA", "admin", "admin")}, "real": True}
        return
    with serving(grafana_application(Fixed(admin={"admin": "of grafana"}))) as url:
        yield {"url": url, "logins": {"api": ("admin", "of grafana")}, "real": False}


@pytest.fixture
def grafana(grafana_service: dict[str, Any]) -> Iterator[Client]:
    client = Client(**grafana_service, namespace=f"t{uuid.uuid4().hex[:8]}")
    yield client
    client.close()
