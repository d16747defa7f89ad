"""Some metrics can only be computed from metrics of a certain kind."""

from __future__ import annotations

from collections.abc import Iterator

from metric_tui.base.problems import Path, Problem
from metric_tui.definitions.kinds.broken import Broken
from metric_tui.definitions.kinds.conversion import Conversion
from metric_tui.definitions.kinds.cumulative import Cumulative
from metric_tui.definitions.kinds.funnel import Funnel
from metric_tui.definitions.kinds.lifecycle import Lifecycle
from metric_tui.definitions.kinds.retention import Retention
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.metric import Metric
from metric_tui.loading.checks.file import File

COUNTS = ("count", "count_distinct")


def inputs_fit(file: File) -> Iterator[Problem]:
    """Who is active must be a distinct count, what converts a count, and no total a total's input."""
    for metric in file.tree.metrics.values():
        if isinstance(metric, Lifecycle):
            yield from _lifecycle(file, metric)
        elif isinstance(metric, Conversion):
            yield from _conversion(file, metric)
        elif isinstance(metric, Cumulative):
            yield from _cumulative(file, metric)
        elif isinstance(metric, Retention):
            yield from _retention(file, metric)
        elif isinstance(metric, Funnel):
            yield from _funnel(file, metric)


def _input(file: File, name: str) -> Metric | None:
    """A readable input; what is wrong with the others is said elsewhere."""
    metric = file.tree.metrics.get(name)
    return None if metric is None or metric.is_draft or isinstance(metric, Broken) else metric


def _called(metric: Metric) -> str:
    if isinstance(metric, Simple):
        return f"`{metric.name}` is `agg: {metric.agg}`"
    return f"`{metric.name}` is `type: {metric.type}`"


def _lifecycle(file: File, metric: Lifecycle) -> Iterator[Problem]:
    found = _input(file, metric.input_metric.metric)
    if found is None or (isinstance(found, Simple) and found.agg == "count_distinct"):
        return
    path: Path = ("metrics", metric.name, "input_metric", "metric")
    message = f"a lifecycle is computed from a distinct count, and {_called(found)}"
    hint = "name a metric with `agg: count_distinct`"
    yield file.at_value(path, "wrong-input", message, hint=hint)


def _conversion(file: File, metric: Conversion) -> Iterator[Problem]:
    for field in ("base_metric", "conversion_metric"):
        found = _input(file, getattr(metric, field).metric)
        if found is None or (isinstance(found, Simple) and found.agg in COUNTS):
            continue
        message = f"a conversion is computed from counts, and {_called(found)}"
        hint = "name a metric with `agg: count` or `agg: count_distinct`"
        path: Path = ("metrics", metric.name, field, "metric")
        yield file.at_value(path, "wrong-input", message, hint=hint)


def _cumulative(file: File, metric: Cumulative) -> Iterator[Problem]:
    found = _input(file, metric.input_metric.metric)
    if not isinstance(found, Cumulative | Lifecycle) or found is metric:
        return
    message = f"a cumulative metric reads rows anew, and {_called(found)}"
    hint = f"accumulate `{found.inputs[0]}` instead"
    path: Path = ("metrics", metric.name, "input_metric", "metric")
    yield file.at_value(path, "wrong-input", message, hint=hint)


def _funnel(file: File, metric: Funnel) -> Iterator[Problem]:
    for index, step in enumerate(metric.steps):
        found = _input(file, step.metric) if step.metric is not None else None
        if found is not None and not isinstance(found, Simple):
            message = f"a funnel's step is rows, and {_called(found)}"
            path: Path = ("metrics", metric.name, "steps", index, "metric")
            yield file.at_value(path, "wrong-input", message, hint="name a metric with `agg`")


def _retention(file: File, metric: Retention) -> Iterator[Problem]:
    for field in ("start", "back"):
        for index, name in enumerate(getattr(metric, field)):
            found = _input(file, name)
            if name != metric.name and found is not None and not isinstance(found, Simple):
                message = f"a retention is computed from events, and {_called(found)}"
                path: Path = ("metrics", metric.name, field, index)
                hint = "name an event, or a metric with `agg`"
                yield file.at_value(path, "wrong-input", message, hint=hint)
