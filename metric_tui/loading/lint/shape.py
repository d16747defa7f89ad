"""Rules about how the tree hangs together, and who answers for it."""

from __future__ import annotations

from collections.abc import Iterator

from metric_tui.base.problems import Problem
from metric_tui.definitions.metric import CATEGORIES
from metric_tui.loading.checks.file import File
from metric_tui.loading.lint.advice import advice, focus_of
from metric_tui.loading.nearest import slip_of

MOST_CHILDREN = 7
MOST_LEVELS = 5
"""The focus counts as a level of its own only as level 0: five levels lie below it."""


def nothing_is_loose(file: File) -> Iterator[Problem]:
    """Metrics that neither hang on the tree nor are computed into one that does."""
    # what a metric with errors hangs on or is computed from is not known: it may hold what seems loose
    if not file.tree.levels or any(file.has_errors(name) for name in file.tree.metrics):
        return
    for name in file.tree.loose:
        if not file.tree.metrics[name].hidden:
            message = f"`{name}` is reached from nowhere in the tree"
            together = "{} are reached from nowhere in the tree"
            hint = "hang it on a metric by `components`, `influences` or `guardrails`"
            yield from advice(file, name, "orphan-metric", message, hint, together=together)


def metrics_have_owners(file: File) -> Iterator[Problem]:
    """The focus and its direct drivers have somebody who answers for them.

    Said once, at the focus, where no metric of the file has an owner.
    """
    focus = focus_of(file.tree)
    if focus is None:
        return
    hint = "write `owner:` with a name or an address"
    if not any(metric.owner for metric in file.tree.metrics.values()):
        yield from advice(file, focus.name, "no-owner", "no metric has an owner", hint)
        return
    for name, level in file.tree.levels.items():
        metric = file.tree.metrics[name]
        if level <= 1 and not metric.owner and not metric.hidden:
            message, together = f"nobody answers for `{name}`", "nobody answers for {}"
            yield from advice(file, name, "no-owner", message, hint, together=together)


def categories_are_meant(file: File) -> Iterator[Problem]:
    """A category that is one slip away from one of the field's; any other word is one's own."""
    for name, metric in file.tree.metrics.items():
        meant = slip_of(metric.category or "", CATEGORIES)
        if meant is not None:
            yield file.at_value(
                ("metrics", name, "category"),
                "unknown-category",
                f"`{metric.category}` is none of the field's categories, but close to one",
                hint=f"did you mean `{meant}`?",
                severity="warning",
            )


def branches_lead(file: File) -> Iterator[Problem]:
    """A branch, or the focus with its drivers, that only lags shows a change when it is over."""
    tree, focus = file.tree, focus_of(file.tree)
    if focus is None:
        return
    edges = [edge for edge in tree.all_edges(focus.name) if edge.kind != "guardrails"]
    hint = "find a leading metric that moves it, such as an influence"
    drivers = [tree.metrics[edge.child] for edge in edges]
    if drivers and all(metric.indicator == "lagging" for metric in (focus, *drivers)):
        message = f"the focus `{focus.name}` and all its drivers lag"
        yield from advice(file, focus.name, "only-lagging", message, hint)
    for name in dict.fromkeys(edge.child for edge in edges if tree.all_edges(edge.child)):
        if all(tree.metrics[below].indicator == "lagging" for below in tree.in_tree_order(name)):
            message, together = f"every metric under `{name}` lags", "every metric under {} lags"
            yield from advice(file, name, "only-lagging", message, hint, together=together)


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
            together = f"{{}} have more than {MOST_CHILDREN} drivers, which are hard to weigh"
            hint = "group some of them under a metric of their own"
            yield from advice(file, name, "too-many-children", message, hint, together=together)


def few_levels(file: File) -> Iterator[Problem]:
    """Metrics too far below the focus to be seen to matter; said at the first of them."""
    deep = [name for name, level in file.tree.levels.items() if level > MOST_LEVELS]
    if deep:
        name = deep[0]
        message = f"`{name}` lies {file.tree.levels[name]} levels below the focus"
        hint = f"a tree of {MOST_LEVELS} levels can still be read; cut the path shorter"
        yield from advice(file, name, "too-many-levels", message, hint)
