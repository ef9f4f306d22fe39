"""A folder of WebGL builds: whether each is whole, and what of it is shipped.

Unity writes four files of one name: `pump.loader.js`, `pump.data`, `pump.framework.js`, `pump.wasm`. Godot's
are `pump.html`, `pump.js`, `pump.wasm`, `pump.pck`. All but the loader and the page may be compressed.
"""

import difflib
import fnmatch
from collections.abc import Iterator
from pathlib import Path

UNITY = (".loader.js", ".data", ".framework.js", ".wasm")
GODOT = (".html", ".js", ".wasm", ".pck")
PLAIN = (".loader.js", ".html")  # which a browser fetches without being told how they are compressed
COMPRESSED = ("", ".gz", ".br", ".unityweb")

# What engines and editors leave beside a build. The image's .dockerignore says the same.
LEFT_OUT = (
    "**/.*",
    "**/*DoNotShip*",
    "**/*DontShipItWithYourGame*",
    "**/*.symbols.json*",
    "**/*.map",
    "**/Dockerfile*",
    "**/*.import",
    "**/*.zip",
)


def problems(folder: Path) -> list[str]:
    """What is wrong with the builds in a folder, each with the file that it is about."""
    if not folder.is_dir():
        return [f"there is no folder {folder}"]
    found: list[str] = []
    builds = 0
    for place in sorted({file.parent for file in shipped(folder)}):
        names = sorted(file.name for file in place.iterdir() if file.is_file())
        for stem, ends in _builds(names).items():
            builds += 1
            found += _missing(place, stem, ends, names)
    found += [f"{file} is empty" for file in shipped(folder) if not file.stat().st_size]
    if not builds:
        found.append(
            f"{folder} holds no WebGL build: neither Unity's (name.loader.js, name.data, name.framework.js,"
            " name.wasm) nor Godot's (name.html, name.js, name.wasm, name.pck)"
        )
    return found


def astray(folder: Path, build: str, compression: str | None) -> str:
    """Why a Unity panel does not find its build in a folder of builds, and what to do; empty when it does."""
    stem, end = build.strip("/"), f".{compression}" if compression else ""
    have = {file.relative_to(folder).as_posix() for file in shipped(folder)}
    wanted = [stem + UNITY[0], *(stem + each + end for each in UNITY[1:])]
    missing = [name for name in wanted if name not in have]
    if not missing:
        return ""
    if any(name.startswith(f"{stem}.") for name in have):
        there = ", ".join(sorted(name for name in have if name.startswith(f"{stem}.")))
        return (
            f"{folder / missing[0]} is not there, but {there}; say in `compression` how the build is compressed,"
            " or name the four `files`"
        )
    others = sorted(name.removesuffix(UNITY[0]) for name in have if name.endswith(UNITY[0]))
    near = difflib.get_close_matches(stem, others, n=1)
    hint = (
        f"do you mean {near[0]}?"
        if near
        else f"use one of {', '.join(others)}"
        if others
        else "build it there"
    )
    return f"{folder} has no build {stem}; {hint}"


def shipped(folder: Path) -> Iterator[Path]:
    """The files that go into the image, in a fixed order."""
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if file.is_file() and not any(
            fnmatch.fnmatchcase(part, pattern.removeprefix("**/")) for part in parts for pattern in LEFT_OUT
        ):
            yield file


def _builds(names: list[str]) -> dict[str, tuple[str, ...]]:
    """The builds that files of one folder belong to: the name that their files begin with, and their ends.

    A file that says whose build it is makes one, and so do two of the others: then that one is missing.
    """
    found: dict[str, tuple[str, ...]] = {}
    for ends, telling in ((UNITY, ".loader.js"), (GODOT, ".pck")):
        have: dict[str, list[str]] = {}
        for name in names:
            for end in ends:
                if (stem := _stem(name, end)) and not (end == ".js" and name.endswith(UNITY[::2])):
                    have.setdefault(stem, []).append(end)
        for stem, its in have.items():
            own = {end for end in its if end not in (".html", ".js")}
            if stem not in found and (telling in its or (len(set(its)) >= 2 and own)):
                found[stem] = ends
    return found


def _stem(name: str, end: str) -> str:
    """What stands before such an end of a name, whatever the file is compressed with; or nothing."""
    for compression in ("",) if end in PLAIN else COMPRESSED:
        if name.endswith(end + compression):
            return name[: -len(end + compression)]
    return ""


def _missing(place: Path, stem: str, ends: tuple[str, ...], names: list[str]) -> Iterator[str]:
    for end in ends:
        fitting = [name for name in names if _stem(name, end) == stem]
        if len(fitting) > 1:
            yield f"{place}: {' and '.join(fitting)} are the same file twice; keep one"
        if fitting:
            continue
        wanted = f"{stem}{end}"
        close = difflib.get_close_matches(wanted.lower(), [name.lower() for name in names], n=1, cutoff=0.75)
        taken = {
            name.lower(): name for name in names if not any(_stem(name, other) == stem for other in ends)
        }
        hint = f"; is {taken[close[0]]} meant? Rename it" if close and close[0] in taken else ""
        yield f"{place / wanted} is missing{hint}"
