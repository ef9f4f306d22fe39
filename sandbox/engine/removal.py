"""Deletes resources: those that others need after those others, and as many at once as that allows."""

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from sandbox.engine.api import Step
from sandbox.engine.provider import ProviderError
from sandbox.engine.run import Run
from sandbox.engine.state import State
from sandbox.engine.urn import name_of
from sandbox.engine.values import masked

AT_ONCE = 16


def remove(run: Run, states: Sequence[State]) -> None:
    """Delete the resources. One that cannot be deleted keeps those that it needs; errors are reported."""
    kept = run.book.needed_by_failures()
    waiting = [state for state in states if state.urn not in kept]
    going = {state.urn for state in waiting}
    users = _users(waiting)
    with ThreadPoolExecutor(AT_ONCE) as threads, run.interruptible():
        under_way: dict[Future[bool], State] = {}
        while waiting or under_way:
            ready = [state for state in waiting if not users[state]]
            for state in ready:
                waiting.remove(state)
                under_way[threads.submit(_delete, run, state, going)] = state
            if not under_way:
                return  # what is left is needed by what could not be deleted
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                state = under_way.pop(future)
                if future.result():
                    for others in users.values():
                        others.discard(state)


def _users(states: Sequence[State]) -> dict[State, set[State]]:
    """For each of the resources, those of them that need it."""
    by_urn: dict[str, list[State]] = {}
    for state in states:
        by_urn.setdefault(state.urn, []).append(state)
    users: dict[State, set[State]] = {state: set() for state in states}
    for state in states:
        for urn in state.urns_needed():
            for needed in by_urn.get(urn, []):
                if needed is not state:
                    users[needed].add(state)
    return users


def _delete(run: Run, state: State, going: set[str]) -> bool:
    if state.protect and not state.delete:
        run.report.error(
            "it is to be deleted, but it is protected. Take `protect` off in the program, and run it, first",
            state.urn,
        )
        run.book.fail(state.urn)
        return False
    by_another = state.deleted_with in going
    try:
        if not (run.preview or state.pending_replacement or by_another):
            run.delete(state)
    except ProviderError as error:
        run.report.error(str(error), state.urn)
        run.book.fail(state.urn)
        return False
    if not run.preview:
        run.book.drop(state)
    if not (state.delete or state.pending_replacement):
        inputs = masked(state.inputs)
        run.report.step(Step("delete", state.type, name_of(state.urn), state.urn, old=inputs))
    return True
