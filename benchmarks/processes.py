"""How much memory a run takes: that of this process's children, and of theirs, sampled."""

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

EVERY = 0.05  # seconds between two looks


class Peak:
    """The most that was seen."""

    bytes = 0


@contextlib.contextmanager
def peak_memory() -> Iterator[Peak]:
    """Watch all processes that begin below this one while the block runs, and this one's growth."""
    peak, ended = Peak(), threading.Event()
    own, servers = _resident(os.getpid()), _below(os.getpid())

    def watch() -> None:
        while not ended.wait(EVERY):
            below = sum(_resident(process) for process in _below(os.getpid()) - servers)
            peak.bytes = max(peak.bytes, below + _resident(os.getpid()) - own)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        ended.set()
        watcher.join()


def _below(process: int) -> set[int]:
    parents: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(folder.name))
    found: set[int] = set()
    waiting = [process]
    while waiting:
        children = parents.get(waiting.pop(), [])
        found.update(children)
        waiting += children
    return found


def _resident(process: int) -> int:
    """Memory that is its own or shared by few: the proportional set size."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return 1024 * int(next(line for line in lines if line.startswith("Pss:")).split()[1])
    return 0
