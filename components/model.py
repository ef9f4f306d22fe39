"""What all settings are made of: one frozen, strict base, and the pieces that several services share."""

import re
from decimal import Decimal
from ipaddress import ip_network
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel


class Model(BaseModel):
    """A piece of the settings: keys as users write them (camelCase), none but those that are declared.

    The text under a field is its line in the reference of the settings.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        strict=True,
        hide_input_in_errors=True,
    )


_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(m|k|Ki|M|Mi|G|Gi|T|Ti)?")
_FACTORS = {
    None: Decimal(1),
    "m": Decimal("0.001"),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "Ki": Decimal(2**10),
    "Mi": Decimal(2**20),
    "Gi": Decimal(2**30),
    "Ti": Decimal(2**40),
}


def amount(quantity: str) -> Decimal:
    """What a Kubernetes quantity such as `500m` or `1.5Gi` amounts to. Raises ValueError."""
    match = _QUANTITY.fullmatch(quantity)
    if match is None or not float(match[1]):
        raise ValueError("must be a quantity such as 500m, 2, 512Mi or 10Gi")
    return Decimal(match[1]) * _FACTORS[match[2]]


def _quantity(text: str) -> str:
    amount(text)
    return text


def _name(text: str) -> str:
    # Kubernetes' limit is 63; we put words of our own before some of them.
    if not re.fullmatch(r"[a-z0-9]([-a-z0-9]{0,48}[a-z0-9])?", text):
        raise ValueError("must be a name of at most 50 of a-z, 0-9 and -, with no - at either end")
    return text


def address(pattern: str, wanted: str) -> AfterValidator:
    """What checks that a text is an address of this pattern, without a login in it; `wanted` says what it must be."""

    def checked(text: str) -> str:
        if "@" in text:
            raise ValueError("must not hold credentials; give them in opentwins:secrets")
        if not re.fullmatch(pattern, text):
            raise ValueError(f"must be {wanted}")
        return text

    return AfterValidator(checked)


def _network(text: str) -> str:
    ip_network(text)
    return text


Quantity = Annotated[str, AfterValidator(_quantity)]
Name = Annotated[str, AfterValidator(_name)]
Url = Annotated[
    str, address(r"https?://[^\s/?#]+(/[^\s?#]*)?", "an address such as https://ditto.example.org")
]
Network = Annotated[str, AfterValidator(_network)]
Replicas = Annotated[int, Field(ge=1, le=100)]


class Amounts(Model):
    """Processor and memory, in Kubernetes quantities."""

    cpu: Quantity
    """processors, such as 500m (half of one) or 2"""
    memory: Quantity
    """bytes, such as 512Mi"""


class Resources(Model):
    """What a container is promised, and what it may use at most."""

    requests: Amounts
    """what the scheduler sets aside"""
    limits: Amounts
    """what it may use at most"""

    @model_validator(mode="after")
    def _limits_hold_requests(self) -> Self:
        for name in ("cpu", "memory"):
            asked, most = getattr(self.requests, name), getattr(self.limits, name)
            if amount(asked) > amount(most):
                raise ValueError(f"limits.{name} ({most}) is less than requests.{name} ({asked})")
        return self


def resources(cpu: str, memory: str, most_cpu: str, most_memory: str) -> Resources:
    """Resources in one line: requests first, then limits."""
    return Resources(
        requests=Amounts(cpu=cpu, memory=memory), limits=Amounts(cpu=most_cpu, memory=most_memory)
    )


class Storage(Model):
    """The volume that a service keeps its data on."""

    size: Quantity
    """may grow later if the storage class lets it, and never shrink"""
    storage_class: str | None = Field(None, alias="class")
    """storage class; the cluster's default when left out. Counts when the volume is made: later changes are
    ignored, as they would take the data away"""


class External(Model):
    """A service that runs elsewhere, used in place of one that this program would run."""

    url: Url
    """its address, without credentials, as pods and this machine reach it"""
    secret: Name
    """entry of `opentwins:secrets` with its `username` and `password`"""
