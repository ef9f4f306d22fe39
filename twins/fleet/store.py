"""Where surveys are kept: a folder each, named after all that it depends on: so none is ever out of date.

A survey is made beside its place and moved there when it is whole: several runs may share the place.
Everything in it can be made again: it may be deleted at any time when no run is under way.
"""

import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from twins.canonical import dumps
from twins.fleet.index import Index, fingerprint

FORMAT = "2"  # of what is in a folder; another one makes all surveys anew
UNUSED = 7 * 24 * 3600.0  # seconds after which a survey that nobody used is removed

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}  # of a disk that takes no more


def _cache() -> Path:
    try:
        usual = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:  # a user without a home, as containers have them
        usual = Path(tempfile.gettempdir()) / f"cache-{os.getuid()}"
        with suppress(OSError):
            usual.mkdir(mode=0o700, exist_ok=True)
            if usual.is_symlink() or usual.stat().st_uid != os.getuid():  # anybody may have laid it there
                usual = Path(tempfile.mkdtemp(prefix="cache-"))
    return usual / "opentwins" / "fleets"


CACHE = _cache()


class CacheError(Exception):
    """Surveys cannot be kept where they are to be; the message says why and what to do."""


class LostError(Exception):
    """A survey is not whole any more, and was removed; the message says what to do."""


class Place(NamedTuple):
    """Where the row of a twin stands, and its digest."""

    digest: bytes
    number: int
    line: int
    offset: int
    size: int


@dataclass(frozen=True)
class Survey:
    """What was found out about a table: how many rows, and for each shard a fingerprint of its index."""

    folder: Path
    count: int
    fingerprints: tuple[str, ...]
    counts: tuple[int, ...]
    sample: str

    @property
    def key(self) -> str:
        """What it depends on, in brief."""
        return self.folder.name

    @property
    def digest(self) -> str:
        """A short text that differs when any twin does."""
        return hashlib.sha256("\n".join(self.fingerprints).encode()).hexdigest()[:16]

    def shard(self, shard: int) -> dict[str, Place]:
        """Return where the rows of a shard's twins stand, by id, sorted. Raises `LostError`.

        A row that were not in a broken file would be taken for one that is gone, and its twin be removed.
        """
        found = {}
        with suppress(OSError, ValueError):
            with (self.folder / f"shard-{shard}").open(encoding="utf-8", newline="\n") as file:
                for line in file:
                    id_, digest, number, row_line, offset, size = line.split("\t")
                    place = int(number), int(row_line), int(offset), int(size)
                    found[id_] = Place(bytes.fromhex(digest), *place)
            if fingerprint({id_: place.digest for id_, place in found.items()}) == self.fingerprints[shard]:
                return found
        shutil.rmtree(self.folder, ignore_errors=True)
        raise LostError(
            f"what was found out of the fleet's table and kept in {self.folder} is not there or not whole any"
            " more; it is forgotten now, so run it again"
        )

    def index(self, shard: int) -> Index:
        """Return the index of a shard. Raises `LostError`."""
        return {id_: place.digest for id_, place in self.shard(shard).items()}


def key(*parts: str) -> str:
    """Return the name of the survey that depends on these."""
    return hashlib.sha256("\n".join([FORMAT, *parts]).encode()).hexdigest()[:32]


def find(name: str, cache: Path = CACHE) -> Survey | None:
    """Return the survey of that name, if there is one."""
    folder = cache / name
    try:
        found = json.loads((folder / "survey.json").read_text(encoding="utf-8"))
        made = Survey(
            folder, found["count"], tuple(found["fingerprints"]), tuple(found["counts"]), found["sample"]
        )
    except (OSError, ValueError, LookupError, TypeError):
        return None
    with suppress(OSError):  # a folder that may only be read is as good
        os.utime(folder)
    return made


def last(table: str, cache: Path = CACHE) -> Survey | None:
    """Return the survey that was the last one of a table, whatever the table was like then."""
    try:
        return find((cache / f"{table}.last").read_text(encoding="utf-8"), cache)
    except (OSError, ValueError):
        return None


def remember(table: str, survey: Survey) -> None:
    """Note that this survey is the last one of a table; another run may note its own at the same time."""
    place = survey.folder.parent / f"{table}.last"
    with (
        suppress(OSError),
        tempfile.NamedTemporaryFile("w", dir=place.parent, prefix=".last-", delete=False) as file,
    ):
        file.write(survey.key)
        file.close()
        Path(file.name).replace(place)


@contextmanager
def draft(cache: Path) -> Iterator[Path]:
    """Give a folder to make a survey in; what is left of it at the end is removed. Raises `CacheError`."""
    try:
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
        _tidy(cache)
        folder = Path(tempfile.mkdtemp(prefix=".draft-", dir=cache))
    except OSError as error:
        raise _unfit(cache, error) from None
    try:
        yield folder
    except OSError as error:
        if error.errno in FULL:
            raise _unfit(cache, error) from None
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def keep(folder: Path, name: str, survey: Survey) -> Survey:
    """Put the survey that was made in a draft in its place; another run may have been faster."""
    facts = {
        "count": survey.count,
        "fingerprints": list(survey.fingerprints),
        "counts": list(survey.counts),
        "sample": survey.sample,
    }
    (folder / "survey.json").write_text(dumps(facts), encoding="utf-8")
    place = folder.parent / name
    with suppress(OSError):
        if find(name, folder.parent) is None:  # none, or a broken one
            shutil.rmtree(place, ignore_errors=True)
        folder.rename(place)
    return Survey(place, survey.count, survey.fingerprints, survey.counts, survey.sample)


def _unfit(cache: Path, error: OSError) -> CacheError:
    return CacheError(
        f"what is found out of the table cannot be kept in {cache} ({error.strerror}); see to that folder, or"
        " let XDG_CACHE_HOME name another place"
    )


def _tidy(cache: Path) -> None:
    oldest = time.time() - UNUSED
    for each in cache.iterdir():
        with suppress(OSError):
            if each.stat().st_mtime < oldest and each.is_dir():
                shutil.rmtree(each, ignore_errors=True)
            elif each.stat().st_mtime < oldest:
                each.unlink()
