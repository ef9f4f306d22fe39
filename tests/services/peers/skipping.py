"""What a test does without a program that cannot be had: it is skipped, with the reason."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from tests.services.peers.fetched import MissingError

T = TypeVar("T")


def or_skip(make: Callable[[], T]) -> T:
    """What is made; where something for it cannot be had, the test that asks is skipped."""
    try:
        return make()
    except MissingError as missing:
        pytest.skip(str(missing))
