"""Rules about distinct counts: people are counted, never added."""

from __future__ import annotations

from collections.abc import Iterator

from metric_tui.base.formulas import Formula
from metric_tui.base.problems import Problem
from metric_tui.definitions.kinds.cumulative import Cumulative
from metric_tui.definitions.kinds.derived import Derived
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.checks.file import File
from metric_tui.loading.lint.advice import advice


def distinct_counts_are_not_added(file: File) -> Iterator[Problem]:
    """Adding distinct counts of one entity counts those twice who stand in both.

    Said only where two counts of one entity and source are added that name some same event, or
    none, and have no filter: filters, events and lifecycle states may keep them apart.
    """
    for metric in file.tree.metrics.values():
        for formula in _formulas(metric):
            pair = _overlapping(file.tree, formula)
            if pair is not None:
                first, second = pair
                message = f"`{first}` and `{second}` count the same ones twice when added"
                hint = "count them in one metric with `agg: count_distinct`"
                yield from advice(file, metric.name, "distinct-added", message, hint)
                break


def _formulas(metric: Metric) -> tuple[Formula, ...]:
    own = (metric.expr,) if isinstance(metric, Derived) else ()
    return (*own, *(view.formula for view in metric.components or ()))


def _overlapping(tree: MetricTree, formula: Formula) -> tuple[str, str] | None:
    counts = [(name, tree.metrics[name]) for name in formula.names if name in tree.metrics]
    distinct = [
        (name, metric)
        for name, metric in counts
        if isinstance(metric, Simple) and metric.agg == "count_distinct" and not metric.filter
    ]
    for place, (name, metric) in enumerate(distinct):
        for other_name, other in distinct[place + 1 :]:
            if _may_share(metric, other) and _are_added(formula, name, other_name):
                return name, other_name
    return None


def _may_share(metric: Simple, other: Simple) -> bool:
    expressions = [entry.expr.node if entry.expr else None for entry in (metric, other)]
    if metric.source != other.source or expressions[0] != expressions[1]:
        return False
    events = set(metric.event)
    return not events or not other.event or not events.isdisjoint(other.event)


def _are_added(formula: Formula, first: str, second: str) -> bool:
    """Whether both stand with slope 1 in the formula, as terms of one sum do."""
    values = {name: [2.0 + place] for place, name in enumerate(formula.names)}
    _, gradient = formula.gradient(values, 1)
    return gradient[first] == [1.0] and gradient[second] == [1.0]


def distinct_counts_are_not_accumulated(file: File) -> Iterator[Problem]:
    """An average over days of a distinct count is not one of a longer period."""
    for metric in file.tree.metrics.values():
        if not isinstance(metric, Cumulative) or metric.period_agg != "average":
            continue
        found = file.tree.metrics.get(metric.input_metric.metric)
        if isinstance(found, Simple) and found.agg == "count_distinct" and metric.window is None:
            message = f"`{metric.name}` averages a distinct count that grows with each period"
            hint = "give it a `window`, or take `period_agg: last`"
            yield from advice(file, metric.name, "distinct-added", message, hint)
