"""What a vector is made of: its topic, its numbers in their order, and their type in memory."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from services.stream.model import Model, Text, Topic

# numpy's names of the types that Kafka-ML's RAW format reads; its `data_type` calls float16 half and float64
# double.
Dtype = Literal["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "float16", "float32", "float64"]
TimePart = Literal["year", "month", "day", "hour", "minute", "second", "microsecond"]


def _pointer(text: str) -> str:
    if not text.startswith("/") or text.endswith("/"):
        raise ValueError("must be a JSON pointer such as /features/temperature/properties/value")
    return text


class FieldSpec(Model):
    """One number of a vector: a property of a thing, or a part of the time."""

    thing: Text | None = None
    """The thing; with Hono, the device."""

    feature: Text | None = None
    """The feature of the thing whose property it is."""

    property_path: Annotated[str, Field(min_length=1, alias="property")] = "value"
    """The property of the feature; parts of a path are parted by /."""

    pointer: Annotated[str, AfterValidator(_pointer)] | None = None
    """In place of `feature`: a JSON pointer into the thing (`/attributes/height`), or with the payload `json`
    into the device's message (`/temperature`)."""

    time: TimePart | None = None
    """In place of all of these: a part of the time at which the message was sent."""

    dtype: Dtype | None = None
    """A type that the number takes before it takes the vector's: an integer type cuts decimals off."""

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.time:
            if self.thing or self.feature or self.pointer or "property_path" in self.model_fields_set:
                raise ValueError("must have no thing, feature, property or pointer beside time")
        elif not self.thing:
            raise ValueError("must have a thing, or time")
        elif (self.feature is None) == (self.pointer is None):
            raise ValueError("must have exactly one of feature and pointer beside thing")
        elif self.pointer and "property_path" in self.model_fields_set:
            raise ValueError("must have no property beside pointer")
        return self

    @property
    def path(self) -> tuple[str, ...]:
        """Where the number stands in the thing or message; empty for a part of the time."""
        if self.feature:
            return ("features", self.feature, "properties", *self.property_path.split("/"))
        return parts(self.pointer) if self.pointer else ()

    @property
    def key(self) -> str:
        """A text that tells the field from others of the same vector, in the kept state."""
        return f"{self.thing} /{'/'.join(self.path)}"


class VectorSpec(Model):
    """The input of a model in Kafka-ML."""

    topic: Topic
    """The input topic of the model's deployment in Kafka-ML."""

    dtype: Dtype = "float64"
    """The type of every number in the vector, as `data_type` of the deployment's RAW input has it."""

    decimals: Annotated[int, Field(ge=0, le=15)] | None = 2
    """How many decimals numbers are rounded to; null leaves them as they are."""

    fields: Annotated[list[FieldSpec], Field(min_length=1)]
    """The numbers, in the vector's order."""

    @model_validator(mode="after")
    def _has_a_thing(self) -> Self:
        if all(field.time for field in self.fields):
            raise ValueError(
                "must have at least one field of a thing: nothing else says when to send a vector"
            )
        return self

    @property
    def things(self) -> list[str]:
        """The things that the vector needs, each once."""
        return list(dict.fromkeys(field.thing for field in self.fields if field.thing))


def parts(pointer: str) -> tuple[str, ...]:
    """The parts of a JSON pointer (RFC 6901), unescaped; none for `/`, as Ditto writes the whole document."""
    stripped = pointer.strip("/")
    if not stripped:
        return ()
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in stripped.split("/"))
