from grafana.dashboards import dashboards
from grafana.folders import ROOT, TYPES, folders, twin_folder
from tests.grafana.conftest import Declare
from twins.load import Specs

ROOTED = "kind: Twin\nid: n:t0\npolicy: plant:policy"


def test_a_twin_with_parts_has_a_folder_with_its_dashboard_and_those_of_its_parts(pumps: Specs) -> None:
    hall = next(folder for folder in folders(pumps) if folder.title == "Hall 7")

    assert hall.parent == ROOT
    assert twin_folder("plant:hall", pumps) == hall.uid
    assert twin_folder("plant:pump_1", pumps) == hall.uid


def test_a_twin_without_parts_and_parent_is_at_the_top(declare: Declare) -> None:
    specs = declare(ROOTED)

    assert [folder.uid for folder in folders(specs)] == [ROOT]
    assert twin_folder("n:t0", specs) == ROOT


def test_folders_are_as_deep_as_grafana_lets_them_and_the_last_has_the_rest(declare: Declare) -> None:
    below = [f"kind: Twin\nid: n:t{n}\npolicy: plant:policy\nparent: n:t{n - 1}" for n in range(1, 7)]
    specs = declare("\n---\n".join([ROOTED, *below]))

    made = {folder.uid: folder for folder in folders(specs)}

    def depth(uid: str) -> int:
        return 1 + depth(made[uid].parent) if made[uid].parent else 1

    depths = [depth(twin_folder(f"n:t{n}", specs)) for n in range(7)]
    assert depths == [2, 3, 4, 4, 4, 4, 4]
    assert len({twin_folder(f"n:t{n}", specs) for n in range(2, 7)}) == 1
    assert len(made) == 4


def test_a_folder_comes_after_the_one_that_it_is_in(pumps: Specs) -> None:
    seen = {""}
    for folder in folders(pumps):
        assert folder.parent in seen
        seen.add(folder.uid)


def test_every_dashboard_is_in_a_folder_that_is_made(pumps: Specs) -> None:
    made = {folder.uid for folder in folders(pumps)}
    found = dashboards(pumps, "source", "bucket")

    assert {dashboard.folder for dashboard in found} <= made
    assert {d.folder for d in found if d.uid.startswith("type-")} == {TYPES}
