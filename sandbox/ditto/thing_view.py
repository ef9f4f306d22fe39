"""What a caller sees of a thing: what it may read, what it asked for, hidden fields only if it names them."""

from typing import Any

from sandbox.ditto.enforcement import HIDDEN, Enforcer
from sandbox.ditto.fields import Selector
from sandbox.ditto.ids import namespace
from sandbox.ditto.store import Document, Entity


def shown(
    entity: Entity, fields: Selector | None, enforcer: Enforcer, subject: str, policy: Document | None
) -> dict[str, Any]:
    """Return the view of ``entity``; ``policy`` is its policy, for those who ask for ``_policy``."""
    view = enforcer.view(subject, "thing", (), entity.document)
    view = {"thingId": entity.id} | ({} if view is HIDDEN else view)
    if fields is None:
        return view
    hidden = {
        "_revision": entity.revision,
        "_namespace": namespace(entity.id),
        "_modified": entity.modified,
        "_created": entity.created,
        "_policy": policy,
    }
    for key, value in hidden.items():
        if value and fields.names(key):
            view[key] = value
    return fields.of(view)
