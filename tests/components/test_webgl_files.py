"""A folder of WebGL builds is looked into at preview, and only what is needed of it is shipped."""

from pathlib import Path

import pytest

from components.image_build import digest
from components.webgl.component import DOCKERFILE
from components.webgl.files import LEFT_OUT, astray, problems, shipped

UNITY = ["Build/pump.loader.js", "Build/pump.data.br", "Build/pump.framework.js.br", "Build/pump.wasm.br"]
GODOT = ["index.html", "index.js", "index.wasm", "index.pck"]


def folder(place: Path, *names: str) -> Path:
    for name in names:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text("x")
    return place


@pytest.mark.parametrize(
    "names", [UNITY, GODOT, [*UNITY, "index.html", "TemplateData/style.css"], [*UNITY, *GODOT]]
)
def test_a_whole_build_is_in_order(tmp_path: Path, names: list[str]) -> None:
    assert problems(folder(tmp_path, *names)) == []


@pytest.mark.parametrize("gone", range(4))
@pytest.mark.parametrize("names", [UNITY, GODOT], ids=["Unity", "Godot"])
def test_a_file_that_is_missing_is_named(tmp_path: Path, names: list[str], gone: int) -> None:
    plain = names[gone].removesuffix(".br")
    left = [name for name in names if name != names[gone]]

    assert problems(folder(tmp_path, *left)) == [f"{tmp_path / plain} is missing"]


def test_a_file_that_is_misnamed_is_named_with_what_it_should_be_called(tmp_path: Path) -> None:
    names = [name.replace("pump.wasm", "pmup.wasm") for name in UNITY]

    assert problems(folder(tmp_path, *names)) == [
        f"{tmp_path / 'Build/pump.wasm'} is missing; is pmup.wasm.br meant? Rename it"
    ]


def test_a_file_that_is_there_twice_or_empty_is_named(tmp_path: Path) -> None:
    folder(tmp_path, *UNITY, "Build/pump.data.gz")
    (tmp_path / UNITY[0]).write_text("")

    assert problems(tmp_path) == [
        f"{tmp_path / 'Build'}: pump.data.br and pump.data.gz are the same file twice; keep one",
        f"{tmp_path / UNITY[0]} is empty",
    ]


def test_a_folder_without_builds_or_none_at_all_is_a_mistake(tmp_path: Path) -> None:
    assert "holds no WebGL build" in problems(folder(tmp_path, "readme.txt"))[0]
    assert problems(tmp_path / "nowhere") == [f"there is no folder {tmp_path / 'nowhere'}"]


def test_what_engines_leave_beside_a_build_is_not_shipped(tmp_path: Path) -> None:
    folder(
        tmp_path,
        *UNITY,
        ".git/config",
        "Build/pump.symbols.json.br",
        "pump_BurstDebugInformation_DoNotShip/x.txt",
        "pump_BackUpThisFolder_ButDontShipItWithYourGame/y.cs",
        "Dockerfile",
        ".DS_Store",
    )

    assert [file.relative_to(tmp_path).as_posix() for file in shipped(tmp_path)] == sorted(UNITY)


def test_docker_leaves_out_the_same(tmp_path: Path) -> None:
    assert tuple(Path(f"{DOCKERFILE}.dockerignore").read_text().split()) == LEFT_OUT


def test_the_tag_changes_with_what_is_shipped_and_with_nothing_else(tmp_path: Path) -> None:
    folder(tmp_path, *UNITY)
    before = digest(shipped(tmp_path), tmp_path)
    folder(tmp_path, ".DS_Store")
    assert digest(shipped(tmp_path), tmp_path) == before
    (tmp_path / UNITY[1]).write_text("y")
    assert digest(shipped(tmp_path), tmp_path) != before


@pytest.mark.parametrize(
    ("build", "compression", "told"),
    [
        ("Build/pump", "gz", ""),
        ("/Build/pump", "gz", ""),
        ("Build/pmup", "gz", "has no build Build/pmup; do you mean Build/pump?"),
        ("other", None, "has no build other; use one of Build/pump"),
        ("Build/pump", None, "Build/pump.data is not there, but Build/pump.data.gz, "),
        ("Build/pump", "br", "say in `compression` how the build is compressed"),
    ],
)
def test_a_panel_whose_build_is_not_in_the_folder_is_told_which_is(
    tmp_path: Path, build: str, compression: str | None, told: str
) -> None:
    place = tmp_path / "Build"
    place.mkdir()
    for name in ("pump.loader.js", "pump.data.gz", "pump.framework.js.gz", "pump.wasm.gz"):
        (place / name).write_text("x")

    why = astray(tmp_path, build, compression)
    assert told in why
    assert bool(told) == bool(why)
