"""The tables behind one metric's value: funnel steps, a retention triangle, a lifecycle stack.

They ask the store for the same measures as the metric's own value, so that they agree with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from metric_tui.analysis.answers import Measures, setting_of, slice_of
from metric_tui.base.errors import MetricTuiError, QuestionError
from metric_tui.base.periods import Period
from metric_tui.base.series import Note, Table, Value
from metric_tui.definitions.asks import (
    LifecycleState,
    MeasureAsk,
    MetricAsk,
    Need,
    RetentionMeasure,
    RetentionUnit,
    Returning,
    Setting,
)
from metric_tui.definitions.edges import MetricInput
from metric_tui.definitions.kinds.funnel import Funnel
from metric_tui.definitions.kinds.lifecycle import Lifecycle
from metric_tui.definitions.kinds.retention import Retention
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.metric import Metric
from metric_tui.engines.sql.days import unit_number
from metric_tui.engines.store import Store
from metric_tui.planning.frame import Frame
from metric_tui.planning.question import Question

SHOWN_UNITS = {"day": 15, "week": 13, "month": 13}
"""How many columns a triangle has, from unit 0, where the metric names no brackets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCount:
    """How many entities reached a step."""

    label: str
    count: Value
    rate_of_first: Value
    """Share of those at step 1, None where that is nobody."""

    rate_of_previous: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelShape:
    """A funnel's steps in one period."""

    period: Period
    steps: tuple[StepCount, ...]
    is_immature: bool
    """Whether an entity that entered in the period may still get further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """One row of a triangle; the tuples have one entry per column."""

    period: Period
    size: Value
    counts: tuple[Value, ...]
    """Members who came back so far; None where the unit has not begun."""

    rates: tuple[Value, ...]
    is_immature: tuple[bool, ...]
    """Whether some member's unit is not over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Triangle:
    """Cohorts by the units after their start."""

    unit: str
    columns: tuple[str, ...]
    """`0`, `1`, ... or brackets such as `7-13`; with a `+` where any later unit counts too."""

    cohorts: tuple[Cohort, ...]
    overall: tuple[Value, ...]
    """Returned over members, summed over the cohorts whose cell is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Growth accounting of every reported period; all tuples have one entry per period."""

    periods: tuple[Period, ...]
    states: Mapping[LifecycleState, tuple[Value, ...]]
    """`new`, `retained`, `resurrected` and `churned`; the first three add up to those active."""

    notes: tuple[frozenset[Note], ...]


Shape = FunnelShape | Triangle | Stack


def shape_of(store: Store, measures: Measures, metric: str, question: Question) -> Shape:
    """The table behind a metric's value.

    Raises:
        QuestionError: the metric is one line and nothing more, or cannot be asked this way.
        StoreError: the store cannot be read.
    """
    node = store.tree.metric(metric)
    if isinstance(node, Funnel):
        return funnel_steps(store, measures, metric, question)
    if isinstance(node, Retention):
        return retention_triangle(store, measures, metric, question)
    return lifecycle_stack(store, measures, metric, question)


def funnel_steps(
    store: Store, measures: Measures, metric: str, question: Question, *, period: int = -1
) -> FunnelShape:
    """How far entities got that entered in one of the question's periods, the last by default.

    Raises:
        QuestionError: the metric is no funnel, or cannot be asked this way.
        StoreError: the store cannot be read.
    """
    setting, frame = setting_of(store, question)
    node = setting.tree.metric(metric)
    if not isinstance(node, Funnel):
        raise QuestionError(f"`{metric}` is no funnel")
    shown = frame.periods[period]
    ask = MetricAsk(metric=metric, spans=(shown.span,), slice=slice_of(question))
    node.needs(ask, setting)
    asks = [node.step_ask(step, ask, setting) for step in range(1, len(node.steps) + 1)]
    tables = _tables(measures, asks)
    counts = [tables[one].of(())[0] or 0.0 for one in asks]
    return FunnelShape(
        period=shown,
        steps=tuple(
            StepCount(
                label=step.title,
                count=count,
                rate_of_first=_share(count, counts[0]),
                rate_of_previous=_share(count, counts[max(place - 1, 0)]),
            )
            for place, (step, count) in enumerate(zip(node.steps, counts, strict=True))
        ),
        is_immature=node.is_open(shown.span, setting),
    )


def retention_triangle(
    store: Store, measures: Measures, metric: str, question: Question
) -> Triangle:
    """The question's periods as cohorts, and who of them came back in which unit.

    Raises:
        QuestionError: the metric is no retention, or cannot be asked this way.
        StoreError: the store cannot be read.
    """
    setting, frame = setting_of(store, question)
    node = setting.tree.metric(metric)
    if not isinstance(node, Retention):
        raise QuestionError(f"`{metric}` is no retention")
    ask = MetricAsk(
        metric=metric,
        spans=tuple(period.span for period in frame.periods),
        slice=slice_of(question),
    )
    node.needs(ask, setting)
    columns = [_Column.of(cell, node, ask, setting) for cell in _cells(node)]
    tables = _tables(measures, [one for column in columns for one in column.asks])
    filled = [column.filled(tables, frame, setting) for column in columns]
    return Triangle(
        unit=node.offset_unit,
        columns=tuple(_column_name(column.returning) for column in columns),
        cohorts=tuple(
            _cohort(period, [cells[row] for cells in filled])
            for row, period in enumerate(frame.periods)
        ),
        overall=tuple(_overall(cells) for cells in filled),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cell:
    members: float
    returned: Value
    is_immature: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    returning: Returning
    members: MeasureAsk
    settled: MeasureAsk
    returned: MeasureAsk
    unit: RetentionUnit

    @classmethod
    def of(
        cls, returning: Returning, node: Retention, ask: MetricAsk, setting: Setting
    ) -> "_Column":
        every = node.cell_ask(returning, ask, setting)
        measure = every.measure
        assert isinstance(measure, RetentionMeasure)
        return cls(
            returning=returning,
            members=every,
            settled=replace(every, measure=replace(measure, settled=True)),
            returned=replace(every, measure=replace(measure, counted="returned")),
            unit=measure.unit,
        )

    @property
    def asks(self) -> tuple[MeasureAsk, ...]:
        return (self.members, self.settled, self.returned)

    def filled(
        self, tables: Mapping[MeasureAsk, Table], frame: Frame, setting: Setting
    ) -> tuple[_Cell, ...]:
        rows = zip(frame.periods, *(tables[one].of(()) for one in self.asks), strict=True)
        return tuple(
            _Cell(
                members=members or 0.0,
                returned=(returned or 0.0) if self._has_begun(period, setting) else None,
                is_immature=(members or 0.0) > (settled or 0.0),
            )
            for period, members, settled, returned in rows
        )

    def _has_begun(self, period: Period, setting: Setting) -> bool:
        calendar = setting.calendar
        now = calendar.day_of(setting.cutoff - timedelta(microseconds=1))
        first = calendar.day_of(period.span.start)
        start, last = (unit_number(day, self.unit, calendar.week_start) for day in (first, now))
        return start + self.returning.first <= last


def _cells(node: Retention) -> tuple[Returning, ...]:
    or_after = node.returning.or_after
    if node.brackets:
        return tuple(Returning(brackets=(one,), or_after=or_after) for one in node.brackets)
    count = max(SHOWN_UNITS[node.offset_unit], node.returning.last + 1)
    return tuple(Returning(brackets=((n, n),), or_after=or_after) for n in range(count))


def _column_name(returning: Returning) -> str:
    low, high = returning.brackets[0]
    if returning.or_after:
        return f"{low}+"
    return str(low) if low == high else f"{low}-{high}"


def _cohort(period: Period, cells: Sequence[_Cell]) -> Cohort:
    return Cohort(
        period=period,
        size=cells[0].members,
        counts=tuple(cell.returned for cell in cells),
        rates=tuple(_share(cell.returned, cell.members) for cell in cells),
        is_immature=tuple(cell.is_immature for cell in cells),
    )


def _overall(cells: Sequence[_Cell]) -> Value:
    over = [cell for cell in cells if not cell.is_immature]
    return _share(sum(cell.returned or 0.0 for cell in over), sum(cell.members for cell in over))


def lifecycle_stack(store: Store, measures: Measures, metric: str, question: Question) -> Stack:
    """Who is new, stayed, came back and left in the question's periods.

    Args:
        store: where the events are.
        measures: what answers measures from it.
        metric: a lifecycle of any state, or the distinct count of who is active.
        question: its periods and filter.

    Raises:
        QuestionError: the metric is neither, or cannot be asked this way.
        StoreError: the store cannot be read.
    """
    setting, frame = setting_of(store, question)
    node = _as_lifecycle(setting.tree.metric(metric))
    ask = MetricAsk(
        metric=metric,
        spans=tuple(period.span for period in frame.periods),
        slice=slice_of(question),
    )
    states: tuple[LifecycleState, ...] = ("new", "retained", "resurrected", "churned")
    nodes = {state: replace(node, state=state) for state in states}
    needs = {state: one.needs(ask, setting) for state, one in nodes.items()}
    found = _tables(measures, [_measure(n) for need in needs.values() for n in need.values()])
    tables = {
        state: one.combine(
            ask, setting, {slot: found[_measure(n)] for slot, n in needs[state].items()}
        )
        for state, one in nodes.items()
    }
    return Stack(
        periods=frame.periods,
        states={state: table.of(()) for state, table in tables.items()},
        notes=tables["new"].notes_of(()),
    )


def _as_lifecycle(node: Metric) -> Lifecycle:
    if isinstance(node, Lifecycle):
        return node
    if isinstance(node, Simple) and node.agg == "count_distinct":
        return Lifecycle(name=node.name, input_metric=MetricInput(metric=node.name), state="new")
    raise QuestionError(f"`{node.name}` is neither a lifecycle nor a distinct count")


def _measure(need: Need) -> MeasureAsk:
    assert isinstance(need, MeasureAsk)
    return need


def _tables(measures: Measures, asks: Sequence[MeasureAsk]) -> Mapping[MeasureAsk, Table]:
    """The tables of asks; the first one that failed is raised."""
    found: dict[MeasureAsk, Table] = {}
    for ask, outcome in measures.tables(asks).items():
        if isinstance(outcome, MetricTuiError):
            raise outcome
        found[ask] = outcome
    return found


def _share(part: Value, whole: Value) -> Value:
    return part / whole if part is not None and whole else None
