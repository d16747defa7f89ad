"""Rules about the focus: is it worth looking at, and can it be steered?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from metric_tui.base.problems import Problem
from metric_tui.definitions.kinds.cumulative import Cumulative
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.checks.file import File
from metric_tui.loading.lint.advice import advice, focus_of


def focus_has_guardrails(file: File) -> Iterator[Problem]:
    """A focus that nothing holds in check will be gamed."""
    focus = focus_of(file.tree)
    if focus is not None and not focus.guardrails:
        message = f"nothing is said to hold the focus `{focus.name}` in check"
        hint = "name what must not get worse: `guardrails: [...]`"
        yield from advice(file, focus.name, "no-counter-metric", message, hint)


def focus_is_driven(file: File) -> Iterator[Problem]:
    """A tree explains its focus by what drives it."""
    focus = focus_of(file.tree)
    if focus is not None and not focus.views and not focus.influences:
        message = f"nothing is said to drive the focus `{focus.name}`"
        hint = (
            "write `components` that give it exactly, or `influences` that are thought to move it"
        )
        yield from advice(file, focus.name, "undriven-focus", message, hint)


def focus_is_an_amount(file: File) -> Iterator[Problem]:
    """A ratio, an average or a conversion also rises when less is done."""
    focus = focus_of(file.tree)
    if focus is not None and scale_in(file.tree, focus.name) <= 0:
        message = (
            f"the focus `{focus.name}` is {focus.rate_noun}, which also rises when less is done"
        )
        hint = "focus on an amount, and let the ratio drive it"
        yield from advice(file, focus.name, "ratio-focus", message, hint)


def scale_in(tree: MetricTree, name: str) -> float:
    """How a metric grows when everything is done n times as often: as n to this power."""

    @cache
    def scale(name: str) -> float:
        metric = tree.metrics.get(name)
        # of what is not there nothing is known, which is no reason to warn
        return metric.scale(scale) if metric is not None else 1.0

    return scale(name)


def focus_is_no_vanity(file: File) -> Iterator[Problem]:
    """A total that can only rise tells nothing.

    Said where the definition leaves no other way: a count since ever. What sums amounts may fall,
    so it is left to `check --data`.
    """
    for name in totals_since_ever(file.tree):
        if can_only_rise(file.tree, name):
            message = f"`{name}` counts since ever, so it can only rise"
            hint = "give it a `window`, or look at what is added in each period"
            together = "{} count since ever, so they can only rise"
            yield from advice(file, name, "vanity-metric", message, hint, together=together)


def totals_since_ever(tree: MetricTree) -> tuple[str, ...]:
    """The metrics aimed at (the focus, and what has a target) that hold a total of all time."""
    aimed = (
        name for name in tree.levels if name == tree.focus or tree.metrics[name].target is not None
    )
    return tuple(name for name in aimed if _holds_total(tree, name, frozenset()))


def _holds_total(tree: MetricTree, name: str, above: frozenset[str]) -> bool:
    metric = tree.metrics.get(name)
    if metric is None or name in above:
        return False
    if _is_total(metric):
        return True
    return metric.scale(lambda _: 1.0) > 0 and any(
        _holds_total(tree, other, above | {name}) for other in metric.inputs
    )


def _is_total(metric: Metric) -> bool:
    return isinstance(metric, Cumulative) and metric.window is None and metric.grain_to_date is None


def can_only_rise(tree: MetricTree, name: str) -> bool:
    """Whether a total of all time counts things, of which there are never fewer."""
    metric = tree.metrics[name]
    if not isinstance(metric, Cumulative) or not _is_total(metric):
        return False
    counted = tree.metrics.get(metric.input_metric.metric)
    return (
        isinstance(counted, Simple)
        and counted.aggregation.counts
        and counted.non_additive_dimension is None
    )
