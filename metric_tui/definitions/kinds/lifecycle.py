"""Growth accounting: who is new, stayed, came back, or left."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import ClassVar, Literal

from metric_tui.base.periods import EARLIEST, Calendar, Duration, Grain, Span
from metric_tui.base.series import Table
from metric_tui.definitions.asks import (
    LifecycleMeasure,
    LifecycleState,
    MeasureAsk,
    MetricAsk,
    Need,
    Setting,
)
from metric_tui.definitions.edges import MetricInput
from metric_tui.definitions.fields import yaml_field
from metric_tui.definitions.kinds.simple import (
    Simple,
    begin_before,
    counted,
    group_starts,
    refuse,
    with_period_notes,
)
from metric_tui.definitions.kinds.soundness import volume_needs, with_gaps
from metric_tui.definitions.metric import Metric

_STATES: dict[LifecycleState, str] = {
    "new": "active for the first time ever, over all history and not the range",
    "retained": "active in the period and in the one before",
    "resurrected": "active in the period and not in the one before, but some time earlier",
    "churned": "active in the period before and not in this one; unknown while it runs",
    "dormant": "seen before, but neither in the period nor in the one before",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifecycle(Metric):
    """Distinct entities in one state over all history: active = new + retained + resurrected."""

    summary: ClassVar[str] = (
        "distinct entities by state: new, retained, resurrected, churned, dormant"
    )

    type: Literal["lifecycle"] = "lifecycle"
    input_metric: MetricInput = yaml_field("a distinct count: who is active")
    state: LifecycleState = yaml_field("which of them are counted")
    window: Duration | None = yaml_field(
        "active within that long before the period's end, against the window before; the period without it",
        default=None,
    )

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.input_metric.metric,)

    @property
    def counts_things(self) -> bool:
        return True

    @property
    def rule(self) -> str:
        active = f"Who `{self.input_metric.metric}` counts is active."
        period = (
            f" The period is the {self.window} that end with it, the one before it the {self.window}"
            " before those."
            if self.window
            else ""
        )
        whole = "Active = new + retained + resurrected, exactly."
        return f"Growth accounting, {self.state}: {_STATES[self.state]}. {active}{period} {whole}"

    def needs(self, ask: MetricAsk, setting: Setting) -> Mapping[str, Need]:
        source = self._input(setting)
        measure = source.measure(setting.tree)
        assert measure.value is not None
        pairs = [self._windows(span, setting) for span in ask.spans]
        value = MeasureAsk(
            measure=LifecycleMeasure(
                rows=measure.rows,
                entity=measure.value,
                state=self.state,
                before=tuple(setting.clip(before) for _, before in pairs),
            ),
            spans=tuple(setting.clip(now) for now, _ in pairs),
            slice=ask.slice.narrowed(*self.filter, *self.input_metric.filter),
        )
        volume = volume_needs([measure.rows], setting)
        return {"value": value, **group_starts(measure.rows, ask.slice), **volume}

    def combine(self, ask: MetricAsk, setting: Setting, answers: Mapping[str, Table]) -> Table:
        rows = self._input(setting).rows(setting.tree)
        table = counted(answers, ask, setting, rows=rows, slot="value")
        windows = (
            [self._windows(span, setting)[0] for span in ask.spans] if self.window else ask.spans
        )
        if self.state == "churned":
            table = table.map(
                lambda index, value: None if setting.is_running(windows[index]) else value
            )
        table = with_gaps(table, tuple(windows), setting, answers)
        extent = setting.extent_of(rows)
        return with_period_notes(table, ask.spans, setting, extent).with_note(
            "partial",
            [
                window.start < setting.cutoff and is_early
                for window, is_early in zip(
                    windows, begin_before(windows, extent, setting), strict=True
                )
            ],
        )

    def _input(self, setting: Setting) -> Simple:
        """The distinct count that says who is active.

        Raises:
            QuestionError: the input is something else.
        """
        source = setting.tree.metric(self.input_metric.metric)
        if (
            isinstance(source, Simple)
            and source.agg == "count_distinct"
            and source.non_additive_dimension is None
        ):
            return source
        raise refuse(self.name, f"needs a plain distinct count, and `{source.name}` is none")

    def _windows(self, span: Span, setting: Setting) -> tuple[Span, Span]:
        """When an entity is active in a span, and in the one before; neither is clipped."""
        if self.window is None:
            return span, span_before(span, setting.grain, setting.calendar)
        calendar = setting.calendar
        if not (self.window.days or self.window.months):
            length = timedelta(seconds=self.window.seconds)
            end = setting.last_instant(span)
            return Span(end - length, end), Span(end - 2 * length, end - length)
        last = calendar.day_of(setting.last_instant(span) - timedelta(microseconds=1))
        twice = Duration(2 * self.window.count, self.window.unit)
        end, middle, start = (
            calendar.midnight(day + timedelta(days=1))
            for day in (
                last,
                calendar.shift_day(last, self.window),
                calendar.shift_day(last, twice),
            )
        )
        return Span(middle, end), Span(start, middle)


@lru_cache(maxsize=4096)
def span_before(span: Span, grain: Grain, calendar: Calendar) -> Span:
    """The period before a period or a part of one; the same length just before any other span."""
    if span.start == EARLIEST:
        return Span(EARLIEST, EARLIEST)
    if grain == "hour":
        hour = timedelta(hours=1)
        return Span(span.start - max(hour, span.end - span.start), span.start)
    first = calendar.day_of(span.start)
    if calendar.midnight(first) != span.start:
        return Span(span.start - (span.end - span.start), span.start)
    if grain != "total" and _is_within_period(span, first, grain, calendar):
        return calendar.period(calendar.next_day(first, grain, -1), grain).span
    last = calendar.day_of(span.end - timedelta(microseconds=1))
    return _days_before(first, last, calendar)


def _is_within_period(span: Span, first: date, grain: Grain, calendar: Calendar) -> bool:
    if calendar.first_day(first, grain) != first:
        return False
    return span.end <= calendar.period(first, grain).span.end


def _days_before(first: date, last: date, calendar: Calendar) -> Span:
    start = first - timedelta(days=(last - first).days + 1)
    return Span(calendar.midnight(start), calendar.midnight(first))
