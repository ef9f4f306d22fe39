"""Writes the documents that are made of the code: `python -m docs.generate`; with `--check`, only compares.

To add one, name its file and the function that returns its text in `GENERATED`.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from docs import availability, configuration, figures
from docs.descriptions import all_models, descriptions
from twins.schema import json_schema

HERE = Path(__file__).parent


def specs_schema() -> str:
    """Return the JSON Schema of spec files, for editors."""
    schema, models = json_schema(), all_models()
    for name, definition in schema["$defs"].items():
        for field, text in descriptions(models[name]).items() if name in models else ():
            key = models[name].model_fields[field].alias or field
            shown = {"description": text, **definition["properties"][key]}
            definition["properties"][key] = dict(sorted(shown.items()))
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


GENERATED: Mapping[str, Callable[[], str]] = {
    "availability.md": availability.markdown,
    "configuration.md": configuration.markdown,
    "scale.md": figures.scale,
    "specs.schema.json": specs_schema,
}


def stale(write: bool) -> list[str]:
    """Return which documents are not as the code has them now, after writing them anew if wanted."""
    found = []
    for name, make in GENERATED.items():
        file, text = HERE / name, make()
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            found.append(name)
            if write:
                file.write_text(text, encoding="utf-8")
    return found


def main(arguments: Sequence[str]) -> int:
    """Return the exit status: 1 when documents are stale and were only to be checked."""
    parser = argparse.ArgumentParser(prog="python -m docs.generate", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if something is not up to date"
    )
    check = parser.parse_args(arguments).check
    names = stale(write=not check)
    for name in names:
        print(f"docs/{name} is not up to date; run `make docs`" if check else f"docs/{name} written")
    return 1 if check and names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
