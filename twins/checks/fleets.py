"""A fleet's rule fits its table and the types it is made of, and every row of the table becomes a twin."""

from collections.abc import Iterable, Iterator

from twins.catalogue import LARGEST_TREE, Catalogue, Entry
from twins.checks import fields, namesakes
from twins.explain import unknown
from twins.fleet.compose import Faults, row_template, text_at, twin_of
from twins.fleet.rows import TableError, csv_columns, path_of
from twins.fleet.survey import Findings, survey
from twins.fleet.template import RowTemplate
from twins.fleet.text import NUMBER, RowText, Slot
from twins.models import FleetSpec
from twins.origin import Origin, Path, Problem, shown


def check(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield what is wrong with fleets; what was found out of the right ones is put into the catalogue."""
    templates: dict[str, RowTemplate] = {}
    for key, entry in catalogue.fleets.items():
        faults = [*_rule(entry.spec, catalogue)]
        yield from (entry.problem(path, message) for path, message in faults)
        if faults or not _is_composable(entry.spec, catalogue):
            continue
        template = row_template(entry.spec, catalogue.specs)
        wrong = [*_columns(entry, template.texts), *_features(entry, template)]
        yield from wrong
        if not wrong:
            templates[key] = template
            yield from _table(entry, template, catalogue)
    yield from namesakes.check(catalogue, templates)


def _rule(spec: FleetSpec, catalogue: Catalogue) -> Iterator[tuple[Path, str]]:
    """Yield what is wrong with the texts and the size of a row's twin."""
    faults: Faults = []
    twin = twin_of(spec, faults)
    id_ = text_at(spec.twin.id, ("twin", "id"), faults)
    yield from faults
    if isinstance(id_, str) and not faults:
        yield ("twin", "id"), "all twins would have the same id; let it say {number}, or a column"
    if not spec.type and not spec.policy:
        yield ("policy",), "the twins need a policy; name one, or a type, which has one"
    if (size := catalogue.size(twin) or 0) > LARGEST_TREE:
        message = f"each twin would consist of {size} things, and the most is {LARGEST_TREE}; split it"
        yield ("type",) if spec.type else ("twin", "children"), message


def _is_composable(spec: FleetSpec, catalogue: Catalogue) -> bool:
    return catalogue.size(twin_of(spec, [])) is not None


def _columns(entry: Entry[FleetSpec], texts: Iterable[RowText]) -> Iterator[Problem]:
    """Yield texts that name columns which the table does not have."""
    rows = entry.spec.rows
    path = path_of(rows, entry.text.file.parent)
    if rows.jsonl is not None:
        return  # each of its lines says which columns it has
    known: list[str] = []
    if path is not None:
        try:
            with path.open("rb") as file:
                known = csv_columns(file)
        except OSError as error:
            message = f"{shown(rows.csv)} cannot be read ({error.strerror}); see to its name and rights"
            yield entry.problem(("rows", "csv"), message)
            return
        except TableError as error:
            yield Problem(Origin(path, error.line or 1), (), str(error))
            return
    for text in texts:
        for slot in text.slots:
            if fault := _column(slot, known):
                yield entry.problem(_place(entry, text.source), f"'{shown(text.source)}': {fault}")


def _column(slot: Slot, known: list[str]) -> str | None:
    if slot.column == NUMBER:
        if NUMBER in known:
            return f"the table has a column {NUMBER}, which is the row's number here; rename that column"
        return None
    if slot.column in known:
        return None
    return f"the table has no column {shown(slot.column)}; {unknown(slot.column, [*known, NUMBER])}"


def _place(entry: Entry[FleetSpec], source: str) -> Path:
    """Return where in the spec a text stands."""
    waiting: list[tuple[Path, object]] = [(("twin",), entry.text.value["twin"])]
    while waiting:
        path, value = waiting.pop()
        if value == source:
            return path
        if isinstance(value, dict):
            waiting += [((*path, key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [((*path, place), inner) for place, inner in enumerate(value)]
    return ("twin",)


def _features(entry: Entry[FleetSpec], template: RowTemplate) -> Iterator[Problem]:
    """Yield properties of the twin's own that would be stored as another one is."""
    for where, message in fields.faults(template.things[0].document["features"]):
        if where[1] in entry.spec.twin.features:
            yield entry.problem(("twin", *where), message)


def _table(entry: Entry[FleetSpec], template: RowTemplate, catalogue: Catalogue) -> Iterator[Problem]:
    """Yield what is wrong with rows, or keep the survey."""
    findings = Findings()
    folder = entry.text.file.parent
    made = survey(entry.spec, template, folder, catalogue.cache, findings)
    path = path_of(entry.spec.rows, folder)
    for line, message in findings.problems:
        if path is None:
            yield entry.problem(("rows",), message)
        else:
            yield Problem(Origin(path, line or 1), (), message)
    if findings.more:
        message = f"{findings.more} more rows of {shown(path)} are wrong; correct them too"
        yield entry.problem(("rows",), message)
    if made:
        catalogue.surveys[entry.spec.id] = made
