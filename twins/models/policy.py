"""A policy: who may read and write what of the things that use it."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from twins.identifiers import EntityId, PolicyLabel, ResourcePath, SubjectId
from twins.models.base import Model, Spec

Permission = Literal["READ", "WRITE", "EXECUTE"]


class Subject(Model):
    """Someone who is granted something."""

    type: str = "declared"
    """Free text that says what kind of subject it is."""


class Rights(Model):
    """What may and may not be done with a resource."""

    grant: list[Permission] = Field(default_factory=list)
    """What may be done, there and below."""

    revoke: list[Permission] = Field(default_factory=list)
    """What may not be done, there and below; it beats what is granted."""


class Import(Model):
    """What is taken over from another policy."""

    entries: list[str] = Field(default_factory=list)
    """Labels of the entries that are imported besides those that are implicitly."""


def _subjects(value: object) -> object:
    """Write a list of ids as the mapping it is short for."""
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return {each: {} for each in value}
    return value


class Entry(Model):
    """Subjects and what they may do."""

    subjects: Annotated[
        dict[SubjectId, Subject],
        BeforeValidator(_subjects, json_schema_input_type=dict[SubjectId, Subject] | list[SubjectId]),
    ]
    """Who: ids such as `nginx:ditto` or `connection:raspberry`, as a list or as keys of further words."""

    resources: dict[ResourcePath, Rights]
    """What: `thing:/`, `policy:/`, `message:/` or a path below, such as `thing:/features/temperature`."""

    importable: Literal["implicit", "explicit", "never"] = "implicit"
    """Whether other policies may import this entry: without naming it, by naming it, or not."""


class PolicySpec(Spec):
    """A policy: who may read and write what of the things that use it.

    An entry labelled `opentwins` is always added: by it the platform manages the policy and its things.
    """

    kind: Literal["Policy"] = "Policy"
    """What this document declares."""

    id: EntityId
    """The policy's id, `namespace:name`."""

    entries: dict[PolicyLabel, Entry] = Field(default_factory=dict)
    """The entries by label."""

    imports: dict[EntityId, Import] = Field(default_factory=dict, max_length=10)
    """Other declared policies whose entries are valid here too."""
