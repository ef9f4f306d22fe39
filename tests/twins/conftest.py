"""Specs written into a folder, read back, or refused."""

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import settings

from twins.load import SpecErrors, Specs, load

# Time says nothing on a busy machine, and no run depends on what an earlier one left behind.
settings.register_profile("opentwins", deadline=None, database=None, print_blob=True)
settings.load_profile("opentwins")

HEAD = "apiVersion: opentwins/v1\n"
POLICY = f"{HEAD}kind: Policy\nid: n:p\n"

Files = Mapping[str, str | bytes]
Declare = Callable[..., Specs]
Mistakes = Callable[..., list[str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of specs, named from where the test stands."""
    monkeypatch.chdir(tmp_path)
    folder = Path("specs")
    folder.mkdir()
    return folder


@pytest.fixture
def write(folder: Path) -> Callable[[Files], None]:
    """Write files into the folder; a text's common indentation is removed."""

    def do(files: Files) -> None:
        for name, content in files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else dedent(content).encode())

    return do


@pytest.fixture
def declare(folder: Path, write: Callable[[Files], None]) -> Declare:
    """Load specs of a text: documents without the line `apiVersion`, beside the policy `n:p`."""

    def do(text: str = "", files: Files | None = None, **arguments: object) -> Specs:
        documents = [HEAD + each.lstrip("\n") for each in dedent(text).split("\n---\n") if each.strip()]
        write(
            {
                "policy.yaml": POLICY,
                "spec.yaml": "\n---\n".join(documents) or POLICY.replace("n:p", "n:other"),
            }
        )
        write(files or {})
        return load(folder, **arguments)  # type: ignore[arg-type]

    return do


@pytest.fixture
def mistakes(declare: Declare) -> Mistakes:
    """Return the lines of the error that a text of specs is refused with."""

    def do(text: str = "", files: Files | None = None, **arguments: object) -> list[str]:
        with pytest.raises(SpecErrors) as refusal:
            declare(text, files, **arguments)
        return str(refusal.value).splitlines()

    return do
