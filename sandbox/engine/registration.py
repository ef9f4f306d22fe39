"""From what the program declares to what is done: check, compare, and then keep, create, update or replace.

The order of decisions is that of Pulumi's engine, so that both come to the same steps.
"""

import threading
from dataclasses import dataclass, replace

from sandbox.engine.api import Op, Step
from sandbox.engine.book import Duplicate
from sandbox.engine.difference import judged, replacing_on
from sandbox.engine.goal import Goal, former_urns
from sandbox.engine.paths import differences, kept_as_before
from sandbox.engine.provider import Difference, NotReadyError, ProviderError
from sandbox.engine.registry import public
from sandbox.engine.run import Run, with_secret_outputs
from sandbox.engine.state import State, now
from sandbox.engine.urn import is_provider, make, name_of, package_of, reference, referenced
from sandbox.engine.values import UNKNOWN, Properties, masked

CUT_OFF = "the run was cut off before it was ready"


@dataclass(frozen=True)
class Outcome:
    """What the program gets to know of a resource that it has registered."""

    urn: str
    id: str = ""
    outputs: Properties | None = None
    failed: bool = False


class Registration:
    """Registers the resources of one program, from as many threads as it likes."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._defaults: dict[tuple[str, str], str] = {}
        self._invalid = False

    @property
    def invalid(self) -> bool:
        """Say whether a provider found inputs wrong: then the program's plan as a whole is not carried on."""
        return self._invalid

    def register(self, goal: Goal) -> Outcome:
        """Make the resource be as declared, or, in a preview, tell how it would be. Errors are reported."""
        run = self._run
        urn = make(run.stack, run.project, goal.parent, goal.type, goal.name)
        try:
            goal = self._completed(goal)
            old, former = self._claim(goal, urn)
        except (Duplicate, ProviderError, ValueError) as error:
            return self._fail(urn, str(error))
        new = goal.state(urn)
        new.aliases = [former] if former else []
        if run.book.fails_without(new.urns_needed()) or self._is_over():
            run.book.fail(urn)
            return Outcome(urn, failed=True)
        try:
            return self._settled(goal, old, new)
        except (ProviderError, ValueError) as error:
            return self._fail(urn, str(error))

    def _is_over(self) -> bool:
        """Say whether nothing more is to be begun."""
        return self._run.stopping.is_set() or (self._invalid and not self._run.preview)

    def _completed(self, goal: Goal) -> Goal:
        parent = self._run.book.goal(goal.parent)
        if parent is not None:
            goal = goal.inheriting(parent)
        if is_provider(goal.type) and goal.version:
            inputs = {"__internal": {}, **goal.inputs, "version": goal.version}
            return replace(goal, inputs=inputs)
        if goal.custom and not is_provider(goal.type) and not goal.provider:
            return replace(goal, provider=self._default_provider(goal.type, goal.version))
        return goal

    def _default_provider(self, token: str, version: str) -> str:
        key = (package_of(token), version)
        with self._lock:
            if key not in self._defaults:
                name, inputs = self._run.registry.default(token, version)
                outcome = self.register(
                    Goal(f"pulumi:providers:{key[0]}", name, custom=True, parent="", inputs=inputs)
                )
                if outcome.failed:
                    raise ProviderError(f"there is no provider for {token}")
                self._defaults[key] = reference(outcome.urn, outcome.id or UNKNOWN)
            return self._defaults[key]

    def _claim(self, goal: Goal, urn: str) -> tuple[State | None, str]:
        run = self._run
        former = former_urns(goal, run.stack, run.project, run.book.renamed())
        return run.book.claim(urn, goal, former)

    def _fail(self, urn: str, message: str) -> Outcome:
        self._run.book.fail(urn)
        self._run.report.error(message, urn)
        return Outcome(urn, failed=True)

    def _settled(self, goal: Goal, old: State | None, new: State) -> Outcome:
        run = self._run
        recreating = run.book.is_deleted(new.urn)
        known = None if old is None or old.external or recreating else old
        if known is not None:
            new.inputs = kept_as_before(new.inputs, known.inputs, new.ignore_changes)
        before = known or run.book.interrupted(new.urn)
        checked = self._checked(new, before.inputs if before else None, new.inputs)
        if checked is None:
            return Outcome(new.urn, failed=True)
        new.inputs = checked
        if old is None or old.external:
            return self._created(new, old, "create")
        new.created, new.modified = old.created, old.modified
        if recreating:
            return self._created(new, old, "replace")

        difference = self._difference(old, new)
        if difference.replaces or old.pending_replacement:
            return self._replaced(goal, old, new, difference)
        if difference.changes or old.init_errors:
            return self._updated(old, new)
        return self._same(old, new)

    def _checked(self, new: State, old: Properties | None, given: Properties) -> Properties | None:
        """The inputs as the provider wants them; None when it finds them wrong, which is reported."""
        run = self._run
        if not new.custom:
            return given
        if is_provider(new.type):
            checked = run.registry.check(new.type, given)
        else:
            checked = run.provider_of(new).check(run.resource(new), old, given)
        if checked.failures:
            self._invalid = True
            run.book.fail(new.urn)
            for key, reason in checked.failures:
                run.report.error(f"{key}: {reason}" if key else reason, new.urn)
            return None
        return checked.inputs

    def _difference(self, old: State, new: State) -> Difference:
        run = self._run
        if new.deleted_with and run.book.is_replaced(new.deleted_with):
            return Difference(True, ["deletedWith"])
        if self._has_other_provider(old, new):
            return Difference(True, ["provider"])
        if not new.custom:
            return Difference(old.inputs != new.inputs)
        if is_provider(new.type):
            found = run.registry.diff(new.type, old.inputs, new.inputs)
        else:
            resource = run.resource(new, old=old)
            found = run.provider_of(new).diff(resource, new.inputs, new.ignore_changes)
        return replacing_on(judged(found, old.inputs, new.inputs), new.replace_on_changes)

    def _has_other_provider(self, old: State, new: State) -> bool:
        """Say whether the resource is managed by a provider that leads elsewhere."""
        if old.provider == new.provider:
            return False
        if not old.provider or not new.provider:
            return True
        before = self._run.book.provider(old.provider) or self._run.book.old(referenced(old.provider)[0])
        after = self._run.book.new(referenced(new.provider)[0])
        if before is None or after is None:
            return False
        return bool(self._run.registry.diff(after.type, before.inputs, after.inputs).replaces)

    # Steps

    def _same(self, old: State, new: State) -> Outcome:
        new.id, new.outputs = old.id, old.outputs
        self._provide(new, old.inputs)
        return self._ended("same", new, old)

    def _created(self, new: State, old: State | None, op: Op) -> Outcome:
        """Create the resource; an `old` one that is gone already has its place taken."""
        self._make(new, old, beside=False)
        return self._ended(op, new, old)

    def _updated(self, old: State, new: State) -> Outcome:
        run = self._run
        new.id = old.id
        if is_provider(new.type):
            new.outputs = public(new.inputs)
            self._provide(new, new.inputs)
        elif new.custom:
            if run.preview:
                new.outputs = run.provider_of(new).planned(run.resource(new, old=old), new.inputs)
            else:
                self._change(old, new)
        else:
            new.outputs = old.outputs
        if new.custom:
            new.modified = now()
        return self._ended("update", new, old)

    def _change(self, old: State, new: State) -> None:
        run = self._run
        provider = run.provider_of(new)
        with run.turn(provider), run.under_way("updating", new):
            try:
                resource = run.resource(new, "update", old)
                new.outputs = provider.update(resource, new.inputs, new.ignore_changes)
            except NotReadyError as error:
                new.outputs, new.init_errors, new.modified = error.outputs, [str(error)], now()
                new.outputs = with_secret_outputs(new)
                run.book.keep(new, old)
                raise

    def _replaced(self, goal: Goal, old: State, new: State, difference: Difference) -> Outcome:
        run = self._run
        if old.protect and new.protect:
            return self._fail(
                new.urn,
                f"it would have to be replaced ({', '.join(difference.replaces)}), but it is protected. Take"
                " `protect` off in the program, and run it, if that is meant",
            )
        checked = self._checked(new, None, goal.inputs)
        if checked is None:
            return Outcome(new.urn, failed=True)
        new.inputs = checked
        run.book.mark_replaced(new.urn)
        first = difference.delete_first if goal.delete_before_replace is None else goal.delete_before_replace
        if first or old.pending_replacement:
            self._make_room(old)
        self._make(new, old, beside=not (first or old.pending_replacement))
        return self._ended("replace", new, old)

    def _make_room(self, old: State) -> None:
        """Delete the resource to make room for another, and before that all that cannot be without it."""
        run = self._run
        going = [*reversed(self._dependents_to_replace(old)), old]
        urns = {state.urn for state in going}
        for state in going:
            if state is not old:
                if state.protect:
                    raise ProviderError(
                        f"{name_of(state.urn)} would have to be replaced with it, but is protected"
                    )
                if not run.book.take_for_deletion(state):
                    continue
                run.book.mark_replaced(state.urn)
            if run.preview or state.pending_replacement:
                continue
            if state.deleted_with not in urns:
                run.delete(state)
            state.pending_replacement = True
            run.book.note(state)

    def _dependents_to_replace(self, root: State) -> list[State]:
        gone = {root.urn}
        found = []
        for state in self._run.book.dependents(root):
            if state.custom and not state.external and self._falls_with(state, gone):
                gone.add(state.urn)
                found.append(state)
        return found

    def _falls_with(self, state: State, gone: set[str]) -> bool:
        """Say whether the resource would have to be replaced when these are."""
        if referenced(state.provider)[0] in gone or state.deleted_with in gone:
            return True
        unknown = {
            key: UNKNOWN
            for key, urns in state.property_dependencies.items()
            if key in state.inputs and not gone.isdisjoint(urns)
        }
        if not unknown or is_provider(state.type):
            return False
        inputs = state.inputs | unknown
        resource = self._run.resource(state, old=state)
        found = self._run.provider_of(state).diff(resource, inputs, state.ignore_changes)
        found = replacing_on(judged(found, state.inputs, inputs), state.replace_on_changes)
        return bool(found.replaces)

    def _make(self, new: State, old: State | None, beside: bool) -> None:
        """Bring the resource into being, in place of the old one's state or beside it."""
        run = self._run
        new.created = new.modified = now()
        if is_provider(new.type):
            new.id = "" if run.preview else run.registry.identity()
            new.outputs = public(new.inputs)
            self._provide(new, new.inputs)
        elif new.custom:
            if run.preview:
                new.outputs = run.provider_of(new).planned(run.resource(new), new.inputs)
            else:
                self._create(new, old, beside)
                return
        self._keep(new, old, beside)

    def _create(self, new: State, old: State | None, beside: bool) -> None:
        run = self._run
        provider = run.provider_of(new)
        before: list[State | None] = [old]

        def saved(identity: str, outputs: Properties, trouble: str = CUT_OFF) -> None:
            new.id, new.outputs, new.init_errors = identity, outputs, [trouble]
            new.outputs = with_secret_outputs(new)
            self._keep(new, before[0], beside)
            before[0] = new

        with run.turn(provider), run.under_way("creating", new):
            try:
                new.id, new.outputs = provider.create(run.resource(new, "create"), new.inputs, saved)
            except NotReadyError as error:
                saved(error.identity, error.outputs, str(error))
                raise
            new.init_errors = []
            new.outputs = with_secret_outputs(new)
            self._keep(new, before[0], beside)

    def _keep(self, new: State, old: State | None, beside: bool) -> None:
        if beside and old is not None and old is not new:
            self._run.book.keep_beside(new, old)
        else:
            self._run.book.keep(new, old)

    def _provide(self, state: State, inputs: Properties) -> None:
        """If the resource is a provider, let others use it."""
        if is_provider(state.type):
            self._run.registry.register(reference(state.urn, state.id or UNKNOWN), inputs)

    def _ended(self, op: Op, new: State, old: State | None) -> Outcome:
        new.outputs = with_secret_outputs(new)
        if op in ("same", "update"):
            self._run.book.keep(new, old)
        changed = differences(old.inputs, new.inputs) if old and op in ("update", "replace") else ()
        before = masked(old.inputs) if old and op != "same" else None
        after = masked(new.inputs) if op != "same" else None
        self._run.report.step(Step(op, new.type, name_of(new.urn), new.urn, changed, before, after))
        return Outcome(new.urn, new.id, new.outputs if new.custom else {})
