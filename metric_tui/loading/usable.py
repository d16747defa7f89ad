"""A tree after its checks: without the parts that have errors, so that all the others work."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from metric_tui.base.problems import Problem
from metric_tui.definitions.kinds.broken import Broken
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.checks import CYCLES
from metric_tui.loading.metrics import as_broken


def with_usable_parts(tree: MetricTree, problems: Iterable[Problem]) -> MetricTree:
    """The tree without edges that lead nowhere; metrics that cannot be computed are `Broken`.

    Args:
        tree: as it was read.
        problems: what the checks found.
    """
    errors: dict[str, list[Problem]] = {}
    for problem in problems:
        if problem.severity == "error" and problem.metric is not None:
            errors.setdefault(problem.metric, []).append(problem)
    if not errors:
        return tree
    metrics = {
        name: _usable(metric, errors[name], tree.metrics) if name in errors else metric
        for name, metric in tree.metrics.items()
    }
    return replace(tree, metrics=metrics)


def _usable(metric: Metric, errors: list[Problem], names: Collection[str]) -> Metric:
    is_circular = any(problem.code in CYCLES for problem in errors)
    reason = next((problem.message for problem in errors if problem.stops_metric), None)
    if reason is not None and not isinstance(metric, Broken):
        metric = as_broken(metric, reason)
    if is_circular:
        # no walk over the tree may go round
        metric = replace(metric, components=())
    return _without_unknown_edges(metric, names)


def _without_unknown_edges(metric: Metric, names: Collection[str]) -> Metric:
    views = metric.views
    sound = tuple(view for view in views if all(name in names for name in view.formula.names))
    unread = dict.fromkeys(
        name for view in views if view not in sound for name in view.formula.names if name in names
    )
    return replace(
        metric,
        influences=tuple(edge for edge in metric.influences if edge.metric in names),
        guardrails=tuple(edge for edge in metric.guardrails if edge.metric in names),
        components=sound if unread or len(sound) < len(views) else metric.components,
        unread_components=tuple(unread),
    )
