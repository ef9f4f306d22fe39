"""What the stand-in knows: policies, things and connections by id, each change written to the journal."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.ditto.documents import dumps
from sandbox.ditto.enforcement import Enforcer, enforcer
from sandbox.standin.journal import Journal

Document = dict[str, Any]

POLICY, THING, CONNECTION = "policy", "thing", "connection"


@dataclass(slots=True)
class Entity:
    """Something with an id and a revision. A deleted one stays known: its successor counts on from it."""

    id: str
    document: Document | None = None
    revision: int = 0
    created: str = ""
    modified: str = ""
    tagged: int = 0  # the revision that the tag names: the last one that was not just a command
    enforcer: Enforcer | None = field(default=None, compare=False)  # of a policy, made when first asked for

    @property
    def tag(self) -> str:
        """The entity tag, as the header has it."""
        return f'"rev:{self.tagged}"'


class Store:
    """All entities. A document in the store is never changed in place: changes are new documents."""

    def __init__(self, journal: Journal | None = None) -> None:
        self._journal = journal
        self._entities: dict[str, dict[str, Entity]] = {POLICY: {}, THING: {}, CONNECTION: {}}
        self._policies_changed = 0
        if journal is not None:
            for line in journal.replay():
                self._restore(line)

    def find(self, kind: str, entity_id: str) -> Entity | None:
        """Return the entity of that id, unless there is none or it was deleted."""
        entity = self._entities[kind].get(entity_id)
        return entity if entity is not None and entity.document is not None else None

    def all(self, kind: str) -> Iterator[Entity]:
        """Yield every entity of a kind that exists, in the order in which they were first created."""
        return (entity for entity in self._entities[kind].values() if entity.document is not None)

    def put(
        self,
        kind: str,
        entity_id: str,
        document: Document,
        *,
        text: str | None = None,
        keep_created: bool = True,
        keep_tag: bool = False,
    ) -> Entity:
        """Create or replace a document; the revision goes up by one. ``text`` is its JSON, if known."""
        entity = self._entities[kind].get(entity_id)
        if entity is None:
            entity = self._entities[kind][entity_id] = Entity(entity_id)
        now = _now()
        if entity.document is None:
            entity.created = now
        elif not keep_created:
            entity.created = ""
        entity.document = document
        if not keep_tag:
            entity.tagged = entity.revision + 1
        self._changed(kind, entity, now, text)
        return entity

    def delete(self, kind: str, entity: Entity) -> None:
        """Remove a document."""
        entity.document = None
        self._changed(kind, entity, _now(), None)

    def enforcer(self, policy_id: str) -> Enforcer | None:
        """Return who may do what by that policy, its imports included; None where there is no such policy."""
        entity = self.find(POLICY, policy_id)
        if entity is None:
            return None
        known = entity.enforcer
        if known is None or (known.imports and known.made_at != self._policies_changed):
            known = entity.enforcer = enforcer(
                entity.document or {},
                self._policies_changed,
                lambda imported: self.document(POLICY, imported),
            )
        return known

    def document(self, kind: str, entity_id: str) -> Document | None:
        """Return the document of that id, if there is one."""
        entity = self.find(kind, entity_id)
        return entity.document if entity else None

    def close(self) -> None:
        """Let go of the journal's file."""
        if self._journal is not None:
            self._journal.close()

    def _changed(self, kind: str, entity: Entity, now: str, text: str | None) -> None:
        entity.revision += 1
        entity.modified = now
        entity.enforcer = None
        if kind == POLICY:
            self._policies_changed += 1
        if self._journal is not None:
            self._journal.append(_line(kind, entity, text))
            if self._journal.overgrown(sum(map(len, self._entities.values()))):
                self._journal.rewrite(
                    _line(kind, entity) for kind, known in self._entities.items() for entity in known.values()
                )

    def _restore(self, line: Document) -> None:
        kind = line.pop("kind")
        self._entities[kind][line["id"]] = Entity(**line)


def _line(kind: str, entity: Entity, text: str | None = None) -> str:
    document = dumps(entity.document) if text is None else text
    return (
        f'{{"kind":"{kind}","id":{dumps(entity.id)},"revision":{entity.revision},"created":"{entity.created}",'
        f'"modified":"{entity.modified}","tagged":{entity.tagged},"document":{document}}}'
    )


def _now() -> str:
    """Return the time with all of Java's digits."""
    seconds, rest = divmod(time.time_ns(), 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
