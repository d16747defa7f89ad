"""The series that influence edges are tested on: by day, and by week and month where that fits."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from metric_tui.analysis.answers import Measures, outcomes_of
from metric_tui.analysis.influences import DAYS, MONTHS, WEEKS, Sampling
from metric_tui.analysis.level_shifts import SHORTEST, StepWindow
from metric_tui.base.periods import Grain, Period, Span
from metric_tui.base.series import Table, Value
from metric_tui.definitions.asks import Condition, MetricAsk, Setting, Slice


@dataclass(frozen=True, slots=True, kw_only=True)
class TestGrain:
    """A grain at which edges are tested."""

    grain: Grain
    days: int
    """Length of a period, about."""

    periods: int
    """How many periods back the series reach."""

    sampling: Sampling
    window: StepWindow


GRAINS = (
    # the power of the test by day is full from a year on
    TestGrain(grain="day", days=1, periods=365, sampling=DAYS, window=StepWindow(7, 14, 5)),
    TestGrain(grain="week", days=7, periods=156, sampling=WEEKS, window=StepWindow(1, 4, 2)),
    TestGrain(grain="month", days=30, periods=60, sampling=MONTHS, window=StepWindow(1, 4, 2)),
)
"""Finest first."""

BY_GRAIN: Mapping[Grain, TestGrain] = {each.grain: each for each in GRAINS}

SHORTEST_PERIOD: Mapping[Grain, int] = {"day": 0, "week": 7, "month": 28}
"""Days that a question's period has at least for a grain to be no finer than the question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Consecutive complete periods of one grain with the values of some metrics."""

    at: TestGrain
    spans: tuple[Span, ...]
    """Up to one window after the question's period, as far as there is data: a new level shows
    by what follows."""

    asked: int
    """How many of the spans are over by the end of the question's period."""

    series: Mapping[str, tuple[Value, ...]]
    """By metric, one value a span."""

    def mean(self, metric: str, span: Span, lag: int) -> Value:
        """The mean over the periods that lie in a span moved back by `lag` periods."""
        back = timedelta(days=self.at.days * lag)
        inside = [
            value
            for value, each in zip(self.series[metric], self.spans, strict=True)
            if value is not None and span.start - back <= each.start < span.end - back
        ]
        return sum(inside) / len(inside) if inside else None


def histories(
    names: tuple[str, ...],
    where: tuple[Condition, ...],
    setting: Setting,
    measures: Measures,
    period: Period,
) -> tuple[History, ...]:
    """The series of some metrics around a period, at its own grain and finer ones.

    Args:
        names: the metrics.
        where: filters of the whole tree.
        setting: of the question.
        measures: what answers.
        period: the question's later period; coarser grains than it is long are left out.

    Returns:
        Finest grain first. The one by day is always there, without spans where there is no
        complete day; coarser ones only where they have enough periods for a test.
    """
    return tuple(
        History(
            at=at,
            spans=spans,
            asked=sum(each.end <= period.span.end for each in spans),
            series=_series(names, spans, where, setting, measures, at.grain),
        )
        for at, spans in _grains(setting, period.span)
    )


def _grains(setting: Setting, span: Span) -> Iterator[tuple[TestGrain, tuple[Span, ...]]]:
    length = (setting.calendar.day_of(span.end) - setting.calendar.day_of(span.start)).days
    for at in GRAINS:
        if length < SHORTEST_PERIOD[at.grain]:
            return
        spans = _complete(setting, span, at)
        if at is GRAINS[0] or len(spans) >= SHORTEST * at.window.points:
            yield at, spans


def _complete(setting: Setting, span: Span, at: TestGrain) -> tuple[Span, ...]:
    """Periods from the second day with data to one window after a span, as far as data reach."""
    calendar = setting.calendar
    first = calendar.midnight(_first_day(setting))
    before = calendar.periods_before(min(span.end, setting.cutoff), at.grain, at.periods)
    known = tuple(period.span for period in before if period.span.start >= first)
    return (*known, *_after(setting, span, at))


def _after(setting: Setting, span: Span, at: TestGrain) -> Iterator[Span]:
    calendar = setting.calendar
    day = calendar.first_day(calendar.day_of(span.end), at.grain)
    for _ in range(at.window.points):
        found = calendar.period(day, at.grain).span
        if found.end > setting.cutoff:
            return
        yield found
        day = calendar.next_day(day, at.grain, 1)


def _first_day(setting: Setting) -> date:
    starts = [extent.first for extent in setting.extents.values() if extent.first is not None]
    calendar = setting.calendar
    # the first day is seldom complete
    day = timedelta(days=1)
    return calendar.day_of(min(starts)) + day if starts else calendar.day_of(setting.cutoff)


def _series(
    names: tuple[str, ...],
    spans: tuple[Span, ...],
    where: tuple[Condition, ...],
    setting: Setting,
    measures: Measures,
    grain: Grain,
) -> Mapping[str, tuple[Value, ...]]:
    if not spans:
        return dict.fromkeys(names, ())
    asks = {name: MetricAsk(metric=name, spans=spans, slice=Slice(where=where)) for name in names}
    outcomes = outcomes_of(asks.values(), replace(setting, grain=grain), measures)
    return {
        name: outcome.of(())
        if isinstance(outcome := outcomes[ask], Table)
        else (None,) * len(spans)
        for name, ask in asks.items()
    }
