"""Retention: when members of a cohort were seen again, in units counted from their own start.

Starts become one row a member, returns one row an entity and unit with the last moment in it: in
a unit after the start any return counts, in the start's own unit only one that is not before it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from metric_tui.base.periods import EARLIEST, Span
from metric_tui.base.series import shown_group
from metric_tui.definitions.asks import MeasureAsk, RetentionMeasure, Returning, Rows
from metric_tui.definitions.fragments import Fragment
from metric_tui.engines.common import Fetched
from metric_tui.engines.sql.days import moment_sql, unit_number, unit_sql
from metric_tui.engines.sql.scan import (
    dimension_names,
    grouping,
    read_rows,
    table_of,
    with_steps,
)
from metric_tui.engines.sql.simple import Outcome, scope_of
from metric_tui.engines.sql.spans import bucket_sql, cover_sql, timeline_of, within_sql
from metric_tui.engines.store import Store

_LONGEST_UNIT_DAYS = {"day": 1, "week": 7, "month": 31}


def retention_of(ask: MeasureAsk) -> RetentionMeasure:
    """The ask's measure, known to be a retention's."""
    assert isinstance(ask.measure, RetentionMeasure)
    return ask.measure


def retention_key(ask: MeasureAsk) -> MeasureAsk:
    """All cells of the same cohorts are counted at once."""
    anyhow = Returning(brackets=((0, 0),))
    measure = replace(retention_of(ask), returning=anyhow, counted="members", settled=False)
    return replace(ask, measure=measure)


def retention_statement(store: Store, asks: Sequence[MeasureAsk]) -> str:
    """SELECT cell, returned or not, span, dimensions, members, members whose cell is over."""
    ask = asks[0]
    names = dimension_names(ask.slice)
    steps = [
        f"starts AS (\n{_starts(store, ask)}\n)",
        cover_sql(timeline_of(ask.spans, until=_end(ask)).cover),
        f"members AS (\n{_members(ask, names)}\n)",
        f"returns AS (\n{_returns(store, asks)}\n)",
        *_cells(store, asks),
        f"hits AS (\n{_hits(asks, names)}\n)",
    ]
    group = ["span", *names]
    picked = ", ".join([*group, "COUNT(*), SUM(CASE WHEN unit <= settled THEN 1 ELSE 0 END)"])
    return with_steps(
        steps,
        f"SELECT cells.cell, 0 AS returned, {picked}\nFROM members CROSS JOIN cells"
        f"{grouping(2 + len(group))}"
        f"\nUNION ALL\nSELECT cells.cell, 1 AS returned, {picked}"
        f"\nFROM hits JOIN cells ON cells.cell = hits.cell{grouping(2 + len(group))}",
    )


def _end(ask: MeasureAsk) -> datetime:
    return max(span.end for span in ask.spans)


def _first_start(ask: MeasureAsk) -> datetime:
    return min(span.start for span in ask.spans if not span.is_empty)


def _starts(store: Store, ask: MeasureAsk) -> str:
    """The start rows of all history, or of the spans where any start begins a cohort."""
    measure = retention_of(ask)
    buckets = timeline_of(ask.spans, until=_end(ask)).disjoint
    since = _first_start(ask) if measure.recurring else EARLIEST

    everything = (*measure.starts, *measure.returns)

    def read(rows: Rows, entity: Fragment) -> str:
        scope = scope_of(store, rows)
        axis = store.axis(scope.source, rows.time_column)
        who = scope.render(entity.node)
        columns = [
            f"{who} AS entity",
            f"{moment_sql(store, everything, rows)} AS t",
            f"{unit_sql(store, scope.source, rows.time_column, measure.unit)} AS unit",
            f"{bucket_sql(axis, buckets)} AS bucket",
            f"{store.row_order(scope.source) or 'NULL'} AS row_order",
        ]
        where = [within_sql(axis, [Span(since, _end(ask))]), f"{who} IS NOT NULL"]
        return read_rows(scope, rows, columns, where=where, sliced=ask.slice)

    return _all_of(measure.starts, measure.start_entities, read)


def _all_of(
    rows: tuple[Rows, ...], entities: tuple[Fragment, ...], read: Callable[[Rows, Fragment], str]
) -> str:
    return "\nUNION ALL\n".join(read(r, e) for r, e in zip(rows, entities, strict=True))


def _members(ask: MeasureAsk, names: list[str]) -> str:
    """Each span's members with their start: first ever, or first in the span."""
    recurring = retention_of(ask).recurring
    if names:
        return _first_rows(names, recurring=recurring)
    own = ["entity", "bucket"] if recurring else ["entity"]
    bucket = "bucket" if recurring else "MIN(bucket) AS bucket"
    # buckets and units rise with time, so the smallest are those of the first row
    first = (
        f"SELECT entity, {bucket}, MIN(t) AS t, MIN(unit) AS unit"
        f" FROM starts GROUP BY {', '.join(own)}"
    )
    return (
        "SELECT span, entity, MIN(t) AS t, MIN(unit) AS unit"
        f"\nFROM ({first}) AS r JOIN cover ON cover.bucket = r.bucket{grouping(2)}"
    )


def _first_rows(names: list[str], *, recurring: bool) -> str:
    """As the members of no breakdown, with the dimensions of the very row they start with."""
    earliest = ", ".join(["t", "row_order", *names])
    spans = "FROM starts JOIN cover ON cover.bucket = starts.bucket"
    picked = ", ".join(["span", "entity", "t", "unit", *names])
    if recurring:
        place = f"ROW_NUMBER() OVER (PARTITION BY span, entity ORDER BY {earliest}) AS place"
        return (
            f"SELECT {picked}\nFROM (SELECT starts.*, span, {place} {spans}) AS r WHERE place = 1"
        )
    place = f"ROW_NUMBER() OVER (PARTITION BY entity ORDER BY {earliest}) AS place"
    return (
        f"SELECT {picked}\nFROM (SELECT *, {place} FROM starts) AS r"
        " JOIN cover ON cover.bucket = r.bucket WHERE place = 1"
    )


def _returns(store: Store, asks: Sequence[MeasureAsk]) -> str:
    """The units in which entities were seen, each with its last moment."""
    ask = asks[0]
    measure = retention_of(ask)
    span = Span(_first_start(ask), _last_return(asks))

    everything = (*measure.starts, *measure.returns)

    def read(rows: Rows, entity: Fragment) -> str:
        scope = scope_of(store, rows)
        axis = store.axis(scope.source, rows.time_column)
        who = scope.render(entity.node)
        columns = [
            f"{who} AS entity",
            f"{moment_sql(store, everything, rows)} AS t",
            f"{unit_sql(store, scope.source, rows.time_column, measure.unit)} AS unit",
        ]
        where = [within_sql(axis, [span]), f"{who} IS NOT NULL"]
        return read_rows(scope, rows, columns, where=where)

    read_all = _all_of(measure.returns, measure.return_entities, read)
    return f"SELECT entity, unit, MAX(t) AS t\nFROM (\n{read_all}\n) AS r{grouping(2)}"


def _last_return(asks: Sequence[MeasureAsk]) -> datetime:
    """Until when returns can count for any of the asks."""
    measure = retention_of(asks[0])
    cells = [retention_of(ask).returning for ask in asks]
    if any(cell.or_after for cell in cells):
        return measure.cutoff
    units = max(cell.last for cell in cells) + 2
    days = timedelta(days=units * _LONGEST_UNIT_DAYS[measure.unit] + 1)
    return min(_end(asks[0]) + days, measure.cutoff)


def _distinct_cells(asks: Sequence[MeasureAsk]) -> tuple[Returning, ...]:
    return tuple(dict.fromkeys(retention_of(ask).returning for ask in asks))


def _cells(store: Store, asks: Sequence[MeasureAsk]) -> list[str]:
    """`cells`: the last start unit whose outcome is settled; `offsets` and `later`: what counts."""
    measure = retention_of(asks[0])
    calendar = store.tree.settings.calendar
    now = unit_number(calendar.day_of(measure.cutoff), measure.unit, calendar.week_start)
    cells = list(enumerate(_distinct_cells(asks)))
    settled = [(index, now - 1 - cell.last) for index, cell in cells]
    offsets = [(index, n) for index, cell in cells if not cell.or_after for n in cell.offsets]
    later = [(index, cell.first) for index, cell in cells if cell.or_after]
    return [
        f"{head} AS (VALUES {', '.join(map(str, pairs))})"
        for head, pairs in (
            ("cells(cell, settled)", settled),
            ("offsets(cell, ahead)", offsets),
            ("later(cell, ahead)", later),
        )
        if pairs
    ]


def _hits(asks: Sequence[MeasureAsk], names: list[str]) -> str:
    """Members who came back, by cell."""
    cells = _distinct_cells(asks)
    picked = ", ".join(["cell", "span", "members.entity AS entity", "members.unit AS unit", *names])
    parts = []
    if not all(cell.or_after for cell in cells):
        parts.append(
            f"SELECT DISTINCT {picked}\nFROM members CROSS JOIN offsets JOIN returns"
            " ON returns.entity = members.entity AND returns.unit = members.unit + ahead"
            " AND returns.t >= members.t"
        )
    if any(cell.or_after for cell in cells):
        latest = "SELECT entity, MAX(unit) AS unit, MAX(t) AS t FROM returns GROUP BY entity"
        parts.append(
            f"SELECT {picked}\nFROM members CROSS JOIN later JOIN ({latest}) AS latest"
            " ON latest.entity = members.entity AND latest.unit >= members.unit + ahead"
            " AND latest.t >= members.t"
        )
    return "\nUNION ALL\n".join(parts)


def retention_outcomes(asks: Sequence[MeasureAsk], fetched: Fetched) -> list[Outcome]:
    """Each ask's table."""
    cells = _distinct_cells(asks)
    return [_table(ask, cells.index(retention_of(ask).returning), fetched) for ask in asks]


def _table(ask: MeasureAsk, cell: int, fetched: Fetched) -> Outcome:
    measure, width = retention_of(ask), len(ask.slice.by)
    wanted = (cell, int(measure.counted == "returned"))
    column = 3 + width + int(measure.settled)
    members = [row for row in fetched.rows if (int(row[0]), 0) == (cell, int(row[1]))]
    counted = [row for row in fetched.rows if (int(row[0]), int(row[1])) == wanted]
    groups = dict.fromkeys(shown_group(row[3 : 3 + width]) for row in members)
    zeros = ((i, group, 0.0) for group in groups for i in range(len(ask.spans)))
    found = ((int(row[2]), shown_group(row[3 : 3 + width]), float(row[column])) for row in counted)
    return table_of([*zeros, *found], len(ask.spans))
