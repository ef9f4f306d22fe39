"""The reference of the settings names each of them, once."""

import re

from components.model import Model, Resources
from components.settings import KEYS, Settings
from docs.configuration import markdown


def rows() -> dict[str, str]:
    found = re.findall(r"^\| `([^`]+)` \| (?:(.+) )?\| .+ \|$", markdown(), re.MULTILINE)
    assert len(dict(found)) == len(found)
    return dict(found)


def test_each_top_level_key_has_its_section() -> None:
    assert tuple(re.findall(r"^## (\w+)$", markdown(), re.MULTILINE)) == KEYS


def test_each_setting_has_its_row() -> None:
    def leaves(model: Model, key: str) -> list[str]:
        values = [
            (field.alias or name, getattr(model, name)) for name, field in type(model).model_fields.items()
        ]
        return [
            leaf
            for name, value in values
            for leaf in (
                leaves(value, f"{key}{name}.")
                if isinstance(value, Model) and not isinstance(value, Resources)
                else [f"{key}{name}"]
            )
        ]

    assert set(leaves(Settings(), "")) <= rows().keys()


def test_a_row_says_the_default_or_that_a_value_is_needed() -> None:
    found = rows()

    assert found["ditto.replicas"] == "`1`"
    assert found["ditto.external.url"] == "needed"
    assert found["mongodb.storage.class"] == ""
    assert found["telegraf.resources"] == "50m, 64Mi; at most 1, 512Mi"
    assert "mosquitto.users.<name>.publish" in found
