"""`python -m sandbox.dataplane`: build Telegraf and InfluxDB unless they are there; say where."""

import sys
from functools import partial

from sandbox.dataplane.build import INFLUXD, TELEGRAF, build, find
from sandbox.kubernetes.build import BuildError


def main() -> int:
    """Build what is missing; return 1 when something could not be built."""
    failed = 0
    for program in (TELEGRAF, INFLUXD):
        try:
            path = find(program) or build(program, report=partial(print, flush=True))
            print(f"{program.name}: {path}", flush=True)
        except BuildError as error:
            failed = 1
            print(error, file=sys.stderr)
    return failed


if __name__ == "__main__":
    sys.exit(main())
