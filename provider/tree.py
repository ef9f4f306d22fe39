"""Things in Ditto that belong together, brought to what is declared: a type, or a twin with its children.

Ours is what carries our marker, the attribute `_managedBy`. What carries no marker, or another one, is
created over by nothing and deleted by nobody here; it is changed only when we made it (the engine's state
says so) and its marker was merely lost, or when its spec says `adopt: true`.
"""

from collections.abc import Callable, Mapping, MutableMapping, Sequence

from provider.ditto import Ditto, Outcome, marked, marked_or_unmarked
from provider.errors import Foreign, ProviderError, together
from provider.pace import each
from twins.compare import declared_part, same, update
from twins.document import Document

MARKER = "_managedBy"
Things = Mapping[str, Document]


def levels(things: Things) -> list[list[str]]:
    """The ids, those without a parent here first, then their children, and so on."""

    def depth(thing_id: str) -> int:
        steps = 0
        parent = _parent(things[thing_id])
        while parent in things and steps < len(things):
            steps, parent = steps + 1, _parent(things[parent])
        return steps

    depths = {thing_id: depth(thing_id) for thing_id in things}
    return [
        sorted(thing_id for thing_id in things if depths[thing_id] == level)
        for level in range(max(depths.values(), default=-1) + 1)
    ]


def _parent(thing: Document) -> str:
    parents = _attributes(thing).get("_parents")
    return parents if isinstance(parents, str) else ""


def _attributes(thing: Document) -> Document:
    return thing.get("attributes") or {}


def marker(thing: Document) -> str:
    """Whose the thing says that it is, or empty."""
    return str(_attributes(thing).get(MARKER) or "")


class Tree:
    """Writes and reads things. Parents are made before their children, and removed after them.

    Each call can be cut off and run again. Raises `ProviderError` with all that went wrong at one level.

    `resource` is the one that declares them. `claims` holds which resource has declared each thing last, in
    this run: a thing that moved from one resource to another, such as a twin that became another one's child,
    is taken over before it is deleted, and is then not deleted.
    """

    def __init__(
        self, ditto: Ditto, resource: str, claims: MutableMapping[str, str], say: Callable[[str], None]
    ) -> None:
        self._ditto = ditto
        self._resource = resource
        self._claims = claims
        self._say = say

    def create(self, things: Things, adopt: bool) -> None:
        """Make the things; what a run that was cut off has made already is brought to what is declared."""
        self.update({}, things, adopt)

    def update(self, old: Things, new: Things, adopt: bool) -> None:
        """Make the things be as declared anew: add and remove children, change just what differs."""
        self._claims.update(dict.fromkeys(new, self._resource))
        added = new.keys() - old.keys()
        if len(added) > 1 and not adopt:
            # Found out before anything is written, so that a refusal leaves nothing half made behind.
            self._each(lambda thing_id: self._refuse_foreign(thing_id, new[thing_id]), sorted(added))
        for level in levels(new):
            self._each(
                lambda thing_id: (
                    self._bring(thing_id, new[thing_id], adopt)
                    if thing_id in added
                    else self._change(thing_id, old[thing_id], new[thing_id], adopt)
                ),
                level,
            )
        self.delete({thing_id: thing for thing_id, thing in old.items() if thing_id not in new})

    def read(self, things: Things) -> dict[str, Document]:
        """Of the things that still exist and are still ours: what is declared, as it is live."""
        found: dict[str, Document] = {}

        def look(thing_id: str) -> None:
            live = self._ditto.thing(thing_id)
            if live is None:
                return
            ours, theirs = marker(things[thing_id]), marker(live)
            if theirs and ours and theirs != ours:
                self._say(f"thing {thing_id} is not this stack's any more: it is marked as {theirs}")
                return
            part = declared_part(things[thing_id], live)
            found[thing_id] = things[thing_id] if part is None else part

        self._each(look, sorted(things))
        return found

    def delete(self, things: Things) -> None:
        """Remove the things that still carry our marker; what is gone already is fine."""
        moved = {thing for thing in things if self._claims.get(thing, self._resource) != self._resource}
        for level in reversed(levels(things)):
            here = [thing_id for thing_id in level if thing_id not in moved]
            self._each(lambda thing_id: self._remove(thing_id, marker(things[thing_id])), here)

    def _each(self, work: Callable[[str], None], thing_ids: Sequence[str]) -> None:
        problems = each(work, thing_ids)
        if len(problems) == 1:
            raise problems[0]
        if problems:
            raise together(f"{len(problems)} of {len(thing_ids)} things failed:", problems)

    def _refuse_foreign(self, thing_id: str, thing: Document) -> None:
        live = self._ditto.thing(thing_id, f"thingId,attributes/{MARKER}")
        if live is not None and marker(live) != marker(thing):
            raise _foreign(thing_id, marker(live))

    def _bring(self, thing_id: str, thing: Document, adopt: bool) -> None:
        """Make the thing; if there is one, and it is ours or to be adopted, bring it to what is declared."""
        if self._ditto.create_thing(thing_id, thing):
            return
        live = self._ditto.thing(thing_id)
        if live is None:
            raise Foreign(
                f"thing {thing_id} exists already, but its policy does not let us read it. It was not"
                " touched. Give our user READ and WRITE on it and adopt it, or use another id"
            )
        if not adopt and marker(live) != marker(thing):
            raise _foreign(thing_id, marker(live))
        part = declared_part(thing, live)
        if part is not None and self._write(thing_id, part, thing, "") is not Outcome.DONE:
            raise ProviderError(f"thing {thing_id} was removed while it was being taken over; run it again")

    def _change(self, thing_id: str, old: Document, new: Document, adopt: bool) -> None:
        if same(old, new):
            return
        features = new.get("features") or {}
        if appeared := features.keys() - (old.get("features") or {}).keys():
            old = self._with_features_seen(thing_id, old, {name: features[name] for name in appeared})
        condition = "" if adopt else marked_or_unmarked(marker(new))
        if self._write(thing_id, old, new, condition) is not Outcome.DONE:
            self._bring(thing_id, new, adopt)

    def _with_features_seen(self, thing_id: str, old: Document, features: Document) -> Document:
        """The old document with those features that devices have begun already: their values are theirs."""
        live = self._ditto.thing(thing_id, "features")
        begun = {name: features[name] for name in features if name in ((live or {}).get("features") or {})}
        if not begun:
            return old
        part = declared_part({"features": begun}, live or {})
        seen = begun if part is None else part["features"]
        return old | {"features": (old.get("features") or {}) | seen}

    def _write(self, thing_id: str, old: Document, new: Document, condition: str) -> Outcome:
        policy = new.get("policyId")
        if policy != old.get("policyId") and self._ditto.policy(str(policy)) is None:
            raise ProviderError(
                f"thing {thing_id}: policy {policy} does not exist, or our user may not read it. The thing"
                " was not changed, as nobody could reach it any more. Declare that policy, or name another"
                " one"
            )
        return self._ditto.update_thing(thing_id, update(old, new), condition)

    def _remove(self, thing_id: str, ours: str) -> None:
        if not ours or self._ditto.delete_thing(thing_id, marked(ours)) is Outcome.REFUSED:
            self._say(
                f"thing {thing_id} is left where it is: it does not carry this stack's marker (attribute"
                f" {MARKER}) any more, so it is somebody else's now"
            )


def _foreign(thing_id: str, theirs: str) -> Foreign:
    whose = f"it is marked as {theirs}" if theirs else f"it has no marker (attribute {MARKER})"
    return Foreign(
        f"thing {thing_id} exists already and is not this stack's: {whose}. It was not touched. To take it"
        " over, write `adopt: true` in its spec: what the spec declares is merged in, and all else stays as"
        " it is"
    )
