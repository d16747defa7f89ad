"""A what-if in progress: levers on a model, what they are believed to bring, how one turned out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from metric_tui.analysis.edge_history import BY_GRAIN
from metric_tui.analysis.evidence import EdgeFinding
from metric_tui.analysis.influences import moved_with
from metric_tui.analysis.levers import Lever
from metric_tui.analysis.scenario import Model, Outcome
from metric_tui.base.errors import QuestionError
from metric_tui.base.series import Value
from metric_tui.definitions import edges
from metric_tui.definitions.quotients import share_of
from metric_tui.definitions.tree import MetricTree

ROUNDING = 10
"""Digits of a stepped share: ten steps of 1 % up and ten down are no change at all."""


@dataclass(frozen=True, slots=True)
class Supposition:
    """Levers that can stand together, and every metric's value under them."""

    model: Model
    levers: tuple[Lever, ...] = ()
    after: Mapping[str, Value] = field(init=False)

    def __post_init__(self) -> None:
        """Recompute at once.

        Raises:
            QuestionError: the levers do not go together, or name no metric.
        """
        object.__setattr__(self, "after", self.model.under(self.levers))

    def lever(self, metric: str) -> Lever | None:
        """The metric's lever, None where it is left alone."""
        return next((lever for lever in self.levers if lever.metric == metric), None)

    def with_lever(self, lever: Lever) -> "Supposition":
        """The same with one metric's lever set anew; one that changes nothing is taken away.

        Raises:
            QuestionError: it does not go together with the others, or has nothing to change.
        """
        base = self.model.values.get(lever.metric)
        after = lever.changed(base)
        kept = tuple(each for each in self.levers if each.metric != lever.metric)
        return Supposition(self.model, kept if after == base else (*kept, lever))

    def without(self, metric: str) -> "Supposition":
        """The same with one metric left alone."""
        return Supposition(self.model, tuple(each for each in self.levers if each.metric != metric))

    def stepped(self, metric: str, share: float) -> "Supposition":
        """The same with one metric moved by a share of its measured value.

        Raises:
            QuestionError: there is nothing to take a share of, or the levers do not go together.
        """
        base = self.model.values.get(metric)
        if not base:
            what = (
                "has no value to change" if base is None else "is 0, of which no share is anything"
            )
            raise QuestionError(f"`{metric}` {what}", hint="give it a value, such as =100")
        held = self.lever(metric)
        if held is None or held.kind == "relative":
            amount = round((held.amount if held else 0.0) + share, ROUNDING)
            return self.with_lever(Lever(metric, "relative", amount))
        moved = replace(held, amount=held.amount + share * abs(base), level=None)
        return self.with_lever(moved)

    def solved(self, goal: str, value: float, by: str) -> "Supposition":
        """The same with one driver set to where a metric reaches a value.

        Raises:
            QuestionError: the metric does not depend on the driver, or no value gets it there.
        """
        others = tuple(lever for lever in self.levers if lever.metric != by)
        return self.with_lever(self.model.solve(goal, value, by, others))

    def outcome(self, metric: str) -> Outcome:
        """One metric before and after."""
        return Outcome(
            metric=metric,
            before=self.model.values.get(metric),
            after=self.after.get(metric),
            is_lever=self.lever(metric) is not None,
        )

    def path(self) -> tuple[Outcome, ...]:
        """What moves between the levers and the focus, in tree order; guardrails stand apart."""
        held = {lever.metric for lever in self.levers} | {self.model.tree.focus}
        held |= {each.metric for each in self.guardrails()}
        moved = self.model.outcomes(self.levers)
        return tuple(each for each in moved if each.metric not in held)

    def guardrails(self) -> tuple[Outcome, ...]:
        """Every guardrail of the tree, moved or not, in tree order."""
        metrics = self.model.tree.metrics.values()
        names = {edge.metric for metric in metrics for edge in metric.guardrails}
        return tuple(
            self.outcome(name) for name in self.model.tree.in_tree_order() if name in names
        )

    def overruled(self) -> tuple[str, ...]:
        """Levers that would move the focus, but stand below a metric that is set by hand."""
        if len(self.levers) < 2:
            return ()
        focus = self.model.tree.focus
        return tuple(
            lever.metric
            for lever in self.levers
            if self.without(lever.metric).after[focus] == self.after[focus]
            and Supposition(self.model, (lever,)).after[focus] != self.model.values.get(focus)
        )

    def unmeasured(self, findings: Iterable[EdgeFinding]) -> tuple[str, ...]:
        """Levers that are believed to move something, of which nothing was measured yet."""
        known = {finding.metric for finding in findings}
        drivers = {
            edge.metric for metric in self.model.tree.metrics.values() for edge in metric.influences
        }
        held = [lever.metric for lever in self.levers]
        return tuple(name for name in held if name in drivers and name not in known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """What a lever is believed to bring along an influence edge: beside the sum, never in it."""

    finding: EdgeFinding
    moved: tuple[float, float, float] | None
    """Low, middle and high in the parent's unit per period; None without evidence or a scale."""


def beliefs(
    supposition: Supposition, findings: Iterable[EdgeFinding], days: float
) -> tuple[Belief, ...]:
    """The influence edges whose driver is a lever.

    Args:
        supposition: the levers.
        findings: the tested edges, of which others are left out.
        days: how long the model's period is.
    """
    return tuple(
        Belief(finding=each, moved=_moved(supposition, each, days))
        for each in findings
        if supposition.lever(each.metric) is not None
    )


def _moved(
    supposition: Supposition, finding: EdgeFinding, days: float
) -> tuple[float, float, float] | None:
    tree, evidence = supposition.model.tree, finding.evidence
    driver, parent = supposition.outcome(finding.metric), supposition.outcome(finding.parent)
    points = days / BY_GRAIN[finding.grain].days
    here = _per_point(tree, finding.metric, points, is_log=evidence.driver_is_log)
    there = _per_point(tree, finding.parent, points, is_log=evidence.parent_is_log)
    if not here or not there or None in (driver.before, driver.after, parent.before):
        return None
    moved = moved_with(
        evidence,
        driver=((driver.before or 0.0) * here, (driver.after or 0.0) * here),
        parent_before=(parent.before or 0.0) * there,
    )
    return (moved[0] / there, moved[1] / there, moved[2] / there) if moved else None


def _per_point(tree: MetricTree, metric: str, points: float, *, is_log: bool) -> float | None:
    """What turns a period's value into that of a point the slope rests on; None where nobody can.

    A slope between logarithms is the same by day and by week. Otherwise a sum is spread over its
    points and a rate stays as it is, but people of a week are not seven times those of a day.

    The points are the days, weeks or months of the period, by the grain of the slope.
    """
    if is_log:
        return 1.0
    share = share_of(tree, metric)
    if share is None or points <= 0:
        return None
    return 1 / points if share.is_sum else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What was thought of a metric when a scenario was saved, and what came."""

    metric: str
    before: Value
    thought: Value
    now: Value
    is_lever: bool


def scored(then: Model, now: Model, levers: tuple[Lever, ...]) -> tuple[Score, ...]:
    """The focus and the levers' metrics: before, as thought, as they are now.

    Raises:
        QuestionError: the levers do not go together any more.
    """
    thought = Supposition(then, levers)
    held = [lever.metric for lever in levers]
    return tuple(
        Score(
            metric=name,
            before=then.values.get(name),
            thought=thought.after.get(name),
            now=now.values.get(name),
            is_lever=name in held,
        )
        for name in dict.fromkeys([now.tree.focus, *held])
    )


def levers_of(
    scenario: edges.Scenario, read: Callable[[str, str], Lever] = Lever.parse
) -> tuple[Lever, ...]:
    """A saved scenario's levers, ready to be set.

    Args:
        scenario: what was saved.
        read: makes a lever of a metric and a change; one that looks up segments' levels too.

    Raises:
        QuestionError: one of them cannot be read.
    """
    return tuple(read(lever.metric, _change(lever)) for lever in scenario.levers)


def _change(lever: edges.Lever) -> str:
    """A change as levers are read; a file may group its digits."""
    is_level = edges.Level.parse(lever.change) is not None
    return lever.change if is_level else lever.change.replace("_", "").replace(",", "")


def saved_lever(lever: Lever, model: Model) -> edges.Lever:
    """A lever as a tree file writes it, in digits without an exponent."""
    if lever.level is not None:
        # its name and not its number, so that it is looked up again when it is scored
        return edges.Lever(metric=lever.metric, change=str(lever.level))
    if lever.kind == "set" and lever.amount >= 0:
        return edges.Lever(metric=lever.metric, change=f"={_digits(lever.amount)}")
    amount, unit = lever.amount * 100, "%"
    if lever.kind != "relative":
        # the file knows no negative value to set, but every step to one
        base = model.values.get(lever.metric) or 0.0
        amount, unit = (lever.amount - base if lever.kind == "set" else lever.amount), ""
    sign = "-" if amount < 0 else "+"
    return edges.Lever(metric=lever.metric, change=f"{sign}{_digits(abs(amount))}{unit}")


def _digits(number: float) -> str:
    text = format(Decimal(f"{number:.10g}"), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
