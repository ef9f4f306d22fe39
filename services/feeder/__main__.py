"""Starts the feeder: `python -m services.feeder`."""

import sys

from services.feeder.feed import Feeder
from services.feeder.spec import FeederConfiguration
from services.stream.program import run

if __name__ == "__main__":
    sys.exit(run("feeder", FeederConfiguration, Feeder))
