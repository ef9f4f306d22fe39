"""What a stack remembers of a fleet's part: the id of each twin and a digest of its row, in few bytes.

Ids are sorted, each written as what it does not share with the one before it, and compressed; digests cannot
be. The whole is text that JSON takes as it is. A twin with an id such as `city:lamp_000123` takes some 10 bytes.
"""

import base64
import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

DIGEST = 5  # bytes: a changed row goes unseen once in a million million
NOTHING = b"\0" * DIGEST  # the digest of a row whose twin is not as it was declared

Index = dict[str, bytes]  # the digest of a row by its twin's id, sorted by id


@dataclass(frozen=True)
class Delta:
    """How one index becomes another: ids, sorted."""

    added: list[str]
    changed: list[str]
    removed: list[str]


def digest(values: Iterable[str]) -> bytes:
    """Return a row's digest: of the texts of its values, which hold no U+0000."""
    return hashlib.blake2b("\0".join(values).encode(), digest_size=DIGEST).digest()


def pack(index: Mapping[str, bytes]) -> str:
    """Return an index as text."""
    width = len(next(iter(index.values()), b""))
    ids, last = [], ""
    for id_ in sorted(index):
        shared = _shared(last, id_)
        ids.append(f"{chr(shared + 32)}{id_[shared:]}")
        last = id_
    packed = zlib.compress("\n".join(ids).encode(), 9)
    digests = b"".join(index[id_] for id_ in sorted(index))
    return base64.b64encode(bytes([width]) + len(packed).to_bytes(4) + packed + digests).decode()


def unpack(text: str) -> Index:
    """Return the index of a text that `pack` made."""
    if not text:
        return {}
    raw = base64.b64decode(text)
    width, size = raw[0], int.from_bytes(raw[1:5])
    ids = list(_whole(zlib.decompress(raw[5 : 5 + size]).decode()))
    digests = raw[5 + size :]
    return {id_: digests[place * width : (place + 1) * width] for place, id_ in enumerate(ids)}


def fingerprint(index: Mapping[str, bytes]) -> str:
    """Return a short text that differs when the index does; the index must be sorted."""
    found = hashlib.blake2b(digest_size=8)
    found.update("\n".join(index).encode())
    found.update(b"".join(index.values()))
    return found.hexdigest()


def compare(old: Mapping[str, bytes], new: Mapping[str, bytes], all_changed: bool = False) -> Delta:
    """Return what becomes of the twins; `all_changed` when the template differs, so that all rows do."""
    changed = [id_ for id_, value in new.items() if id_ in old and (all_changed or old[id_] != value)]
    return Delta(
        added=[id_ for id_ in new if id_ not in old],
        changed=changed,
        removed=[id_ for id_ in old if id_ not in new],
    )


def _shared(one: str, other: str) -> int:
    most = min(len(one), len(other))
    if one[:most] == other[:most]:
        return most
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle
    return low


def _whole(text: str) -> Iterator[str]:
    last = ""
    for line in text.split("\n") if text else ():
        last = last[: ord(line[0]) - 32] + line[1:]
        yield last
