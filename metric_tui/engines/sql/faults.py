"""Rows that a pipeline wrote twice, or long after what they report."""

from collections.abc import Hashable, Sequence

from metric_tui.base.errors import MetricTuiError
from metric_tui.definitions.asks import FaultMeasure, MeasureAsk
from metric_tui.engines.common import ColumnInfo, Fetched
from metric_tui.engines.sql.days import DAY_MILLISECONDS
from metric_tui.engines.sql.scan import table_of
from metric_tui.engines.sql.scope import Scope
from metric_tui.engines.sql.simple import Outcome, grouped, number, row_condition, scope_of
from metric_tui.engines.sql.spans import buckets_of
from metric_tui.engines.store import Store

NUMBERED = ("id", "rowid", "row_id", "event_id")
"""Names of columns that number rows as they are written, where they hold whole numbers."""

ARRIVED = ("ingested_at", "received_at", "loaded_at", "inserted_at", "arrived_at", "_loaded_at")
"""Names of columns that say when a row came in."""


def faults_add_up(time_column: str) -> bool:
    """Whether rows at fault in two spans are those of both together.

    Rows that equal each other have the same time, unless the time is when they came in.
    """
    return time_column.lower() not in ARRIVED


def fault_of(ask: MeasureAsk) -> FaultMeasure:
    """The ask's measure, known to be of faults."""
    assert isinstance(ask.measure, FaultMeasure)
    return ask.measure


def fault_key(ask: MeasureAsk) -> Hashable:
    """Every one stands alone."""
    return ask


def fault_statement(store: Store, asks: Sequence[MeasureAsk]) -> str:
    """SELECT bucket, rows at fault."""
    ask = asks[0]
    measure = fault_of(ask)
    if measure.fault == "late":
        return _late(store, ask)
    scope = scope_of(store, measure.rows)
    told = [
        _qualified(scope, column)
        for column in store.columns(scope.source).values()
        if not _is_own(column)
    ]
    inner = _grouped(scope, ask, [f"{', '.join(told)}, COUNT(*) AS n"])
    places = ", ".join(str(place + 2) for place in range(len(told)))
    return f"SELECT bucket, SUM(n) - COUNT(*) FROM (\n{inner}, {places}\n) AS r\nGROUP BY 1"


def _late(store: Store, ask: MeasureAsk) -> str:
    rows = fault_of(ask).rows
    scope = scope_of(store, rows)
    names = [name for name in ARRIVED if store.has_column(scope.source, name)]
    try:
        arrived = store.axis(scope.source, names[0]).epoch_milliseconds if names else None
    except MetricTuiError:
        # a column of that name which holds no times says nothing
        arrived = None
    if arrived is None:
        return "SELECT 0, 0 WHERE 1 = 0"
    happened = store.axis(scope.source, rows.time_column).epoch_milliseconds
    is_late = f"{arrived} - {happened} >= {DAY_MILLISECONDS}"
    return _grouped(scope, ask, [f"SUM(CASE WHEN {is_late} THEN 1 ELSE 0 END)"])


def _grouped(scope: Scope, ask: MeasureAsk, columns: Sequence[str]) -> str:
    rows, disjoint = fault_of(ask).rows, buckets_of(ask.spans).disjoint
    condition = row_condition(scope, rows)
    return grouped(scope, rows, ask.slice, disjoint, columns, condition)


def _qualified(scope: Scope, column: ColumnInfo) -> str:
    quote = scope.store.engine.dialect.quote
    return f"{quote(scope.source.name)}.{quote(column.name)}"


def _is_own(column: ColumnInfo) -> bool:
    """Whether a column differs between two writings of one event."""
    name = column.name.lower()
    return name in ARRIVED or (name in NUMBERED and "INT" in column.type)


def fault_outcomes(asks: Sequence[MeasureAsk], fetched: Fetched) -> list[Outcome]:
    """Each ask's table."""
    (ask,) = asks
    spans = {places[0]: i for i, places in enumerate(buckets_of(ask.spans).cover) if places}
    cells = ((spans[int(row[0])], (), number(row[1])) for row in fetched.rows if row[0] in spans)
    return [table_of(cells, len(ask.spans))]
