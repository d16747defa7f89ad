"""Sessions by inactivity: an event begins one after a pause, and ends one before a pause.

Only the rows at which a session begins or ends are kept; the one after a beginning is its end.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from metric_tui.base.periods import EARLIEST, Span
from metric_tui.base.series import shown_group
from metric_tui.definitions.asks import MeasureAsk, SessionsMeasure
from metric_tui.engines.common import Fetched
from metric_tui.engines.sql.scan import (
    dimension_names,
    grouping,
    read_rows,
    table_of,
    with_steps,
)
from metric_tui.engines.sql.simple import Outcome, number, scope_of
from metric_tui.engines.sql.spans import bucket_sql, cover_sql, timeline_of, within_sql
from metric_tui.engines.store import Store

COLUMNS = ("count", "duration", "bounces", "entities")


def sessions_of(ask: MeasureAsk) -> SessionsMeasure:
    """The ask's measure, known to be of sessions."""
    assert isinstance(ask.measure, SessionsMeasure)
    return ask.measure


def sessions_key(ask: MeasureAsk) -> MeasureAsk:
    """Everything about the same sessions is measured at once."""
    return replace(ask, measure=replace(sessions_of(ask), calculation="count"))


def sessions_statement(store: Store, asks: Sequence[MeasureAsk]) -> str:
    """SELECT span, dimensions of the first event, sessions, seconds, bounces, entities."""
    ask = asks[0]
    names = dimension_names(ask.slice)
    gap = sessions_of(ask).gap.seconds * 1000
    # which of two rows of one instant comes first matters only to whose dimensions count
    by_time = "PARTITION BY entity ORDER BY t" + (", row_order" if names else "")
    pauses = (
        f"SELECT *, LAG(t) OVER its_rows AS earlier, LEAD(t) OVER its_rows AS later"
        f"\nFROM log WINDOW its_rows AS ({by_time})"
    )
    edges = (
        f"SELECT *, CASE WHEN earlier IS NULL OR t - earlier > {gap} THEN 1 ELSE 0 END AS begins,"
        f" CASE WHEN later IS NULL OR later - t > {gap} THEN 1 ELSE 0 END AS ends\nFROM pauses"
    )
    # a session of one instant has its beginning before its end
    following = "LEAD(t) OVER (PARTITION BY entity ORDER BY t, begins DESC) AS its_end"
    sessions = f"SELECT *, {following}\nFROM edges WHERE begins = 1 OR ends = 1"
    picked = ["COUNT(*)", "SUM(CASE WHEN ends = 1 THEN 0 ELSE its_end - t END) / 1000.0"]
    picked += ["SUM(ends)", "COUNT(DISTINCT entity)"]
    return with_steps(
        [
            f"log AS (\n{_log(store, ask)}\n)",
            f"pauses AS (\n{pauses}\n)",
            f"edges AS (\n{edges}\n)",
            f"sessions AS (\n{sessions}\n)",
            cover_sql(timeline_of(ask.spans, until=sessions_of(ask).cutoff).cover),
        ],
        f"SELECT {', '.join(['span', *names, *picked])}"
        "\nFROM sessions JOIN cover ON cover.bucket = sessions.bucket"
        f"\nWHERE begins = 1{grouping(1 + len(names))}",
    )


def _log(store: Store, ask: MeasureAsk) -> str:
    """The rows that decide about sessions of the spans: from a pause before them to the cutoff."""
    measure = sessions_of(ask)
    rows = measure.rows
    scope = scope_of(store, rows)
    axis = store.axis(scope.source, rows.time_column)
    who = scope.render(measure.entity.node)
    start = min(span.start for span in ask.spans if not span.is_empty)
    if start != EARLIEST:
        # a row a pause before the spans tells whether their first row begins a session
        start -= timedelta(seconds=measure.gap.seconds + 86_400 * axis.holds_days)
    buckets = timeline_of(ask.spans, until=measure.cutoff).disjoint
    columns = [
        f"{who} AS entity",
        f"{axis.epoch_milliseconds} AS t",
        f"{bucket_sql(axis, buckets)} AS bucket",
        f"{store.row_order(scope.source) or 'NULL'} AS row_order",
    ]
    where = [within_sql(axis, [Span(start, measure.cutoff)]), f"{who} IS NOT NULL"]
    return read_rows(scope, rows, columns, where=where, sliced=ask.slice)


def sessions_outcomes(asks: Sequence[MeasureAsk], fetched: Fetched) -> list[Outcome]:
    """Each ask's table."""
    return [_table(ask, fetched) for ask in asks]


def _table(ask: MeasureAsk, fetched: Fetched) -> Outcome:
    width = len(ask.slice.by)
    column = 1 + width + COLUMNS.index(sessions_of(ask).calculation)
    cells = (
        (int(row[0]), shown_group(row[1 : 1 + width]), number(row[column])) for row in fetched.rows
    )
    return table_of(cells, len(ask.spans)).map(lambda _, value: value or 0.0)
