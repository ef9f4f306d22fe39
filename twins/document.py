"""What everything here is about: JSON objects, and how long Ditto finds a text."""

from typing import Any

# A JSON object as Ditto or Grafana takes it.
Document = dict[str, Any]


def length(text: str) -> int:
    """Return how long Ditto finds a text: in UTF-16 units, as Java counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
