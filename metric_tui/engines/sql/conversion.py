"""Conversions by dbt's rule: each one goes to the same entity's latest base row, dated by it.

Both sides are first reduced to one row an entity and local day. A running count over an entity's
days then numbers the base rows, so that every conversion finds the base row it follows without a
join of all with all. Attribution reads past the spans; the spans only choose what is counted.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from metric_tui.base.periods import EARLIEST, Calendar, Duration, Span
from metric_tui.base.series import shown_group
from metric_tui.definitions.asks import ConversionMeasure, MeasureAsk, Rows
from metric_tui.definitions.fragments import Fragment
from metric_tui.engines.common import Fetched
from metric_tui.engines.sql.days import day_sql, unit_number
from metric_tui.engines.sql.scan import (
    dimension_names,
    grouping,
    read_rows,
    table_of,
    with_steps,
)
from metric_tui.engines.sql.scope import Scope
from metric_tui.engines.sql.simple import Outcome, number, scope_of, value_sql
from metric_tui.engines.sql.spans import bucket_sql, cover_sql, timeline_of, within_sql
from metric_tui.engines.store import Store


def conversion_of(ask: MeasureAsk) -> ConversionMeasure:
    """The ask's measure, known to be a conversion's."""
    assert isinstance(ask.measure, ConversionMeasure)
    return ask.measure


def conversion_statement(store: Store, asks: Sequence[MeasureAsk]) -> str:
    """SELECT span, dimensions of the base row, conversions."""
    (ask,) = asks
    measure = conversion_of(ask)
    names = dimension_names(ask.slice)
    keys = _keys(measure)
    counted = "COUNT(DISTINCT x)" if _is_distinct(measure) else "SUM(n)"
    picked = ", ".join(["span", *names, counted])
    limits, join, within = _window(measure, _first_start(ask), store.tree.settings.calendar)
    cover = timeline_of(ask.spans, until=measure.cutoff).cover
    final = (
        f"SELECT {picked}\nFROM attributed JOIN cover ON cover.bucket = attributed.bucket{join}"
        f"\nWHERE kind = 1 AND turn > 0{within}{grouping(1 + len(names))}"
    )
    steps = [
        f"bases AS (\n{_bases(store, ask)}\n)",
        f"conversions AS (\n{_conversions(store, ask)}\n)",
        f"touches AS (\n{_touches(keys, names)}\n)",
        f"turns AS (\nSELECT *, SUM(1 - kind) OVER (PARTITION BY {', '.join(keys)}"
        " ORDER BY day, kind ROWS UNBOUNDED PRECEDING) AS turn FROM touches\n)",
        f"attributed AS (\n{_attributed(keys, names)}\n)",
        cover_sql(cover),
        *limits,
    ]
    return with_steps(steps, final)


def _keys(measure: ConversionMeasure) -> list[str]:
    """What base and conversion must share: `entity`, then the constant properties."""
    return ["entity", *(f"k{index}" for index in range(len(measure.constant_properties)))]


def _is_distinct(measure: ConversionMeasure) -> bool:
    return measure.conversion.aggregation == "count_distinct"


def _first_start(ask: MeasureAsk) -> datetime:
    return min(span.start for span in ask.spans if not span.is_empty)


def _bases(store: Store, ask: MeasureAsk) -> str:
    """The last base row of each entity and day: its bucket and dimensions."""
    measure = conversion_of(ask)
    rows = measure.base.rows
    scope = scope_of(store, rows)
    axis = store.axis(scope.source, rows.time_column)
    buckets = timeline_of(ask.spans, until=measure.cutoff).disjoint
    shared = _shared(scope, measure.base_entity, [pair[0] for pair in measure.constant_properties])
    columns = [
        *(f"{text} AS {key}" for key, text in shared.items()),
        f"{day_sql(store, scope.source, rows.time_column)} AS day",
        f"{bucket_sql(axis, buckets)} AS bucket",
        f"{axis.compared} AS moment",
        f"{store.row_order(scope.source) or 'NULL'} AS row_order",
    ]
    where = [
        within_sql(axis, [Span(_first_start(ask), measure.cutoff)]),
        *(f"{text} IS NOT NULL" for text in shared.values()),
    ]
    read = read_rows(scope, rows, columns, where=where, sliced=ask.slice)
    return _last_of_day(read, [*shared, "day"], dimension_names(ask.slice))


def _last_of_day(read: str, keys: list[str], names: list[str]) -> str:
    if not names:
        # buckets are numbered by time, so the largest is that of the last row
        return (
            f"SELECT {', '.join(keys)}, MAX(bucket) AS bucket\nFROM (\n{read}\n) AS r"
            f"{grouping(len(keys))}"
        )
    latest = ", ".join(["moment DESC", "row_order DESC", *names])
    ranked = f"ROW_NUMBER() OVER (PARTITION BY {', '.join(keys)} ORDER BY {latest}) AS place"
    return (
        f"SELECT {', '.join([*keys, 'bucket', *names])}"
        f"\nFROM (SELECT *, {ranked} FROM (\n{read}\n) AS r) AS q WHERE place = 1"
    )


def _conversions(store: Store, ask: MeasureAsk) -> str:
    """Conversions of each entity and day; each distinct value by itself where those count."""
    measure = conversion_of(ask)
    rows = measure.conversion.rows
    scope = scope_of(store, rows)
    shared = _shared(
        scope, measure.conversion_entity, [pair[1] for pair in measure.constant_properties]
    )
    value = value_sql(scope, measure.conversion)
    columns = [
        *(f"{text} AS {key}" for key, text in shared.items()),
        f"{day_sql(store, scope.source, rows.time_column)} AS day",
        f"{value} AS x",
    ]
    where = [
        _when_converted(store, ask, rows),
        *(f"{text} IS NOT NULL" for text in shared.values()),
    ]
    read = read_rows(scope, rows, columns, where=where)
    keys = [*shared, "day"]
    if _is_distinct(measure):
        return (
            f"SELECT {', '.join(keys)}, x, 1 AS n\nFROM (\n{read}\n) AS r{grouping(len(keys) + 1)}"
        )
    return (
        f"SELECT {', '.join(keys)}, NULL AS x, COUNT(x) AS n\nFROM (\n{read}\n) AS r"
        f"{grouping(len(keys))}"
    )


def _when_converted(store: Store, ask: MeasureAsk, rows: Rows) -> str:
    """From the first base day to the last one's end of window."""
    measure = conversion_of(ask)
    calendar = store.tree.settings.calendar
    axis = store.axis(store.tree.source_named(rows.source), rows.time_column)
    start = _first_start(ask)
    if start != EARLIEST:
        start = calendar.midnight(calendar.day_of(start))
    end = measure.cutoff
    if measure.window is not None:
        last = calendar.day_of(max(span.end for span in ask.spans))
        after = calendar.shift_day(last, measure.window, sign=1) + timedelta(days=1)
        end = min(end, calendar.midnight(after))
    return within_sql(axis, [Span(start, end)])


def _shared(scope: Scope, entity: Fragment, constants: list[Fragment]) -> dict[str, str]:
    texts = {"entity": scope.render(entity.node)}
    return texts | {f"k{i}": scope.render(constant.node) for i, constant in enumerate(constants)}


def _touches(keys: list[str], names: list[str]) -> str:
    """Base rows (kind 0) and conversions (kind 1) under each other."""
    base = ", ".join([*keys, "day", "0 AS kind", "bucket", *names, "NULL AS x", "0 AS n"])
    nothing = [f"NULL AS {name}" for name in ("bucket", *names)]
    conversion = ", ".join([*keys, "day", "1 AS kind", *nothing, "x", "n"])
    return f"SELECT {base} FROM bases\nUNION ALL\nSELECT {conversion} FROM conversions"


def _attributed(keys: list[str], names: list[str]) -> str:
    """Every row with the bucket, day and dimensions of the base row that begins its turn."""
    inherited = ", ".join(
        f"FIRST_VALUE({column}) OVER its_turn AS {name}"
        for column, name in [("bucket", "bucket"), ("day", "base_day"), *((n, n) for n in names)]
    )
    turn = ", ".join([*keys, "turn"])
    return (
        f"SELECT kind, turn, day, x, n, {inherited}\nFROM turns"
        f"\nWINDOW its_turn AS (PARTITION BY {turn} ORDER BY kind)"
    )


def _window(
    measure: ConversionMeasure, first: datetime, calendar: Calendar
) -> tuple[list[str], str, str]:
    """A table, a join and a condition that keep conversions whose base day is in the window."""
    window = measure.window
    if window is None:
        return [], "", ""
    if window.days:
        return [], "", f" AND day - base_day < {window.days}"
    since = max(calendar.day_of(first), date(1900, 1, 1))
    listed = ", ".join(_limits(window, since, calendar.day_of(measure.cutoff), calendar))
    return (
        [f"limits(this_day, too_early) AS (VALUES {listed})"],
        " JOIN limits ON this_day = attributed.day",
        " AND base_day > too_early",
    )


def _limits(window: Duration, first: date, last: date, calendar: Calendar) -> list[str]:
    """For every day of conversion the latest base day that is out of a window of months."""
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [
        f"({unit_number(day, 'day', 'monday')},"
        f" {unit_number(calendar.shift_day(day, window), 'day', 'monday')})"
        for day in days
    ]


def conversion_outcomes(asks: Sequence[MeasureAsk], fetched: Fetched) -> list[Outcome]:
    """The ask's table: null where nothing converted."""
    (ask,) = asks
    width = len(ask.slice.by)
    cells = (
        (int(row[0]), shown_group(row[1 : 1 + width]), number(row[1 + width]))
        for row in fetched.rows
    )
    return [table_of(cells, len(ask.spans))]
