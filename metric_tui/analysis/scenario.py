"""What if: the tree under changed drivers, and the driver that would reach a goal.

Levers are set on any metric. What is arithmetic follows exactly: a metric with components is its
formula over them plus what the formula did not explain before; other ratios and derived metrics
follow their inputs. Believed influences follow by their measured slope, as a range, apart.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from metric_tui.analysis.guardrails import Evidence
from metric_tui.analysis.levers import Lever
from metric_tui.analysis.root import root
from metric_tui.base.errors import QuestionError
from metric_tui.base.series import Value
from metric_tui.definitions.edges import ComponentView
from metric_tui.definitions.kinds.derived import Derived
from metric_tui.definitions.kinds.ratio import Ratio
from metric_tui.definitions.tree import MetricTree

STEP = 0.01
"""Sensitivities are read off a change of 1 %."""

DUST = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One metric before and under the levers."""

    metric: str
    before: Value
    after: Value
    is_lever: bool
    view: str | None = None
    """The component view it was followed by, where it has several."""

    @property
    def change(self) -> Value:
        if self.before is None or self.after is None:
            return None
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Model:
    """A tree's values in one period, ready to be recomputed.

    `views` names the component view of metrics that have several.
    """

    tree: MetricTree
    values: Mapping[str, Value]
    views: Mapping[str, str]
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    """What is known of guardrails without a bound, by metric."""

    def under(self, levers: tuple[Lever, ...]) -> Mapping[str, Value]:
        """Every metric's value under the levers.

        Raises:
            QuestionError: a lever names no metric of the tree.
        """
        changed: dict[str, Value] = {}
        for lever in levers:
            self.tree.metric(lever.metric)
            changed[lever.metric] = lever.applied(self.values.get(lever.metric))
        found = _Run(replace(self, views=self._views_holding(tuple(changed))), changed).all()
        return {name: _snapped(value, self.values.get(name)) for name, value in found.items()}

    def _views_holding(self, levers: tuple[str, ...]) -> Mapping[str, str]:
        """The component views that the levers stand in, beside those chosen.

        Raises:
            QuestionError: two levers stand in different views of one metric.
        """
        found = dict(self.views)
        for name, metric in self.tree.metrics.items():
            if len(metric.views) < 2 or name in levers:
                continue
            holding = {
                view.name: [each for each in levers if self._holds(view, each, (name,))]
                for view in metric.views
            }
            held = {each for names in holding.values() for each in names}
            fit = [view for view, names in holding.items() if set(names) == held]
            if held and not fit:
                raise QuestionError(
                    f"{' and '.join(f'`{each}`' for each in sorted(held))} stand in different"
                    f" views of `{name}`",
                    hint="change drivers of one view at a time",
                )
            if held and found.get(name) not in fit:
                found[name] = fit[0]
        return found

    def _holds(self, view: ComponentView, lever: str, path: tuple[str, ...]) -> bool:
        """Whether a metric is part of a view, at any depth."""
        return any(
            name == lever
            or any(
                self._holds(below, lever, (*path, name)) for below in self.tree.metrics[name].views
            )
            for name in view.formula.names
            if name in self.tree.metrics and name not in path
        )

    def outcomes(self, levers: tuple[Lever, ...]) -> tuple[Outcome, ...]:
        """Every metric that the levers move, in tree order, levers included."""
        after = self.under(levers)
        set_by_hand = dict.fromkeys(lever.metric for lever in levers)
        views = self._views_holding(tuple(set_by_hand))
        return tuple(
            Outcome(
                metric=name,
                before=self.values.get(name),
                after=after[name],
                is_lever=name in set_by_hand,
                view=self._view_name(name, views),
            )
            for name in dict.fromkeys((*self.tree.in_tree_order(), *set_by_hand))
            if name in set_by_hand or _differs(self.values.get(name), after.get(name))
        )

    def _view_name(self, metric: str, views: Mapping[str, str]) -> str | None:
        known = self.tree.metrics[metric].views
        chosen = self.tree.view_of(metric, views.get(metric))
        return chosen.name if chosen is not None and len(known) > 1 else None

    def solve(self, goal: str, value: float, by: str, levers: tuple[Lever, ...] = ()) -> Lever:
        """The value of one driver at which a metric reaches a goal, other levers as they are.

        The metric is followed through its formulas, so it must depend on the driver; where it
        does so in a curve the driver is looked for by halving.

        Raises:
            QuestionError: the metric does not depend on the driver, or no value reaches the goal.
        """
        start = self.values.get(by)
        if start is None:
            raise QuestionError(f"`{by}` has no value to change")

        def gap(setting: float) -> float:
            found = self.under((*levers, Lever(by, "set", setting)))[goal]
            return math.nan if found is None else found - value

        return Lever(by, "set", root(gap, start, goal, by))

    def sensitivities(self, focus: str) -> tuple[tuple[str, float], ...]:
        """What 1 % more of each driver does to the focus, largest effect first; in its unit."""
        base = self.values.get(focus)
        if base is None:
            return ()
        found = []
        for name in self._leaves(focus):
            after = self.under((Lever(name, "relative", STEP),)).get(focus)
            if after is not None and after != base:
                found.append((name, after - base))
        return tuple(sorted(found, key=lambda pair: (-abs(pair[1]), pair[0])))

    def _leaves(self, focus: str) -> tuple[str, ...]:
        found: dict[str, None] = {}

        def walk(name: str, path: tuple[str, ...]) -> None:
            children = _formula_names(self, name)
            if not children:
                found[name] = None
            for child in children:
                if child not in path:
                    walk(child, (*path, child))

        walk(focus, (focus,))
        found.pop(focus, None)
        return tuple(found)


def _formula_names(model: Model, name: str) -> tuple[str, ...]:
    view = model.tree.view_of(name, model.views.get(name))
    return tuple(n for n in view.formula.names if n in model.tree.metrics) if view else ()


def _snapped(after: Value, before: Value) -> Value:
    """A value without the dust that arithmetic leaves where it should be zero."""
    if after is None or before is None:
        return after
    return 0.0 if abs(after) < DUST * abs(before) else after


def _differs(before: Value, after: Value) -> bool:
    if before is None or after is None:
        return before is not after
    return abs(after - before) > 1e-12 * max(1.0, abs(before))


class _Run:
    """One recomputation: components first, then what is computed from inputs that moved."""

    def __init__(self, model: Model, changed: Mapping[str, Value]) -> None:
        self.model = model
        self.done: dict[str, Value] = dict(changed)
        self.drivers = {
            child
            for name, metric in model.tree.metrics.items()
            for child in (name, *_formula_names(model, name))
            if metric.views
        }

    def all(self) -> Mapping[str, Value]:
        names = [*self.model.tree.in_tree_order(), *self.model.tree.metrics]
        return {name: self.value(name, ()) for name in dict.fromkeys(names)}

    def value(self, name: str, path: tuple[str, ...]) -> Value:
        if name in self.done:
            return self.done[name]
        if name in path:
            return self.model.values.get(name)
        found = self._computed(name, (*path, name))
        self.done[name] = found
        return found

    def _computed(self, name: str, path: tuple[str, ...]) -> Value:
        base = self.model.values.get(name)
        view = self.model.tree.view_of(name, self.model.views.get(name))
        if view is not None and base is not None:
            return self._by_formula(
                base, view.formula.evaluate, _formula_names(self.model, name), path
            )
        if name in self.drivers or base is None or not self._is_followed(name, ()):
            # a driver without drivers of its own moves only by hand; so does what the tree's
            # arithmetic does not wholly give
            return base
        return self._by_inputs(name, base, path)

    def _by_formula(
        self,
        base: float,
        evaluate: Callable[[Mapping[str, Value]], Value],
        names: tuple[str, ...],
        path: tuple[str, ...],
    ) -> Value:
        before = {child: self.model.values.get(child) for child in names}
        after = {child: self.value(child, path) for child in names}
        if not any(_differs(before[child], after[child]) for child in names):
            return base
        was, now = evaluate(before), evaluate(after)
        return None if was is None or now is None else base + now - was

    def _is_followed(self, name: str, path: tuple[str, ...]) -> bool:
        """Whether all it is computed from has a place in the tree's arithmetic."""
        if name in self.drivers:
            return True
        inputs = self.model.tree.metrics[name].inputs
        return bool(inputs) and all(
            each not in path and self._is_followed(each, (*path, name)) for each in inputs
        )

    def _by_inputs(self, name: str, base: float, path: tuple[str, ...]) -> Value:
        node = self.model.tree.metrics[name]
        if isinstance(node, Ratio):
            if not base and not (node.filter or node.numerator.filter or node.denominator.filter):
                # 0 grows by no factor, but the two sides as they are may be divided
                return self._quotient(node, path)
            top = self._factor(node.numerator.metric, path)
            bottom = self._factor(node.denominator.metric, path)
            return None if top is None or not bottom else base * top / bottom
        if isinstance(node, Derived) and all(
            slot == entry.metric for slot, entry in node.sources_of_slots.items()
        ):
            return self._by_formula(base, node.expr.evaluate, node.expr.names, path)
        return base

    def _quotient(self, node: Ratio, path: tuple[str, ...]) -> Value:
        top = self.value(node.numerator.metric, path)
        bottom = self.value(node.denominator.metric, path)
        return None if top is None or not bottom else top / bottom

    def _factor(self, name: str, path: tuple[str, ...]) -> Value:
        """How many times its old value an input is; 1 where it did not move."""
        before, after = self.model.values.get(name), self.value(name, path)
        if before is None or after is None or not before:
            return 1.0 if before == after else None
        return after / before
