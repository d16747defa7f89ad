"""Targets and key results of a tree held against its data: where each stands, where it is heading."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

from metric_tui.analysis.answers import Measures, outcomes_of, setting_of
from metric_tui.analysis.outlook import Outlook, Target
from metric_tui.analysis.targets import (
    FARTHEST_DAYS,
    additive_outlook,
    ratio_outlook,
    stock_outlook,
)
from metric_tui.base.errors import MetricTuiError, QuestionError
from metric_tui.base.periods import Grain, Span
from metric_tui.base.series import Table, Value
from metric_tui.definitions import edges
from metric_tui.definitions.asks import Condition, MeasureAsk, MetricAsk, Setting, Slice
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.quotients import (
    Linear,
    Share,
    Term,
    has_open_begin,
    share_of,
    with_mean_parts,
)
from metric_tui.definitions.scores import is_score
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.store import Store
from metric_tui.planning.conditions import is_same, parse_conditions
from metric_tui.planning.question import Question

HISTORY_DAYS = 400
"""A year and its weekdays; the model forgets faster than that."""

LONG_HISTORY_DAYS = 800
"""Two years and a month, for targets that are months ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """A metric's target and how it stands."""

    metric: str
    target: edges.Target
    start: date
    """The first day that counts."""

    end: date
    """The last day that counts."""

    grain: Grain | None
    """Of a target that is meant for every such period, None for one span of days."""

    elapsed: int
    """Complete days from `start` on that the outlook knows."""

    outlook: Outlook

    reason: str | None = None
    """Why it is not judged, in words; None where it is."""


@dataclass(frozen=True, slots=True)
class _Days:
    """Complete local days up to the cutoff, and what is known of them."""

    first: date
    after: date
    """The first day that is not complete."""

    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class _Window:
    start: date
    end: date
    grain: Grain | None

    @property
    def length(self) -> int:
        return (self.end - self.start).days + 1

    def elapsed(self, days: _Days) -> int:
        """Complete days of it so far."""
        return min(max((days.after - self.start).days, 0), self.length)


def goals(store: Store, measures: Measures, question: Question) -> tuple[Goal, ...]:
    """How every target of the tree stands, in tree order; those that cannot be computed are left out.

    A target is for the rows that it was set for: under another filter it is not judged.

    Raises:
        StoreError: the store cannot be opened.
        Cancelled: the engine was interrupted.
    """
    setting, _ = setting_of(store, replace(question, start=None, end=None, last=1))
    wide = replace(setting, tree=with_mean_parts(store.tree), grain="day")
    days = _complete_days(wide, _history_of(wide))
    found = (
        _goal(metric, metric.target, wide, measures, days, question.where)
        for metric in store.tree.metrics.values()
        if metric.target is not None and days.spans
    )
    return tuple(goal for goal in found if goal is not None)


def _history_of(setting: Setting) -> int:
    """How many days are looked at: more of them where a target is far ahead."""
    today = setting.calendar.day_of(setting.cutoff)
    targets = [metric.target for metric in setting.tree.metrics.values() if metric.target]
    is_far = any(
        target.grain in ("quarter", "year")
        or (not target.grain and target.by and (target.by - today).days > FARTHEST_DAYS)
        for target in targets
    )
    return LONG_HISTORY_DAYS if is_far else HISTORY_DAYS


def _complete_days(setting: Setting, history: int) -> _Days:
    calendar = setting.calendar
    after = calendar.day_of(setting.cutoff)
    starts = [extent.first for extent in setting.extents.values() if extent.first is not None]
    begin = after - timedelta(days=history)
    first = max(begin, calendar.day_of(min(starts))) if starts else after
    spans = tuple(
        _day_span(setting, first + timedelta(days=i)) for i in range((after - first).days)
    )
    return _Days(first, after, spans)


def _day_span(setting: Setting, day: date) -> Span:
    calendar = setting.calendar
    return Span(calendar.midnight(day), calendar.midnight(day + timedelta(days=1)))


def _window(target: edges.Target, setting: Setting, days: _Days) -> _Window:
    """The days a target is meant for: its own span, or the period of its grain that is running.

    Without a first day a span begins with the year of its last; a target without any date is
    meant for every period of the tree's grain.
    """
    calendar, last = setting.calendar, days.after - timedelta(days=1)
    grain = target.grain or (setting.tree.settings.grain if target.by is None else None)
    if grain is None or grain in ("hour", "total"):
        end = target.by or last
        return _Window(target.since or date(end.year, 1, 1), end, None)
    first = calendar.first_day(days.after, grain)
    if (days.after - first).days < 1:
        # nothing of the new period is complete yet, so the last one is judged
        first = calendar.next_day(first, grain, -1)
    return _Window(first, calendar.next_day(first, grain) - timedelta(days=1), grain)


def _last_complete(grain: Grain, setting: Setting, days: _Days) -> _Window:
    calendar = setting.calendar
    after = calendar.first_day(days.after, grain)
    return _Window(calendar.next_day(after, grain, -1), after - timedelta(days=1), grain)


def _goal(
    metric: Metric,
    target: edges.Target,
    setting: Setting,
    measures: Measures,
    days: _Days,
    where: tuple[Condition, ...],
) -> Goal | None:
    window = _window(target, setting, days)
    share = share_of(setting.tree, metric.name)
    if share is None and window.grain is not None:
        # a distinct count of some days says nothing of the whole period, so the last one is judged
        window = _last_complete(window.grain, setting, days)
    goal = Goal(
        metric=metric.name,
        target=target,
        start=window.start,
        end=window.end,
        grain=window.grain,
        elapsed=window.elapsed(days),
        outlook=Outlook(status="not_judged", actual=None),
        reason=why_not_judged(setting.tree, metric.name, target, where),
    )
    if goal.reason is not None:
        return goal
    judge = partial(_judged, metric, target, setting, measures, days, window, where)
    try:
        return replace(goal, outlook=judge(share))
    except MetricTuiError:
        return None


def why_not_judged(
    tree: MetricTree, metric: str, target: edges.Target, where: tuple[Condition, ...]
) -> str | None:
    """Why a target is not judged under a filter; None where it is meant for just these rows."""
    if has_open_begin(tree, metric):
        return "target needs `grain` or `from`"
    try:
        own = parse_conditions(target.where)
    except QuestionError:
        return "target has a `where` that is no filter"
    if is_same(own, where):
        return None
    return f"target is for {' and '.join(target.where) or 'the whole'}"


def wanted_of(metric: Metric, target: edges.Target) -> Target:
    """A target of the file, with the way that is good for its metric."""
    return Target(
        value=target.value,
        is_lower_better=metric.direction == "down",
        buffer=target.lower,
        in_points=is_score(metric),
    )


def _judged(
    metric: Metric,
    target: edges.Target,
    setting: Setting,
    measures: Measures,
    days: _Days,
    window: _Window,
    where: tuple[Condition, ...],
    share: Share | None,
) -> Outlook:
    wanted = wanted_of(metric, target)
    elapsed = window.elapsed(days)
    remaining = window.length - elapsed
    if share is None:
        values = _metric_values(metric.name, setting, measures, days, window, where)
        return stock_outlook(wanted, days=values, elapsed=elapsed, remaining=remaining)
    so_far = _so_far(setting, days, window)
    tables = _term_tables(share, setting, measures, (*days.spans, so_far), where)
    tops = _added(share.top, tables, len(days.spans) + 1)
    if share.is_sum:
        return additive_outlook(
            wanted, days=tops[:-1], actual=tops[-1] or 0.0, elapsed=elapsed, remaining=remaining
        )
    bottoms = _added(share.bottom, tables, len(days.spans) + 1)
    return ratio_outlook(
        wanted,
        numerators=tops[:-1],
        denominators=bottoms[:-1],
        actual=(tops[-1] or 0.0, bottoms[-1] or 0.0),
        elapsed=elapsed,
        remaining=remaining,
    )


def _so_far(setting: Setting, days: _Days, window: _Window) -> Span:
    """The complete days of a window; empty before it begins."""
    calendar = setting.calendar
    end = min(days.after, window.end + timedelta(days=1))
    start = calendar.midnight(window.start)
    return Span(start, max(start, calendar.midnight(end)))


def _metric_values(
    name: str,
    setting: Setting,
    measures: Measures,
    days: _Days,
    window: _Window,
    where: tuple[Condition, ...],
) -> tuple[Value, ...]:
    """Daily values of a metric that does not add up; of the last period where the target has a grain."""
    sliced = Slice(where=where)
    # what does not add up is counted anew for every day
    spans = days.spans[-HISTORY_DAYS:]
    grain = window.grain
    if grain is not None:
        calendar = setting.calendar
        last = calendar.midnight(days.after)
        spans = tuple(p.span for p in calendar.periods_before(last, grain, 1))
        setting = replace(setting, grain=grain)
    ask = MetricAsk(metric=name, spans=spans, slice=sliced)
    outcome = outcomes_of([ask], setting, measures)[ask]
    if isinstance(outcome, MetricTuiError):
        raise outcome
    return outcome.of(())


def _term_tables(
    share: Share,
    setting: Setting,
    measures: Measures,
    spans: tuple[Span, ...],
    where: tuple[Condition, ...],
) -> Mapping[Term, Table]:
    asks = {term: _term_ask(term, setting, spans, where) for term in share.terms}
    outcomes = measures.tables(asks.values())
    found: dict[Term, Table] = {}
    for term, ask in asks.items():
        outcome = outcomes[ask]
        if isinstance(outcome, MetricTuiError):
            raise outcome
        found[term] = outcome
    return found


def _term_ask(
    term: Term, setting: Setting, spans: tuple[Span, ...], where: tuple[Condition, ...]
) -> MeasureAsk:
    name, filters = term
    metric = setting.tree.metrics[name]
    assert isinstance(metric, Simple)
    return MeasureAsk(
        measure=metric.measure(setting.tree),
        spans=spans,
        slice=Slice(where=where, filters=filters),
    )


def _added(side: Linear, tables: Mapping[Term, Table], size: int) -> tuple[Value, ...]:
    return tuple(
        sum(weight * (tables[term].of(())[i] or 0.0) for term, weight in side.terms.items())
        for i in range(size)
    )
