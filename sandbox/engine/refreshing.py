"""Takes into the state what the providers find: what has changed since, and what is gone."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from sandbox.engine.api import Op, Step
from sandbox.engine.difference import judged
from sandbox.engine.paths import differences
from sandbox.engine.provider import Found, NotReadyError, ProviderError
from sandbox.engine.run import Run, with_secret_outputs
from sandbox.engine.state import State, from_json, now, to_json
from sandbox.engine.urn import is_provider, name_of
from sandbox.engine.values import Properties

AT_ONCE = 16


def refresh(run: Run, states: Sequence[State]) -> None:
    """Look at every resource. What cannot be looked at stays as it was; errors are reported."""
    with ThreadPoolExecutor(AT_ONCE) as threads, run.interruptible():
        list(threads.map(lambda state: _refresh(run, state), states))


def _refresh(run: Run, state: State) -> None:
    if run.stopping.is_set():
        return
    if not state.custom or is_provider(state.type) or state.pending_replacement:
        run.report.step(Step("same", state.type, name_of(state.urn), state.urn))
        return
    try:
        found, trouble = _look(run, state)
        if found.identity is None:
            run.book.drop(state)
            run.report.step(Step("delete", state.type, name_of(state.urn), state.urn))
            return
        new = _renewed(state, found, trouble)
        changed = _drift(run, state, new)
    except ProviderError as error:
        run.report.error(str(error), state.urn)
        return
    run.book.keep(new, state)
    op: Op = "same" if changed is None else "refresh"
    run.report.step(Step(op, state.type, name_of(state.urn), state.urn, changed or ()))


def _look(run: Run, state: State) -> tuple[Found, list[str]]:
    provider = run.provider_of(state)
    try:
        with run.turn(provider):
            return provider.read(run.resource(state, "read", state)), []
    except NotReadyError as error:
        run.report.message(f"warning: {error}")
        return Found(error.identity, error.outputs, error.inputs), [str(error)]


def _renewed(state: State, found: Found, trouble: list[str]) -> State:
    new = from_json(to_json(state))
    new.id = found.identity or ""
    new.outputs = found.outputs
    new.inputs = state.inputs if found.inputs is None else found.inputs
    new.init_errors = trouble
    new.outputs = with_secret_outputs(new)
    if (new.inputs, new.outputs) != (state.inputs, state.outputs):
        new.modified = now()
    return new


def _drift(run: Run, old: State, new: State) -> tuple[str, ...] | None:
    """The paths at which the resource was found different; None when the provider sees no difference.

    It is asked what an update would change if the program stayed as it is.
    """
    resource = run.resource(new, old=new)
    found = run.provider_of(new).diff(resource, old.inputs, old.ignore_changes)
    if not judged(found, new.inputs, old.inputs).changes:
        return None
    return drifted(old.inputs, new.inputs, old.outputs, new.outputs)


def drifted(
    old_inputs: Properties, new_inputs: Properties, old_outputs: Properties, new_outputs: Properties
) -> tuple[str, ...]:
    """The paths at which the inputs were found different or, where these are the same, the outputs."""
    return differences(old_inputs, new_inputs) or differences(old_outputs, new_outputs)
