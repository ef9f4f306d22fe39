"""The comment as a reviewer reads it."""

import json
from pathlib import Path

import pytest

from review.comment import LARGEST, MARKER, comment
from review.plan import Plan, PlanError, read
from tests.review.plans import cluster, document, preview, step, thing, twin

HERE = Path(__file__).parent

GARDEN = preview(
    step(
        "update",
        "Twin",
        "garden:north",
        twin(
            {
                "garden:north": thing(place="here"),
                "garden:north:probe_1": thing(depth=10),
                "garden:north:probe_2": thing(),
            }
        ),
        twin(
            {
                "garden:north": thing(place="there"),
                "garden:north:probe_1": thing(depth="10"),
                "garden:north:probe_3": thing(),
            }
        ),
    ),
    *(
        step(
            "update",
            "Twin",
            f"garden:{name}",
            twin({f"garden:{name}": thing(maker="one")}),
            twin({f"garden:{name}": thing(maker="two")}),
        )
        for name in ("east", "south", "west")
    ),
    step("create", "Twin", "garden:shed", None, twin({"garden:shed": thing(), "garden:shed:door": thing()})),
    step("delete", "Twin", "garden:old", twin({"garden:old": thing()})),
    step(
        "update",
        "Type",
        "garden:bed",
        document(thing(name="Bed")),
        document(thing(name="Raised bed", tags=["a", "b"])),
    ),
    step(
        "update",
        "Connection",
        "beds",
        document({"sources": [{"addresses": ["garden/#"], "qos": 0}], "script": "a\nb\nc"}, fingerprint="1"),
        document({"sources": [{"addresses": ["garden/#"], "qos": 1}], "script": "a\nB\nc"}, fingerprint="2"),
    ),
    step(
        "update",
        "Fleet",
        "garden:pots",
        {"id": "garden:pots", "twins": 3, "rows": "aa", "template": "{}", "failed": []},
        {
            "id": "garden:pots",
            "twins": 5,
            "rows": "bb",
            "template": "{}",
            "failed": "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
        },
    ),
    step("update", "FleetShard", "garden:pots-0", {"rows": "a"}, {"rows": "b"}),
    step("update", "Inventory", "twins", {"twins": {}}, {"twins": {"garden:shed": "1"}}),
    step(
        "update",
        cluster("apps/v1:Deployment"),
        "ditto-gateway",
        {"spec": {"replicas": 1}},
        {"spec": {"replicas": 2}},
    ),
    step("create", cluster("core/v1:Service", "Kafka"), "kafka", None, {}),
    step("delete", cluster("core/v1:PersistentVolumeClaim", "MongoDB"), "data-mongodb-1", {}),
    said=("fleet garden:pots: adds 2 twins (garden:pot_3, garden:pot_4)",),
)


def test_it_says_first_what_becomes_of_twins_then_of_the_platform_then_of_the_rest() -> None:
    expected = (HERE / "garden.md").read_text(encoding="utf-8")
    assert comment({"prod": read(GARDEN)}) == expected


def test_what_the_real_cli_printed_reads_as_three_twins_and_two_types() -> None:
    captured = (HERE / "captured.json").read_text(encoding="utf-8")
    assert comment({"sandbox": read(captured)}) == (HERE / "captured.md").read_text(encoding="utf-8")


def test_the_headline_counts_in_the_order_in_which_people_ask() -> None:
    before, after = document(thing(a=1)), document(thing(a=2))
    text = preview(
        step("update", "Connection", "c", before, after),
        *(
            step("update", "Twin", f"n:{x}", twin({f"n:{x}": thing(a=1)}), twin({f"n:{x}": thing(a=2)}))
            for x in "abc"
        ),
        step("update", "Type", "n:t", before, after),
    )
    assert "### `dev`: 3 twins, 1 type and a connection change\n" in comment({"dev": read(text)})


def test_one_twin_that_changes_is_said_in_the_singular() -> None:
    text = preview(step("update", "Twin", "n:a", twin({"n:a": thing(a=1)}), twin({"n:a": thing(a=2)})))
    assert "### `dev`: 1 twin changes\n" in comment({"dev": read(text)})


def test_stacks_of_which_the_same_is_to_be_said_share_a_section() -> None:
    text = comment({"dev": read(GARDEN), "prod": read(GARDEN), "staging": read(preview())})
    assert text.count("###") == 2
    assert "### `dev` and `prod`: " in text
    assert "### `staging`: nothing changes" in text


def test_a_replacement_is_told_once() -> None:
    before, after = document({"a": 1}), document({"a": 2})
    steps = [
        step(op, "Policy", "p", before, after) for op in ("create-replacement", "replace", "delete-replaced")
    ]
    [change] = read(preview(*steps)).twins
    assert change.operation == "replace"
    assert "### `dev`: 1 policy is replaced\n" in comment({"dev": read(preview(*steps))})


@pytest.mark.parametrize("op", ["delete", "replace"])
def test_the_loss_of_a_volume_is_told_before_all_else(op: str) -> None:
    text = comment(
        {"dev": read(preview(step(op, cluster("core/v1:PersistentVolumeClaim"), "data-influxdb-0", {}, {})))}
    )
    third = text.splitlines()[3]
    assert third == "⚠️ **Data goes for good:** the volume `data-influxdb-0`, with all that is on it."


def test_a_volume_that_grows_is_no_loss() -> None:
    claim = step("update", cluster("core/v1:PersistentVolumeClaim"), "data-a-0", {"spec": 1}, {"spec": 2})
    assert "for good" not in comment({"dev": read(preview(claim))})


def test_a_failed_preview_says_what_went_wrong() -> None:
    text = preview(
        errors=(
            "twin_specs/a.yaml:3: id: there is a space in it\ntwin_specs/b.yaml:7: parent: there is no twin x",
            "Resource monitor has terminated, shutting down",
            "pulumi-python:dynamic/opentwins:Inventory resource 'twins': property twins value {map[a:1]} has a"
            " problem: 9 of 10 twins would change",
        )
    )
    told = comment({"dev": read(text)})
    assert "### `dev`: the preview failed\n" in told
    block = told.partition("```text\n")[2].partition("```")[0]
    assert block.splitlines() == [
        "twin_specs/a.yaml:3: id: there is a space in it",
        "twin_specs/b.yaml:7: parent: there is no twin x",
        "inventory twins: twins: 9 of 10 twins would change",
    ]


def test_a_fleet_whose_provider_says_nothing_still_says_that_rows_change() -> None:
    fleet = step("update", "Fleet", "f", {"rows": "a", "twins": 2}, {"rows": "b", "twins": 2})
    assert "fleet `f` changes: rows of its table change" in comment({"dev": read(preview(fleet))})


@pytest.mark.parametrize("going", ["removes", "retains"])
def test_of_a_large_fleet_the_first_are_named(going: str) -> None:
    fleet = step("create", "Fleet", "f", None, {"rows": "b", "twins": 60})
    said = f"fleet f: adds 60 twins (n:a, n:b, …), {going} 1 twin (n:z)"
    text = comment({"dev": read(preview(fleet, said=(said,)))})
    assert f"➕ fleet `f` is new: adds 60 twins (`n:a`, `n:b`, …), {going} 1 twin (`n:z`)\n" in text


def test_thousands_of_changes_are_cut_to_what_a_comment_can_hold() -> None:
    steps = [
        step(
            "update",
            "Twin",
            f"n:{n}",
            twin({f"n:{n}": thing(**{f"k{k}": n for k in range(30)})}),
            twin({f"n:{n}": thing(**{f"k{k}": "é" * 500 for k in range(30)})}),
        )
        for n in range(300)
    ]
    steps += [
        step("update", cluster("core/v1:ConfigMap"), f"m{n}", {"data": {"a": n}}, {"data": {f"b{n}" * 60: 1}})
        for n in range(900)
    ]
    text = comment({"dev": read(preview(*steps)), "prod": read(preview(*steps, errors=("x" * 9000,) * 200))})
    assert 10_000 < len(text) <= LARGEST
    assert "300 twins change" in text
    assert "more; the job's log has them all" in text
    assert "… and 18 more values" in text
    assert text.count("<details>") == text.count("</details>") == 2


def test_two_long_values_are_cut_to_where_they_differ() -> None:
    old, new = "a" * 400 + "X" + "b" * 400, "a" * 400 + "Y" + "b" * 400
    text = comment(
        {"dev": read(preview(step("update", "Type", "t", document({"k": old}), document({"k": new}))))}
    )
    assert "aX" in text
    assert "aY" in text
    assert len(text) < 600


def test_a_number_and_a_text_of_it_are_told_apart() -> None:
    text = comment(
        {
            "dev": read(
                preview(
                    step("update", "Type", "t", document({"k": 5, "l": None}), document({"k": "5", "l": ""}))
                )
            )
        }
    )
    assert '`k`: `5` → `"5"`' in text
    assert '`l`: `null` → `""`' in text


def test_a_change_that_touches_nothing_says_so() -> None:
    assert comment({}) == f"{MARKER}\nNothing that a stack is made of changes here.\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Enter your passphrase",
        "[]",
        '"steps"',
        '{"steps": [{}]}',
        '{"steps": [{"op": "update", "urn": "x"}]}',
    ],
)
def test_what_is_no_preview_is_refused(text: str) -> None:
    with pytest.raises(PlanError, match="pulumi preview --json"):
        read(text)


def test_steps_that_change_nothing_are_not_told() -> None:
    steps = [
        step(op, "Twin", "n:a", twin({"n:a": thing()}), twin({"n:a": thing()}))
        for op in ("same", "read", "refresh")
    ]
    assert read(preview(*steps)) == Plan()


def test_the_order_of_steps_does_not_matter() -> None:
    document_ = json.loads(GARDEN)
    document_["steps"].reverse()
    assert comment({"prod": read(json.dumps(document_))}) == comment({"prod": read(GARDEN)})
