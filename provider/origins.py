"""Where in the specs something was declared: looked up when an error is made, and only then.

So no resource carries a line number, and moving a spec about its file is not a change.
"""

from pathlib import Path


def origin(folder: Path, kind: str, spec_id: str) -> str:
    """`twin_specs/a.yaml:12` of the spec of that kind and id, or empty when there is none (any more)."""
    from twins.reading import read  # needs YAML, which is not there for nothing

    for file in sorted(folder.rglob("*")):
        if file.suffix not in (".yaml", ".yml") or not file.is_file():
            continue
        documents, _ = read(file)
        for text in documents:
            value = text.value
            if isinstance(value, dict) and (value.get("kind"), value.get("id")) == (kind, spec_id):
                return str(text.origin)
    return ""
