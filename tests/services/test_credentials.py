"""Credentials come from the environment or from mounted files, and are shown to nobody."""

from pathlib import Path

import pytest

from services.stream.credentials import credentials
from services.stream.message import LostError


def test_files_of_a_mounted_secret_are_read_without_their_last_line_break(tmp_path: Path) -> None:
    folder = tmp_path / "input"
    folder.mkdir()
    for name, text in {"username": "feeder", "password": "with spaces \n", "ca": "PEM"}.items():
        (folder / name).write_text(text)
    found = credentials("input", {}, tmp_path)
    assert (found.username, found.password, found.ca) == ("feeder", "with spaces ", folder / "ca")
    assert (found.cert, found.key) == (None, None)
    assert "with spaces" not in repr(found)


def test_the_environment_comes_before_files_and_each_side_has_its_own(tmp_path: Path) -> None:
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "username").write_text("of the file")
    environment = {"INPUT_USERNAME": "feeder", "INPUT_PASSWORD": "secret", "OUTPUT_PASSWORD": "another"}
    assert credentials("input", environment, tmp_path).username == "feeder"
    output = credentials("output", environment, tmp_path)
    assert (output.username, output.password) == ("of the file", "another")


def test_without_any_there_are_none(tmp_path: Path) -> None:
    found = credentials("input", {}, tmp_path / "nowhere")
    assert (found.username, found.password, found.ca) == ("", "", None)


def test_a_file_that_cannot_be_read_is_named_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "input").mkdir()
    (tmp_path / "input" / "password").write_bytes(b"\xff\xfe")
    with pytest.raises(LostError, match=r"input/password cannot be read") as lost:
        credentials("input", {}, tmp_path)
    assert lost.value.part == "input"
