"""The rows behind a metric's value."""

from collections.abc import Iterable
from dataclasses import replace

from metric_tui.base.errors import QuestionError
from metric_tui.base.periods import Span
from metric_tui.base.series import Cell
from metric_tui.definitions.asks import (
    ConversionMeasure,
    FaultMeasure,
    FunnelMeasure,
    LifecycleMeasure,
    Measure,
    MeasureAsk,
    RetentionMeasure,
    Rows,
    SessionsMeasure,
    SimpleMeasure,
    Slice,
    VolumeMeasure,
)
from metric_tui.definitions.fragments import Column, Fragment
from metric_tui.definitions.sources import Source
from metric_tui.engines.common import Fetched
from metric_tui.engines.sql.scan import read_rows
from metric_tui.engines.sql.scope import Scope
from metric_tui.engines.sql.simple import row_condition, scope_of
from metric_tui.engines.sql.spans import within_sql
from metric_tui.engines.store import AGE_END, Store

OverRows = SimpleMeasure | LifecycleMeasure | SessionsMeasure | VolumeMeasure | FaultMeasure


def rows_read(asks: Iterable[MeasureAsk]) -> tuple[tuple[Rows, MeasureAsk], ...]:
    """The rows that measures read, in order; a SELECT of one's own has none that are known."""
    return tuple((rows, ask) for ask in asks for rows in rows_of_measure(ask.measure))


def rows_of_measure(measure: Measure) -> tuple[Rows, ...]:
    """What a measure reads: of a conversion or retention both sides, of a funnel every step."""
    if isinstance(measure, ConversionMeasure):
        return (measure.base.rows, measure.conversion.rows)
    if isinstance(measure, FunnelMeasure):
        return measure.steps
    if isinstance(measure, RetentionMeasure):
        return (*measure.starts, *measure.returns)
    if isinstance(measure, OverRows):
        return (measure.rows,)
    return ()


def entities_of_measure(measure: Measure) -> tuple[tuple[Rows, Fragment], ...]:
    """The rows of which a measure follows an entity, each with that entity."""
    if isinstance(measure, (LifecycleMeasure, SessionsMeasure)):
        return ((measure.rows, measure.entity),)
    if isinstance(measure, ConversionMeasure):
        return (
            (measure.base.rows, measure.base_entity),
            (measure.conversion.rows, measure.conversion_entity),
        )
    if isinstance(measure, FunnelMeasure):
        return tuple(zip(measure.steps, measure.entities, strict=True))
    if isinstance(measure, RetentionMeasure):
        return (
            *zip(measure.starts, measure.start_entities, strict=True),
            *zip(measure.returns, measure.return_entities, strict=True),
        )
    return ()


def rows_without_entity(
    store: Store, rows: Rows, entity: Fragment, sliced: Slice, span: Span
) -> tuple[int, int]:
    """Rows of a span that have no entity, and all rows of it.

    Raises:
        MetricTuiError: the store cannot be read, or a fragment does not fit the source.
    """
    scope = scope_of(store, rows)
    axis = store.axis(scope.source, rows.time_column)
    who = scope.render(entity.node)
    columns = ["COUNT(*)", f"COUNT({who})"]
    where = [within_sql(axis, [span])]
    plain = replace(sliced, by=())
    fetched = store.engine.fetch(read_rows(scope, rows, columns, where=where, sliced=plain))
    every, known = fetched.rows[0]
    return int(every) - int(known), int(every)


def events_statement(
    store: Store, asks: Iterable[MeasureAsk], span: Span, *, entity: Cell, limit: int
) -> str:
    """SELECT the whole rows behind some measures of one source, latest first.

    Args:
        store: where they are.
        asks: the measures; those of other sources than the first one's are left out.
        span: when; ignored for one entity's timeline.
        entity: give this entity's rows of any kind instead, None for the rows behind the value.
        limit: the most rows.

    Raises:
        QuestionError: the measures read no rows of their own.
    """
    pairs = rows_read(asks)
    if not pairs:
        raise QuestionError("this metric has no rows of its own to show")
    scope = scope_of(store, pairs[0][0])
    rows = pairs[0][0]
    axis = store.axis(scope.source, rows.time_column)
    alias = store.engine.dialect.quote(scope.source.name)
    if entity is not None:
        where = [_is_entity(scope, entity)]
    else:
        where = [within_sql(axis, [span])]
        where += scope.where(pairs[0][1].slice.where)
        own = [
            row_condition(scope, r, ask.slice.filters)
            for r, ask in pairs
            if r.source == rows.source
        ]
        if all(own):
            where.append("(" + " OR ".join(f"({text})" for text in dict.fromkeys(own)) + ")")
    where += [text for text in (scope.condition(scope.source.filter),) if text]
    return (
        f"SELECT {alias}.*\n{scope.from_clause()}\nWHERE "
        + "\n  AND ".join(where)
        + f"\nORDER BY {axis.compared} DESC\nLIMIT {limit}"
    )


def _is_entity(scope: Scope, entity: Cell) -> str:
    if not scope.source.entities:
        raise QuestionError(f"source `{scope.source.name}` has no entity")
    key = scope.render(next(iter(scope.source.entities.values())).node)
    dialect = scope.store.engine.dialect
    return f"{dialect.cast(key, 'TEXT')} = {dialect.literal(str(entity))}"


def entity_column(store: Store, source_name: str, columns: tuple[str, ...]) -> int | None:
    """Where the source's first entity stands among fetched columns; None when it is no column."""
    source = store.tree.sources[source_name]
    for fragment in source.entities.values():
        if isinstance(fragment.node, Column) and fragment.node.name in columns:
            return columns.index(fragment.node.name)
    return None


def event_names(store: Store, source: Source) -> tuple[str, ...] | None:
    """Every event name of a source, sorted; None where it has no event column.

    Raises:
        StoreError: the store cannot be read.
    """
    name = store.event_column(source)
    if name is None or not store.has_column(source, name):
        return None
    column, table = store.engine.dialect.quote(name), store.table_sql(source)
    statement = f"SELECT DISTINCT {column} FROM {table} AS t WHERE {column} IS NOT NULL"
    return tuple(sorted(str(row[0]) for row in store.engine.fetch(statement).rows))


def plain_rows(fetched: Fetched) -> tuple[tuple[Cell, ...], ...]:
    """Rows as plain cells: times and dates of the engine's own types become ISO text."""
    return tuple(tuple(_cell(value) for value in row) for row in fetched.rows)


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    return str(value)


def rows_without_time(store: Store, source: Source) -> tuple[int, int, int]:
    """Rows whose time is null, is in no form that can be read, or lies after 2100.

    Raises:
        StoreError: the store cannot be read.
    """
    axis = store.axis(source, source.agg_time_dimension)
    alias = store.engine.dialect.quote(source.name)
    statement = (
        f"SELECT COUNT(*) - COUNT({axis.column}),"
        f" COUNT({axis.column}) - COUNT({axis.epoch_milliseconds}),"
        f" SUM(CASE WHEN {axis.compared} >= {axis.bound(AGE_END)} THEN 1 ELSE 0 END)"
        f" FROM {store.table_sql(source)} AS {alias}"
    )
    missing, unreadable, far = store.engine.fetch(statement).rows[0]
    return int(missing), int(unreadable), int(far or 0)
