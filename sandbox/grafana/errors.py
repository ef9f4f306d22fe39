"""Grafana's errors: a status, a message, and for some a word that tells what happened."""

from typing import Any


class GrafanaError(Exception):
    """An answer that is not a success. ``extra`` goes into its body as it is (``status``, ``messageId``)."""

    def __init__(self, status: int, message: str, /, **extra: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, **extra}


def not_found(what: str) -> GrafanaError:
    """There is no such thing."""
    return GrafanaError(404, f"{what} not found")


def folder_not_found() -> GrafanaError:
    """There is no such folder."""
    return GrafanaError(404, "folder not found", status="not-found")
