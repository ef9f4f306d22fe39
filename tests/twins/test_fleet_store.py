"""Surveys that are kept: a broken one is never believed, and a place that takes none is named."""

import errno
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.twins.conftest import Declare, Mistakes
from twins.fleet import gathering
from twins.fleet.store import LostError

FLEET = """
kind: Fleet
id: lamps
policy: n:p
rows: {csv: lamps.csv}
shards: 2
twin: {id: "city:lamp_{plate}"}
"""
TABLE = {"lamps.csv": "plate\n" + "".join(f"{number}\n" for number in range(40))}


@pytest.mark.parametrize("broken", ["", "cut", "odd", None])
def test_rows_that_a_broken_file_lacks_are_not_taken_for_gone(
    declare: Declare, tmp_path: Path, broken: str | None
) -> None:
    survey = declare(FLEET, TABLE, cache=tmp_path / "cache").surveys["lamps"]
    assert len(survey.shard(1)) == survey.counts[1]
    file = survey.folder / "shard-1"
    lines = file.read_text().splitlines(keepends=True)
    if broken is None:
        file.unlink()
    else:
        file.write_text({"cut": "".join(lines[:-1]), "odd": "a\tb\n"}.get(broken, broken))
    with pytest.raises(LostError, match="it is forgotten now, so run it again"):
        survey.shard(1)
    again = declare(FLEET, TABLE, cache=tmp_path / "cache").surveys["lamps"]
    assert len(again.shard(1)) == survey.counts[1]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"count": 1}', "null"])
def test_a_survey_that_is_none_is_made_anew_in_its_place(declare: Declare, tmp_path: Path, text: str) -> None:
    survey = declare(FLEET, TABLE, cache=tmp_path / "cache").surveys["lamps"]
    (survey.folder / "survey.json").write_text(text)
    (survey.folder / "shard-0").write_text("")
    again = declare(FLEET, TABLE, cache=tmp_path / "cache").surveys["lamps"]
    assert again == survey
    assert len(again.shard(0)) == survey.counts[0]


def test_two_fleets_of_which_one_is_lost_are_told_to_run_again(
    declare: Declare, mistakes: Mistakes, tmp_path: Path
) -> None:
    two = f"{FLEET}\n---\n" + FLEET.replace("lamps", "lights").replace("lamp_", "lamp_l")
    first = declare(FLEET, TABLE, cache=tmp_path / "cache").surveys["lamps"]
    (first.folder / "shard-0").write_text("")
    files = TABLE | {"lights.csv": "plate\n1\n"}
    [line] = mistakes(two, files, cache=tmp_path / "cache")
    assert "it is forgotten now, so run it again" in line
    assert mistakes(two.replace("lamp_l", "lamp_"), files, cache=tmp_path / "cache")[0].count(
        "city:lamp_1 is"
    )


def test_a_place_that_takes_none_is_named(
    mistakes: Mistakes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "file"
    cache.write_text("")
    [line] = mistakes(FLEET, TABLE, cache=cache)
    assert f"what is found out of the table cannot be kept in {cache} (File exists)" in line
    assert "let XDG_CACHE_HOME name another place" in line

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(gathering.Gathering, "_write", full)
    [line] = mistakes(FLEET, TABLE, cache=tmp_path / "cache")
    assert f"cannot be kept in {tmp_path / 'cache'} (No space left on device)" in line
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_survey_that_may_only_be_read_is_used(
    declare: Declare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    survey = declare(FLEET, TABLE, cache=cache).surveys["lamps"]

    def refused(*_: Any) -> None:
        raise PermissionError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "utime", refused)
    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    assert declare(FLEET, TABLE, cache=cache).surveys["lamps"] == survey


def test_a_user_without_a_home_has_a_cache_as_well() -> None:
    program = (
        "import pathlib\n"
        "def home(*_): raise RuntimeError('Could not determine home directory.')\n"
        "pathlib.Path.home = home\n"
        "from twins.fleet import store\n"
        "print(store.CACHE)\n"
    )
    environment = {key: value for key, value in os.environ.items() if key != "XDG_CACHE_HOME"}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip().endswith(f"cache-{os.getuid()}/opentwins/fleets")


def test_nobody_else_may_look_into_the_cache(declare: Declare, tmp_path: Path) -> None:
    declare(FLEET, TABLE, cache=tmp_path / "cache")
    assert stat.S_IMODE((tmp_path / "cache").stat().st_mode) == 0o700
