"""Whose the documents of a stack are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from components.endpoints import API_USER
from twins.owner import Owner

if TYPE_CHECKING:
    from components.settings import Settings


def owner_of(settings: Settings) -> Owner:
    """This program's stack, and as whom it comes to Ditto: its nginx makes that the subject `nginx:<user>`."""
    external = settings.ditto.external
    user = settings.secrets[external.secret]["username"].get_secret_value() if external else API_USER
    return Owner(f"{pulumi.get_project()}/{pulumi.get_stack()}", f"nginx:{user}")
