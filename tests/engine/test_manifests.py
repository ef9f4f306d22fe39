"""Manifests are compared as Kubernetes understands them, not as they happen to be written."""

import base64
from typing import Any

import pytest

from sandbox.engine.kubernetes import compare, objects, tables
from sandbox.engine.kubernetes.normal import normalised, quantity
from sandbox.engine.paths import show
from sandbox.engine.values import UNKNOWN, Properties, Secret


def deployment(container: Properties, **spec: Any) -> Properties:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {"template": {"spec": {"containers": [{"name": "web", **container}], **spec}}},
    }


def container_of(manifest: Properties) -> Any:
    return manifest["spec"]["template"]["spec"]["containers"][0]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1000m", "1"),
        ("0.5", "500m"),
        (2, "2"),
        (0.1, "100m"),
        ("1000", "1k"),
        ("1.5", "1500m"),
        ("0.5Gi", "512Mi"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("500Mi", "500Mi"),
        ("0.5Ki", "512"),
        ("0", "0"),
        ("129e6", "129e6"),
        ("a lot", "a lot"),
    ],
)
def test_quantities_have_one_way_to_be_written(written: Any, expected: str) -> None:
    assert quantity(written) == expected


def test_what_is_the_same_as_absent_is_left_out() -> None:
    written = deployment(
        {
            "image": "i",
            "command": [],
            "env": [{"name": "A", "value": ""}],
            "stdin": False,
            "readinessProbe": {"initialDelaySeconds": 0},
        },
        hostNetwork=False,
        enableServiceLinks=False,
        nodeSelector={},
        volumes=[{"name": "v", "emptyDir": {}}],
    )
    result = normalised(written)
    assert container_of(result) == {
        "name": "web",
        "image": "i",
        "env": [{"name": "A"}],
        "readinessProbe": {},
    }
    assert result["spec"]["template"]["spec"] == {
        "containers": [container_of(result)],
        "enableServiceLinks": False,
        "volumes": [{"name": "v", "emptyDir": {}}],
    }


def test_amounts_of_resources_are_written_in_their_shortest_form() -> None:
    written = deployment({"resources": {"limits": {"cpu": 1, "memory": "1024Ki"}}})
    assert container_of(normalised(written))["resources"] == {"limits": {"cpu": "1", "memory": "1Mi"}}


def test_what_users_name_themselves_is_kept_as_it_is() -> None:
    data = {"stdin": "false", "limits": "", "empty": ""}
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"labels": {"x": ""}}, "data": data}
    assert normalised(manifest) == manifest


def test_custom_kinds_are_kept_as_they_are() -> None:
    manifest = {"apiVersion": "example.com/v1", "kind": "X", "metadata": {}, "spec": {"paused": False}}
    assert normalised(manifest) == manifest


def test_texts_of_a_secret_are_encoded_as_the_server_does() -> None:
    manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
        "stringData": {"a": "x"},
        "data": {"b": base64.b64encode(b"y").decode() + "\n"},
    }
    assert normalised(manifest) == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
        "data": {"a": "eA==", "b": "eQ=="},
    }


def test_what_the_server_sets_is_no_input() -> None:
    metadata = {"name": "a", "uid": "1", "resourceVersion": "2", "managedFields": []}
    manifest = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    assert normalised(manifest)["metadata"] == {"name": "a"}


def test_a_name_is_made_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    manifest: Properties = {"kind": "ConfigMap"}
    first = objects.named(manifest, None, "settings")
    assert objects.name(first).startswith("settings-")
    assert len(objects.name(first)) == len("settings-") + 8
    assert objects.named(manifest, first, "settings") == first
    assert objects.name(objects.named({"metadata": {"name": "own"}}, first, "settings")) == "own"


def test_a_secrets_data_is_secret_and_so_is_what_was_given_as_secret() -> None:
    given = {"kind": "Deployment", "spec": {"x": Secret(1), "y": 2}}
    found = {"kind": "Deployment", "spec": {"x": 1, "y": 2, "z": 3}}
    assert objects.with_secrets(found, given)["spec"] == {"x": Secret(1), "y": 2, "z": 3}
    assert objects.with_secrets({"kind": "Secret", "data": {"a": "eA=="}}, {})["data"] == Secret(
        {"a": "eA=="}
    )


def test_what_others_have_added_to_an_object_is_no_difference() -> None:
    live = {"metadata": {"name": "a", "uid": "1"}, "spec": {"list": [{"a": 1, "defaulted": 2}], "more": 3}}
    shape = {"metadata": {"name": "a"}, "spec": {"list": [{"a": 1}]}}
    assert compare.pruned(live, shape) == shape


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": None}}, []),
        ({"a": {"b": 1}}, {"a": {"c": 1}}, ["a.b", "a.c"]),
        ({"a": [1, 2]}, {"a": [1]}, ["a[1]"]),
        ({"a": [{"x": 1}]}, {"a": [{"x": 2}, {"x": 3}]}, ["a[0].x", "a[1]"]),
        ({"a": 1}, {"a": UNKNOWN}, ["a"]),
        ({"a": False}, {"a": 0}, ["a"]),
    ],
)
def test_changes_are_found_down_to_the_leaves(old: Properties, new: Properties, expected: list[str]) -> None:
    assert sorted(show(change.path) for change in compare.changes(old, new)) == expected


@pytest.mark.parametrize(
    ("kind", "old", "new", "replaced"),
    [
        ("apps/v1 Deployment", {"spec": {"replicas": 1}}, {"spec": {"replicas": 2}}, False),
        ("apps/v1 Deployment", {"spec": {"selector": {"a": 1}}}, {"spec": {"selector": {"a": 2}}}, True),
        ("apps/v1 Deployment", {"spec": {"selector": {"a": 1}}}, {"spec": UNKNOWN}, True),
        ("apps/v1 StatefulSet", {"spec": {}}, {"spec": {"serviceName": "x"}}, True),
        ("apps/v1 StatefulSet", {}, {"spec": {"serviceName": "x"}}, True),
        ("apps/v1 StatefulSet", {}, {"spec": {"replicas": 1}}, False),
        ("v1 Service", {"metadata": {"name": "a"}}, {"metadata": {"name": "b"}}, True),
        ("v1 Service", {"metadata": {"labels": {}}}, {"metadata": {"labels": {"a": "b"}}}, False),
        ("v1 ConfigMap", {"data": {"a": "1"}}, {"data": {"a": "2"}}, True),
        ("v1 Secret", {"data": {"a": "1"}}, {"data": {"a": "2"}}, True),
        (
            "v1 Pod",
            {"spec": {"containers": [{"image": "a"}]}},
            {"spec": {"containers": [{"image": "b"}]}},
            True,
        ),
        ("batch/v1 Job", {"spec": {"template": {"x": 1}}}, {"spec": {"template": {"x": 2}}}, True),
        ("batch/v1 CronJob", {"spec": {"schedule": "a"}}, {"spec": {"schedule": "b"}}, False),
    ],
)
def test_some_changes_need_a_new_object(kind: str, old: Properties, new: Properties, replaced: bool) -> None:
    version, name = kind.split()
    found = compare.replacing(compare.changes(old, new), tables.replacing(version, name, mutable_data=False))
    assert bool(found) is replaced


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_data_that_may_change_needs_no_new_object(kind: str) -> None:
    changes = compare.changes({"data": {"a": "1"}}, {"data": {"a": "2"}})
    assert not compare.replacing(changes, tables.replacing("v1", kind, mutable_data=True))


def test_fields_set_at_creation_are_given_to_the_manager_of_changes() -> None:
    def entry(manager: str, operation: str, fields: Properties, **more: str) -> Properties:
        return {"manager": manager, "operation": operation, "fieldsV1": fields, **more}

    by_creation = entry("pulumi-kubernetes", "Update", {"f:data": {"f:a": {}}})
    by_change = entry("mine", "Apply", {"f:data": {"f:b": {}}})
    of_others = entry("controller", "Update", {"f:status": {}}, subresource="status")
    live = {"metadata": {"managedFields": [by_creation, by_change, of_others]}}
    found = objects.managed_by_apply(live, "mine")
    assert found == [of_others, entry("mine", "Apply", {"f:data": {"f:a": {}, "f:b": {}}})]
    assert objects.managed_by_apply({"metadata": {"managedFields": found}}, "mine") is None
