"""Warnings about a tree that can be computed but may mislead.

A metric silences one by `meta: {ignore: [code]}`.
"""

from __future__ import annotations

from collections.abc import Iterator

from metric_tui.base.formulas import Formula
from metric_tui.base.problems import Problem
from metric_tui.definitions.kinds.broken import Broken
from metric_tui.definitions.kinds.cumulative import Cumulative
from metric_tui.definitions.kinds.derived import Derived
from metric_tui.definitions.kinds.ratio import Ratio
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.checks.file import Check, File

MOST_CHILDREN = 7
MOST_LEVELS = 5
"""The focus counts as a level of its own only as level 0: five levels lie below it."""


def is_silenced(metric: Metric, code: str) -> bool:
    """Whether a metric's `meta: {ignore: ...}` names a code."""
    ignored = metric.meta.get("ignore", ())
    return code == ignored or (isinstance(ignored, list | tuple) and code in ignored)


def _warning(file: File, metric: str, code: str, message: str, hint: str) -> Iterator[Problem]:
    # a metric with errors is to be repaired first, and says nothing sure
    if not isinstance(file.tree.metrics[metric], Broken):
        path = ("metrics", metric)
        yield file.at_key(path, code, message, hint=hint, severity="warning")


def orphans(file: File) -> Iterator[Problem]:
    """Metrics that neither hang on the tree nor are computed into one that does."""
    metrics = file.tree.metrics.values()
    # what a broken metric is computed from is not known, so it may hold what seems loose
    if not file.tree.levels or any(isinstance(metric, Broken) for metric in metrics):
        return
    for name in file.tree.loose:
        if not file.tree.metrics[name].hidden:
            message = f"`{name}` is reached from nowhere in the tree"
            hint = "hang it on a metric by `components`, `influences` or `guardrails`"
            yield from _warning(file, name, "orphan-metric", message, hint)


def focus_without_guardrails(file: File) -> Iterator[Problem]:
    """A focus that nothing holds in check will be gamed."""
    focus = _focus(file.tree)
    if focus is not None and not focus.guardrails:
        message = f"nothing is said to hold the focus `{focus.name}` in check"
        hint = "name what must not get worse: `guardrails: [...]`"
        yield from _warning(file, focus.name, "no-counter-metric", message, hint)


def _focus(tree: MetricTree) -> Metric | None:
    return tree.metrics.get(tree.tree.focus) if tree.tree is not None else None


def focus_is_no_ratio(file: File) -> Iterator[Problem]:
    """A ratio rises when its denominator falls."""
    focus = _focus(file.tree)
    if isinstance(focus, Ratio):
        message = f"the focus `{focus.name}` is a ratio, which also rises when less is done"
        hint = "focus on an amount, and let the ratio drive it"
        yield from _warning(file, focus.name, "ratio-focus", message, hint)


def focus_is_no_vanity(file: File) -> Iterator[Problem]:
    """An all-time total can only rise, so it tells nothing."""
    for name in file.tree.levels:
        metric = file.tree.metrics[name]
        is_all_time = (
            isinstance(metric, Cumulative)
            and metric.window is None
            and metric.grain_to_date is None
        )
        if is_all_time and (name == file.tree.focus or metric.target is not None):
            message = f"`{name}` counts since ever, so it can only rise"
            hint = "give it a `window`, or look at what is added in each period"
            yield from _warning(file, name, "vanity-metric", message, hint)


def metrics_have_owners(file: File) -> Iterator[Problem]:
    """The focus and its direct drivers have somebody who answers for them.

    Said once, at the focus, where no metric of the file has an owner.
    """
    focus = _focus(file.tree)
    if focus is None:
        return
    hint = "write `owner:` with a name or an address"
    if not any(metric.owner for metric in file.tree.metrics.values()):
        yield from _warning(file, focus.name, "no-owner", "no metric has an owner", hint)
        return
    for name, level in file.tree.levels.items():
        metric = file.tree.metrics[name]
        if level <= 1 and not metric.owner and not metric.hidden:
            yield from _warning(file, name, "no-owner", f"nobody answers for `{name}`", hint)


def branches_lead(file: File) -> Iterator[Problem]:
    """A branch whose every metric is said to lag shows a change only when it is over."""
    tree = file.tree
    if not tree.levels:
        return
    for edge in tree.all_edges(tree.focus):
        if edge.kind == "guardrails" or not tree.all_edges(edge.child):
            continue
        branch = [tree.metrics[name] for name in tree.in_tree_order(edge.child)]
        if all(metric.indicator == "lagging" for metric in branch):
            message = f"every metric under `{edge.child}` lags"
            hint = "find a leading metric that moves it, such as an influence"
            yield from _warning(file, edge.child, "only-lagging", message, hint)


def few_children(file: File) -> Iterator[Problem]:
    """More children than a person can weigh at once."""
    for name in file.tree.levels:
        # guardrails watch and do not drive; a second view shows the same metric another way
        views = file.tree.metrics[name].views
        widest = max([len(view.formula.names) for view in views], default=0)
        count = widest + len(file.tree.metrics[name].influences)
        if count > MOST_CHILDREN:
            message = (
                f"`{name}` has {count} drivers, and more than {MOST_CHILDREN} are hard to weigh"
            )
            hint = "group some of them under a metric of their own"
            yield from _warning(file, name, "too-many-children", message, hint)


def few_levels(file: File) -> Iterator[Problem]:
    """Metrics too far below the focus to be seen to matter; said at the first of them."""
    deep = [name for name, level in file.tree.levels.items() if level > MOST_LEVELS]
    if deep:
        name = deep[0]
        message = f"`{name}` lies {file.tree.levels[name]} levels below the focus"
        hint = f"a tree of {MOST_LEVELS} levels can still be read; cut the path shorter"
        yield from _warning(file, name, "too-many-levels", message, hint)


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
                yield from _warning(file, metric.name, "distinct-added", message, hint)
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
            yield from _warning(file, metric.name, "distinct-added", message, hint)


LINTS: tuple[Check, ...] = (
    orphans,
    focus_without_guardrails,
    focus_is_no_ratio,
    focus_is_no_vanity,
    metrics_have_owners,
    branches_lead,
    few_children,
    few_levels,
    distinct_counts_are_not_added,
    distinct_counts_are_not_accumulated,
)
"""The warnings, in the order they are looked for."""
