"""A metric over a trailing window, to date, or of all time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar, Literal

from metric_tui.base.periods import EARLIEST, Duration, Span
from metric_tui.base.series import Note, Table, Value
from metric_tui.definitions.asks import MetricAsk, Need, Setting
from metric_tui.definitions.edges import MetricInput
from metric_tui.definitions.fields import yaml_field
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.metric import Metric


@dataclass(frozen=True, slots=True, kw_only=True)
class Cumulative(Metric):
    """A rolling, to-date or all-time metric: computed for days, then one day stands for a period.

    The window of n units at day d is `(d - n units, d]`. The raw rows of the window are aggregated
    anew, so a rolling distinct count is never a sum.
    """

    summary: ClassVar[str] = "a metric over a trailing window, to date, or of all time"

    type: Literal["cumulative"] = "cumulative"
    input_metric: MetricInput = yaml_field("the metric that is accumulated", also=("measure",))
    window: Duration | None = yaml_field("how far back it reaches: `28 days`", default=None)
    grain_to_date: Literal["week", "month", "quarter", "year"] | None = yaml_field(
        "starts anew with each of these", default=None
    )
    period_agg: Literal["last", "first", "average"] = yaml_field(
        "which day stands for a longer period", default="last"
    )

    @property
    def inputs(self) -> tuple[str, ...]:
        return (self.input_metric.metric,)

    def scale(self, scale_of: Callable[[str], float]) -> float:
        return scale_of(self.input_metric.metric)

    def needs(self, ask: MetricAsk, setting: Setting) -> Mapping[str, Need]:
        windows = dict.fromkeys(
            window for span in ask.spans for window in self._windows(span, setting)
        )
        return {
            "input": MetricAsk(
                metric=self.input_metric.metric,
                spans=tuple(windows),
                slice=ask.slice.narrowed(*self.filter, *self.input_metric.filter),
            )
        }

    def combine(self, ask: MetricAsk, setting: Setting, answers: Mapping[str, Table]) -> Table:
        table = answers["input"]
        by_span = [self._windows(span, setting) for span in ask.spans]
        windows = dict.fromkeys(window for each in by_span for window in each)
        place = {window: index for index, window in enumerate(windows)}
        picks = tuple(tuple(place[window] for window in each) for each in by_span)
        return Table(
            len(ask.spans),
            {
                group: tuple(self._over_days([row[i] for i in pick]) for pick in picks)
                for group, row in table.values.items()
            },
            {
                group: tuple(_joined(notes, pick) for pick in picks)
                for group, notes in table.notes.items()
            },
        ).with_note("partial", (span.start < setting.cutoff < span.end for span in ask.spans))

    def _over_days(self, values: list[Value]) -> Value:
        measured = [value for value in values if value is not None]
        if not measured:
            return None
        if self.period_agg == "average":
            return sum(measured) / len(measured)
        return measured[0 if self.period_agg == "first" else -1]

    def _windows(self, span: Span, setting: Setting) -> tuple[Span, ...]:
        if span.start >= setting.cutoff:
            return ()
        if setting.grain == "hour":
            return (self._window_of_hour(span, setting),)
        return tuple(self._window(day, setting) for day in self._days(span, setting))

    def _window_of_hour(self, span: Span, setting: Setting) -> Span:
        if self.window is None:
            day = setting.calendar.day_of(span.start)
            return Span(self._window(day, setting).start, span.end)
        return Span(setting.calendar.shift(Span(span.end, span.end), self.window).start, span.end)

    def _days(self, span: Span, setting: Setting) -> tuple[date, ...]:
        """The local days of a span whose windows are computed, ascending."""
        calendar = setting.calendar
        first = calendar.day_of(span.start)
        last = calendar.day_of(setting.last_instant(span) - timedelta(microseconds=1))
        if self.period_agg == "last" and self._is_never_null(setting):
            return (last,)
        count = (last - first).days + 1
        return tuple(first + timedelta(days=offset) for offset in range(count))

    def _is_never_null(self, setting: Setting) -> bool:
        source = setting.tree.metrics[self.input_metric.metric]
        return isinstance(source, Simple) and source.fill is not None

    def _window(self, day: date, setting: Setting) -> Span:
        calendar = setting.calendar
        end = calendar.midnight(day + timedelta(days=1))
        if self.window is not None:
            return Span(
                calendar.midnight(calendar.shift_day(day, self.window) + timedelta(days=1)), end
            )
        if self.grain_to_date is not None:
            return Span(calendar.midnight(calendar.first_day(day, self.grain_to_date)), end)
        return Span(EARLIEST, end)


def _joined(notes: tuple[frozenset[Note], ...], pick: tuple[int, ...]) -> frozenset[Note]:
    joined: frozenset[Note] = frozenset().union(*(notes[index] for index in pick))
    return joined
