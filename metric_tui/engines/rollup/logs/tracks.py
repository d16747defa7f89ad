"""Which logs an ask is answered from."""

from dataclasses import replace

from metric_tui.base.errors import MetricTuiError
from metric_tui.definitions.asks import (
    ConversionMeasure,
    FunnelMeasure,
    Measure,
    MeasureAsk,
    RetentionMeasure,
    Rows,
    SessionsMeasure,
    SimpleMeasure,
)
from metric_tui.definitions.fragments import Fragment
from metric_tui.engines.rollup.tracks import Column, Fold, Track
from metric_tui.engines.sql.simple import row_condition, scope_of, value_sql
from metric_tui.engines.store import Store


def may_have_logs(measure: Measure) -> bool:
    """Whether a measure may be answered from logs alone."""
    if isinstance(measure, SimpleMeasure):
        return measure.percentile is not None
    if isinstance(measure, FunnelMeasure):
        # a log has no numbers of rows, so it cannot tell one row from another of the same instant
        return not measure.has_shared_rows
    return isinstance(measure, (SessionsMeasure, ConversionMeasure))


def log_tracks(store: Store, ask: MeasureAsk) -> tuple[Track, ...]:
    """The logs an ask is answered from, in the order its measure names them; none where it is not.

    Sessions have one, a funnel one a step, a conversion that of its base rows and that of its
    conversions, a percentile one of values. A retention has that of its starts, which tells in
    which group of a breakdown somebody was first.
    """
    try:
        tracks = _tracks(store, ask)
    except MetricTuiError:
        # plain SQL says what is wrong with it
        return ()
    return () if None in tracks else tuple(track for track in tracks if track is not None)


def condensed_track(store: Store, ask: MeasureAsk) -> Track | None:
    """What is made of an ask's logs beforehand, so that few of their rows are gone over.

    None where nothing is, or the logs are not all of one source.
    """
    measure, logs = ask.measure, log_tracks(store, ask)
    if not logs or any(log.rows != logs[0].rows for log in logs):
        return None
    if isinstance(measure, SessionsMeasure):
        return replace(logs[0], shape="sessions", made_of=logs, seconds=measure.gap.seconds)
    if isinstance(measure, FunnelMeasure):
        return replace(logs[0], shape="depths", made_of=logs, seconds=measure.window.seconds)
    if isinstance(measure, ConversionMeasure):
        return replace(logs[0], shape="conversions", made_of=logs)
    return None


def _tracks(store: Store, ask: MeasureAsk) -> tuple[Track | None, ...]:
    measure, filters = ask.measure, ask.slice.filters
    if isinstance(measure, SessionsMeasure):
        return (_members(store, measure.rows, measure.entity, filters),)
    if isinstance(measure, FunnelMeasure):
        if measure.has_shared_rows:
            return (None,)
        steps = zip(measure.steps, measure.entities, strict=True)
        # what the metrics above filter are entries, not what follows
        return tuple(
            _members(store, rows, entity, filters if number == 0 else ())
            for number, (rows, entity) in enumerate(steps)
        )
    if isinstance(measure, ConversionMeasure):
        if measure.constant_properties or not _counts_rows_or_entities(store, measure):
            return (None,)
        return (
            _members(store, measure.base.rows, measure.base_entity, filters),
            _members(store, measure.conversion.rows, measure.conversion_entity, ()),
        )
    if isinstance(measure, RetentionMeasure) and len(measure.starts) == 1:
        return (_members(store, measure.starts[0], measure.start_entities[0], filters),)
    if isinstance(measure, SimpleMeasure) and measure.percentile is not None:
        return (_values(store, measure, filters),)
    return (None,)


def _counts_rows_or_entities(store: Store, measure: ConversionMeasure) -> bool:
    """Whether conversions are counted as they are, or the entities that converted."""
    conversion = measure.conversion
    scope = scope_of(store, conversion.rows)
    value = value_sql(scope, conversion)
    if conversion.aggregation == "count":
        return value == "1"
    entity = scope.render(measure.conversion_entity.node)
    return conversion.aggregation == "count_distinct" and value == entity


def _members(
    store: Store, rows: Rows, entity: Fragment, filters: tuple[Fragment, ...]
) -> Track | None:
    scope = scope_of(store, rows)
    condition = row_condition(scope, _of_all_events(rows), filters)
    who = scope.render(entity.node)
    rank = store.row_order(scope.source)
    if scope.joined or rank is None or (rows.events and store.event_column(scope.source) is None):
        return None
    return _log(store, rows, _first("members", condition, who), rank)


def _values(store: Store, measure: SimpleMeasure, filters: tuple[Fragment, ...]) -> Track | None:
    rows = measure.rows
    scope = scope_of(store, rows)
    if rows.events and store.event_column(scope.source) is None:
        return None
    if measure.non_additive is not None:
        return None
    condition = row_condition(scope, _of_all_events(rows), filters)
    value = value_sql(scope, measure)
    rank = store.row_order(scope.source)
    if scope.joined or rank is None:
        return None
    return _log(store, rows, _first("values", condition, value), rank)


def _first(fold: Fold, condition: str | None, value: str) -> Column:
    if condition is None:
        return Column(fold, value)
    return Column(fold, _where(condition, value), (value, _where(condition, "1")))


def _log(store: Store, rows: Rows, first: Column, rank: str) -> Track:
    axis = store.axis(store.tree.source_named(rows.source), rows.time_column)
    present = f"({first.value}) IS NOT NULL"
    columns = (
        first,
        Column("moments", _where(present, axis.epoch_milliseconds)),
        Column("ranks", _where(present, rank)),
    )
    return Track(
        rows=Rows(source=rows.source, time_column=rows.time_column),
        shape="log",
        events=tuple(sorted(set(rows.events))),
        columns=columns,
    )


def _of_all_events(rows: Rows) -> Rows:
    return Rows(source=rows.source, time_column=rows.time_column, filters=rows.filters)


def _where(condition: str | None, value: str) -> str:
    return value if condition is None else f"CASE WHEN {condition} THEN {value} END"
