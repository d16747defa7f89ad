"""Influence edges held against the data: did parent and driver move together, day by day?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from metric_tui.analysis.answers import Measures, outcomes_of
from metric_tui.analysis.influences import Influence as Evidence
from metric_tui.analysis.influences import evidence_first, measure, moved_with
from metric_tui.base.periods import Calendar, Period, Span
from metric_tui.base.series import Table, Value
from metric_tui.definitions.asks import Condition, MetricAsk, Setting, Slice
from metric_tui.definitions.edges import Influence
from metric_tui.definitions.tree import MetricTree

HISTORY_DAYS = 365
"""The power of the test is full from a year of days on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeFinding:
    """What the data say of one believed edge."""

    metric: str
    parent: str
    edge: Influence
    evidence: Evidence
    moved: tuple[float, float, float] | None
    """Low, middle and high of what of the parent's daily move came with the driver's."""


def edge_findings(
    names: Sequence[str],
    where: tuple[Condition, ...],
    setting: Setting,
    measures: Measures,
    periods: tuple[Period, Period],
) -> tuple[EdgeFinding, ...]:
    """Test the influence edges of some metrics on the year of days up to the period's end.

    Args:
        names: the parents; edges of other metrics are left out, but share the error rate.
        where: filters of the whole tree.
        setting: of the question; the test itself is by day.
        measures: what answers.
        periods: the earlier and the later period, whose daily means say how far a driver moved.

    Returns:
        Evidence first, then by strength.
    """
    tree = setting.tree
    edges = [
        (name, edge)
        for name in names
        for edge in tree.metrics[name].influences
        if edge.metric in tree.metrics
    ]
    if not edges:
        return ()
    days = _days(setting, periods[1].span)
    # without a day there is nothing to ask, but every edge still says that it was too short
    wanted = dict.fromkeys(m for parent, edge in edges for m in (parent, edge.metric))
    series = _series(tuple(wanted), where, setting, measures, days)
    count = sum(len(metric.influences) for metric in tree.metrics.values())
    found = [_finding(p, e, series, days, count, setting, periods) for p, e in edges]
    return tuple(found[place] for place in evidence_first([each.evidence for each in found]))


def _days(setting: Setting, span: Span) -> tuple[Span, ...]:
    """Complete local days up to the end of a span, at most a year of them."""
    calendar = setting.calendar
    end = min(span.end, setting.cutoff)
    last = calendar.day_of(end)
    first = max(last - timedelta(days=HISTORY_DAYS), _first_day(setting, calendar))
    count = (last - first).days
    return tuple(
        Span(
            calendar.midnight(first + timedelta(days=i)),
            calendar.midnight(first + timedelta(days=i + 1)),
        )
        for i in range(count)
    )


def _first_day(setting: Setting, calendar: Calendar) -> date:
    starts = [extent.first for extent in setting.extents.values() if extent.first is not None]
    # the first day is seldom complete
    return (
        calendar.day_of(min(starts)) + timedelta(days=1)
        if starts
        else calendar.day_of(setting.cutoff)
    )


def _series(
    names: tuple[str, ...],
    where: tuple[Condition, ...],
    setting: Setting,
    measures: Measures,
    days: tuple[Span, ...],
) -> Mapping[str, tuple[Value, ...]]:
    if not days:
        return dict.fromkeys(names, ())
    asks = {name: MetricAsk(metric=name, spans=days, slice=Slice(where=where)) for name in names}
    outcomes = outcomes_of(asks.values(), replace(setting, grain="day"), measures)
    return {
        name: outcome.of(()) if isinstance(outcome := outcomes[ask], Table) else (None,) * len(days)
        for name, ask in asks.items()
    }


def _finding(
    parent: str,
    edge: Influence,
    series: Mapping[str, tuple[Value, ...]],
    days: tuple[Span, ...],
    count: int,
    setting: Setting,
    periods: tuple[Period, Period],
) -> EdgeFinding:
    evidence = measure(
        series[edge.metric],
        series[parent],
        edges=count,
        expected=edge.expect,
        lag=edge.lag.longest_days if edge.lag else None,
        is_computed_from_parent=is_linked(setting.tree, edge.metric, parent),
    )
    lag = timedelta(days=evidence.lag or 0)
    driver = tuple(_mean(series[edge.metric], days, p.span, lag) for p in periods)
    before = _mean(series[parent], days, periods[0].span, timedelta())
    moved = None
    if driver[0] is not None and driver[1] is not None and before is not None:
        moved = moved_with(evidence, driver=(driver[0], driver[1]), parent_before=before)
    return EdgeFinding(metric=edge.metric, parent=parent, edge=edge, evidence=evidence, moved=moved)


def _mean(values: tuple[Value, ...], days: tuple[Span, ...], span: Span, lag: timedelta) -> Value:
    """The mean over the days of a span, moved back by the lag."""
    inside = [
        value
        for value, day in zip(values, days, strict=True)
        if value is not None and span.start - lag <= day.start < span.end - lag
    ]
    return sum(inside) / len(inside) if inside else None


def is_linked(tree: MetricTree, one: str, other: str) -> bool:
    """Whether one of two metrics is computed from the other, so that they move together anyway."""
    return one in _inputs(tree, other) or other in _inputs(tree, one)


def _inputs(tree: MetricTree, metric: str) -> set[str]:
    found: set[str] = set()
    waiting = [metric]
    while waiting:
        name = waiting.pop()
        if name not in found and name in tree.metrics:
            found.add(name)
            waiting.extend(tree.metrics[name].inputs)
    return found
