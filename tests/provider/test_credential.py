"""Generated credentials."""

import re
from typing import Any

import pulumi
import pytest

from provider.credential import Credential, CredentialProvider

provider = CredentialProvider()
INPUTS = {"rotation": 1.0, "length": 32.0}  # the engine's numbers are floats


def test_a_value_is_random_long_and_safe_everywhere() -> None:
    first, second = (provider.create(INPUTS).outs or {} for _ in range(2))
    assert re.fullmatch(r"[A-Za-z0-9]{32}", first["value"])
    assert re.fullmatch(r"[0-9a-f]{24}", first["salt"])
    assert all(first[key] != second[key] for key in ("value", "salt", "fingerprint"))
    assert first["value"] not in first["fingerprint"]


@pytest.mark.parametrize(
    ("news", "changes"),
    [
        ({"rotation": 1.0, "length": 32.0}, False),
        ({"rotation": 1, "length": 32, "__provider": "new"}, False),
        ({"rotation": 2.0, "length": 32.0}, True),
        ({"rotation": 1.0, "length": 40.0}, True),
    ],
)
def test_only_rotation_and_length_make_a_difference(news: dict[str, Any], changes: bool) -> None:
    olds = provider.create(INPUTS).outs or {}
    result = provider.diff("id", olds, news)
    assert result.changes is changes
    assert not result.replaces


def test_rotating_makes_a_new_value_and_a_new_fingerprint() -> None:
    olds = provider.create(INPUTS).outs or {}
    news = provider.update("id", olds, {"rotation": 2.0, "length": 40.0}).outs or {}
    assert len(news["value"]) == 40
    assert news["fingerprint"] != olds["fingerprint"]


def test_a_refresh_keeps_the_value() -> None:
    outs = provider.create(INPUTS).outs or {}
    assert provider.read("id", outs).outs == outs


def test_a_value_that_could_be_guessed_is_refused() -> None:
    [failure] = provider.check({}, {"rotation": 1.0, "length": 8.0}).failures
    assert (failure.property, failure.reason) == ("length", "8 characters are too few; 16 at least")


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        assert args.typ == "pulumi-python:dynamic/opentwins:Credential"
        return "id", dict(args.inputs) | {"value": "s3cret", "salt": "00", "fingerprint": "ff"}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], None]:
        raise AssertionError(f"nothing is to be called, but {args.token} is")


def test_the_program_gets_the_value_as_a_secret_and_the_fingerprint_in_clear() -> None:
    pulumi.runtime.set_mocks(Mocks())

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def check() -> pulumi.Output[None]:
        made = Credential("grafana-admin")

        def values(all_: list[Any]) -> None:
            assert all_ == ["s3cret", "00", "ff"]

        return pulumi.Output.all(made.value, made.salt, made.fingerprint).apply(values)

    check()
