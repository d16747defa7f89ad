"""An aggregate over the rows of one source."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Literal

from metric_tui.base.errors import QuestionError
from metric_tui.base.periods import EARLIEST, LATEST, Calendar, Duration, Grain, Span
from metric_tui.base.problems import Path
from metric_tui.base.series import Group, Table, Value
from metric_tui.definitions.aggregations import AGGREGATIONS, Aggregation, AggregationName
from metric_tui.definitions.asks import (
    FirstEvent,
    MeasureAsk,
    MetricAsk,
    Need,
    NonAdditive,
    Rows,
    Setting,
    SimpleMeasure,
    Slice,
)
from metric_tui.definitions.extents import Extent
from metric_tui.definitions.fields import yaml_field
from metric_tui.definitions.fragments import Fragment
from metric_tui.definitions.kinds.soundness import volume_needs, with_few, with_gaps
from metric_tui.definitions.metric import Metric, NamedEvent, named_events

if TYPE_CHECKING:
    from metric_tui.definitions.tree import MetricTree


@dataclass(frozen=True, slots=True, kw_only=True)
class NonAdditiveDimension:
    """For balances and stocks: rows at the first or last day of each period only."""

    name: Fragment = yaml_field("the column with the day", shorthand=True)
    window_agg: Literal["min", "max"] = yaml_field(
        "the first or the last day", default="max", also=("window_choice",)
    )
    group_by: tuple[Fragment, ...] = yaml_field(
        "whose own first or last day counts", default=(), also=("window_groupings",)
    )

    @property
    def as_asked(self) -> NonAdditive:
        """The same in the words of a measure."""
        return NonAdditive(column=self.name, window_agg=self.window_agg, group_by=self.group_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simple(Metric):
    """An aggregate over rows."""

    summary: ClassVar[str] = "an aggregate over rows"

    type: Literal["simple"] = "simple"
    agg: AggregationName = yaml_field("how rows become a value", also=("aggregation",))
    expr: Fragment | None = yaml_field("what is aggregated", default=None)
    source: str | None = yaml_field("the source; not needed when there is one", default=None)
    event: tuple[str, ...] = yaml_field("the event's name, or a list of names", default=())
    agg_time_dimension: str | None = yaml_field(
        "another time column than the source's", default=None, also=("time_column",)
    )
    percentile: float | None = yaml_field("0 to 1, for `agg: percentile`", default=None)
    percentile_type: Literal["continuous", "discrete"] = yaml_field(
        "between two values, or one of them", default="continuous"
    )
    fill_nulls_with: float | Literal["none"] | None = yaml_field(
        "value of a period without rows; counts and sums are 0 without it", default=None
    )
    non_additive_dimension: NonAdditiveDimension | None = yaml_field(
        "for balances: rows of the first or last day of each period only", default=None
    )

    @property
    def aggregation(self) -> Aggregation:
        """What its `agg` means."""
        return AGGREGATIONS[self.agg]

    @property
    def fill(self) -> float | None:
        """The value of a period without rows, None where it stays null."""
        if self.fill_nulls_with is None:
            return 0.0 if self.aggregation.fills_with_zero else None
        return None if self.fill_nulls_with == "none" else float(self.fill_nulls_with)

    @property
    def counts_things(self) -> bool:
        return self.aggregation.counts

    @property
    def is_mean(self) -> bool:
        """Whether it says what values are like, and so swings by chance where there are few."""
        return self.agg in ("average", "median", "percentile")

    rate_noun: ClassVar[str] = "an average"

    def scale(self, scale_of: Callable[[str], float]) -> float:
        return 0.0 if self.is_mean else 1.0

    def sources_named(self) -> tuple[tuple[Path, str | None], ...]:
        return ((("source",), self.source),)

    def events_named(self) -> tuple[NamedEvent, ...]:
        return named_events(("event",), self.event, self.source)

    def slicing_sources(self, tree: "MetricTree") -> tuple[str, ...]:
        return (tree.source_of(self).name,)

    def rows(self, tree: "MetricTree") -> Rows:
        """The rows it reads, in the tree's words."""
        source = tree.source_of(self)
        return Rows(
            source=source.name,
            time_column=self.agg_time_dimension or source.agg_time_dimension,
            events=self.event,
            filters=self.filter,
        )

    def measure(self, tree: "MetricTree") -> SimpleMeasure:
        """What an engine is asked for."""
        value = self.expr
        if self.agg == "count_distinct":
            value = tree.entity_of(self)
        stock = self.non_additive_dimension
        return SimpleMeasure(
            rows=self.rows(tree),
            aggregation=self.agg,
            value=value,
            percentile={"median": 0.5, "percentile": self.percentile}.get(self.agg),
            discrete=self.percentile_type == "discrete",
            non_additive=stock.as_asked if stock else None,
        )

    def needs(self, ask: MetricAsk, setting: Setting) -> Mapping[str, Need]:
        measure = self.measure(setting.tree)
        spans = tuple(setting.clip(span) for span in ask.spans)
        value = MeasureAsk(measure=measure, spans=spans, slice=ask.slice)
        starts = {} if self.fill is None else group_starts(measure.rows, ask.slice)
        found = {"value": value, **starts, **volume_needs([measure.rows], setting)}
        if self.is_mean:
            counted = SimpleMeasure(rows=measure.rows, aggregation="count", value=measure.value)
            found[_COUNTED] = replace(value, measure=counted)
        return found

    def combine(self, ask: MetricAsk, setting: Setting, answers: Mapping[str, Table]) -> Table:
        rows = self.rows(setting.tree)
        table = filled(answers, ask, setting, rows=rows, fill=self.fill)
        if _COUNTED in answers:
            table = with_few(table, answers[_COUNTED])
        table = with_gaps(table, ask.spans, setting, answers)
        return with_period_notes(table, ask.spans, setting, setting.extent_of(rows))


_COUNTED = "counted"
"""The slot of how many values a mean or percentile is of."""

FIRST = "first"
"""The slot of when each group of a breakdown begins."""


def group_starts(rows: Rows, sliced: Slice) -> Mapping[str, Need]:
    """Asks when each group of a breakdown begins; nothing without a breakdown."""
    if not sliced.by:
        return {}
    every = Rows(source=rows.source, time_column=rows.time_column)
    ask = MeasureAsk(measure=FirstEvent(rows=every), spans=(), slice=Slice(by=sliced.by))
    return {FIRST: ask}


def filled(
    answers: Mapping[str, Table], ask: MetricAsk, setting: Setting, *, rows: Rows, fill: Value
) -> Table:
    """The table in slot `value`, null filled between the group's first event and the cutoff.

    Every group the source ever had is there, also one without rows in the asked spans, so that
    no range changes what a value is computed from.
    """
    table = answers["value"]
    possible = where_possible(answers, ask, setting, rows=rows, table=table, fills=fill is not None)
    return Table(
        table.size,
        {
            group: tuple(
                fill if value is None and known else value
                for value, known in zip(table.of(group), flags, strict=True)
            )
            for group, flags in possible.items()
        },
        table.notes,
    )


def counted(
    answers: Mapping[str, Table], ask: MetricAsk, setting: Setting, *, rows: Rows, slot: str
) -> Table:
    """The counts in a slot: 0 where rows could be and none was counted, null elsewhere."""
    table = answers[slot]
    possible = where_possible(answers, ask, setting, rows=rows, table=table, fills=True)
    return Table(
        table.size,
        {
            group: tuple(
                (value or 0.0) if known else None
                for value, known in zip(table.of(group), flags, strict=True)
            )
            for group, flags in possible.items()
        },
        table.notes,
    )


def where_possible(
    answers: Mapping[str, Table],
    ask: MetricAsk,
    setting: Setting,
    *,
    rows: Rows,
    table: Table,
    fills: bool,
) -> Mapping[Group, tuple[bool, ...]]:
    """For each group, the spans in which no rows mean that there were none.

    Args:
        answers: with when each group begins, where there is a breakdown.
        ask: the spans.
        setting: with the cutoff.
        rows: whose source bounds what is known.
        table: its groups are there in any case.
        fills: whether groups without rows in the spans are there too.
    """
    starts = answers.get(FIRST)
    known: tuple[Group, ...] = () if ask.slice.by else ((),)
    if starts is not None and fills:
        known = tuple(starts.values)
    extent = setting.extent_of(rows)
    found = {}
    for group in dict.fromkeys((*table.values, *known)):
        own = Extent(first=_first_of(starts, group) or extent.first, last=extent.last)
        found[group] = are_fillable(ask.spans, own, setting)
    return found


def are_fillable(spans: Sequence[Span], extent: Extent, setting: Setting) -> tuple[bool, ...]:
    """In which spans no rows mean that there were none, rather than that none are known."""
    first = extent.first
    if first is None or first >= setting.cutoff:
        return (False,) * len(spans)
    until = min(setting.cutoff, _stale_from(extent, setting))
    return tuple([span.start < until and first < span.end for span in spans])


def _first_of(firsts: Table | None, group: Group) -> datetime | None:
    seconds = firsts.of(group)[0] if firsts is not None and group in firsts.values else None
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _stale_from(extent: Extent, setting: Setting) -> datetime:
    """From when on a span lies more than one period after the source's own last event.

    Never where a watermark is given: up to it nothing means that there was nothing.
    """
    if extent.last is None or setting.is_trusted or setting.grain == "total":
        return LATEST
    return _period_after(extent.last, setting.grain, setting.calendar)


@lru_cache(maxsize=256)
def _period_after(last: datetime, grain: Grain, calendar: Calendar) -> datetime:
    if grain == "hour":
        return last + timedelta(hours=1)
    first = calendar.first_day(calendar.day_of(last), grain)
    return calendar.midnight(calendar.next_day(first, grain, 2))


def begin_before(spans: Sequence[Span], extent: Extent, setting: Setting) -> list[bool]:
    """Which spans begin more than one local day before the source's first event."""
    if extent.first is None:
        return [False] * len(spans)
    first = _day_before(extent.first, setting.calendar)
    return [span.start < first and span.start != EARLIEST for span in spans]


@lru_cache(maxsize=256)
def _day_before(instant: datetime, calendar: Calendar) -> datetime:
    return calendar.shift(Span(instant, instant), Duration(1, "day")).start


def with_period_notes(
    table: Table, spans: tuple[Span, ...], setting: Setting, extent: Extent
) -> Table:
    """Mark the spans that are not over, began before the data, or lie after a source's end."""
    cutoff, stale_from = setting.cutoff, _stale_from(extent, setting)
    partial = [
        span.start < cutoff and (span.end > cutoff or is_early)
        for span, is_early in zip(spans, begin_before(spans, extent, setting), strict=True)
    ]
    marked = table.with_note("partial", partial)
    return marked.with_note("stale", [span.start >= stale_from for span in spans])


def refuse(metric: str, reason: str) -> QuestionError:
    """The error of a metric that cannot be asked this way."""
    return QuestionError(f"`{metric}` {reason}")
