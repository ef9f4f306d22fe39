"""Reads a file of YAML documents into values whose every key remembers its line."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

import yaml
from yaml.reader import ReaderError

from twins.composer import Composer, Node, UnreadableError
from twins.origin import Origin, Path, Problem

LARGEST = 16 * 1024 * 1024  # bytes of a file

# libyaml's parser where PyYAML has it: ten times as fast, the same events.
_Parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# What PyYAML says, and what it usually comes of.
HINTS = {
    "cannot start any token": "indent with spaces instead of tabs, and quote text that starts with @, ` or %",
    "mapping values are not allowed": "quote text that holds a colon and a space, and check the indentation",
    "expected key": "check the indentation, and quote text that starts with a quote, [ or {",
    "expected ',' or": "close the bracket of the line above",
    "simple key": "check the indentation, and that the line above has its colon",
    "quoted scalar": "close the quote",
}


@dataclass(frozen=True)
class Text:
    """A document of a file: its value, and where each part of it stands."""

    file: File
    root: Node
    problems: tuple[Problem, ...] = ()

    @property
    def value(self) -> Any:
        """The document as JSON has it."""
        return self.root.value

    @property
    def origin(self) -> Origin:
        """Where the document starts."""
        return Origin(self.file, self.root.line)

    def has(self, path: Path) -> bool:
        """Say whether there is anything at a path."""
        return self._walk(path)[1] == len(path)

    def at(self, path: Path) -> Origin:
        """Return the line of a key, or of the innermost one around it that is there."""
        return Origin(self.file, self._walk(path)[0].line)

    def problem(self, path: Path, message: str) -> Problem:
        """Return a problem at a key."""
        return Problem(self.at(path), path, message)

    def _walk(self, path: Path) -> tuple[Node, int]:
        node = self.root
        for depth, part in enumerate(path):
            if part not in node.inside:
                return node, depth
            node = node.inside[part]
        return node, len(path)


def read(file: File) -> tuple[list[Text], list[Problem]]:
    """Return the documents of a file, each with what is wrong within, and what makes the file unreadable.

    An unreadable file yields the documents before the place from which on it is.
    """
    documents: list[Text] = []
    try:
        for composer in _documents(_content(file)):
            problems = tuple(
                Problem(Origin(file, line), path, text) for line, path, text in composer.problems
            )
            if composer.root and (composer.root.value is not None or problems):
                documents.append(Text(file, composer.root, problems))
    except UnreadableError as error:
        return documents, [Problem(Origin(file, error.line), (), str(error))]
    if documents:
        return documents, []
    return [], [Problem(Origin(file, 1), (), "the file holds no spec; write one, or remove the file")]


def _content(file: File) -> str:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UnreadableError(1, f"the file cannot be read ({error.strerror}); see to its rights") from None
    if len(content) > LARGEST:
        raise UnreadableError(
            1, f"the file has {len(content)} bytes; split it into files of at most {LARGEST}"
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableError(
            line, f"byte 0x{content[error.start]:02x} is not UTF-8; save the file as UTF-8"
        ) from None


def _documents(text: str) -> Iterator[Composer]:
    try:
        parser = _Parser(text)
        try:
            composer = Composer()
            while parser.check_event():
                event = parser.get_event()
                if isinstance(event, yaml.DocumentStartEvent):
                    composer = Composer()
                elif isinstance(event, yaml.DocumentEndEvent):
                    yield composer
                else:
                    composer.take(event)
        finally:
            parser.dispose()
    except yaml.MarkedYAMLError as error:
        raise _unreadable(error) from None
    except ReaderError:
        raise _unprintable(text) from None


def _unreadable(error: yaml.MarkedYAMLError) -> UnreadableError:
    mark = error.problem_mark or error.context_mark
    said = error.problem or error.context or "no reason given"
    hint = next((hint for words, hint in HINTS.items() if words in said), "see this line and those above it")
    return UnreadableError(mark.line + 1 if mark else 1, f"this is not YAML: {said}; {hint}")


def _unprintable(text: str) -> UnreadableError:
    """Find the character that the parser refused; what it tells of the place differs from build to build."""
    for number, line in enumerate(text.split("\n"), 1):
        found = yaml.reader.Reader.NON_PRINTABLE.search(line)
        if found:
            code = f"U+{ord(found.group()):04X}"
            return UnreadableError(number, f"YAML has no character {code}; write it as \\u in double quotes")
    return UnreadableError(1, "the file holds a character that YAML does not have; remove it")
