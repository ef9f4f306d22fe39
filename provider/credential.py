"""A password that is made once, kept as a secret, and made anew when the stack's config says so."""

import hashlib
import secrets
import string
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

# Safe in a URL, a shell, YAML and every config file, so that nobody has to quote: 32 of them hold 190 bits.
ALPHABET = string.ascii_letters + string.digits
SHORTEST = 16


class CredentialProvider(ResourceProvider):
    """Makes values; it keeps none and reaches nothing."""

    serialize_as_secret_always = False

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """A value that could be guessed is refused."""
        length = news.get("length")
        failures = []
        if isinstance(length, int | float) and length < SHORTEST:
            failures.append(
                CheckFailure("length", f"{length:.0f} characters are too few; {SHORTEST} at least")
            )
        return CheckResult(news, failures)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Only another rotation number or length makes a new value."""
        return DiffResult(changes=any(_olds.get(key) != _news.get(key) for key in ("rotation", "length")))

    def create(self, props: dict[str, Any]) -> CreateResult:
        """The first value."""
        return CreateResult(secrets.token_hex(8), _with_new_value(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """A new value."""
        return UpdateResult(_with_new_value(_news))


def _with_new_value(props: dict[str, Any]) -> dict[str, Any]:
    value = "".join(secrets.choice(ALPHABET) for _ in range(int(props["length"])))
    salt = secrets.token_hex(12)
    return {
        "rotation": props["rotation"],
        "length": props["length"],
        "value": value,
        "salt": salt,
        "fingerprint": hashlib.sha256(f"{salt} {value}".encode()).hexdigest()[:16],
    }


class Credential(Resource, module="opentwins", name="Credential"):
    """A random value of `length` letters and digits; another `rotation` number makes a new one.

    `value` is a secret. `salt` is 24 hex digits, random as well and new with each value, for hashes of it
    that must not change from run to run. `fingerprint` changes with the value and does not reveal it.
    """

    value: pulumi.Output[str]
    salt: pulumi.Output[str]
    fingerprint: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        rotation: int = 1,
        length: int = 32,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        hidden = pulumi.ResourceOptions(additional_secret_outputs=["value"])
        super().__init__(
            CredentialProvider(),
            name,
            # Named here so that a preview, which makes no value, has them as unknown outputs.
            {"rotation": rotation, "length": length, "value": None, "salt": None, "fingerprint": None},
            pulumi.ResourceOptions.merge(hidden, opts),
        )
