"""Starts the watchdog: `python -m services.watchdog`."""

import sys

from services.stream.program import run
from services.watchdog.spec import WatchdogConfiguration
from services.watchdog.watch import Watchdog

if __name__ == "__main__":
    sys.exit(run("watchdog", WatchdogConfiguration, Watchdog))
