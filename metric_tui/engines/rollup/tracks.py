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
from metric_tui.base.periods import WeekStart
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
from metric_tui.definitions.fragments import Fragment
from metric_tui.engines.sql.simple import row_condition, scope_of, value_sql
from metric_tui.engines.store import Store

Fold = Literal[
    "rows", "count", "sum", "min", "max", "collect", "members", "moments", "ranks", "values"
]
"""What is made of a value's occurrences; `rows` counts the nulls too, `collect` keeps each.

The last four are columns of a log, which keeps them in the order of rows: entities, when they did
something, the rows' own numbers, and any numbers.
"""

Merge = Literal["add", "min", "max", "collect", "append"]
"""How two partials of a column are joined; `collect` gathers the values themselves."""

Shape = Literal[
    "sum",
    "min",
    "max",
    "set",
    "first",
    "log",
    "sessions",
    "depths",
    "conversions",
    "arrivals",
    "weeks from monday",
    "weeks from sunday",
]

FIRST_DAYS: dict[Shape, int] = {"weeks from monday": 1, "weeks from sunday": 0}
"""The day number on which the week of number 0 begins: 0001-01-01, day 1, was a Monday."""

_MERGES: dict[Fold, Merge] = {
    "rows": "add", "count": "add", "sum": "add", "min": "min", "max": "max", "collect": "collect",
    "members": "append", "moments": "append", "ranks": "append", "values": "append",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One number kept of a cell's rows, or their entities."""

    fold: Fold
    value: str = "*"
    """SQL of what is read of a row; `*` where a row is only counted."""

    apart: tuple[str, ...] = ()
    """The same as a value and a condition, 1 or null, where few rows share both; see `read`."""

    @property
    def read(self) -> tuple[str, ...]:
        """What has to be computed of a row where its number and time are known otherwise."""
        return () if self.fold in ("rows", "moments", "ranks") else self.apart or (self.value,)

    @property
    def merge(self) -> Merge:
        """How two partials of it are joined."""
        return _MERGES[self.fold]

    @property
    def sql(self) -> str:
        """The aggregate in SQL's words, which tells it from others."""
        name = "COUNT" if self.fold == "rows" else self.fold.upper()
        return self.value if self.fold == "collect" else f"{name}({self.value})"

    @property
    def is_listed(self) -> bool:
        """Whether it is one of a log's."""
        return self.merge == "append"


ALL_ROWS = Column("rows")


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One partial: which rows it reads and what is kept of them.

    `columns` holds, by shape: `sum` the weight (rows or values behind it) and the total, `min` and
    `max` the number of values and the extreme, `set` the rows and the entities. Where values must
    be numbers, a last column holds the largest of them: text sorts above all numbers. `first` holds
    the smallest time, of which one is kept for each group and none by day. `log` keeps the rows
    themselves by day (see `rollup.logs`). `arrivals` is made of the
    `set` with the same columns: on each day, the entities that the group has not had on any before.
    So are weeks: the entities of seven days. What `sessions`, `depths` and `conversions`
    keep of logs is told in `rollup.logs.condensing`.
    """

    rows: Rows
    shape: Shape
    events: tuple[str, ...]
    """Sorted; empty for all rows."""

    columns: tuple[Column, ...]
    guarded: bool = False
    made_of: tuple["Track", ...] = ()
    """The tracks it is made of; none where it is made of rows."""

    seconds: int = 0
    """How long a pause or a window is, where what it is made of is looked at so."""

    @property
    def kept(self) -> int:
        """How many of its columns are kept as numbers."""
        if self.shape in ("set", "first", "log"):
            return int(self.shape == "set")
        return len(self.columns) - self.guarded

    @property
    def is_derived(self) -> bool:
        """Whether it is made of other tracks instead of rows."""
        return bool(self.made_of)

    def key(self, space: str) -> str:
        """Its identity within a space."""
        parts: list[object] = [
            space, self.shape, list(self.events), [column.sql for column in self.columns],
        ]  # fmt: skip
        if self.made_of and self.made_of[0].shape == "log":
            parts += [self.seconds, [track.key(space) for track in self.made_of]]
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
    measure = ask.measure
    if isinstance(measure, RetentionMeasure):
        parts = SetAsks.of(measure, ask.slice)
        starts = [track_of(store, part) for part in parts.starts]
        tracks = [*starts, *(track_of(store, part) for part in parts.returns)]
        first = () if measure.recurring else starts
    else:
        tracks = [track_of(store, ask)]
        first = tracks if isinstance(measure, LifecycleMeasure) else ()
    week_start = store.tree.settings.week_start
    weeks = [weeks_of(track, week_start) for track in tracks if track and track.shape == "set"]
    return distinct_tracks([*tracks, *(arrivals_of(track) for track in first if track), *weeks])


def arrivals_of(track: Track) -> Track:
    """The track of arrivals that is made of a set."""
    return replace(track, shape="arrivals", made_of=(track,))


def weeks_of(track: Track, week_start: WeekStart) -> Track:
    """The track of weeks that is made of a set."""
    return replace(
        track,
        shape="weeks from monday" if week_start == "monday" else "weeks from sunday",
        made_of=(track,),
    )


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
    return Track(rows=rows, shape="first", events=(), columns=(Column("min", time_sql),))


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
    if rows.events and store.event_column(scope.source) is None:
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
    )


def _columns(
    measure: SimpleMeasure, condition: str | None, value: str
) -> tuple[Shape, tuple[Column, ...]]:
    taken = value if condition is None else f"CASE WHEN {condition} THEN {value} END"
    rows = ALL_ROWS if condition is None else Column("count", f"CASE WHEN {condition} THEN 1 END")
    values = rows if value == "1" else Column("count", taken)
    total, largest = Column("sum", taken), Column("max", taken)
    if measure.aggregation == "count":
        return "sum", (rows, values)
    if measure.aggregation == "sum_boolean":
        return "sum", (rows, total)
    if measure.aggregation == "count_distinct":
        return "set", (rows, Column("collect", taken))
    if measure.aggregation == "min":
        return "min", (values, Column("min", taken), largest)
    if measure.aggregation == "max":
        return "max", (values, largest, largest)
    return "sum", (values, total, largest)


def distinct_tracks(tracks: Iterable[Track | None]) -> tuple[Track, ...]:
    """Each track once, in order."""
    return tuple(dict.fromkeys(track for track in tracks if track is not None))
