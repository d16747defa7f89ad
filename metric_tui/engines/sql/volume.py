"""Rows per day of many events in one pass, to find the days whose events are missing."""

from collections.abc import Hashable, Sequence

from metric_tui.base.series import Table
from metric_tui.definitions.asks import MeasureAsk, Rows, VolumeMeasure
from metric_tui.engines.common import Fetched
from metric_tui.engines.sql.scan import table_of
from metric_tui.engines.sql.simple import Outcome, event_condition, grouped, number, scope_of
from metric_tui.engines.sql.spans import buckets_of
from metric_tui.engines.store import Store


def rows_counted(ask: MeasureAsk) -> Rows:
    """The rows that are counted."""
    assert isinstance(ask.measure, VolumeMeasure)
    return ask.measure.rows


def volume_key(ask: MeasureAsk) -> Hashable:
    """All events of a source are counted at once; rows without events stand alone."""
    rows = rows_counted(ask)
    return (rows.source, rows.time_column, bool(rows.events), ask.slice, ask.spans)


def volume_statement(store: Store, asks: Sequence[MeasureAsk]) -> str:
    """SELECT bucket, event, rows; the event is null where all rows are counted."""
    rows = rows_counted(asks[0])
    scope = scope_of(store, rows)
    disjoint = buckets_of(asks[0].spans).disjoint
    names = tuple(dict.fromkeys(name for ask in asks for name in rows_counted(ask).events))
    if not names:
        columns, condition = ["COUNT(*)"], None
        return grouped(scope, rows, asks[0].slice, disjoint, columns, condition)
    condition = event_condition(scope, names)
    dialect = store.engine.dialect
    event = f"{dialect.quote(scope.source.name)}.{dialect.quote(store.event_column(scope.source) or '')}"
    columns = [f"{event} AS event", "COUNT(*)"]
    head = grouped(scope, rows, asks[0].slice, disjoint, columns, condition)
    return f"{head}, 2"


def volume_outcomes(asks: Sequence[MeasureAsk], fetched: Fetched) -> list[Outcome]:
    """Each ask's table."""
    return [_table(ask, fetched) for ask in asks]


def _table(ask: MeasureAsk, fetched: Fetched) -> Table:
    events = rows_counted(ask).events
    cover = {bucket: place for place, bucket in enumerate(_buckets(ask))}
    counts: dict[int, float] = {}
    for bucket, *event, rows in fetched.rows:
        place = cover.get(bucket)
        if place is not None and (not event or event[0] in events):
            counts[place] = counts.get(place, 0.0) + (number(rows) or 0.0)
    return table_of(((place, (), count) for place, count in counts.items()), len(ask.spans))


def _buckets(ask: MeasureAsk) -> list[int | None]:
    """The one bucket that each of the days is; None for an empty one."""
    return [places[0] if places else None for places in buckets_of(ask.spans).cover]
