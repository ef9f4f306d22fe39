"""Errors for people: what is wrong, where, and what to do about it."""

import sys
import traceback
from collections.abc import Sequence

SHOWN = 20  # problems that are spelt out; an error of a thousand lines is read by nobody
LONGEST = (
    7_000  # bytes on the wire: gRPC carries an error in its trailers, and clients refuse those beyond 8 KiB
)


class ProviderError(Exception):
    """Something that the user can understand and act on; shown as its message alone."""


class Unreachable(ProviderError):  # noqa: N818 - it says what happened
    """A service or the cluster cannot be reached, or lets nobody in: no other request would fare better."""


class Foreign(ProviderError):  # noqa: N818 - it says what happened
    """Something of that id exists already and is not ours."""


class Rejected(ProviderError):  # noqa: N818 - it says what happened
    """A service answered, and the answer is no.

    `status` is the HTTP status, `code` Ditto's dotted error code (`things:id.invalid`) or empty.
    """

    def __init__(self, message: str, status: int, code: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code


def together(headline: str, problems: Sequence[Exception | str]) -> ProviderError:
    """One error out of several: the headline, then each problem on a line of its own.

    The error is `Unreachable` or `Foreign` when one of the problems is, so that callers may stop early.
    """
    lines = [f"  - {problem}" for problem in problems[:SHOWN]]
    if len(problems) > SHOWN:
        lines.append(f"  - and {len(problems) - SHOWN} more")
    for kind in (Unreachable, Foreign):
        if any(isinstance(problem, kind) for problem in problems):
            return kind("\n".join([headline, *lines]))
    return ProviderError("\n".join([headline, *lines]))


def located(error: ProviderError, where: str) -> ProviderError:
    """The same error, beginning with where in the specs its cause is."""
    error.args = (f"{where}{error}",)
    return error


def shortened(message: str) -> str:
    """The message, cut where it would outgrow what gRPC can carry (there, a line break takes three bytes)."""
    size = 0
    for position, character in enumerate(message):
        size += 1 if " " <= character <= "~" and character != "%" else 3 * len(character.encode())
        if size > LONGEST:
            return f"{message[:position]} … (the rest is left out)"
    return message


_format_exc = traceback.format_exc


def _format(limit: int | None = None, chain: bool = True) -> str:
    error = sys.exc_info()[1]
    if not isinstance(error, ProviderError):
        return _format_exc(limit, chain)
    return shortened(str(error))


def speak_plainly() -> None:
    """Show a `ProviderError` as its message alone in this process; a bug keeps its whole traceback.

    Pulumi's provider server reports every exception as `traceback.format_exc()` and offers no other way,
    so that is where an error of ours has to be told apart. For any other exception nothing changes.
    """
    traceback.format_exc = _format
