"""What is compared and merged of a policy: its entries and imports, in the form that Ditto gives them.

See https://eclipse.dev/ditto/basic-policy.html.
"""

from collections.abc import Mapping
from typing import Any

from twins.document import Document

ENTRY = "opentwins"  # the entry that every policy of ours has; the type of its subject is our marker

# What Ditto adds to what it was sent.
DEFAULTS: Document = {"importable": "implicit"}
RIGHTS: Document = {"grant": [], "revoke": []}


def normalised(policy: Mapping[str, Any]) -> Document:
    """A policy's entries and imports, with what Ditto adds, so that what means the same is the same."""

    def entry(value: Document) -> Document:
        resources = {
            path: {name: sorted(rights) for name, rights in (RIGHTS | resource).items()}
            for path, resource in value.get("resources", {}).items()
        }
        return DEFAULTS | {"subjects": value.get("subjects", {})} | value | {"resources": resources}

    return {
        "entries": {label: entry(value) for label, value in (policy.get("entries") or {}).items()},
        "imports": {
            name: {"entries": []} | (value or {}) for name, value in (policy.get("imports") or {}).items()
        },
    }


def merged(live: Document, old: Document, new: Document) -> Document:
    """The live policy with what is declared anew in place of what was declared before."""
    return {
        part: {key: value for key, value in live[part].items() if key not in old[part]} | new[part]
        for part in ("entries", "imports")
    }


def declared_part(declared: Document, live: Document) -> Document:
    """What is declared of a policy, as it is live."""

    def part(name: str) -> Document:
        return {
            key: {inner: live[name][key][inner] for inner in value if inner in live[name][key]}
            for key, value in declared[name].items()
            if key in live[name]
        }

    return {"entries": part("entries"), "imports": part("imports")}


def marker(policy: Mapping[str, Any]) -> str:
    """Whose the policy says that it is, or empty."""
    subjects = (policy.get("entries") or {}).get(ENTRY, {}).get("subjects") or {}
    return str(next((subject.get("type") for subject in subjects.values()), "") or "")
