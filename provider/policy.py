"""Policies as resources.

What a spec declares of a policy is its entries and imports, each as a whole. Entries and imports that others
have added are theirs: they are neither drift nor lost in an update. Ours is a policy whose entry `opentwins`
carries our marker, as the type of its subject.

Ditto does not refuse to delete a policy that things still use, and nobody can reach those until it is there
again. Our own things go before it, as they depend on it; for things of others it is left.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult

from provider.base import Provider, document, gone, own, seen
from provider.ditto import Outcome
from provider.errors import Foreign, ProviderError
from provider.policy_document import ENTRY, declared_part, marker, merged, normalised
from twins.canonical import dumps
from twins.compare import same
from twins.document import Document

ATTEMPTS = 3  # at a write, when others write the same policy at the same time


class PolicyProvider(Provider):
    """Writes policies as a whole, each time on the version that was read."""

    spec = "Policy"

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make it; one that exists is refused unless it is ours or to be adopted."""
        policy_id, new = props["id"], document(props["document"])
        with self.about(props):
            if not self.reach.ditto.create_policy(policy_id, new):
                self._replace(policy_id, {}, new, bool(props.get("adopt")), must_be_ours=True)
        return CreateResult(policy_id, own(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Put what is declared now in place of what was declared before."""
        old, new = document(_olds["document"]), document(_news["document"])
        with self.about(_news):
            self._replace(_news["id"], old, new, bool(_news.get("adopt")))
        return UpdateResult(own(_news))

    def _replace(
        self, policy_id: str, old: Document, new: Document, adopt: bool, must_be_ours: bool = False
    ) -> None:
        ditto = self.reach.ditto
        for _ in range(ATTEMPTS):
            found = ditto.policy(policy_id)
            if found is None:
                if ditto.create_policy(policy_id, new):
                    return
                raise Foreign(
                    f"policy {policy_id} exists already, but does not let us read it. It was not touched."
                    " Give our user READ and WRITE on policy:/ and adopt it, or use another id"
                )
            live, etag = found
            theirs = marker(live)
            if not adopt and theirs != marker(new) and (theirs or must_be_ours):
                raise _foreign(policy_id, theirs)
            whole = normalised(live)
            wanted = merged(whole, normalised(old), normalised(new))
            if same(whole, wanted) or ditto.replace_policy(policy_id, wanted, etag) is Outcome.DONE:
                return
        raise ProviderError(f"policy {policy_id}: others keep changing it at the same time; run it again")

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What is declared, as it is live."""
        with self.about(props):
            found = self.reach.ditto.policy(id_)
        declared = document(props["document"])
        if found is None:
            return gone()
        ours, theirs = marker(declared), marker(found[0])
        if ours and theirs and ours != theirs:
            self.reach.say(f"policy {id_} is not this stack's any more: it is marked as {theirs}")
            return gone()
        whole = normalised(declared)
        live = declared_part(whole, normalised(found[0]))
        return seen(id_, props) if same(whole, live) else seen(id_, props, document=dumps(live))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove it if it still carries our marker."""
        ditto, ours = self.reach.ditto, marker(document(_props["document"]))
        with self.about(_props):
            for _ in range(ATTEMPTS):
                found = ditto.policy(_id)
                if found is None:
                    return
                if not ours or marker(found[0]) != ours:
                    self.reach.say(
                        f"policy {_id} is left where it is: it does not carry this stack's marker (the type"
                        f" of the subject in entry {ENTRY}) any more, so it is somebody else's now"
                    )
                    return
                if strangers := ditto.strangers(_id, ours.removesuffix(f"/{_id}")):
                    self.reach.say(
                        f"policy {_id} is left where it is: things that are not this stack's use it"
                        f" ({', '.join(strangers)}), and nobody could reach them without it"
                    )
                    return
                if ditto.delete_policy(_id, found[1]) is not Outcome.REFUSED:
                    return
            raise ProviderError(f"policy {_id}: others keep changing it at the same time; run it again")


def _foreign(policy_id: str, theirs: str) -> Foreign:
    whose = f"it is marked as {theirs}" if theirs else f"its entries do not hold our marker (entry {ENTRY})"
    return Foreign(
        f"policy {policy_id} exists already and is not this stack's: {whose}. It was not touched. To take it"
        " over, write `adopt: true` in its spec: what the spec declares is put in, and its other entries stay"
    )


class Policy(Resource, module="opentwins", name="Policy"):
    """The policy `policy_id` in Ditto, with this document."""

    def __init__(
        self,
        policy_id: str,
        document: Document,
        adopt: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(
            PolicyProvider(), policy_id, {"id": policy_id, "document": dumps(document), "adopt": adopt}, opts
        )
