"""Texts with `{column}` in them."""

import re
from dataclasses import dataclass

from twins.origin import shown

NUMBER = "number"  # the column that every table has: the row's number
FORMS = ("int", "float", "bool", "json")

_PIECES = re.compile(r"\{\{|\}\}|\{([^{}:]*)(?::([^{}]*))?\}|[{}]")
_PADDED = re.compile(r"0[1-9][0-9]?")


class TextError(ValueError):
    """A text that says nothing clear; the message says what is wrong and what to do."""


@dataclass(frozen=True)
class Slot:
    """A place for a row's value of a column, in a form: empty for as it is, `int` …, or `06` for padding."""

    column: str
    form: str = ""


@dataclass(frozen=True)
class RowText:
    """A text whose parts are constant or differ from row to row."""

    source: str
    parts: tuple[str | Slot, ...]

    @property
    def whole(self) -> Slot | None:
        """The slot that is all of it, if one is: then the value keeps its JSON type."""
        first = self.parts[0]
        return first if len(self.parts) == 1 and isinstance(first, Slot) else None

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The places in it, in order."""
        return tuple(part for part in self.parts if isinstance(part, Slot))


def parse(source: str) -> str | RowText:
    """Return the text that is meant, or a `RowText` when it differs from row to row. Raises `TextError`."""
    parts: list[str | Slot] = []
    constant, at = "", 0
    for found in _PIECES.finditer(source):
        constant += source[at : found.start()]
        at = found.end()
        match found.group():
            case "{{":
                constant += "{"
            case "}}":
                constant += "}"
            case "{" | "}" as brace:
                raise TextError(f"a single {brace} in '{shown(source)}'; write {brace}{brace} for a brace")
            case _:
                parts += [constant] if constant else []
                parts.append(_slot(found[1], found[2] or ""))
                constant = ""
    constant += source[at:]
    if not parts:
        return constant
    text = RowText(source, tuple([*parts, constant] if constant else parts))
    for slot in text.slots:
        if slot.form in FORMS and text.whole is None:
            raise TextError(
                f"{{{slot.column}:{slot.form}}} makes a value, and stands within a longer text; write "
                f"{{{slot.column}}} there, or nothing around it"
            )
    return text


def _slot(column: str, form: str) -> Slot:
    if not column:
        raise TextError("{} names no column; name one, or write {{}} for braces")
    if form in ("", *FORMS):
        return Slot(column, form)
    if column == NUMBER and _PADDED.fullmatch(form):
        return Slot(column, form)
    raise TextError(
        f"there is no form '{shown(form)}'; use one of {', '.join(FORMS)}, or with {{{NUMBER}}} a width as 06"
    )
