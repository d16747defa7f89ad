"""What is asked of a metric and of a store: frozen, hashable values a plan is made of.

A `MetricAsk` is answered by combining the answers to what the metric `needs`; at the bottom stand
`MeasureAsk`s, which an engine answers from the store. Both are answered by a `Table`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from metric_tui.base.periods import EARLIEST, Calendar, Duration, Grain, Span
from metric_tui.base.series import Cell
from metric_tui.definitions.fragments import Fragment

if TYPE_CHECKING:
    from metric_tui.definitions.tree import MetricTree


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A filter of the whole tree on a declared dimension: `platform=ios`, `country!=FR`, `country=`.

    `choices` holds the values joined by OR for `=`, by AND for `!=`; None stands for null.
    """

    dimension: str
    operator: Literal["=", "!="]
    choices: tuple[Cell, ...]

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
class Rows:
    """Rows of one source: what a measure reads."""

    source: str
    time_column: str
    events: tuple[str, ...] = ()
    """Names of events, any of them; empty for all rows."""

    filters: tuple[Fragment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NonAdditive:
    """Keep only the rows at the first or last value of a column within a period (and group)."""

    column: Fragment
    window_agg: Literal["min", "max"]
    group_by: tuple[Fragment, ...] = ()


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
class LifecycleMeasure:
    """Distinct entities by state against the spans before, which `before` names one to one."""

    rows: Rows
    entity: Fragment
    state: Literal["new", "retained", "resurrected", "churned", "dormant"]
    before: tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionMeasure:
    """Conversions attributed to base rows by dbt's rule: last touch, whole local days."""

    base: SimpleMeasure
    conversion: SimpleMeasure
    base_entity: Fragment
    conversion_entity: Fragment
    window: Duration | None
    constant_properties: tuple[tuple[Fragment, Fragment], ...] = ()
    calculation: Literal["conversions", "base"] = "conversions"


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelMeasure:
    """Entities that reached step `step` (from 1): first touch in each span, ordered steps."""

    steps: tuple[Rows, ...]
    entities: tuple[Fragment, ...]
    """The entity in each step's source."""

    window: Duration
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionMeasure:
    """Members of a cohort (`cell` None) or those who came back in units `cell` after their start."""

    start: Rows
    back: Rows
    start_entity: Fragment
    back_entity: Fragment
    unit: Literal["day", "week", "month"]
    cell: tuple[int, int | None] | None
    """First and last unit of the bracket, inclusive; last None is "or any later"."""

    recurring: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsMeasure:
    """Sessions cut by inactivity on the whole log, dated by their first event."""

    rows: Rows
    entity: Fragment
    gap: Duration
    calculation: Literal["count", "duration", "bounces", "entities"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlMeasure:
    """Daily values of a user's own SELECT, joined over each span."""

    metric: str
    statement: str
    period_agg: Literal["sum", "last", "average"]


Measure = (
    SimpleMeasure
    | FirstEvent
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


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricAsk:
    """A metric over spans and a slice."""

    metric: str
    spans: tuple[Span, ...]
    slice: Slice


Need = MetricAsk | MeasureAsk


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """When a source's events begin and end; both None for an empty source."""

    first: datetime | None
    last: datetime | None
    """The last event, or the end of its day (exclusive by a second) where the column holds dates."""


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

    def clip(self, span: Span) -> Span:
        """The span without what lies at or after the cutoff."""
        return Span(span.start, max(span.start, min(span.end, self.cutoff)))

    def extent_of(self, rows: Rows) -> Extent:
        """When the rows' source begins and ends."""
        return self.extents.get((rows.source, rows.time_column), Extent(first=None, last=None))

    def is_running(self, span: Span) -> bool:
        """Whether the span is not over at the cutoff."""
        return span.end > self.cutoff

    def begins_before(self, span: Span, extent: Extent) -> bool:
        """Whether the span begins more than one local day before the source's first event."""
        if extent.first is None or span.start == EARLIEST:
            return False
        moment = Span(extent.first, extent.first)
        return span.start < self.calendar.shift(moment, Duration(1, "day")).start

    def last_instant(self, span: Span) -> datetime:
        """The last instant of the span that is looked at, to the second."""
        return self.clip(span).end
