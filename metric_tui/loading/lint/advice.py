"""How a lint rule words what it has to say about a metric."""

from __future__ import annotations

from collections.abc import Iterator

from metric_tui.base.problems import Problem
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.checks.file import File


def advice(
    file: File, metric: str, code: str, message: str, hint: str, *, together: str | None = None
) -> Iterator[Problem]:
    """A warning at a metric's name; nothing for a metric that has errors.

    Args:
        file: where the metric stands.
        metric: its name.
        code: one of `codes.WARNINGS`.
        message: one sentence about this metric.
        hint: what to write.
        together: the sentence about several metrics, with `{}` where they are listed.
    """
    # a metric with errors is to be repaired first, and says nothing sure
    if not file.has_errors(metric):
        path = ("metrics", metric)
        yield file.at_key(path, code, message, hint=hint, severity="warning", together=together)


def focus_of(tree: MetricTree) -> Metric | None:
    """The focus metric, None where the file names none."""
    return tree.metrics.get(tree.tree.focus) if tree.tree is not None else None
