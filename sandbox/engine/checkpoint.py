"""Where a stack's state lives: a Pulumi deployment in a file, and beside it a journal of what happened since.

The deployment is written at the end of a run, the journal line by line: so a step costs the same in a stack
of ten resources and of ten thousand, and a run that is killed has lost nothing of what it had done. The next
run replays the journal.
"""

import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sandbox.engine.api import EngineError
from sandbox.engine.state import State, from_json, in_order, now, to_json
from sandbox.engine.values import EncryptedError
from sandbox.kubernetes.files import write_private

Pending = tuple[str, State]  # what was under way, and with which resource


class Checkpoint:
    """The state of a stack, in a folder of its own. Any thread may write, one process at a time (`held`)."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "checkpoint.json"
        self._journal = folder / "journal.jsonl"
        self._lock_file = folder / "lock"
        self._lock = threading.Lock()
        self._keys: dict[State, int] = {}
        self._next = 0
        self._descriptor: int | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other runs out. Raises `EngineError` at once when there is one."""
        self._lock_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock_file.open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise EngineError(
                    f"another run of this stack is under way ({self._lock_file} is locked)"
                ) from None
            try:
                yield
            finally:
                self._close()

    def load(self) -> tuple[list[State], list[Pending]]:
        """The resources, and the operations of which nobody knows how they ended. Raises `EngineError`."""
        text = self._file.read_text() if self._file.exists() else ""
        states = dict(enumerate(resources(text) if text else []))
        pending = dict(enumerate(_pending(text) if text else [], start=len(states)))
        for record in self._records(text):
            self._replay(record, states, pending)
        self._keys = {state: key for key, state in states.items()}
        self._next = max([*states, *pending], default=-1) + 1
        return list(states.values()), list(pending.values())

    def _records(self, text: str) -> Iterator[dict[str, Any]]:
        """The lines of the journal, if it goes on from this very checkpoint."""
        if not self._journal.exists():
            return
        lines = self._journal.read_text().splitlines()
        if not lines or lines[0] != _title(text):
            return
        for line in lines[1:]:
            with suppress(ValueError):  # a line that was cut off when a run was killed
                yield json.loads(line)

    def _replay(
        self, record: Mapping[str, Any], states: dict[int, State], pending: dict[int, Pending]
    ) -> None:
        key = record["key"]
        if "begun" in record:
            pending[key] = (record["begun"], from_json(record["resource"]))
        elif "ended" in record:
            pending.pop(key, None)
        elif record.get("resource") is None:
            states.pop(key, None)
        else:
            states[key] = from_json(record["resource"])

    def put(self, *states: State) -> None:
        """Keep the resources as they are now: all of them, or, if this is cut off, none."""
        with self._lock:
            for state in states:
                if state not in self._keys:
                    self._keys[state], self._next = self._next, self._next + 1
            self._append(*({"key": self._keys[state], "resource": to_json(state)} for state in states))

    def succeed(self, old: State, new: State) -> None:
        """Keep a resource in the place of what was known of it before."""
        with self._lock:
            key = self._keys.pop(old, None)
            if key is None:
                key, self._next = self._next, self._next + 1
            self._keys[new] = key
            self._append({"key": key, "resource": to_json(new)})

    def stand_in(self, old: State, new: State) -> None:
        """Take a resource for what was known of it before, from which it does not differ."""
        with self._lock:
            key = self._keys.pop(old, None)
            if key is not None:
                self._keys[new] = key

    def drop(self, state: State) -> None:
        """Forget the resource."""
        with self._lock:
            key = self._keys.pop(state, None)
            if key is not None:
                self._append({"key": key, "resource": None})

    def begin(self, operation: str, state: State) -> int:
        """Note that something is about to be done to the resource; give the result to `end`."""
        with self._lock:
            key, self._next = self._next, self._next + 1
            self._append({"key": key, "begun": operation, "resource": to_json(state)})
            return key

    def end(self, key: int) -> None:
        """Note that what had begun has ended, well or not."""
        with self._lock:
            self._append({"key": key, "ended": True})

    def _append(self, *records: Mapping[str, Any]) -> None:
        if self._descriptor is None:
            text = self._file.read_text() if self._file.exists() else ""
            fresh = not any(True for _ in self._records(text))
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if fresh else 0)
            self._descriptor = os.open(self._journal, flags, 0o600)
            os.write(self._descriptor, (_title(text) + "\n" if fresh else "\n").encode())
        lines = [json.dumps(record, separators=(",", ":")) + "\n" for record in records]
        os.write(self._descriptor, "".join(lines).encode())

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def settle(self, pending: Sequence[Pending] = ()) -> None:
        """Write all that is known into the deployment, with what is still not known, and begin a new journal."""
        with self._lock:
            self._write(deployment(self._keys, pending))

    def replace(self, text: str) -> None:
        """Put another deployment in the place of the state. Raises `EngineError` when it is none."""
        states = resources(text)
        with self._lock:
            self._write(deployment(states, _pending(text)))

    def _write(self, document: Mapping[str, Any]) -> None:
        self._close()
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(self._file, json.dumps(document, indent=1))
        self._journal.unlink(missing_ok=True)


def _title(text: str) -> str:
    return json.dumps({"since": hashlib.sha256(text.encode()).hexdigest()})


def resources(text: str) -> list[State]:
    """The resources of a deployment. Raises `EngineError` when it is none, or holds encrypted secrets."""
    try:
        document = json.loads(text)
        kind, found = document["version"], document["deployment"].get("resources") or []
        if kind not in (3, 4):
            raise EngineError(f"version {kind} of Pulumi's deployments is not known here; 3 is")
        return [from_json(each) for each in found]
    except EncryptedError:
        raise EngineError(
            "the state holds encrypted secrets; export it with `pulumi stack export --show-secrets`"
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EngineError(f"this is not a Pulumi deployment: {error!r}") from None


def _pending(text: str) -> list[Pending]:
    found = json.loads(text)["deployment"].get("pending_operations") or []
    return [(each["type"], from_json(each["resource"])) for each in found]


def deployment(states: Iterable[State], pending: Sequence[Pending] = ()) -> dict[str, Any]:
    """The deployment that `pulumi stack import` takes: in order, and without references to what is gone."""
    states = list(states)
    renamed = {alias: state.urn for state in states for alias in state.aliases}
    there = {state.urn for state in states}
    ordered = in_order(_mended(state, renamed, there) for state in states)
    release = f"v{version('pulumi')}"
    return {
        "version": 3,
        "deployment": {
            "manifest": {
                "time": now(),
                "magic": hashlib.sha256(release.encode()).hexdigest(),
                "version": release,
            },
            "resources": [to_json(state) for state in ordered],
            "pending_operations": [{"type": kind, "resource": to_json(state)} for kind, state in pending],
            "metadata": {},
        },
    }


def _mended(state: State, renamed: Mapping[str, str], there: set[str]) -> State:
    needed = set(state.urns_needed())
    if needed <= there:
        return state

    def mend(urns: Sequence[str]) -> list[str]:
        return [renamed.get(urn, urn) for urn in urns if renamed.get(urn, urn) in there]

    mended = from_json(to_json(state))
    mended.parent = "".join(mend([state.parent]))
    mended.deleted_with = "".join(mend([state.deleted_with]))
    mended.dependencies = mend(state.dependencies)
    mended.property_dependencies = {key: mend(urns) for key, urns in state.property_dependencies.items()}
    return mended
