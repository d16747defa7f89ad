"""What is kept of a measure per day and cell: the columns its partials are made of.

A track is told from another by the SQL it is computed by, so that metrics which differ only in
name share one, and an edited metric gets a new one while all others stay.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from metric_tui.base.errors import MetricTuiError
from metric_tui.definitions.aggregations import AGGREGATIONS
from metric_tui.definitions.asks import (
    LifecycleMeasure,
    MeasureAsk,
    RetentionMeasure,
    Rows,
    SimpleMeasure,
    Slice,
    VolumeMeasure,
)
from metric_tui.definitions.fragments import Column as NamedColumn
from metric_tui.definitions.fragments import Fragment
from metric_tui.engines.sql.simple import row_condition, scope_of, value_sql
from metric_tui.engines.store import Store

Merge = Literal["add", "min", "max", "collect"]
"""How two partials of a column are joined; `collect` gathers the values themselves."""

Shape = Literal["sum", "min", "max", "set", "first"]

ALL_ROWS = "COUNT(*)"


@dataclass(frozen=True, slots=True)
class Column:
    """One aggregate of the scan's statement."""

    sql: str
    merge: Merge


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One partial: which rows it reads and what is kept of them.

    `columns` holds, by shape: `sum` the weight (rows or values behind it) and the total, `min` and
    `max` the number of values and the extreme, `set` the rows and the entities. Where values must
    be numbers, a last column holds the largest of them: text sorts above all numbers. `first` holds
    the smallest time, of which one is kept for each group and none by day.
    """

    rows: Rows
    shape: Shape
    events: tuple[str, ...]
    """Sorted; empty for all rows."""

    columns: tuple[Column, ...]
    guarded: bool = False
    is_whole: bool = True
    """Whether a set's values are whole numbers for sure: a column declared so holds no digits as
    text, which a list of values could not tell from the number."""

    @property
    def kept(self) -> int:
        """How many of its columns are kept as numbers."""
        if self.shape in ("set", "first"):
            return int(self.shape == "set")
        return len(self.columns) - self.guarded

    def key(self, space: str) -> str:
        """Its identity within a space."""
        parts = [space, self.shape, list(self.events), [column.sql for column in self.columns]]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]

    def reads(self, event: str | None) -> bool:
        """Whether it reads rows of an event; None stands for events nobody names."""
        return not self.events or event in self.events


def track_of(store: Store, ask: MeasureAsk) -> Track | None:
    """The track that an ask is answered from; None where plain SQL must answer it."""
    measure = ask.measure
    try:
        if isinstance(measure, LifecycleMeasure):
            return entity_track(store, measure.rows, measure.entity, ask.slice.filters)
        if isinstance(measure, VolumeMeasure):
            measure = measure.count
        if isinstance(measure, SimpleMeasure):
            return _simple_track(store, measure, ask.slice.filters)
    except MetricTuiError:
        # plain SQL says what is wrong with it
        return None
    return None


def tracks_of(store: Store, ask: MeasureAsk) -> tuple[Track, ...]:
    """Every track an ask is answered from; none where plain SQL must answer it."""
    if isinstance(ask.measure, RetentionMeasure):
        parts = SetAsks.of(ask.measure, ask.slice)
        return distinct_tracks(track_of(store, part) for part in (*parts.starts, *parts.returns))
    return distinct_tracks([track_of(store, ask)])


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAsks:
    """The sets of entities that a retention is computed from; it is sliced by its starts."""

    starts: tuple[MeasureAsk, ...]
    by_group: tuple[MeasureAsk, ...]
    returns: tuple[MeasureAsk, ...]

    @classmethod
    def of(cls, measure: RetentionMeasure, sliced: Slice) -> "SetAsks":
        """Those of a retention under a slice."""
        starts = tuple(zip(measure.starts, measure.start_entities, strict=True))
        returns = zip(measure.returns, measure.return_entities, strict=True)
        whole = replace(sliced, by=())
        return cls(
            starts=tuple(_set_ask(rows, entity, whole) for rows, entity in starts),
            by_group=tuple(_set_ask(rows, entity, sliced) for rows, entity in starts),
            returns=tuple(_set_ask(rows, entity, Slice()) for rows, entity in returns),
        )


def _set_ask(rows: Rows, entity: Fragment, sliced: Slice) -> MeasureAsk:
    measure = SimpleMeasure(rows=rows, aggregation="count_distinct", value=entity)
    return MeasureAsk(measure=measure, spans=(), slice=sliced)


def first_track(rows: Rows, time_sql: str) -> Track:
    """When each group of all rows begins."""
    return Track(rows=rows, shape="first", events=(), columns=(Column(f"MIN({time_sql})", "min"),))


def entity_track(
    store: Store, rows: Rows, entity: Fragment, filters: tuple[Fragment, ...]
) -> Track | None:
    """The distinct entities of some rows."""
    measure = SimpleMeasure(rows=rows, aggregation="count_distinct", value=entity)
    return _simple_track(store, measure, filters)


def _simple_track(
    store: Store, measure: SimpleMeasure, filters: tuple[Fragment, ...]
) -> Track | None:
    entry = AGGREGATIONS[measure.aggregation]
    if entry.sql is None or measure.non_additive is not None:
        return None
    rows = measure.rows
    scope = scope_of(store, rows)
    if rows.events and scope.source.event_column is None:
        return None
    everything = Rows(source=rows.source, time_column=rows.time_column, filters=rows.filters)
    condition = row_condition(scope, everything, filters)
    value = value_sql(scope, measure)
    if scope.joined:
        # another table may change without this one's rows telling
        return None
    shape, columns = _columns(measure, condition, value)
    return Track(
        rows=Rows(source=rows.source, time_column=rows.time_column),
        shape=shape,
        events=tuple(sorted(set(rows.events))),
        columns=columns,
        guarded=not entry.counts,
        is_whole=shape != "set" or _is_whole(store, measure),
    )


def _is_whole(store: Store, measure: SimpleMeasure) -> bool:
    node = measure.value.node if measure.value else None
    if not isinstance(node, NamedColumn):
        return False
    column = store.columns(store.tree.source_named(measure.rows.source)).get(node.name.lower())
    return column is not None and "INT" in column.type


def _columns(
    measure: SimpleMeasure, condition: str | None, value: str
) -> tuple[Shape, tuple[Column, ...]]:
    taken = value if condition is None else f"CASE WHEN {condition} THEN {value} END"
    rows = Column(
        ALL_ROWS if condition is None else f"COUNT(CASE WHEN {condition} THEN 1 END)", "add"
    )
    values = rows if value == "1" else Column(f"COUNT({taken})", "add")
    total = Column(f"SUM({taken})", "add")
    largest = Column(f"MAX({taken})", "max")
    if measure.aggregation == "count":
        return "sum", (rows, values)
    if measure.aggregation == "sum_boolean":
        return "sum", (rows, total)
    if measure.aggregation == "count_distinct":
        return "set", (rows, Column(taken, "collect"))
    if measure.aggregation == "min":
        return "min", (values, Column(f"MIN({taken})", "min"), largest)
    if measure.aggregation == "max":
        return "max", (values, largest, largest)
    return "sum", (values, total, largest)


def distinct_tracks(tracks: Iterable[Track | None]) -> tuple[Track, ...]:
    """Each track once, in order."""
    return tuple(dict.fromkeys(track for track in tracks if track is not None))
