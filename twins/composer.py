"""Puts the events of a YAML document together to values that remember their line.

Nothing here recurses, and depth and size are bounded, aliases counted: no document can exhaust the program.
"""

from dataclasses import dataclass, field
from typing import Any

import yaml

from twins.origin import Path
from twins.scalars import ScalarError, plain

DEEPEST = 64  # levels of nesting: documents for Ditto have few, and what reads them recurses
MOST_VALUES = 500_000  # in one document, each use of an alias counted anew

TEXT = "tag:yaml.org,2002:str"
COLLECTIONS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


class UnreadableError(Exception):
    """A file that cannot be read any further, with the line from which on."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass
class Node:
    """A value, the line that it or its key stands in, and for mappings and lists what is in it."""

    line: int
    value: Any
    inside: dict[str | int, "Node"] = field(default_factory=dict)
    size: int = 1
    closed: bool = True


@dataclass
class _Collection:
    """A mapping or list that is not at its end yet, and the place in it that the next value is for."""

    node: Node
    mapping: bool
    place: str | int | None = None
    line: int = 0
    after_key: bool = False


class Composer:
    """One document: `take` every event of it, then see `root` and `problems`."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self.problems: list[tuple[int, Path, str]] = []
        self._anchors: dict[str, Node] = {}
        self._open: list[_Collection] = []

    def take(self, event: yaml.Event) -> None:
        """Take the next event; `UnreadableError` when nothing good can follow."""
        line = event.start_mark.line + 1 if event.start_mark else 1
        around = self._open[-1] if self._open else None
        if isinstance(event, yaml.CollectionEndEvent):
            self._close(line)
        elif around and around.mapping and not around.after_key:
            self._key(event, around, line)
        elif isinstance(event, yaml.NodeEvent):
            self._value(event, around, line)

    def _value(self, event: yaml.NodeEvent, around: _Collection | None, line: int) -> None:
        if around and not around.mapping:
            around.place, around.line = len(around.node.value), line
        node = self._node(event, line)
        if around is None:
            self.root = node
        elif around.place is not None:  # None: its key was refused
            # What stands below its key is looked for at the key.
            node = node if node.line == around.line else _moved(node, around.line)
            around.node.inside[around.place] = node
            if around.mapping:
                around.node.value[around.place] = node.value
            else:
                around.node.value.append(node.value)
            if node.closed:
                self._grow(around.node, node.size, line)
        if around:
            around.after_key = False
        self._begin(event, node)

    def _key(self, event: yaml.Event, around: _Collection, line: int) -> None:
        around.place, around.line, around.after_key = None, line, True
        if not isinstance(event, yaml.ScalarEvent):
            self._wrong(line, "a key has to be text; write it out", "?")
            if isinstance(event, yaml.CollectionStartEvent):
                self._begin(event, Node(line, {} if _is_mapping(event) else [], closed=False))
            return
        key = event.value
        first = around.node.inside.get(key)
        if not event.style and event.tag != TEXT and not _is_text(key):
            self._wrong(line, "this key is not text; quote it", key)
        elif key == "<<" and not event.style:
            self._wrong(
                line, "nothing is merged here; write the keys out, or let a Type hold what is shared", key
            )
        elif first:
            self._wrong(line, f"the key is in line {first.line} already; remove one of the two", key)
        else:
            around.place = key

    def _node(self, event: yaml.NodeEvent, line: int) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event.anchor or "", line)
        if isinstance(event, yaml.ScalarEvent):
            node = Node(line, self._scalar(event, line))
        else:
            node = Node(line, {} if _is_mapping(event) else [], closed=False)
            if getattr(event, "tag", None) not in (None, "!", *COLLECTIONS):
                self._wrong(line, "JSON has no tags; remove this one")
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> Any:
        if event.tag not in (None, "!", TEXT):
            self._wrong(line, "JSON has no tags; remove this one")
            return None
        if event.style or event.tag:
            return event.value
        try:
            return plain(event.value)
        except ScalarError as error:
            self._wrong(line, str(error))
            return None

    def _alias(self, anchor: str, line: int) -> Node:
        node = self._anchors.get(anchor)
        if node is None:
            raise UnreadableError(line, f"*{anchor} stands for nothing; write &{anchor} before it")
        if not node.closed:
            raise UnreadableError(line, f"*{anchor} is within what it stands for; write out what is meant")
        return node

    def _begin(self, event: yaml.Event, node: Node) -> None:
        if node.closed:
            return
        if len(self._open) == DEEPEST:
            raise UnreadableError(node.line, f"more than {DEEPEST} levels are in each other; flatten it")
        self._open.append(_Collection(node, _is_mapping(event)))

    def _close(self, line: int) -> None:
        node = self._open.pop().node
        node.closed = True
        if self._open:
            self._grow(self._open[-1].node, node.size, line)

    def _grow(self, node: Node, size: int, line: int) -> None:
        node.size += size
        if node.size > MOST_VALUES:
            raise UnreadableError(
                line, f"more than {MOST_VALUES} values are in one document, aliases counted; split it"
            )

    def _wrong(self, line: int, message: str, *key: str) -> None:
        path = tuple(collection.place for collection in self._open if collection.place is not None)
        self.problems.append((line, (*path, *key), message))


def _is_mapping(event: yaml.Event) -> bool:
    return isinstance(event, yaml.MappingStartEvent)


def _is_text(plain_key: str) -> bool:
    try:
        return isinstance(plain(plain_key), str)
    except ScalarError:
        return False


def _moved(node: Node, line: int) -> Node:
    """Return a node as it is seen from its key's line; an anchor's own node stays as it is."""
    if node.closed:
        return Node(line, node.value, node.inside, node.size)
    node.line = line
    return node
