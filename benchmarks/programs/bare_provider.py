"""A dynamic provider that does nothing."""

from typing import Any

from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class BareProvider(ResourceProvider):
    """Keeps its inputs."""

    serialize_as_secret_always = False

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Do nothing."""
        return CreateResult(str(props["id"]), props)


class Bare(Resource, module="bench", name="Bare"):
    """A resource that does nothing."""

    def __init__(self, name: str, props: dict[str, Any]) -> None:
        super().__init__(BareProvider(), name, props)
