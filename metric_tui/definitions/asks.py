"""What is asked of a metric and of a store: frozen, hashable values a plan is made of.

A `MetricAsk` is answered by combining the answers to what the metric `needs`; at the bottom stand
`MeasureAsk`s, which an engine answers from the store. Both are answered by a `Table`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from metric_tui.base.periods import Calendar, Duration, Grain, Span
from metric_tui.base.series import Cell
from metric_tui.definitions.extents import Extent
from metric_tui.definitions.fragments import Fragment
from metric_tui.definitions.rows import NonAdditive as NonAdditive
from metric_tui.definitions.rows import Rows as Rows

if TYPE_CHECKING:
    from metric_tui.definitions.tree import MetricTree


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Condition:
    """A filter of the whole tree on a declared dimension: `platform=ios`, `country!=FR`, `country=`.

    `choices` holds the values joined by OR for `=`, by AND for `!=`; None stands for null. 1 and
    1.0 are different choices: text is compared with them in different ways.
    """

    dimension: str
    operator: Literal["=", "!="]
    choices: tuple[Cell, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Condition) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[object, ...]:
        return (self.dimension, self.operator, self.choices, tuple(map(type, self.choices)))

    def __str__(self) -> str:
        values = ",".join("" if choice is None else str(choice) for choice in self.choices)
        return f"{self.dimension}{self.operator}{values}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """How rows are chosen and grouped beside time; shared by everything one question asks."""

    by: tuple[str, ...] = ()
    """Names of the dimensions of the breakdown."""

    where: tuple[Condition, ...] = ()
    filters: tuple[Fragment, ...] = ()
    """Filters of the metrics above, which reach every input."""

    def narrowed(self, *filters: Fragment) -> "Slice":
        """The same slice with more filters joined by AND."""
        return replace(self, filters=self.filters + filters) if filters else self


@dataclass(frozen=True, slots=True, kw_only=True)
class SimpleMeasure:
    """An aggregate over rows; the engine returns two tables' worth: values, and null for no rows."""

    rows: Rows
    aggregation: str
    value: Fragment | None = None
    percentile: float | None = None
    discrete: bool = False
    non_additive: NonAdditive | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstEvent:
    """Each group's first event ever, as UTC epoch seconds; one value per group, spans ignored."""

    rows: Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeMeasure:
    """All rows of some events, which tell whether the log is whole; null where there are none.

    The rows have no filters: what a filter keeps may be rare by itself.
    """

    rows: Rows

    @property
    def count(self) -> SimpleMeasure:
        """The same as an aggregate."""
        return SimpleMeasure(rows=self.rows, aggregation="count")


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultMeasure:
    """Rows that a pipeline wrote amiss; null where nothing tells.

    `repeated` rows equal another row of the span in all but their own number and when they came
    in; `late` ones came in a day or more after what they report, where a column says when.
    """

    rows: Rows
    fault: Literal["repeated", "late"]


LifecycleState = Literal["new", "retained", "resurrected", "churned", "dormant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LifecycleMeasure:
    """Distinct entities by state against the spans before, which `before` names one to one.

    0 where there are none; each group of a breakdown is a universe of its own.
    """

    rows: Rows
    entity: Fragment
    state: LifecycleState
    before: tuple[Span, ...]

    def __hash__(self) -> int:
        return hash((self.rows, self.entity, self.state, _ends(self.before)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionMeasure:
    """Conversions attributed to base rows by dbt's rule: last touch, whole local days.

    The slice is that of the base rows; spans name when the base rows are.
    """

    base: SimpleMeasure
    conversion: SimpleMeasure
    base_entity: Fragment
    conversion_entity: Fragment
    window: Duration | None
    """Whole local days, the base day included; None for no end."""

    cutoff: datetime
    """Nothing at or after it is looked at."""

    constant_properties: tuple[tuple[Fragment, Fragment], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelMeasure:
    """Entities that reached step `step` (from 1): first touch in each span, ordered steps.

    The slice is that of the first step's rows; 0 where there are none. A row passes one step at
    most: the next step is the earliest other row at or after the one before.
    """

    steps: tuple[Rows, ...]
    entities: tuple[Fragment, ...]
    """The entity in each step's source."""

    window: Duration
    step: int
    cutoff: datetime

    def shared(self, step: int) -> tuple[int, ...]:
        """The steps before a step, from 1, whose rows may be that step's rows too."""
        rows = self.steps[step - 1]
        earlier = enumerate(self.steps[: step - 1], start=1)
        return tuple(number for number, other in earlier if rows.may_share(other))

    @property
    def has_shared_rows(self) -> bool:
        """Whether any row may be of two steps."""
        return any(self.shared(step) for step in range(2, len(self.steps) + 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Returning:
    """Which units after the start a member must be seen in."""

    brackets: tuple[tuple[int, int], ...]
    """First and last unit, both included; any bracket will do."""

    or_after: bool = False
    """Whether any later unit will do too."""

    @property
    def first(self) -> int:
        """The earliest unit that counts."""
        return min(first for first, _ in self.brackets)

    @property
    def last(self) -> int:
        """The unit after which a member's outcome is settled."""
        return self.first if self.or_after else max(last for _, last in self.brackets)

    @property
    def offsets(self) -> tuple[int, ...]:
        """Every unit of the brackets, ascending."""
        return tuple(sorted({n for low, high in self.brackets for n in range(low, high + 1)}))


RetentionUnit = Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionMeasure:
    """Members of the cohort of each span, or those of them who came back; 0 where there are none.

    The slice is that of the start rows.
    """

    starts: tuple[Rows, ...]
    start_entities: tuple[Fragment, ...]
    """The entity in the source of each of `starts`."""

    returns: tuple[Rows, ...]
    return_entities: tuple[Fragment, ...]
    unit: RetentionUnit
    returning: Returning
    counted: Literal["members", "returned"]
    settled: bool
    """Whether only members count whose last unit to return in is over at the cutoff."""

    recurring: bool
    cutoff: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsMeasure:
    """Sessions cut by inactivity on the whole log, dated by their first event.

    `duration` is the sum of their lengths in seconds, `bounces` those of one event, `entities`
    the distinct entities with a session; 0 where there are none.
    """

    rows: Rows
    entity: Fragment
    gap: Duration
    calculation: Literal["count", "duration", "bounces", "entities"]
    cutoff: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlMeasure:
    """Daily values of a user's own SELECT, joined over each span; null where it gives no day."""

    metric: str
    statement: str
    period_agg: Literal["sum", "last", "average"]
    filters: tuple[Fragment, ...] = ()


Measure = (
    SimpleMeasure
    | FirstEvent
    | VolumeMeasure
    | FaultMeasure
    | LifecycleMeasure
    | ConversionMeasure
    | FunnelMeasure
    | RetentionMeasure
    | SessionsMeasure
    | SqlMeasure
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureAsk:
    """A measure over spans and a slice: what an engine answers with one table."""

    measure: Measure
    spans: tuple[Span, ...]
    slice: Slice

    def __hash__(self) -> int:
        return hash((self.measure, _ends(self.spans), self.slice))


def _ends(spans: tuple[Span, ...]) -> tuple[object, ...]:
    """What tells most tuples of spans apart; asks are hashed far too often to hash every span."""
    return (len(spans), spans[0], spans[-1]) if spans else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricAsk:
    """A metric over spans and a slice."""

    metric: str
    spans: tuple[Span, ...]
    slice: Slice

    def __hash__(self) -> int:
        return hash((self.metric, _ends(self.spans), self.slice))


Need = MetricAsk | MeasureAsk


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What every metric of one question shares."""

    tree: "MetricTree"
    calendar: Calendar
    grain: Grain
    cutoff: datetime
    """Events at or after this instant are not looked at; the watermark, exclusive."""

    extents: Mapping[tuple[str, str], Extent]
    """By source and time column."""

    is_trusted: bool = False
    """Whether file or question say until when data is trusted: a source that ended earlier has
    zeros up to there, and is not stale."""

    volume_days: tuple[Span, ...] = ()
    """Consecutive whole local days whose events are counted to find gaps in the log."""

    def clip(self, span: Span) -> Span:
        """The span without what lies at or after the cutoff."""
        if span.start <= span.end <= self.cutoff:
            return span
        return Span(span.start, max(span.start, min(span.end, self.cutoff)))

    def extent_of(self, rows: Rows) -> Extent:
        """When the rows' source begins and ends."""
        return self.extents.get((rows.source, rows.time_column), Extent(first=None, last=None))

    def is_running(self, span: Span) -> bool:
        """Whether the span is not over at the cutoff."""
        return span.end > self.cutoff

    def last_instant(self, span: Span) -> datetime:
        """The last instant of the span that is looked at, to the second."""
        return self.clip(span).end
