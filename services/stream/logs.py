"""Logs as lines of JSON on standard output. What messages hold, and secrets, is never in them."""

import json
import logging
import sys
from datetime import UTC, datetime

_LOG = logging.getLogger("opentwins")


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def to_standard_output() -> None:
    """Write logs, from now on, to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Lines())
    _LOG.handlers = [handler]
    _LOG.propagate = False
    _LOG.setLevel(logging.INFO)


def info(message: str, **fields: object) -> None:
    """Something that is as it should be."""
    _LOG.info(message, extra={"fields": fields})


def warning(message: str, **fields: object) -> None:
    """Something that someone may want to look into."""
    _LOG.warning(message, extra={"fields": fields})


def bug(message: str) -> None:
    """An exception that nobody expected, with its trace."""
    _LOG.exception(message)
