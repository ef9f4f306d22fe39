"""URNs, by which a stack knows its resources: `urn:pulumi:STACK::PROJECT::PARENT'S TYPES$TYPE::NAME`."""

STACK = "pulumi:pulumi:Stack"
PROVIDERS = "pulumi:providers:"


def make(stack: str, project: str, parent: str, token: str, name: str) -> str:
    """The URN of a resource with the type `token` below the parent's URN (empty: below nothing)."""
    above = "" if not parent or type_of(parent) == STACK else qualified(parent) + "$"
    return f"urn:pulumi:{stack}::{project}::{above}{token}::{name}"


def qualified(urn: str) -> str:
    """The types of all parents and of the resource itself, joined by `$`."""
    return urn.split("::", 3)[2]


def type_of(urn: str) -> str:
    """The resource's own type."""
    return qualified(urn).rpartition("$")[2]


def name_of(urn: str) -> str:
    """The resource's name."""
    return urn.split("::", 3)[3]


def is_provider(token: str) -> bool:
    """Say whether a type is that of a provider."""
    return token.startswith(PROVIDERS)


def is_default_provider(urn: str) -> bool:
    """Say whether it is a provider that the engine made for resources for which the program names none."""
    name = name_of(urn)
    return is_provider(type_of(urn)) and (name == "default" or name.startswith("default_"))


def package_of(token: str) -> str:
    """The package that a type belongs to; for the type of a provider, the package it provides."""
    return token.removeprefix(PROVIDERS).split(":", 1)[0]


def reference(urn: str, identity: str) -> str:
    """How a resource refers to its provider."""
    return f"{urn}::{identity}"


def referenced(provider: str) -> tuple[str, str]:
    """The URN and the id in a reference to a provider."""
    urn, _, identity = provider.rpartition("::")
    return urn, identity
