"""Connections as resources: stored with their secrets filled in, and seen to be open.

Ours is a connection with our tag `managed-by:<project>/<stack>`. A PUT reconnects for some seconds even if
nothing in it is new, so there is none without a difference.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from provider.base import Provider, document, gone, own, seen
from provider.connection_document import declared_part, owners, same
from provider.ditto import Ditto
from provider.errors import Foreign, ProviderError
from provider.opening import wait
from provider.secrets import fill, hide, mask
from twins.canonical import dumps
from twins.document import Document

# A connection that was just deleted takes a moment to be gone: its successor may be refused until then.
GOING = {404, 409}
ATTEMPTS = 5


class ConnectionProvider(Provider):
    """Writes connections as a whole; `fingerprint` stands for the Secret's values: no property holds them."""

    spec = "Connection"
    compared = ("document", "secret", "fingerprint")

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Another type of connection cannot be had by an update: Ditto refuses it."""
        result = super().diff(_id, _olds, _news)
        if _kind(_olds) != _kind(_news):
            return DiffResult(changes=True, replaces=["document"], delete_before_replace=True)
        return result

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make it; one that exists is refused unless it is ours or to be adopted."""
        with self.about(props):
            self._bring(props, new=True)
        return CreateResult(props["id"], own(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Store it anew, and see it open."""
        with self.about(_news):
            self._bring(_news, new=False)
        return UpdateResult(own(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """What is declared, as it is live; secrets as the placeholders that they come from."""
        declared = document(props["document"])
        with self.about(props):
            live = self.reach.connections.connection(id_)
            if live is None:
                return gone()
            ours, theirs = owners(declared), owners(live)
            if ours and theirs and not ours & theirs:
                self.reach.say(
                    f"connection {id_} is not this stack's any more: it is marked as {', '.join(theirs)}"
                )
                return gone()
            filled = fill(declared, self._values(props), props["secret"])
        part = declared_part(declared, mask(declared, filled, live))
        return seen(id_, props) if dumps(part) == dumps(declared) else seen(id_, props, document=dumps(part))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Remove it if it still has our tag."""
        with self.about(_props):
            live = self.reach.connections.connection(_id)
            if live is None:
                return
            if not owners(live) & owners(document(_props["document"])):
                self.reach.say(
                    f"connection {_id} is left where it is: it does not have this stack's tag any more, so"
                    " it is somebody else's now"
                )
                return
            self.reach.connections.delete_connection(_id)

    def _values(self, props: dict[str, Any]) -> dict[str, str]:
        return self.reach.secret(props["secret"]) if props["secret"] else {}

    def _bring(self, props: dict[str, Any], new: bool) -> None:
        values = self._values(props)
        try:
            declared = fill(document(props["document"]), values, props["secret"])
            self._store(props["id"], declared, bool(props.get("adopt")), new)
            wait(
                f"connection {props['id']}",
                declared["connectionStatus"],
                lambda: self.reach.connections.connection_status(props["id"]),
                self.reach.settings.twins.deadline,
                self.reach.now,
                self.reach.pause,
            )
        except ProviderError as error:  # Ditto quotes what it was sent, an address with its password included
            error.args = (hide(str(error), values),)
            raise

    def _store(self, connection_id: str, declared: Document, adopt: bool, new: bool) -> None:
        ditto = self.reach.connections
        if new and self._stored(ditto, connection_id, declared, only_new=True):
            return
        live = ditto.connection(connection_id)
        if live is None:
            self._stored(ditto, connection_id, declared)
            return
        theirs = owners(live)
        if not adopt and not theirs & owners(declared) and (theirs or new):
            raise _foreign(connection_id, ", ".join(sorted(theirs)))
        if not same(declared, live):
            self._stored(ditto, connection_id, declared)

    def _stored(self, ditto: Ditto, connection_id: str, declared: Document, only_new: bool = False) -> bool:
        """Send it; False when it is to be new and there is one already."""
        for attempt in range(ATTEMPTS):
            answer = ditto.put_connection(connection_id, declared, only_new)
            if answer.status in (201, 204):
                return True
            if answer.status == 412 and only_new:
                return False
            if answer.status not in GOING or attempt == ATTEMPTS - 1:
                break
            self.reach.pause(1.0)
        live = ditto.connection(connection_id) if answer.status in (408, 504) else None
        if live is not None and same(declared, live):
            return True  # it was stored all the same; whether it gets open is seen next
        raise ditto.rejected(f"connection {connection_id}", answer)


def _kind(props: dict[str, Any]) -> Any:
    return document(props["document"]).get("connectionType")


def _foreign(connection_id: str, theirs: str) -> Foreign:
    whose = f"it is marked as {theirs}" if theirs else "it has no tag that starts with managed-by:"
    return Foreign(
        f"connection {connection_id} exists already and is not this stack's: {whose}. It was not touched. To"
        " take it over, write `adopt: true` in its spec: it is then replaced by what the spec declares"
    )


class Connection(Resource, module="opentwins", name="Connection"):
    """The connection `connection_id` in Ditto.

    `secret` names the Kubernetes Secret that the document's placeholders `${secret:KEY}` are filled from, and
    `fingerprint` is a text that changes when its values do.
    """

    def __init__(
        self,
        connection_id: str,
        document: Document,
        secret: str = "",
        fingerprint: pulumi.Input[str] = "",
        adopt: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        inputs = {
            "id": connection_id,
            "document": dumps(document),
            "secret": secret,
            "fingerprint": fingerprint,
            "adopt": adopt,
        }
        super().__init__(ConnectionProvider(), connection_id, inputs, opts)
