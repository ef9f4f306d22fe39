"""A stack that is protected, as `prod` is: no run takes away what holds data, and one setting takes that off."""

from collections.abc import Iterator

import pytest
import yaml

from tests.scenarios.stack import ROOT, Stack

VOLUMES = {"data-mongodb-0", "data-mosquitto-0", "data-influxdb-0", "data-grafana-0"}
OPENS = ("mongodb-root", "influxdb-admin", "grafana-key")


def volumes(stack: Stack) -> dict[str, str]:
    """The claims on volumes that there are: their identity, by name."""
    path = f"/api/v1/namespaces/{stack.site.namespace}/persistentvolumeclaims"
    items = stack.cluster.api.get(path).json()["items"]
    there = [one["metadata"] for one in items if "deletionTimestamp" not in one["metadata"]]
    return {one["name"]: one["uid"] for one in there}


@pytest.fixture(autouse=True)
def _settings_come_back(stack: Stack) -> Iterator[None]:
    before = stack.site.config.read_text()
    yield
    stack.site.config.write_text(before)


def test_prod_is_protected() -> None:
    assert yaml.safe_load((ROOT / "Pulumi.prod.yaml").read_text())["config"]["opentwins:protect"] is True


def test_a_protected_stack_is_not_destroyed_and_what_holds_data_is_there_with_its_passwords(
    stack: Stack,
) -> None:
    stack.set("protect", True)
    stack.up()
    before, opens = volumes(stack), {name: stack.secret(name) for name in OPENS}
    assert before.keys() == VOLUMES

    error = stack.engine.destroy().error
    assert error is not None
    assert "protect" in error
    assert volumes(stack) == before

    stack.up()
    assert volumes(stack) == before
    assert {name: stack.secret(name) for name in OPENS} == opens


def test_leave_to_lose_data_is_not_enough(stack: Stack) -> None:
    stack.set("protect", True)
    stack.set("influxdb", {"external": {"url": "http://influxdb.example:8086", "secret": "elsewhere"}})
    stack.set("secrets", {"elsewhere": {"token": "of-another-influxdb"}})
    stack.set("allowDataLoss", ["influxdb"])
    preview = stack.engine.preview()

    assert preview.error is not None
    assert "data-influxdb-0" in preview.error
    assert "protect" in preview.error


def test_once_the_protection_is_taken_off_and_that_was_run_it_goes(stack: Stack) -> None:
    stack.set("protect", False)
    stack.up()
    assert stack.engine.destroy().error is None
    assert volumes(stack) == {}
