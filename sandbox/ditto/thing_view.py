"""What a caller sees of a thing: what it may read, what it asked for, hidden fields only if it names them."""

from typing import Any

from sandbox.ditto.enforcement import HIDDEN, READ, Enforcer
from sandbox.ditto.fields import Selector
from sandbox.ditto.ids import namespace
from sandbox.ditto.store import Document, Entity


def shown(
    entity: Entity, fields: Selector | None, enforcer: Enforcer, subject: str, policy: Document | None
) -> dict[str, Any]:
    """Return the view of ``entity``; ``policy`` is its policy, for those who ask for ``_policy``."""
    selected = entity.document if fields is None else fields.of(entity.document or {})
    view = enforcer.view(subject, "thing", (), selected)
    view = {} if view is HIDDEN else dict(view)
    if fields is None or fields.names("thingId"):
        view = {"thingId": entity.id} | view
    if fields is None:
        return view
    hidden = {
        "_revision": entity.revision,
        "_namespace": namespace(entity.id),
        "_modified": entity.modified,
        "_created": entity.created,
    }
    if enforcer.may(subject, "thing", ("_policy",), READ):
        hidden["_policy"] = enforcer.view(subject, "policy", (), policy)
    chosen = {key: value for key, value in hidden.items() if value is not HIDDEN and fields.names(key)}
    return view | fields.of(chosen)


def hidden_fields(entity: Entity) -> str:
    """Return what Ditto counts besides the visible thing when a patch is applied to it, as JSON."""
    return (
        f'"__lifecycle":"ACTIVE","_revision":{entity.revision},"_modified":"{entity.modified}",'
        f'"_created":"{entity.created}","_namespace":"{namespace(entity.id)}",'
    )
