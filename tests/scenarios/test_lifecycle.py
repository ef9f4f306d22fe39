"""From the first `up` to `destroy`: each test goes on where the one before it ended, on each engine alike.

The scenarios read from top to bottom as a stack's life; what a run did is compared as the steps that it took.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
import requests

from sandbox.engine.choose import Choice, choose
from tests.scenarios.stack import REAL_DITTO, ROOT, Stack, kind, told

RASPBERRY = "example:raspberry"
SENSORS = ["example:raspberry:DHT22_1", "example:raspberry:DHT22_2"]


def test_the_first_up_makes_the_platform_and_the_twins(stack: Stack) -> None:
    result = stack.up()
    assert {step.op for step in result.steps} == {"create"}
    for named in [
        ("Policy", "example:raspberry_policy"),
        ("Type", "example:DHT22"),
        ("Type", "example:raspberry_type"),
        ("Twin", RASPBERRY),
        ("Connection", "raspberry"),
        ("Connection", "mosquitto-source"),
        ("Connection", "mosquitto-target"),
    ]:
        assert named in [(kind(step), step.name) for step in result.steps]

    twin = stack.thing(RASPBERRY)
    assert twin["attributes"]["_isType"] is False
    assert twin["attributes"]["type"] == "example:raspberry_type"
    for sensor in map(stack.thing, SENSORS):
        assert sensor["attributes"]["_parents"] == RASPBERRY
        assert sensor["attributes"]["type"] == "example:DHT22"
        assert sensor["features"]["temperature"]["properties"] == {"value": None}
    assert stack.thing("example:DHT22")["attributes"]["_parents"] == {"example:raspberry_type": 2}


def test_all_workloads_are_ready(stack: Stack) -> None:
    for path in ("deployments", "statefulsets"):
        items = stack.cluster.api.get(f"/apis/apps/v1/namespaces/{stack.site.namespace}/{path}").json()[
            "items"
        ]
        assert items
        for item in items:
            assert item["status"].get("readyReplicas") == item["spec"]["replicas"], item["metadata"]["name"]


def test_the_namespace_enforces_the_restricted_standard(stack: Stack) -> None:
    labels = stack.cluster.api.get(f"/api/v1/namespaces/{stack.site.namespace}").json()["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_a_second_up_changes_nothing(stack: Stack) -> None:
    assert told(stack.preview()) == []
    assert told(stack.up()) == []


def test_no_secret_is_in_a_plain_output_or_in_a_twin(stack: Stack) -> None:
    state = json.loads(stack.engine.export_state())
    secret = [
        value
        for name in ("mosquitto-ditto", "mosquitto-telegraf", "grafana-admin")
        for key, value in stack.secret(name).items()
        if key == "password"
    ]
    secret += [stack.login(devops)[1] for devops in (False, True) if not REAL_DITTO]
    assert len(secret) == (3 if REAL_DITTO else 5)
    for resource in state["deployment"]["resources"]:
        if "opentwins:" in resource["type"] and not resource["type"].endswith(":Credential"):
            assert not [value for value in secret if value in json.dumps(resource)]
        if resource["type"] == "pulumi:pulumi:Stack":
            assert not [value for value in secret if value in json.dumps(resource)]


def test_one_attribute_changed_is_one_request_of_one_leaf(stack: Stack) -> None:
    stack.write(
        "shed.yaml",
        "{apiVersion: opentwins/v1, kind: Twin, id: 'example:shed', policy: 'example:raspberry_policy',"
        " attributes: {place: here, size: 1}, features: {door: {properties: {open: false}}}}\n",
    )
    stack.up()
    before = stack.thing("example:shed")
    revision = stack.revision("example:shed")
    stack.edit("place: here", "place: there")

    preview = stack.preview()
    assert [change for change in told(preview) if change[1] == "Twin"] == [("update", "Twin", "example:shed")]
    if not REAL_DITTO:
        stack.writes()
    assert told(stack.up()) == told(preview)
    if not REAL_DITTO:
        patch = {"attributes": {"place": "there"}}
        assert stack.writes() == [("PATCH", "/api/2/things/example:shed", patch)]
    assert stack.revision("example:shed") == revision + 1
    before["attributes"]["place"] = "there"
    assert stack.thing("example:shed") == before


def test_a_feature_added_leaves_the_others_alone(stack: Stack) -> None:
    stack.edit("open: false}}}", "open: false}}, light: {properties: {on: null}}}")
    assert ("update", "Twin", "example:shed") in told(stack.up())
    assert stack.thing("example:shed")["features"] == {
        "door": {"properties": {"open": False}},
        "light": {"properties": {"on": None}},
    }


def test_a_value_that_a_device_wrote_survives_the_next_update(stack: Stack) -> None:
    stack.ditto("PUT", "/things/example:shed/features/door/properties/open", json=True)
    stack.ditto("PUT", "/things/example:shed/features/door/properties/opened", json=17)
    stack.edit("size: 1", "size: 2")
    assert ("update", "Twin", "example:shed") in told(stack.up())
    thing = stack.thing("example:shed")
    assert thing["attributes"]["size"] == 2
    assert thing["features"]["door"]["properties"] == {"open": True, "opened": 17}


def test_a_live_value_is_no_drift_but_a_changed_attribute_is(stack: Stack) -> None:
    assert stack.engine.refresh().error is None
    assert [change for change in told(stack.preview()) if change[1] == "Twin"] == []
    stack.ditto("PUT", "/things/example:shed/attributes/place", json="somewhere else")
    assert stack.engine.refresh().error is None
    assert ("update", "Twin", "example:shed") in told(stack.preview())
    stack.up()
    assert stack.thing("example:shed")["attributes"]["place"] == "there"


def test_a_child_count_raised_adds_the_child_and_lowered_takes_it_away(stack: Stack) -> None:
    stack.edit(r"example:DHT22: 2", "example:DHT22: 3")
    assert ("update", "Twin", RASPBERRY) in told(stack.up())
    assert stack.thing("example:raspberry:DHT22_3")["attributes"]["_parents"] == RASPBERRY
    assert stack.thing("example:DHT22")["attributes"]["_parents"] == {"example:raspberry_type": 3}

    stack.edit(r"example:DHT22: 3", "example:DHT22: 2")
    assert ("update", "Twin", RASPBERRY) in told(stack.up())
    assert stack.absent("example:raspberry:DHT22_3")


def test_a_change_of_a_type_shows_in_all_of_its_twins(stack: Stack) -> None:
    stack.write(
        "probe.yaml",
        "apiVersion: opentwins/v1\nkind: Type\nid: example:probe\npolicy: example:raspberry_policy\n"
        "attributes: {maker: one}\n"
        + "".join(
            f"---\napiVersion: opentwins/v1\nkind: Twin\nid: example:probe_{n}\ntype: example:probe\n"
            for n in range(3)
        ),
    )
    stack.up()
    stack.edit("maker: one", "maker: another")
    changes = told(stack.up())
    for n in range(3):
        assert ("update", "Twin", f"example:probe_{n}") in changes
        assert stack.thing(f"example:probe_{n}")["attributes"]["maker"] == "another"


def test_a_twin_renamed_is_replaced(stack: Stack) -> None:
    stack.edit("id: example:probe_2", "id: example:probe_9")
    changes = told(stack.up())
    assert ("create", "Twin", "example:probe_9") in changes
    assert ("delete", "Twin", "example:probe_2") in changes
    assert stack.absent("example:probe_2")
    assert stack.thing("example:probe_9")["attributes"]["type"] == "example:probe"


def test_a_spec_removed_is_a_thing_removed(stack: Stack) -> None:
    (stack.specs / "probe.yaml").unlink()
    changes = told(stack.up())
    assert ("delete", "Type", "example:probe") in changes
    assert ("delete", "Twin", "example:probe_0") in changes
    assert stack.absent("example:probe")
    assert stack.absent("example:probe_0")


def test_a_rotated_password_reaches_the_connection(stack: Stack) -> None:
    before = stack.secret("mosquitto-ditto")
    revision = stack.ditto("GET", "/connections/raspberry?fields=_revision", devops=True)["_revision"]
    stack.set("rotation", {"mosquitto-ditto": 2})
    changes = told(stack.up())
    assert ("update", "Connection", "raspberry") in changes
    after = stack.secret("mosquitto-ditto")
    assert after["password"] != before["password"]
    connection = stack.ditto("GET", "/connections/raspberry?fields=uri,_revision", devops=True)
    assert after["password"] in connection["uri"]
    assert connection["_revision"] > revision
    assert told(stack.up()) == []


def test_a_run_that_is_killed_half_way_is_run_again(stack: Stack) -> None:
    stack.write(
        "many.yaml",
        "---\n".join(
            f"apiVersion: opentwins/v1\nkind: Twin\nid: example:many_{n}\npolicy: example:raspberry_policy\n"
            for n in range(60)
        ),
    )
    program = (
        "import sys; from pathlib import Path; from sandbox.site import Site\n"
        "from sandbox.kubernetes.cluster import find\n"
        "site = Site(Path(sys.argv[1]), 'sandbox', Path(sys.argv[2]))\n"
        "site.engine(sys.argv[3], find(site.directory / 'cluster'), print).up()\n"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", program, str(stack.site.project), str(stack.site.directory), stack.wanted],
        cwd=ROOT,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while not _exists(stack, "example:many_7"):
        assert run.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    assert not all(_exists(stack, f"example:many_{n}") for n in range(60)), "it was killed too late"

    stack.up()
    assert all(_exists(stack, f"example:many_{n}") for n in range(60))
    assert told(stack.up()) == []
    (stack.specs / "many.yaml").unlink()
    stack.set("twins", {"allowMassChange": True})
    stack.up()
    assert stack.absent("example:many_0")


def test_what_exists_and_is_not_ours_is_refused_and_adopted_when_told_so(stack: Stack) -> None:
    theirs = {
        "policyId": "example:raspberry_policy",
        "attributes": {"whose": "theirs"},
        "features": {"f": {}},
    }
    stack.ditto("PUT", "/things/example:foreign", json=theirs)
    before = stack.thing("example:foreign")
    stack.write(
        "foreign.yaml",
        "apiVersion: opentwins/v1\nkind: Twin\nid: example:foreign\npolicy: example:raspberry_policy\n"
        "attributes: {whose: ours}\n",
    )
    refused = stack.engine.up()
    assert refused.error is not None
    assert "example:foreign" in refused.error + str(refused.messages)
    assert "adopt: true" in refused.error + str(refused.messages)
    assert stack.thing("example:foreign") == before

    stack.edit("id: example:foreign", "id: example:foreign\nadopt: true")
    assert ("create", "Twin", "example:foreign") in told(stack.up())
    thing = stack.thing("example:foreign")
    assert thing["attributes"]["whose"] == "ours"
    assert thing["features"] == {"f": {}}
    assert told(stack.up()) == []


@pytest.mark.skipif(not shutil.which("pulumi"), reason="the Pulumi CLI is not on PATH")
def test_another_engine_takes_the_stack_over_without_a_change_and_gives_it_back(stack: Stack) -> None:
    first = stack.engine
    theirs: Choice = "builtin" if stack.wanted == "pulumi" else "pulumi"
    other = choose(theirs, stack.site.workspace(stack.cluster.kubeconfig), print)
    other.import_state(first.export_state())
    assert other.preview().error is None
    assert told(other.preview()) == []
    first.import_state(other.export_state())
    assert told(first.preview()) == []


def test_destroy_leaves_nothing_of_ours_and_all_that_is_not(stack: Stack) -> None:
    stack.ditto("PUT", "/policies/example:theirs", json=_policy())
    stack.ditto("PUT", "/things/example:bystander", json={"policyId": "example:theirs"})
    auth, devops = stack.login(), stack.login(devops=True)
    stack.set("twins", {"allowMassChange": True})
    result = stack.engine.destroy()
    assert result.error is None, result.error
    assert told(stack.engine.destroy()) == []

    base = stack.base
    session = requests.Session()
    session.trust_env = False
    for path in ("things/example:raspberry", "things/example:DHT22", "policies/example:raspberry_policy"):
        assert session.get(f"{base}/{path}", auth=auth, timeout=30).status_code == 404
    assert session.get(f"{base}/things/example:bystander", auth=auth, timeout=30).status_code == 200
    connections = session.get(f"{base}/connections?ids-only=true", auth=devops, timeout=30)
    assert connections.json() == []
    assert stack.cluster.api.get(f"/api/v1/namespaces/{stack.site.namespace}").status_code == 404


def _exists(stack: Stack, thing_id: str) -> bool:
    answer = stack.session.get(f"{stack.base}/things/{thing_id}", auth=stack.login(), timeout=30)
    return answer.status_code == 200


def _policy() -> dict[str, object]:
    rights = {
        path: {"grant": ["READ", "WRITE"], "revoke": []} for path in ("policy:/", "thing:/", "message:/")
    }
    return {"entries": {"theirs": {"subjects": {"nginx:ditto": {"type": "theirs"}}, "resources": rights}}}
