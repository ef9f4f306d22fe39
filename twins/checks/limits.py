"""How large a document may be."""

from twins.canonical import dumps
from twins.document import length
from twins.models import Document
from twins.owner import Owner

LIMIT = 100 * 1024  # characters of a thing's or a policy's JSON, its id included

# Whose documents they will be is not known here; no stack's name is longer than this.
NOBODY = Owner("x" * 100, "nginx:ditto")


def size(document: Document) -> int:
    """Return the characters of a document as Ditto counts them."""
    return length(dumps(document))
