"""What happens from the start of a program to its end."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from services.stream import logs
from services.stream.clock import Clock
from services.stream.configuration import ConfigurationError, load
from services.stream.credentials import MOUNTED, credentials
from services.stream.kafka_sink import kafka_sink
from services.stream.metrics import Metrics
from services.stream.pump import Pump, Work
from services.stream.sources import source
from services.stream.spec import Configuration
from services.stream.state import StateFile
from services.stream.status import Status
from services.stream.web import serving

C = TypeVar("C", bound=Configuration[Any])


def run(
    name: str,
    model: type[C],
    work: Callable[[C, Clock, Metrics], Work],
    arguments: Sequence[str] | None = None,
) -> int:
    """Run a program until SIGTERM or SIGINT; return its exit code: 0, or 2 when it cannot begin."""
    options = _options(name, arguments)
    try:
        configuration = load(options.config, model)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2
    logs.to_standard_output()
    clock = Clock()
    metrics = Metrics(name, [model.topic for model in configuration.models])
    status = Status(clock)
    client = f"{name}-{configuration.id}"

    def opens(side: str) -> Any:
        return credentials(side, os.environ, options.secrets)

    pump = Pump(
        work(configuration, clock, metrics),
        lambda: source(configuration.input, opens("input"), client),
        lambda: kafka_sink(configuration.output, opens("output")),
        StateFile(options.state),
        metrics,
        status,
        clock,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: pump.stop())
    try:
        with serving(options.address, options.port, metrics, status) as port:
            logs.info("started", program=name, id=configuration.id, port=port)
            pump.run()
    except OSError as error:
        print(f"{name}: cannot serve at {options.address}:{options.port}: {error.strerror}", file=sys.stderr)
        return 2
    logs.info("ended")
    return 0


def _options(name: str, arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(name, description=f"The {name}; see docs/feeder.md.")
    parser.add_argument(
        "--config",
        type=Path,
        default=Path(f"/etc/opentwins/{name}.yaml"),
        help="the configuration (%(default)s)",
    )
    parser.add_argument(
        "--secrets", type=Path, default=MOUNTED, help="folder with input/ and output/ (%(default)s)"
    )
    parser.add_argument(
        "--state",
        type=Path,
        default=Path("/var/lib/opentwins"),
        help="folder for what survives a restart (%(default)s)",
    )
    parser.add_argument("--address", default="", help="where to serve probes and metrics (everywhere)")
    parser.add_argument("--port", type=int, default=8080, help="at which port (%(default)s)")
    return parser.parse_args(arguments)
