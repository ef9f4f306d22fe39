"""The mappers of a connection are of an engine that there is, and their files hold what Ditto calls."""

import re
from collections.abc import Iterator
from pathlib import Path as File

from twins.catalogue import Catalogue, Entry
from twins.explain import unknown
from twins.models import ConnectionSpec, JavaScript, MapperSpec
from twins.origin import Path, Problem

LONGEST_SCRIPT = 50_000  # bytes, Ditto's default
NO_OPTIONS_NEEDED = ("Ditto", "Normalized", "RawMessage", "CloudEvents", "UpdateTwinWithLiveResponse")
ENGINES = (*NO_OPTIONS_NEEDED, "ConnectionStatus", "ImplicitThingCreation")


def check(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield mappers that Ditto would refuse, and names of mappers that are not there."""
    for entry in catalogue.connections.values():
        for name, mapper in entry.spec.mappers.items():
            for path, message in _mapper(mapper, entry, catalogue.folder):
                # A file for incoming messages may be written without the word.
                here = ("mappers", name, *path)
                yield entry.problem(here if entry.text.has(here) else here[:3], message)
        # Engines that need no options can be named like mappers.
        known = [*entry.spec.mappers, *NO_OPTIONS_NEEDED]
        for path, name in _named(entry.spec):
            if name not in known:
                yield entry.problem(path, f"there is no mapper {name}; {unknown(name, known)}")


def _named(spec: ConnectionSpec) -> Iterator[tuple[Path, str]]:
    for place, source in enumerate(spec.sources):
        yield from (
            (("sources", place, "mappers", number), name) for number, name in enumerate(source.mappers)
        )
    for place, target in enumerate(spec.targets):
        yield from (
            (("targets", place, "mappers", number), name) for number, name in enumerate(target.mappers)
        )


def _mapper(mapper: MapperSpec, entry: Entry[ConnectionSpec], folder: File) -> Iterator[tuple[Path, str]]:
    if (mapper.javascript is None) == (mapper.engine is None):
        yield (), "a mapper is either javascript or of an engine; write one of the two"
    elif mapper.engine == "JavaScript":
        yield ("engine",), "scripts are in files of their own; write javascript and the file's name"
    elif mapper.engine is not None and mapper.engine not in ENGINES:
        yield ("engine",), f"there is no engine {mapper.engine}; {unknown(mapper.engine, ENGINES)}"
    elif mapper.javascript is not None:
        for path, message in _javascript(mapper.javascript, entry.text.file.parent, folder):
            yield ("javascript", *path), message


def _javascript(script: JavaScript, beside: File, folder: File) -> Iterator[tuple[Path, str]]:
    if script.incoming is None and script.outgoing is None:
        yield (), "there is no file; name one for incoming or outgoing messages"
    if script.incoming and (wrong := fault(script.incoming, "mapToDittoProtocolMsg", beside, folder)):
        yield ("incoming",), wrong
    if script.outgoing and (wrong := fault(script.outgoing, "mapFromDittoProtocolMsg", beside, folder)):
        yield ("outgoing",), wrong


def fault(name: str, function: str, beside: File, folder: File) -> str | None:
    """Return what is wrong with a mapper's file and what to do, if anything is."""
    file = beside / name
    if not file.resolve().is_relative_to(folder.resolve()):
        return f"{name} is outside of the specs' folder; move it there"
    try:
        content = file.read_bytes()
    except OSError as error:
        return f"{name} cannot be read ({error.strerror}); put it beside the spec, or name the right one"
    if len(content) > LONGEST_SCRIPT:
        return f"{name} has {len(content)} bytes, Ditto takes {LONGEST_SCRIPT}; shorten it"
    try:
        script = content.decode("utf-8")
    except UnicodeDecodeError:
        return f"{name} is not UTF-8; save it as UTF-8"
    if not re.search(rf"\b{function}(?:Wrapper)?\b", script):
        return f"{name} defines no function {function}, which Ditto calls; define it"
    return None
