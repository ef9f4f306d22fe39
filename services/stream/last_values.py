"""The last value of each field of a vector, and the vector that they make."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from services.stream.layout import FieldSpec, VectorSpec
from services.stream.message import BadMessageError
from services.stream.numbers import Number, cast, number, vector
from services.stream.readings import Nothing, Reading


@dataclass(frozen=True)
class Changes:
    """What a reading changes in a vector: new numbers, and fields that have none any more, by position."""

    numbers: Mapping[int, Number]
    gone: frozenset[int]

    def __bool__(self) -> bool:
        return bool(self.numbers or self.gone)


class LastValues:
    """The fields of one vector. `zone` is that of its parts of the time."""

    def __init__(self, spec: VectorSpec, zone: tzinfo) -> None:
        self.spec = spec
        self._zone = zone
        self._fields = {index: field for index, field in enumerate(spec.fields) if field.thing}
        self._values: dict[int, Number] = {}

    @property
    def positions(self) -> frozenset[int]:
        """Where the fields of things stand."""
        return frozenset(self._fields)

    @property
    def missing(self) -> int:
        """How many fields have no value yet."""
        return len(self._fields) - len(self._values)

    def changes(self, reading: Reading) -> Changes:
        """What the reading would change. Raises `BadMessageError`, having changed nothing."""
        numbers, gone = {}, set()
        for index, field in self._fields.items():
            if field.thing != reading.thing:
                continue
            value = reading.at(field.path)
            if value is Nothing.GONE:
                gone.add(index)
            elif value is not Nothing.UNTOLD:
                try:
                    numbers[index] = self._number(index, value)
                except ValueError as error:
                    raise BadMessageError("value", f"{field.key} {error}") from None
        return Changes(numbers, frozenset(gone))

    def apply(self, changes: Changes) -> None:
        """Remember what has changed."""
        self._values.update(changes.numbers)
        for index in changes.gone:
            self._values.pop(index, None)

    def vector(self, at: datetime) -> bytes | None:
        """The vector's bytes at a time; None while a value is missing."""
        if self.missing:
            return None
        local = at.astimezone(self._zone)
        values = [
            self._values[index] if index in self._values else _part(local, field)
            for index, field in enumerate(self.spec.fields)
        ]
        return vector(values, self.spec.dtype)

    def state(self) -> dict[str, Number]:
        """The last values, to be kept."""
        return {self._fields[index].key: value for index, value in self._values.items()}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Take kept values back; those that no longer fit the spec are left out."""
        self._values = {}
        for index, field in self._fields.items():
            try:
                self._values[index] = self._number(index, kept.get(field.key))
            except ValueError:
                continue

    def _number(self, index: int, value: Any) -> Number:
        found = number(value, self.spec.decimals, self._fields[index].dtype)
        cast(found, self.spec.dtype)
        return found


def _part(moment: datetime, field: FieldSpec) -> Number:
    """The part of the time that a field is."""
    found = int(getattr(moment, str(field.time)))
    return cast(found, field.dtype) if field.dtype else found
