"""A plan that takes a volume away is refused, unless the settings keep the volume or give it up."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from provider.errors import ProviderError
from provider.volumes import VolumesProvider, lost
from tests.provider.conftest import Stack


def inputs(namespace: str = "opentwins", class_: str = "", **sizes: str) -> dict[str, Any]:
    return {
        "namespace": namespace,
        "volumes": {
            f"opentwins/data-{holder}-0": {"holder": holder, "size": size, "class": class_}
            for holder, size in sizes.items()
        },
    }


BOTH = inputs(mongodb="8Gi", influxdb="20Gi")


def refused(new: Mapping[str, Any], *given_up: str, old: Mapping[str, Any] = BOTH) -> list[str]:
    return lost(old, new, frozenset(given_up))


def test_a_volume_that_would_go_is_named_with_both_ways_out() -> None:
    assert refused(inputs(mongodb="8Gi")) == [
        "influxdb would lose the data on opentwins/data-influxdb-0 (20Gi). To keep it there until influxdb"
        " runs again, add influxdb to opentwins:keepData; to lose it, add influxdb to opentwins:allowDataLoss"
        " for this run"
    ]


def test_every_service_is_confirmed_by_its_own_name() -> None:
    assert refused(inputs(), "mongodb", "influxdb") == []
    assert [line.partition(" ")[0] for line in refused(inputs(), "mongodb")] == ["influxdb"]


def test_new_volumes_larger_ones_and_a_first_run_are_no_loss() -> None:
    assert refused(inputs(mongodb="9Gi", influxdb="20Gi", kafka="8Gi")) == []
    assert refused(BOTH, old={}) == []


def test_no_volume_can_shrink() -> None:
    (line,) = refused(inputs(mongodb="8Gi", influxdb="1Gi"), "influxdb")
    assert line.startswith("the volume opentwins/data-influxdb-0 of opentwins:influxdb has 20Gi")


def test_a_namespace_of_the_stack_is_not_lost_in_passing() -> None:
    (line,) = refused(BOTH | {"namespace": ""})
    assert line.startswith("the namespace opentwins would be deleted with everything in it")
    assert refused(BOTH | {"namespace": ""}, "namespace") == []
    assert refused(BOTH, old=BOTH | {"namespace": ""}) == []


def provider(
    stack: Stack, classes: dict[str, bool] | None, monkeypatch: pytest.MonkeyPatch
) -> VolumesProvider:
    monkeypatch.setattr(stack.reach, "storage_classes", lambda: classes)
    return stack.provider(VolumesProvider)


@pytest.mark.parametrize(
    ("class_", "classes", "said"),
    [
        ("fats", {"fast": True}, "the cluster has no storage class fats; did you mean fast?"),
        ("zzz", {"fast": True, "slow": False}, "no storage class zzz; there are fast, slow"),
        ("", {"fast": False}, "the cluster has no default storage class; name one"),
    ],
)
def test_an_unknown_storage_class_is_named_before_anything_waits_for_it(
    class_: str,
    classes: dict[str, bool],
    said: str,
    stack_of: Callable[..., Stack],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ProviderError) as raised:
        provider(stack_of(), classes, monkeypatch).create(inputs(class_=class_, mongodb="8Gi"))

    assert said in str(raised.value)
    assert "opentwins/data-mongodb-0" in str(raised.value)


@pytest.mark.parametrize("classes", [{"fast": True}, None])
def test_a_known_class_and_a_list_that_may_not_be_seen_are_let_pass(
    classes: dict[str, bool] | None, stack_of: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = provider(stack_of(), classes, monkeypatch)

    assert made.create(inputs(class_="fast", mongodb="8Gi")).id == "volumes"


def test_the_class_of_a_volume_that_is_there_is_not_asked_for_any_more(
    stack_of: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, old = provider(stack_of(), {}, monkeypatch), inputs(class_="gone", mongodb="8Gi")

    assert made.update("volumes", old, old).outs == old
