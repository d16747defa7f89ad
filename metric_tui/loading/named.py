"""Words of a file that may name an event or a metric: which of the two, once all metrics are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from metric_tui.definitions.kinds.funnel import Funnel, FunnelStep
from metric_tui.definitions.kinds.retention import Retention
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.document import Document
from metric_tui.loading.nodes import Scalar, solid


def with_named_metrics(tree: MetricTree, document: Document) -> MetricTree:
    """The tree with every `start`, `return` and step told apart as an event or a metric."""
    metrics = {name: _named(metric, tree, document) for name, metric in tree.metrics.items()}
    return replace(tree, metrics=metrics)


def _named(metric: Metric, tree: MetricTree, document: Document) -> Metric:
    if isinstance(metric, Retention):
        names = (name for name in (*metric.start, *metric.back) if name in tree.metrics)
        found = tuple(name for name in dict.fromkeys(names) if name != metric.name)
        return replace(metric, metrics_named=found)
    if isinstance(metric, Funnel):
        steps = tuple(
            _step(step, metric, tree.metrics, has_source=metric.source or len(tree.sources) == 1)
            if _is_a_word(document, metric.name, place)
            else step
            for place, step in enumerate(metric.steps)
        )
        return replace(metric, steps=steps)
    return metric


def _is_a_word(document: Document, funnel: str, place: int) -> bool:
    """Whether a step is written as a single word, which may mean either."""
    node = document.node(("metrics", funnel, "steps", place))
    return node is not None and isinstance(solid(node), Scalar)


def _step(
    step: FunnelStep, funnel: Funnel, metrics: Mapping[str, Metric], *, has_source: object
) -> FunnelStep:
    (name,) = step.event
    found = metrics.get(name)
    if found is None or name == funnel.name:
        return step
    if has_source and isinstance(found, Simple) and name in found.event:
        # the event of that name is what is written, without what else the metric asks for
        return step
    return replace(step, event=(), metric=name)
