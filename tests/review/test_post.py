"""One comment on a pull request, written once and kept up to date."""

from collections.abc import Iterator

import pytest

from review.__main__ import main
from review.plan import read
from review.post import PostError, thread
from review.store import save
from tests.review.forge import TOKEN, Forge, served
from tests.review.plans import preview

MARKER = "<!-- marker -->"


@pytest.fixture(params=["github", "gitlab"])
def forge(request: pytest.FixtureRequest) -> Iterator[Forge]:
    with served(Forge(request.param)) as running:
        yield running


def writes(forge: Forge) -> list[str]:
    return [method for method, _ in forge.asked if method != "GET"]


def test_the_first_comment_is_written(forge: Forge) -> None:
    forge.say("hello")
    thread(forge.environment).put(MARKER, f"{MARKER} one")
    assert [each["body"] for each in forge.comments] == ["hello", f"{MARKER} one"]


def test_the_next_one_takes_its_place(forge: Forge) -> None:
    thread(forge.environment).put(MARKER, f"{MARKER} one")
    forge.say("thanks")
    thread(forge.environment).put(MARKER, f"{MARKER} two")
    assert [each["body"] for each in forge.comments] == [f"{MARKER} two", "thanks"]


def test_it_is_found_behind_a_hundred_others(forge: Forge) -> None:
    for n in range(10):
        forge.say(f"comment {n}")
    thread(forge.environment).put(MARKER, f"{MARKER} one")
    forge.say(None)
    thread(forge.environment).put(MARKER, f"{MARKER} two")
    assert writes(forge) == ["POST", "PATCH" if forge.kind == "github" else "PUT"]
    assert forge.comments[10]["body"] == f"{MARKER} two"


def test_the_same_again_is_not_written_again(forge: Forge) -> None:
    for _ in range(2):
        thread(forge.environment).put(MARKER, f"{MARKER} one")
    assert writes(forge) == ["POST"]


def test_what_others_write_is_left_alone_though_it_look_like_ours(forge: Forge) -> None:
    forge.say(f"{MARKER} nothing changes, trust me")
    forge.say(f"> {MARKER} quoted", who=forge.me)
    thread(forge.environment).put(MARKER, f"{MARKER} one")
    assert [each["body"] for each in forge.comments] == [
        f"{MARKER} nothing changes, trust me",
        f"> {MARKER} quoted",
        f"{MARKER} one",
    ]


def test_with_the_jobs_own_token_which_may_not_ask_who_it_is_it_is_found_too() -> None:
    with served(Forge("github", knows_user=False)) as forge:
        for text in ("one", "two"):
            thread(forge.environment).put(MARKER, f"{MARKER} {text}")
        assert [each["body"] for each in forge.comments] == [f"{MARKER} two"]


def test_nothing_to_say_is_said_only_where_something_was(forge: Forge) -> None:
    thread(forge.environment).put(MARKER, f"{MARKER} nothing", first=False)
    assert forge.comments == []
    thread(forge.environment).put(MARKER, f"{MARKER} something")
    thread(forge.environment).put(MARKER, f"{MARKER} nothing", first=False)
    assert [each["body"] for each in forge.comments] == [f"{MARKER} nothing"]


def test_a_missing_token_is_named(forge: Forge) -> None:
    name = "GITHUB_TOKEN" if forge.kind == "github" else "GITLAB_TOKEN"
    for given in ({}, {name: ""}):
        rest = {key: value for key, value in forge.environment.items() if key != name}
        with pytest.raises(PostError, match=f"{name} is not set"):
            thread(rest | given)
    assert forge.asked == []


def test_outside_of_a_pull_request_there_is_no_thread() -> None:
    with pytest.raises(PostError, match="GITHUB_REPOSITORY is not set"):
        thread({})


@pytest.mark.parametrize("wrong", [True, False])
def test_a_token_that_is_wrong_or_may_not_write_is_an_error_without_the_token(
    forge: Forge, wrong: bool
) -> None:
    forge.may_write = wrong
    environment = forge.environment | ({"GITHUB_TOKEN": "stale", "GITLAB_TOKEN": "stale"} if wrong else {})
    with pytest.raises(
        PostError, match="the token is not valid" if wrong else "the token may not write here"
    ) as error:
        thread(environment).put(MARKER, MARKER)
    assert "stale" not in str(error.value)
    assert TOKEN not in str(error.value)


def test_a_forge_that_is_away_is_an_error_and_no_traceback(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(Forge("github")) as gone:
        environment = gone.environment
    with pytest.raises(PostError, match="could not be put"):
        thread(environment).put(MARKER, MARKER)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GITLAB_CI", raising=False)
    assert main(["comment", "--post"]) == 1
    assert "could not be put" in capsys.readouterr().err


def test_the_command_puts_one_comment_for_all_stacks(
    forge: Forge, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.delenv("GITLAB_CI", raising=False)
    for name, value in forge.environment.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path_factory.mktemp("plans")
    texts = {"dev": preview(), "prod": preview(errors=("no",))}
    files = [str(save(read(text), stack, folder)) for stack, text in texts.items()]
    assert main(["comment", "--post", *files]) == 0
    [comment] = forge.comments
    assert "### `dev`: nothing changes" in comment["body"]
    assert "### `prod`: the preview failed" in comment["body"]
    assert main(["comment", "--post"]) == 0
    assert "Nothing that a stack is made of" in comment["body"]
