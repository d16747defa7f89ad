"""Aggregates over rows: many measures of one source in one pass.

Every measure is a conditional aggregate, so that metrics which read the same rows over the same
periods share one scan. Beside each value stands the number of rows behind it: a count over no
rows is null, which `COUNT` alone cannot say.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from metric_tui.base.errors import MetricTuiError, QuestionError
from metric_tui.base.periods import Span
from metric_tui.base.series import Cell, Group, Table, Value, shown_group
from metric_tui.definitions.aggregations import AGGREGATIONS
from metric_tui.definitions.asks import MeasureAsk, Rows, SimpleMeasure, Slice
from metric_tui.definitions.fragments import Fragment
from metric_tui.engines.common import Fetched
from metric_tui.engines.sql.scope import Scope
from metric_tui.engines.sql.spans import Buckets, bucket_sql, buckets_of, within_sql
from metric_tui.engines.store import Store

Outcome = Table | MetricTuiError
"""What an ask ends in: its table, or why there is none."""


@dataclass(frozen=True, slots=True)
class Part:
    """The columns of one measure in the statement."""

    rows: str
    """Counts the rows that meet its condition."""

    value: str
    weight: str | None
    """For an average the number of values; `value` is then their sum."""

    stray: str | None
    """Counts texts where numbers are expected; None where types forbid them."""

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(text for text in (self.rows, self.value, self.weight, self.stray) if text)


def is_mergeable(measure: SimpleMeasure) -> bool:
    """Whether its values over disjoint spans can be joined into one over all of them."""
    entry = AGGREGATIONS[measure.aggregation]
    mergeable = entry.merge is not None or measure.aggregation == "average"
    return mergeable and measure.non_additive is None


def is_scannable(measure: SimpleMeasure, buckets: Buckets) -> bool:
    """Whether one grouped pass answers it; the others need their rows ranked or counted twice."""
    if measure.non_additive is not None or AGGREGATIONS[measure.aggregation].sql is None:
        return False
    return is_mergeable(measure) or not buckets.overlap


def scan_key(ask: MeasureAsk) -> tuple[object, ...]:
    """Asks with the same key are answered by one statement."""
    assert isinstance(ask.measure, SimpleMeasure)
    rows = ask.measure.rows
    return (rows.source, rows.time_column, ask.slice.by, ask.slice.where, ask.spans)


@dataclass(slots=True)
class AggregateScan:
    """One statement over one source for the measures of several asks with the same scan key."""

    store: Store
    asks: tuple[MeasureAsk, ...]
    buckets: Buckets
    _parts: list[Part] = field(default_factory=list)

    @classmethod
    def of(cls, store: Store, asks: Sequence[MeasureAsk]) -> "AggregateScan":
        return cls(store, tuple(asks), buckets_of(asks[0].spans))

    def statement(self) -> str:
        """The SQL: bucket, dimensions, then each measure's columns.

        Raises:
            MetricTuiError: a fragment or dimension does not fit the source.
        """
        first = self.asks[0]
        scope = scope_of(self.store, rows_of(first))
        conditions = [row_condition(scope, rows_of(ask), ask.slice.filters) for ask in self.asks]
        # a condition that all measures share is told once, where an index can use it
        shared = conditions[0] if len(set(conditions)) == 1 else None
        self._parts = [
            self._part(scope, ask, None if condition == shared else condition)
            for ask, condition in zip(self.asks, conditions, strict=True)
        ]
        columns = [text for part in self._parts for text in part.columns]
        where = shared or self._any_event(scope)
        return grouped(scope, rows_of(first), first.slice, self.buckets.disjoint, columns, where)

    def _any_event(self, scope: Scope) -> str | None:
        """A condition on the events that any measure reads, None when one reads all."""
        named = [rows_of(ask).events for ask in self.asks]
        if not all(named):
            return None
        return event_condition(scope, tuple(dict.fromkeys(e for names in named for e in names)))

    def _part(self, scope: Scope, ask: MeasureAsk, condition: str | None) -> Part:
        measure = simple_of(ask)
        value = value_sql(scope, measure)
        entry = AGGREGATIONS[measure.aggregation]
        taken = value if condition is None else f"CASE WHEN {condition} THEN {value} END"
        dialect = self.store.engine.dialect
        is_average = measure.aggregation == "average"
        template = "SUM({x})" if is_average else entry.sql or ""
        stray = None if entry.counts else dialect.is_text(taken)
        return Part(
            rows=f"COUNT(CASE WHEN {condition} THEN 1 END)" if condition else "COUNT(*)",
            value=template.format(x=taken),
            weight=f"COUNT({taken})" if is_average else None,
            stray=stray and f"SUM({dialect.truth(stray)})",
        )

    def outcomes(self, fetched: Fetched) -> list[Outcome]:
        """Each ask's table, in the order of `asks`."""
        width = len(self.asks[0].slice.by)
        found: list[Outcome] = []
        start = 1 + width
        for ask, part in zip(self.asks, self._parts, strict=True):
            end = start + len(part.columns)
            cells = (
                (row[0], shown_group(row[1 : 1 + width]), row[start:end]) for row in fetched.rows
            )
            found.append(self._outcome(ask, part, cells))
            start = end
        return found

    def _outcome(
        self, ask: MeasureAsk, part: Part, cells: Iterable[tuple[Cell, Group, tuple[Cell, ...]]]
    ) -> Outcome:
        groups: dict[Group, dict[int, tuple[float, float]]] = {}
        for bucket, group, columns in cells:
            rows, value, *rest = columns
            if part.stray and rest[-1]:
                return stray_text(simple_of(ask))
            if bucket is not None and rows and value is not None:
                weight = number(rest[0]) if part.weight else 1.0
                place = groups.setdefault(group, {})
                place[int(number(bucket) or 0)] = (number(value) or 0.0, weight or 0.0)
        values = {
            group: tuple(self._joined(ask, place, cover) for cover in self.buckets.cover)
            for group, place in groups.items()
        }
        return Table(len(ask.spans), values)

    def _joined(
        self, ask: MeasureAsk, place: dict[int, tuple[float, float]], cover: tuple[int, ...]
    ) -> Value:
        measure = simple_of(ask)
        pieces = [place[index] for index in cover if index in place]
        if not pieces:
            return None
        if measure.aggregation == "average":
            weight = sum(piece[1] for piece in pieces)
            return sum(piece[0] for piece in pieces) / weight if weight else None
        total, *others = (piece[0] for piece in pieces)
        merge = AGGREGATIONS[measure.aggregation].merge
        for other in others:
            assert merge is not None
            total = merge(total, other)
        return total


def simple_of(ask: MeasureAsk) -> SimpleMeasure:
    """The ask's measure, known to be simple."""
    assert isinstance(ask.measure, SimpleMeasure)
    return ask.measure


def rows_of(ask: MeasureAsk) -> Rows:
    """The rows a simple ask reads."""
    return simple_of(ask).rows


def scope_of(store: Store, rows: Rows) -> Scope:
    """A fresh scope over the source of some rows."""
    return Scope(store, store.tree.source_named(rows.source))


def row_condition(scope: Scope, rows: Rows, more: tuple[Fragment, ...] = ()) -> str | None:
    """Events and filters of a measure as one condition, None when every row counts."""
    parts = [event_condition(scope, rows.events)] if rows.events else []
    parts += [scope.render(fragment.node) for fragment in (*rows.filters, *more)]
    return " AND ".join(parts) if parts else None


def event_condition(scope: Scope, events: tuple[str, ...]) -> str:
    """A condition on the event's name.

    Raises:
        QuestionError: the source has no event column.
    """
    source, dialect = scope.source, scope.store.engine.dialect
    name = scope.store.event_column(source)
    if name is None:
        raise QuestionError(
            f"source `{source.name}` has no `event_column`, so `event` cannot be used",
            hint="name the column with the event's name in the source: `event_column: ...`",
        )
    column = f"{dialect.quote(source.name)}.{dialect.quote(name)}"
    if not scope.store.has_column(source, name):
        raise QuestionError(f"source `{source.name}` has no column `{name}`")
    names = ", ".join(dialect.literal(event) for event in events)
    return f"{column} = {names}" if len(events) == 1 else f"{column} IN ({names})"


def value_sql(scope: Scope, measure: SimpleMeasure) -> str:
    """What is aggregated, as SQL: 1 for a count of rows, 1 or 0 for a truth, else the value."""
    if measure.value is None:
        return "1"
    text = scope.render(measure.value.node)
    dialect = scope.store.engine.dialect
    if measure.aggregation == "sum_boolean":
        return dialect.truth(text)
    if AGGREGATIONS[measure.aggregation].counts:
        return text
    return dialect.as_number(text)


def grouped(
    scope: Scope,
    rows: Rows,
    sliced: Slice,
    disjoint: Sequence[Span],
    columns: Sequence[str],
    condition: str | None,
) -> str:
    """SELECT bucket, dimensions, columns FROM ... WHERE ... GROUP BY bucket, dimensions."""
    head = select_rows(scope, rows, sliced, disjoint, columns, condition)
    places = ", ".join(str(index + 1) for index in range(1 + len(sliced.by)))
    return f"{head}\nGROUP BY {places}"


def select_rows(
    scope: Scope,
    rows: Rows,
    sliced: Slice,
    disjoint: Sequence[Span],
    columns: Sequence[str],
    condition: str | None,
) -> str:
    """SELECT bucket, dimensions, columns of the rows in the spans that pass the tree's filters."""
    axis = scope.store.axis(scope.source, rows.time_column)
    bucket = bucket_sql(axis, disjoint)
    dimensions = [f"{scope.group_key(name)} AS d{i}" for i, name in enumerate(sliced.by)]
    where = [within_sql(axis, disjoint)]
    where += [condition] if condition else []
    where += [text for text in (scope.condition(scope.source.filter),) if text]
    where += scope.where(sliced.where)
    picked = [f"{bucket} AS bucket", *dimensions, *columns]
    # the joins are known only after every fragment is rendered, so FROM comes last
    return "\n".join(
        [
            "SELECT " + ",\n  ".join(picked),
            scope.from_clause(),
            "WHERE " + "\n  AND ".join(where),
        ]
    )


def stray_text(measure: SimpleMeasure) -> QuestionError:
    """The error of text where a number is expected."""
    text = measure.value.text if measure.value else ""
    return QuestionError(
        f"`{text}` holds text in some rows, where `{measure.aggregation}` needs a number",
        hint=f"if the text holds numbers, write `CAST({text} AS REAL)`",
    )


def number(value: Cell) -> Value:
    """A fetched number as a float, null as None."""
    return None if value is None else float(value)
