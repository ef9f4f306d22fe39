"""The Flux queries of the dashboards.

They read what Telegraf stores, see docs/data-path.md: a measurement for each type of value, the field
`value_<feature>_properties_<property>`, and the tags `thingId`, `parent`, `type` and `originator`.

`v.timeRangeStart`, `v.timeRangeStop` and `v.windowPeriod` are put in by Grafana, as text.
"""

from collections.abc import Mapping, Sequence

NUMBERS = "mqtt_consumer"
TEXTS = "mqtt_consumer_text"
BOOLEANS = "mqtt_consumer_boolean"
ALL = (NUMBERS, TEXTS, BOOLEANS)
TALLY = "opentwins_events"

LOOK_BACK = "30d"  # how far the last known value may lie before the end of the dashboard's range
MOST_SERIES = 50  # twins in one panel; a type may have thousands
MOST_ROWS = 200  # of a table


def field(feature: str, path: Sequence[str]) -> str:
    """The field that a property is stored as; a path of several names leads to a value inside objects."""
    return "_".join(["value", feature, "properties", *path]).replace(" ", "_")


def last(bucket: str, thing: str, name: str, measurements: Sequence[str] = ALL) -> str:
    """The last known value of one field of a thing: a table for each type that it has had."""
    return _pipe(
        'import "date"\n',
        _from(bucket),
        _back(),
        _any("_measurement", measurements),
        _is(thingId=thing, _field=name),
        "last()",
        # A twin that was moved, or written by another, has a series for each: the newest of them counts.
        'group(columns: ["_measurement"])',
        'sort(columns: ["_time"])',
        "last()",
        # Without its time, which a panel that shows texts would take for one.
        'keep(columns: ["_value", "_measurement"])',
    )


def history(bucket: str, thing: str, name: str) -> str:
    """The mean of a number in each window of the dashboard's range."""
    return _pipe(*_series(bucket, NUMBERS, thing, name), _window("mean"))


def states(bucket: str, thing: str, name: str, measurement: str) -> str:
    """The last value in each window: of texts and booleans, and of numbers that are seen as states."""
    # Each of those who wrote values has a series: put in a row, the newest would not be the last.
    in_order = 'sort(columns: ["_time"])'
    return _pipe(*_series(bucket, measurement, thing, name), in_order, _window("last"))


def below(bucket: str, thing: str) -> str:
    """The last known values of all that is below a thing in its tree, or a part of it: a row each."""
    tables = [
        _pipe(
            _from(bucket),
            _back(),
            _is(_measurement=measurement),
            f"filter(fn: (r) => strings.hasPrefix(v: r.thingId, prefix: {text(thing + ':')}) "
            f"or r.parent == {text(thing)})",
            "last()",
            'group(columns: ["thingId", "_field"])',
            'sort(columns: ["_time"])',
            "last()",
            "map(fn: (r) => "
            "({time: r._time, thing: r.thingId, property: r._field, value: string(v: r._value)}))",
        )
        for measurement in ALL
    ]
    return _pipe(
        'import "date"\nimport "strings"\n',
        "union(tables: [" + ",\n".join(tables) + "\n])",
        "group()",
        'sort(columns: ["thing", "property", "time"])',
        f"limit(n: {MOST_ROWS})",
    )


def compared(bucket: str, type_id: str, name: str) -> str:
    """A number of all twins of a type over time, a table each: of the twins with the highest last values."""
    data = _pipe(_from(bucket), _range(), _is(_measurement=NUMBERS, type=type_id, _field=name))
    highest = _pipe(
        "data",
        "last()",
        "group()",
        'sort(columns: ["_value"], desc: true)',
        'unique(column: "thingId")',
        f"limit(n: {MOST_SERIES})",
        'findColumn(fn: (key) => true, column: "thingId")',
    )
    shown = _pipe(
        "data",
        "filter(fn: (r) => contains(value: r.thingId, set: highest))",
        'group(columns: ["thingId"])',
        _window("mean"),
    )
    return f"data = {data}\n\nhighest = {highest}\n\n{shown}"


def ranking(bucket: str, type_id: str, name: str) -> str:
    """The last known number of each twin of a type, a table each, from the highest down."""
    return _pipe(
        'import "date"\n',
        _from(bucket),
        _back(),
        _is(_measurement=NUMBERS, type=type_id, _field=name),
        "last()",
        'group(columns: ["thingId"])',
        'sort(columns: ["_time"])',
        "last()",
        "group()",
        'sort(columns: ["_value"], desc: true)',
        f"limit(n: {MOST_SERIES})",
        'keep(columns: ["_time", "_value", "thingId"])',
        'group(columns: ["thingId"])',
    )


def spread(bucket: str, type_id: str, name: str) -> str:
    """The lowest, mean and highest number over all twins of a type in each window."""
    data = _pipe(_from(bucket), _range(), _is(_measurement=NUMBERS, type=type_id, _field=name), "group()")
    lines = [
        _pipe(
            "data",
            _window(function),
            f'set(key: "what", value: "{name}")',
            'keep(columns: ["_time", "_value", "what"])',
            'group(columns: ["what"])',
        )
        for function, name in (("min", "lowest"), ("mean", "mean"), ("max", "highest"))
    ]
    return f"data = {data}\n\nunion(tables: [\n" + ",\n".join(lines) + "\n])"


def reporting(bucket: str, type_id: str) -> str:
    """How many twins of a type had an event in the dashboard's range."""
    return _pipe(
        _from(bucket),
        _range(),
        _any("_measurement", ALL),
        _is(type=type_id),
        "last()",
        'keep(columns: ["thingId"])',
        "group()",
        'distinct(column: "thingId")',
        "count()",
    )


def state(bucket: str, measurement: str, thing: str | None = None, type_id: str | None = None) -> str:
    """The last known values of a thing and all below it, or of all twins of a type: a row a thing.

    The columns are `thingId` and the fields that are of the measurement's type.
    """
    of_tree = (
        f"r.thingId == {text(thing or '')} or strings.hasPrefix(v: r.thingId, prefix: {text(f'{thing}:')})"
    )
    return _pipe(
        'import "date"\n' if type_id else 'import "date"\nimport "strings"\n',
        _from(bucket),
        _back(),
        _is(_measurement=measurement),
        _is(type=type_id) if type_id else f"filter(fn: (r) => {of_tree})",
        "last()",
        'group(columns: ["thingId", "_field"])',
        'sort(columns: ["_time"])',
        "last()",
        "group()",
        'pivot(rowKey: ["thingId"], columnKey: ["_field"], valueColumn: "_value")',
        'sort(columns: ["thingId"])',
    )


def gauge(bucket: str, where: Mapping[str, str], by: str, function: str = "max") -> str:
    """A number that goes up and down, in each window: a table for each value of the tag `by`."""
    return _pipe(_from(bucket), _range(), _is(**where), _group(by), _window(function))


def held(bucket: str, where: Mapping[str, str], by: str) -> str:
    """A number that is only told when it changes, in each window: a table for each value of the tag `by`."""
    before = _pipe(
        _from(bucket),
        f"range(start: date.sub(d: {LOOK_BACK}, from: v.timeRangeStart), stop: v.timeRangeStart)",
        _is(**where),
        "last()",
        "map(fn: (r) => ({r with _time: v.timeRangeStart}))",
    )
    inside = _pipe(_from(bucket), _range(), _is(**where))
    return _pipe(
        'import "date"\n',
        f"union(tables: [\n{before},\n{inside}\n])",
        _group(by),
        'sort(columns: ["_time"])',
        _range(),
        "aggregateWindow(every: v.windowPeriod, fn: last)",
        "fill(usePrevious: true)",
    )


def rate(bucket: str, where: Mapping[str, str], by: str) -> str:
    """How much a counter grows in a second: a table for each value of the tag `by`, counters added up."""
    return _pipe(
        _from(bucket),
        _range(),
        _is(**where),
        # Of each counter by itself: a restart sets one back to zero.
        "derivative(unit: 1s, nonNegative: true)",
        _window("mean"),
        f'group(columns: ["_time", "{by}"])',
        "sum()",
        _group(by),
        'sort(columns: ["_time"])',
    )


def refused(bucket: str) -> str:
    """How many events, or values in them, were not stored in each window, by reason."""
    return _pipe(
        'import "strings"\n',
        _from(bucket),
        _range(),
        _is(_measurement=TALLY),
        'filter(fn: (r) => strings.hasPrefix(v: r._field, prefix: "not_stored_"))',
        'map(fn: (r) => ({r with reason: strings.trimPrefix(v: r._field, prefix: "not_stored_")}))',
        _group("reason"),
        _window("sum"),
    )


def text(value: str) -> str:
    """A text as Flux writes it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("${", "\\${")
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'


def _series(bucket: str, measurement: str, thing: str, name: str) -> list[str]:
    return [
        _from(bucket),
        _range(),
        _is(_measurement=measurement, thingId=thing, _field=name),
        "group()",  # one line, whoever wrote the values and whatever the parent was then
    ]


def _from(bucket: str) -> str:
    return f"from(bucket: {text(bucket)})"


def _range() -> str:
    return "range(start: v.timeRangeStart, stop: v.timeRangeStop)"


def _back() -> str:
    return f"range(start: date.sub(d: {LOOK_BACK}, from: v.timeRangeStop), stop: v.timeRangeStop)"


def _group(column: str) -> str:
    return f'group(columns: ["{column}"])'


def _window(function: str) -> str:
    return f"aggregateWindow(every: v.windowPeriod, fn: {function}, createEmpty: false)"


def _is(**columns: str) -> str:
    conditions = [f"r.{column} == {text(value)}" for column, value in columns.items()]
    return f"filter(fn: (r) => {' and '.join(conditions)})"


def _any(column: str, values: Sequence[str]) -> str:
    return f"filter(fn: (r) => {' or '.join(f'r.{column} == {text(value)}' for value in values)})"


def _pipe(first: str, *steps: str) -> str:
    """A pipeline, a step a line; imports, which end in a line break, stand before it."""
    if first.endswith("\n"):
        return first + "\n" + _pipe(*steps)
    return "\n  |> ".join([first, *steps])
