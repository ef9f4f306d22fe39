"""The book of a run: what was known of each resource before, what is known now, and what is still to go."""

import threading
from collections.abc import Iterable, Iterator, Sequence

from sandbox.engine.checkpoint import Checkpoint, Pending
from sandbox.engine.goal import Goal
from sandbox.engine.state import State, in_order, to_json
from sandbox.engine.urn import referenced


class Duplicate(Exception):  # noqa: N818 - it is told to the user as a mistake of the program
    """Two resources of the program claim to be the same one."""


class Book:
    """All resources of a stack. Any thread may read and write; in a preview the checkpoint stays as it is."""

    def __init__(self, checkpoint: Checkpoint, preview: bool) -> None:
        states, pending = checkpoint.load()
        self._checkpoint = checkpoint
        self._preview = preview
        self._lock = threading.Lock()
        self._states: dict[State, None] = dict.fromkeys(states)
        self._old = {state.urn: state for state in states if not state.delete}
        self._new: dict[str, State] = {}
        self._goals: dict[str, Goal] = {}
        self._claimed: dict[str, str] = {}  # the old URN of what is registered anew, and by which URN
        self._deleted: set[str] = set()
        self._replaced: set[str] = set()
        self._failed: set[str] = set()
        self._pending = [(kind, state) for kind, state in pending if kind == "creating"]

    # What was known before

    def old(self, urn: str) -> State | None:
        """The resource as an earlier run left it."""
        return self._old.get(urn)

    def interrupted(self, urn: str) -> State | None:
        """The resource as it was to become, if an earlier run did not see the end of its creation."""
        return next((state for _, state in self._pending if state.urn == urn), None)

    def unresolved(self) -> list[Pending]:
        """The creations that an earlier run did not see the end of, and this one did not come to."""
        with self._lock:
            known = {state.urn for state in self._states}
            return [(kind, state) for kind, state in self._pending if state.urn not in known]

    def leave_unresolved(self) -> list[State]:
        """Give these up; return them."""
        left = self.unresolved()
        with self._lock:
            self._pending = []
        return [state for _, state in left]

    def claim(self, urn: str, goal: Goal, former: Sequence[str]) -> tuple[State | None, str]:
        """Note that the program has this resource; return what was known of it, and under which former URN.

        Raises `Duplicate`.
        """
        with self._lock:
            if urn in self._goals or urn in self._claimed:
                raise Duplicate(
                    f"the program declares two resources with the URN {urn}; names have to differ"
                )
            self._goals[urn] = goal
            for candidate in [urn, *former]:
                if candidate not in self._old:
                    continue
                if candidate in self._claimed or (candidate != urn and candidate in self._goals):
                    raise Duplicate(f"the alias {candidate} of {urn} is another resource of the program")
                self._claimed[candidate] = urn
                return self._old[candidate], "" if candidate == urn else candidate
            return None, ""

    def renamed(self) -> dict[str, str]:
        """The former URNs of the resources that were found under one."""
        with self._lock:
            return {urn: old for old, urn in self._claimed.items() if old != urn}

    def goal(self, urn: str) -> Goal | None:
        """What the program wants of a resource that it has registered."""
        return self._goals.get(urn)

    def provider(self, reference: str) -> State | None:
        """The provider resource that a reference means, in the state of before or of now."""
        urn, identity = referenced(reference)
        with self._lock:
            return next((each for each in self._states if each.urn == urn and each.id == identity), None)

    def dependents(self, root: State) -> Iterator[State]:
        """All that depended on a resource, directly or not, and is not registered yet; dependencies first."""
        reached = {root.urn}
        for state in in_order(self._old.values()):
            if state is not root and reached.intersection(state.urns_needed()):
                with self._lock:
                    taken = state.urn in self._claimed or state.urn in self._deleted
                if not taken:
                    reached.add(state.urn)
                    yield state

    # What happens to them

    def begin(self, operation: str, state: State) -> int:
        """Note that a request is about to be made for the resource."""
        return 0 if self._preview else self._checkpoint.begin(operation, state)

    def end(self, ticket: int) -> None:
        """Note that its end was seen."""
        if not self._preview:
            self._checkpoint.end(ticket)

    def keep(self, new: State, old: State | None = None) -> None:
        """Keep a resource as it is now, in the place of what was known of it."""
        with self._lock:
            self._new[new.urn] = new
            if old is not None and old is not new:
                self._states.pop(old, None)
            self._states[new] = None
            if self._preview:
                return
            if old is None or old is new:
                self._checkpoint.put(new)
            elif to_json(old) == to_json(new):
                self._checkpoint.stand_in(old, new)
            else:
                self._checkpoint.succeed(old, new)

    def keep_beside(self, new: State, old: State) -> None:
        """Keep a resource that takes the old one's place, while the old one stays until the run's end."""
        with self._lock:
            self._new[new.urn] = new
            self._states[new] = None
            old.delete = True
            if not self._preview:
                self._checkpoint.put(new, old)

    def note(self, state: State) -> None:
        """Keep what has changed about a resource."""
        if not self._preview:
            self._checkpoint.put(state)

    def drop(self, state: State) -> None:
        """Forget a resource: it is gone."""
        with self._lock:
            self._states.pop(state, None)
            if not self._preview:
                self._checkpoint.drop(state)

    def mark_replaced(self, urn: str) -> None:
        """Note that the resource gets another one in its place."""
        with self._lock:
            self._replaced.add(urn)

    def is_replaced(self, urn: str) -> bool:
        """Say whether the resource gets, or got, another one in its place."""
        with self._lock:
            return urn in self._replaced

    def take_for_deletion(self, state: State) -> bool:
        """Note that the resource goes because one that it needs is replaced; False when it is registered."""
        with self._lock:
            if state.urn in self._claimed or state.urn in self._deleted:
                return False
            self._deleted.add(state.urn)
            return True

    def is_deleted(self, urn: str) -> bool:
        """Say whether it was deleted that way, before the program came to it."""
        with self._lock:
            return urn in self._deleted

    def fail(self, urn: str) -> None:
        """Note that something went wrong with the resource."""
        with self._lock:
            self._failed.add(urn)

    def fails_without(self, needed: Iterable[str]) -> bool:
        """Say whether something went wrong with any of these resources."""
        with self._lock:
            return not self._failed.isdisjoint(needed)

    # What is known now

    def new(self, urn: str) -> State | None:
        """The resource as this run has left it so far."""
        with self._lock:
            return self._new.get(urn)

    def all(self) -> list[State]:
        """All there is, in order."""
        with self._lock:
            return in_order(self._states)

    def unclaimed(self) -> list[State]:
        """What the program does not have any more, and what was replaced: all that is to go."""
        with self._lock:
            return [
                state
                for state in self._states
                if state.delete or (state.urn not in self._claimed and self._new.get(state.urn) is not state)
            ]

    def needed_by_failures(self) -> set[str]:
        """The URNs of all that the failed resources need, directly or not, by the old state or the new."""
        with self._lock:
            waiting = list(self._failed)
            needs: dict[str, set[str]] = {}
            for state in [*self._old.values(), *self._states]:
                needs.setdefault(state.urn, set()).update(state.urns_needed())
            for urn, goal in self._goals.items():
                needs.setdefault(urn, set()).update(_needs(goal))
        found: set[str] = set()
        while waiting:
            for urn in needs.get(waiting.pop(), ()):
                if urn not in found:
                    found.add(urn)
                    waiting.append(urn)
        return found


def _needs(goal: Goal) -> set[str]:
    urns = {goal.parent, goal.deleted_with, *goal.dependencies}
    if goal.provider:
        urns.add(referenced(goal.provider)[0])
    for needed in goal.property_dependencies.values():
        urns.update(needed)
    return urns - {""}
