"""Every place where a metric must be named, and names that no metric has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metric_tui.base.formulas import Formula
from metric_tui.base.problems import Path, Problem
from metric_tui.definitions.edges import MetricInput
from metric_tui.definitions.kinds.derived import Derived
from metric_tui.definitions.kinds.funnel import Funnel
from metric_tui.definitions.metric import Metric
from metric_tui.loading.checks.file import File
from metric_tui.loading.checks.references import INPUT_FIELDS, names_under
from metric_tui.loading.nearest import did_you_mean


@dataclass(frozen=True, slots=True)
class Mention:
    """A metric named somewhere: where, and which characters of the value where it is a formula."""

    name: str
    path: Path
    within: tuple[int, int] | None = None


def unknown_metrics(file: File) -> Iterator[Problem]:
    """Metrics that are named and not there, each at the very characters."""
    known = names_under(file, "metrics")
    for mention in mentions(file):
        if mention.name not in known:
            yield file.at_value(
                mention.path,
                "unknown-metric",
                f"no metric is named `{mention.name}`",
                hint=did_you_mean(mention.name, known),
                within=mention.within,
            )


def mentions(file: File) -> Iterator[Mention]:
    """Every place where a metric must be named."""
    tree = file.tree
    if tree.tree is not None:
        yield Mention(tree.tree.focus, ("tree", "focus"))
    for metric in tree.metrics.values():
        yield from _edges(file, metric)
        yield from _inputs(metric)
    for place in range(file.document.length(("annotations",))):
        yield from _listed(file, ("annotations", place, "metrics"))
    for place in range(file.document.length(("objectives",))):
        results: Path = ("objectives", place, "key_results")
        for index in range(file.document.length(results)):
            yield from _named(file, (*results, index, "metric"))
    for scenario in tree.scenarios.values():
        for index, lever in enumerate(scenario.levers):
            yield Mention(lever.metric, ("scenarios", scenario.name, "levers", index, "metric"))


def _listed(file: File, path: Path, *below: str) -> Iterator[Mention]:
    """What a list names, read from the file: entries that cannot be used keep their places there."""
    for index in range(file.document.length(path)):
        yield from _named(file, (*path, index, *below))


def _named(file: File, path: Path) -> Iterator[Mention]:
    name = file.document.text_at(path)
    if name is not None:
        yield Mention(name, path)


def _edges(file: File, metric: Metric) -> Iterator[Mention]:
    own: Path = ("metrics", metric.name)
    for view in metric.components or ():
        path = (*own, "components", view.name)
        if file.document.node((*own, "components")) is None:
            # a derived metric that could not be read keeps its `expr` as its components
            path = (*own, "expr")
        yield from _names(view.formula, path, ())
    yield from _listed(file, (*own, "influences"), "metric")
    yield from _listed(file, (*own, "guardrails"), "metric")


def _names(formula: Formula, path: Path, slots: Sequence[str]) -> Iterator[Mention]:
    for name in formula.names:
        if name not in slots:
            yield Mention(name, path, formula.spans[name][0])


def _inputs(metric: Metric) -> Iterator[Mention]:
    own: Path = ("metrics", metric.name)
    if isinstance(metric, Derived):
        slots = [entry.slot for entry in metric.input_metrics]
        yield from _names(metric.expr, (*own, "expr"), slots)
        for index, entry in enumerate(metric.input_metrics):
            yield Mention(entry.metric, (*own, "input_metrics", index, "metric"))
    if isinstance(metric, Funnel):
        for index, step in enumerate(metric.steps):
            if step.metric is not None:
                yield Mention(step.metric, (*own, "steps", index, "metric"))
    for field in INPUT_FIELDS:
        found = getattr(metric, field, None)
        if isinstance(found, MetricInput):
            yield Mention(found.metric, (*own, field, "metric"))
