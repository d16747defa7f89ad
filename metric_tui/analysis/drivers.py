"""The drivers below an explained metric with their values, by one tree file or by two (rule E9)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from metric_tui.analysis.answers import Measures, outcomes_of
from metric_tui.analysis.driver_games import Driver
from metric_tui.analysis.why_question import WhyQuestion
from metric_tui.base.errors import MetricTuiError, QuestionError
from metric_tui.base.formulas import Formula
from metric_tui.base.periods import Period
from metric_tui.base.series import Table, Value
from metric_tui.definitions.asks import Condition, MetricAsk, Setting, Slice
from metric_tui.definitions.edges import ComponentView
from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.build import Outcome

MOST_DEPTH = 12
SAME = 1e-9

Values = Mapping[str, tuple[Value, Value]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one tree file gives: the values of both periods by its definitions."""

    tree: MetricTree
    values: Values


def valued(
    names: tuple[str, ...],
    where: tuple[Condition, ...],
    setting: Setting,
    measures: Measures,
    periods: tuple[Period, Period],
) -> tuple[Values, Mapping[str, str], frozenset[str]]:
    """Metrics' values in two periods, and why some could not be computed.

    Returns:
        Before and after by metric, None for those without a value; messages by metric; the metrics
        whose value may still change in either period, as windows are open.
    """
    spans = (periods[0].span, periods[1].span)
    asks = {name: MetricAsk(metric=name, spans=spans, slice=Slice(where=where)) for name in names}
    outcomes = outcomes_of(asks.values(), setting, measures)
    found = {name: outcomes[ask] for name, ask in asks.items()}
    errors = {
        name: outcome.message
        for name, outcome in found.items()
        if isinstance(outcome, MetricTuiError)
    }
    immature = frozenset(name for name, outcome in found.items() if _is_immature(outcome))
    return {name: _pair(outcome) for name, outcome in found.items()}, errors, immature


def _is_immature(outcome: Outcome) -> bool:
    if not isinstance(outcome, Table):
        return False
    return any("immature" in notes for notes in outcome.notes_of(()))


def _pair(outcome: Outcome) -> tuple[Value, Value]:
    if isinstance(outcome, Table):
        before, after = outcome.of(())
        return before, after
    return None, None


def components_below(tree: MetricTree, question: WhyQuestion) -> tuple[str, ...]:
    """The metric and its components at every depth, each once."""
    components: dict[str, None] = {}

    def walk(name: str, path: tuple[str, ...]) -> None:
        components[name] = None
        view = chosen_view(tree, question, name)
        for child in view.formula.names if view else ():
            if child in tree.metrics and child not in path and len(path) < MOST_DEPTH:
                walk(child, (*path, child))

    walk(question.metric, (question.metric,))
    return tuple(components)


def chosen_view(tree: MetricTree, question: WhyQuestion, metric: str) -> ComponentView | None:
    """The component view by which a metric is opened; None for a leaf.

    Raises:
        QuestionError: the explained metric has no view of the name asked for.
    """
    chosen = question.view if metric == question.metric else None
    found = tree.view_of(metric, chosen or dict(question.views).get(metric))
    if chosen is not None and found is None:
        names = ", ".join(view.name for view in tree.metrics[metric].views)
        raise QuestionError(
            f"`{metric}` has no component view `{chosen}`", hint=f"it has {names or 'none'}"
        )
    return found


def redefined_metrics(later: Measured, earlier: Measured | None) -> tuple[str, ...]:
    """The metrics to which the two definitions give other values in either period."""
    if earlier is None:
        return ()
    return tuple(name for name in later.values if _is_redefined(name, later, earlier))


def _is_redefined(name: str, later: Measured, earlier: Measured) -> bool:
    if name not in later.values or name not in earlier.values:
        return False
    pairs = zip(earlier.values[name], later.values[name], strict=True)
    return not all(_is_same(was, now) for was, now in pairs)


def _is_same(was: Value, now: Value) -> bool:
    if was is None or now is None:
        return was is now
    return math.isclose(was, now, rel_tol=SAME)


@dataclass(frozen=True, slots=True)
class Drivers:
    """Builds the places below an explained metric."""

    question: WhyQuestion
    later: Measured
    earlier: Measured | None = None
    """By the definitions that held in the earlier period, where these were others."""

    def focus(self) -> Driver:
        """The explained metric with everything below it."""
        return self._place(self.question.metric, self.later, self.earlier, ())

    def _place(
        self, name: str, later: Measured, earlier: Measured | None, path: tuple[str, ...]
    ) -> Driver:
        """One place; a metric that could not be computed is a leaf.

        Where both definitions agree, all below is told by the later one: how a metric is taken
        apart is no change of it. A metric that only the earlier file has is told by that one.
        """
        if name not in later.values and earlier is not None:
            later, earlier = earlier, None
        if earlier is not None and not _is_redefined(name, later, earlier):
            earlier = None
        view = chosen_view(later.tree, self.question, name)
        before = self._view_before(name, view, earlier)
        names = _names(view, before)
        inside = (*path, name)
        known = {*later.values, *(earlier.values if earlier else ())}
        opened = bool(names) and all(each in known and each not in inside for each in names)
        formula = view.formula if view and opened else None
        formula_before = before.formula if before and opened else None
        return Driver(
            name=name,
            before=(earlier or later).values[name][0],
            after=later.values[name][1],
            formula=formula,
            formula_before=formula_before,
            drivers=tuple(self._place(each, later, earlier, inside) for each in names)
            if opened
            else (),
            redefined=_redefined(name, later, earlier, formula, formula_before or formula)
            if earlier is not None
            else 0.0,
        )

    def _view_before(
        self, name: str, view: ComponentView | None, earlier: Measured | None
    ) -> ComponentView | None:
        """The earlier view of the same name: another one is another way to write the metric."""
        return earlier.tree.view_of(name, view.name) if view and earlier else None


def _names(*views: ComponentView | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for view in views if view for name in view.formula.names))


def _redefined(
    name: str,
    later: Measured,
    earlier: Measured,
    formula: Formula | None,
    formula_before: Formula | None,
) -> float:
    """What the change of a definition did beyond formula and drivers: of a leaf all of it.

    The mean over both periods of the later definition's value less the earlier one's, which is
    its Shapley value beside all that happened; of the one period in which both are known. 0
    where both formulas give all of the value in their own period.
    """
    now = tuple(_beyond(name, formula, later, earlier))
    was = tuple(_beyond(name, formula_before, earlier, later))
    steps = [
        after - before
        for after, before in zip(now, was, strict=True)
        if after is not None and before is not None
    ]
    values = [abs(value or 0.0) for each in (later, earlier) for value in each.values[name]]
    least = SAME * max(values)
    mean = sum(steps) / len(steps) if steps else 0.0
    is_closed = max(abs(was[0] or 0.0), abs(now[1] or 0.0)) <= least
    return mean if abs(mean) > least and not is_closed else 0.0


def _beyond(
    name: str, formula: Formula | None, own: Measured, other: Measured
) -> Iterator[float | None]:
    """By period: what a definition gives beyond its formula; None where nobody can say."""
    for period, value in enumerate(own.values[name]):
        if formula is None or value is None:
            yield value
            continue
        drivers = {
            each: (own if each in own.values else other).values[each][period]
            for each in formula.names
        }
        computed = formula.evaluate(drivers)
        yield None if computed is None else value - computed
