"""Influence edges held against the data: did parent and driver move together, or step together?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from metric_tui.analysis.answers import Measures
from metric_tui.analysis.edge_history import BY_GRAIN, History, TestGrain, histories
from metric_tui.analysis.influences import ALPHA, Verdict, measure, moved_with
from metric_tui.analysis.influences import Influence as Evidence
from metric_tui.analysis.level_shifts import LevelShift, level_shifts, shared_shift
from metric_tui.base.periods import Grain, Period
from metric_tui.base.series import Value
from metric_tui.definitions.asks import Condition, Setting
from metric_tui.definitions.edges import Influence
from metric_tui.definitions.tree import MetricTree

SHIFT_ALPHA = 0.04
"""The chance that any driver without a link is said to have shifted with a parent."""


@dataclass(frozen=True, slots=True)
class ShiftTogether:
    """A level shift of a driver that coincides with one of its parent in the question."""

    driver_at: datetime
    """Start of the first period at the driver's new level."""

    parent_at: datetime
    chance: float
    """The probability that an unrelated driver has a shift as near as this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeFinding:
    """What the data say of one believed edge."""

    metric: str
    parent: str
    edge: Influence
    evidence: Evidence
    """The correlation at `grain`."""

    moved: tuple[float, float, float] | None
    """Low, middle and high of what of the parent's move a period came with the driver's."""

    grain: Grain = "day"
    """The grain at which the correlation, or the shift, speaks most clearly."""

    shift: ShiftTogether | None = None
    """None where no shift coincides more closely than chance would have it."""

    goes_along: bool = False
    """Whether what was found takes the parent the way it went between the periods."""

    explains: float = 0.0
    """The parent's part of the change that is explained, where the parent moved it further the
    way it went and the driver goes along; 0 elsewhere."""

    @property
    def verdict(self) -> Verdict:
        """`evidence` by correlation or by a shift; without any, what the correlation's test says."""
        return "evidence" if self.shift is not None else self.evidence.verdict

    @property
    def lag_days(self) -> int | None:
        """By how many days the driver leads, about; None without a test."""
        lag = self.evidence.lag
        return None if lag is None else lag * BY_GRAIN[self.grain].days


def edge_findings(
    names: Sequence[str],
    where: tuple[Condition, ...],
    setting: Setting,
    measures: Measures,
    periods: tuple[Period, Period],
) -> tuple[EdgeFinding, ...]:
    """Test the influence edges of some metrics on what is known up to the period's end.

    Each edge is tested by day, and by week and month where the period is as long as one and there
    are enough of them. Of a driver and a parent that each shifted their level, the parent between
    the periods, it is asked how near to each other they did.

    Args:
        names: the parents; edges of other metrics are left out, but share the error rate.
        where: filters of the whole tree.
        setting: of the question.
        measures: what answers.
        periods: the earlier and the later period, whose means say how far a driver moved.

    Returns:
        Evidence first, then by strength. In a tree without links, one time in a hundred a
        correlation is said to be evidence, and four times a shift.
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
    wanted = dict.fromkeys(metric for parent, edge in edges for metric in (parent, edge.metric))
    known = histories(tuple(wanted), where, setting, measures, periods[1])
    shifts = {
        (each.at.grain, name): found
        for each in known
        for name in dict.fromkeys(parent for parent, _ in edges)
        if (found := _shift_between(each, name, periods)) is not None
    }
    test = _Test(
        tree=tree,
        histories=known,
        periods=periods,
        edges=sum(len(metric.influences) for metric in tree.metrics.values()),
        shifts=shifts,
        tries=sum((grain, parent) in shifts for grain in BY_GRAIN for parent, _ in edges),
    )
    return evidence_first(test.finding(parent, edge) for parent, edge in edges)


def evidence_first(findings: Iterable[EdgeFinding]) -> tuple[EdgeFinding, ...]:
    """Edges in the order to show them: evidence, by what it explains; then by strength."""
    return tuple(
        sorted(
            findings,
            key=lambda each: (
                each.verdict != "evidence",
                -abs(each.explains),
                each.shift is None,
                -abs(each.evidence.correlation or 0.0),
            ),
        )
    )


def with_parts(
    findings: Iterable[EdgeFinding], parts: dict[str, float], change: float | None
) -> tuple[EdgeFinding, ...]:
    """The findings with what each explains of a change, in the order to show them.

    Args:
        findings: the tested edges.
        parts: contributions to the change by metric.
        change: of the focus; None where there is none.
    """
    return evidence_first(
        replace(each, explains=_explained(each, parts.get(each.parent, 0.0), change or 0.0))
        for each in findings
    )


def _explained(finding: EdgeFinding, part: float, change: float) -> float:
    return part if finding.goes_along and part * change > 0 else 0.0


def _shift_between(
    history: History, metric: str, periods: tuple[Period, Period]
) -> LevelShift | None:
    """The largest level shift of a metric from the earlier period's start to the later's end."""
    start, end = periods[0].span.start, periods[1].span.end
    return max(
        (
            shift
            for shift in level_shifts(tuple(history.series[metric]), history.at.window)
            if start < history.spans[shift.place].start < end
        ),
        key=lambda shift: abs(shift.size),
        default=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Test:
    """What all edges of a question are tested with."""

    tree: MetricTree
    histories: tuple[History, ...]
    periods: tuple[Period, Period]
    edges: int
    shifts: Mapping[tuple[Grain, str], LevelShift]
    """The parents' shifts, by grain and metric."""

    tries: int
    """Edges and grains at which a driver is held against a shift."""

    def finding(self, parent: str, edge: Influence) -> EdgeFinding:
        """What the data say of one edge, at the grain at which they say most."""
        is_linked = is_computed_from(self.tree, edge.metric, parent)
        tests = [
            (history, self.correlation(history, parent, edge, is_linked=is_linked))
            for history in self.histories
        ]
        history, evidence = min(tests, key=lambda test: _clarity(test[1]))
        together = None if is_linked else self.shift(parent, edge)
        before, after = (history.mean(parent, each.span, 0) for each in self.periods)
        moved = self.moved(history, evidence, edge.metric, before)
        move = 0.0 if before is None or after is None else after - before
        return EdgeFinding(
            metric=edge.metric,
            parent=parent,
            edge=edge,
            evidence=evidence,
            moved=moved,
            grain=history.at.grain,
            shift=together,
            goes_along=together is not None or (moved is not None and moved[1] * move > 0),
        )

    def correlation(
        self, history: History, parent: str, edge: Influence, *, is_linked: bool
    ) -> Evidence:
        """The test of surprises at one grain; the grains share the error rate."""
        return measure(
            history.series[edge.metric][: history.asked],
            history.series[parent][: history.asked],
            edges=self.edges,
            expected=edge.expect,
            lag=_points(edge, history.at),
            is_computed_from_parent=is_linked,
            sampling=history.at.sampling,
            alpha=ALPHA / len(self.histories),
        )

    def shift(self, parent: str, edge: Influence) -> ShiftTogether | None:
        """The driver's shift that is nearest to the parent's, if chance seldom has it so near."""
        sign = None if edge.expect is None else 1 if edge.expect == "up" else -1
        found = []
        for history in self.histories:
            step = self.shifts.get((history.at.grain, parent))
            if step is None:
                continue
            driver = tuple(history.series[edge.metric])
            both = shared_shift(
                level_shifts(driver, history.at.window),
                step,
                points=sum(value is not None for value in driver),
                lag=_points(edge, history.at) or 0,
                sign=sign,
            )
            if both is not None:
                starts = [history.spans[each.place].start for each in (both.driver, both.parent)]
                found.append(ShiftTogether(starts[0], starts[1], both.chance))
        best = min(found, key=lambda each: each.chance, default=None)
        return best if best and best.chance <= SHIFT_ALPHA / self.tries else None

    def moved(
        self, history: History, evidence: Evidence, driver: str, parent_before: Value
    ) -> tuple[float, float, float] | None:
        """How much of the parent's move a period came with the driver's."""
        before, after = (
            history.mean(driver, each.span, evidence.lag or 0) for each in self.periods
        )
        if before is None or after is None or parent_before is None:
            return None
        return moved_with(evidence, driver=(before, after), parent_before=parent_before)


def _clarity(evidence: Evidence) -> tuple[int, float]:
    """A sort key: evidence before no link before no test; of a kind, the clearest first.

    Without a link the finest grain that was tested speaks, as `min` takes the first of equals.
    """
    if evidence.verdict == "evidence":
        return 0, -abs(evidence.correlation or 0.0) / (evidence.critical or 1.0)
    return {"no_clear_link": 1, "too_short": 2}.get(evidence.verdict, 3), 0.0


def _points(edge: Influence, at: TestGrain) -> int | None:
    """The edge's own lag in periods of a grain, rounded; None where it names none."""
    return None if edge.lag is None else round(edge.lag.longest_days / at.days)


def is_computed_from(tree: MetricTree, one: str, other: str) -> bool:
    """Whether one of two metrics is computed from the other, so that they move together anyway."""
    return one in inputs_of(tree, other) or other in inputs_of(tree, one)


def inputs_of(tree: MetricTree, metric: str) -> set[str]:
    """A metric and all that it is computed from, directly or not."""
    found: set[str] = set()
    waiting = [metric]
    while waiting:
        name = waiting.pop()
        if name not in found and name in tree.metrics:
            found.add(name)
            waiting.extend(tree.metrics[name].inputs)
    return found
