"""Strategies of JSON documents: few keys, so that two often meet, and values that are easily confused."""

from typing import Any

from hypothesis import strategies as st

KEYS = st.sampled_from(["a", "b", "c", "value"])
SCALARS = st.sampled_from([None, True, False, 0, 1, 1.0, 0.0, -0.0, "", "1", "a", 2**53 + 1, 0.1])

VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.dictionaries(KEYS, inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=12,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=4)
