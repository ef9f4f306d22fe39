"""Ends this process when its parent does: the parent holds the other end of standard input."""

import os
import sys
import threading


def leave_with_parent() -> None:
    """From now on, end at once when standard input does. The program sees an empty standard input."""
    held = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - for as long as the process lives

    def watch() -> None:
        while os.read(held, 1024):
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
