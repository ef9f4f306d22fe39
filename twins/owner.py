"""Whose the documents are."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Owner:
    """The stack that makes the documents, and as whom it comes to Ditto."""

    stack: str
    """Project and stack, such as `opentwins/sandbox`."""

    subject: str
    """The subject in Ditto's policies, such as `nginx:ditto`."""

    def mark(self, id_: str) -> str:
        """Return the text that marks the policy or thing of this id as this stack's."""
        return f"{self.stack}/{id_}"
