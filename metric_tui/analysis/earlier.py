"""The definitions that held in the earlier period, where a tree file has changed since (rule E9)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from metric_tui.analysis.answers import Measures, setting_of_earlier
from metric_tui.analysis.drivers import Measured, components_below, valued
from metric_tui.analysis.why_question import WhyQuestion
from metric_tui.base.errors import QuestionError, StoreError
from metric_tui.base.periods import Period
from metric_tui.definitions.asks import Setting
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.store import Store
from metric_tui.loading.nearest import did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The tree of an earlier file over the store of the later one, ready to be asked."""

    name: str
    """What the file is called in messages."""

    store: Store
    measures: Measures

    @property
    def tree(self) -> MetricTree:
        return self.store.tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Was:
    """What became of the definitions below an explained metric."""

    name: str
    tree: MetricTree
    redefined: tuple[str, ...]
    """Metrics to which the two files give other values in either period."""

    errors: Mapping[str, str]
    """Drivers that the earlier file cannot compute, with the reason; the later one tells them."""


def names_of_both(
    tree: MetricTree, earlier: Earlier | None, question: WhyQuestion
) -> tuple[str, ...]:
    """The explained metric and its components at every depth, by both files.

    Raises:
        QuestionError: a file does not have the metric, or not the component view asked for.
    """
    found = components_below(tree, question)
    if earlier is None:
        return found
    known = earlier.tree.metrics
    if question.metric not in known:
        raise QuestionError(
            f"`{earlier.name}` has no metric `{question.metric}`",
            hint=did_you_mean(question.metric, known)
            or "explain one of its drivers, or leave --was out",
        )
    # views need not be called the same in both files; `Drivers` pairs those that are
    plain = replace(question, view=None, views=())
    return tuple(dict.fromkeys((*found, *components_below(earlier.tree, plain))))


def measured_by(
    earlier: Earlier,
    names: tuple[str, ...],
    question: WhyQuestion,
    setting: Setting,
    periods: tuple[Period, Period],
) -> tuple[Measured, Mapping[str, str]]:
    """Both periods' values by the earlier file.

    Args:
        earlier: the file.
        names: the metrics; those it does not have are left out.
        question: what is explained.
        setting: of the later file.
        periods: the earlier and the later period.

    Returns:
        What it gives, and why it does not give the rest.

    Raises:
        QuestionError: it cannot compute the explained metric.
        StoreError: the store cannot be read by it.
    """
    try:
        own = setting_of_earlier(earlier.store, setting)
    except StoreError as error:
        raise StoreError(f"by `{earlier.name}`: {error.message}", hint=error.hint) from error
    asked = tuple(name for name in names if name in earlier.tree.metrics)
    values, errors, _ = valued(asked, question.where, own, earlier.measures, periods)
    if question.metric in errors:
        raise QuestionError(f"by `{earlier.name}`: {errors[question.metric]}")
    known = {name: pair for name, pair in values.items() if name not in errors}
    return Measured(tree=earlier.tree, values=known), errors
