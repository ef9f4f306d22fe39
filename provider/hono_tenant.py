"""Tenants of Hono as resources. Ours is one whose `ext` carries our marker."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult

from provider.base import Provider, document, gone, own, seen
from provider.errors import Foreign, ProviderError
from provider.hono import declared_part
from twins.canonical import dumps
from twins.document import Document
from twins.hono import MARKER

ATTEMPTS = 3  # at a write, when others write the same at the same time


def marker(found: Document) -> str:
    """Whose a tenant or a device says that it is, or empty."""
    return str((found.get("ext") or {}).get(MARKER) or "")


def foreign(what: str, theirs: str) -> Foreign:
    """The error that something exists already and is not ours."""
    whose = f"it is marked as {theirs}" if theirs else f"it has no marker (ext.{MARKER})"
    return Foreign(
        f"{what} exists already in Hono and is not this stack's: {whose}. It was not touched. To take it over,"
        " write `adopt: true` in its spec: it is then replaced by what the spec declares"
    )


class RegistryProvider(Provider):
    """What tenants and devices have in common: a document of the registry under some ids."""

    what = ""  # the registry's word for them

    def ids(self, props: dict[str, Any]) -> tuple[str, ...]:
        """The ids that lead to it."""
        return (props["id"],)

    def called(self, props: dict[str, Any]) -> str:
        """What to call it."""
        return f"{self.what.removesuffix('s')} {'/'.join(self.ids(props))}"

    def bring(self, props: dict[str, Any], new: bool, changed: bool = True) -> None:
        """Make it as declared; one that exists is refused unless it is ours or to be adopted.

        One that is not `changed` is only made if it is not there any more.
        """
        registry, wanted, ids = self.reach.registry, document(props["document"]), self.ids(props)
        for _ in range(ATTEMPTS):
            found = registry.get(self.what, *ids)
            if found is None:
                if registry.create(self.what, wanted, *ids):
                    return
                continue
            live, version = found
            theirs = marker(live)
            if not props.get("adopt") and theirs != marker(wanted) and (theirs or new):
                raise foreign(self.called(props), theirs)
            if not changed or registry.replace(self.what, wanted, version, *ids):
                return
        raise ProviderError(f"{self.called(props)}: others keep changing it at the same time; run it again")

    def look(self, props: dict[str, Any]) -> Document | None:
        """What is declared, as it is live; None when it is gone, or another stack's."""
        found = self.reach.registry.get(self.what, *self.ids(props))
        if found is None:
            return None
        declared = document(props["document"])
        ours, theirs = marker(declared), marker(found[0])
        if theirs and theirs != ours:
            self.reach.say(f"{self.called(props)} is not this stack's any more: it is marked as {theirs}")
            return None
        part: Document = declared_part(declared, found[0])
        return part

    def remove(self, props: dict[str, Any]) -> None:
        """Remove it if it still carries our marker."""
        found = self.reach.registry.get(self.what, *self.ids(props))
        if found is None:
            return
        if marker(found[0]) != marker(document(props["document"])):
            self.reach.say(
                f"{self.called(props)} is left where it is: it does not carry this stack's marker (ext.{MARKER})"
                " any more, so it is somebody else's now"
            )
            return
        self.reach.registry.delete(self.what, *self.ids(props))


class HonoTenantProvider(RegistryProvider):
    """Writes tenants as a whole, each time on the version that was read."""

    spec, what = "HonoTenant", "tenants"

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make it."""
        with self.about(props):
            self.bring(props, new=True)
        return CreateResult(props["id"], own(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Put what is declared now in place of what was."""
        with self.about(_news):
            self.bring(_news, new=False)
        return UpdateResult(own(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What is declared, as it is live."""
        with self.about(props):
            found = self.look(props)
        return gone() if found is None else seen(id_, props, document=dumps(found))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove it, unless devices that are not ours would be left behind without it."""
        if self.reach.lacks("Hono", self.called(_props)):
            return
        with self.about(_props):
            left = self.reach.registry.strangers(_props["id"])
            if left:
                self.reach.say(
                    f"tenant {_props['id']} is left where it is: it has {left} devices that are not this stack's,"
                    " which nobody could reach without it"
                )
                return
            self.remove(_props)


class HonoTenant(Resource, module="opentwins", name="HonoTenant"):
    """The tenant `tenant_id` of Hono, with this document."""

    def __init__(
        self,
        tenant_id: str,
        document: Document,
        adopt: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {"id": tenant_id, "document": dumps(document), "adopt": adopt}
        super().__init__(HonoTenantProvider(), tenant_id, inputs, opts)
