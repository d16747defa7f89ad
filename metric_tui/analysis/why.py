"""Why a metric moved between two periods: drivers, segments, influences, and the data's health."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from metric_tui.analysis.answers import Measures
from metric_tui.analysis.bridge import Bridge, bridge_of
from metric_tui.analysis.contribution import explain
from metric_tui.analysis.drivers import (
    Drivers,
    Measured,
    chosen_view,
    redefined_metrics,
    valued,
)
from metric_tui.analysis.earlier import Earlier, Was, measured_by, names_of_both
from metric_tui.analysis.evidence import EdgeFinding, edge_findings, with_parts
from metric_tui.analysis.explanation import Explanation
from metric_tui.analysis.fault_weights import weighed
from metric_tui.analysis.health import HealthFinding, health_of
from metric_tui.analysis.slices import TopSlices
from metric_tui.analysis.splits import Splits, splits_of
from metric_tui.analysis.telling import DimensionSplit
from metric_tui.analysis.why_guardrails import GuardrailFinding, guardrail_findings
from metric_tui.analysis.why_question import WhyQuestion, periods_of
from metric_tui.base.errors import QuestionError
from metric_tui.base.periods import Period
from metric_tui.base.series import Value
from metric_tui.definitions.asks import Setting
from metric_tui.definitions.edges import Annotation
from metric_tui.definitions.metric import Metric
from metric_tui.definitions.quotients import with_mean_parts
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.store import Store

NEAR_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Everything found about one change."""

    question: WhyQuestion
    tree: MetricTree
    period: Period
    against: Period
    values: Mapping[str, tuple[Value, Value]]
    """Before and after of every metric below, and of its influences and guardrails."""

    explanation: Explanation
    splits: tuple[DimensionSplit, ...]
    slices: TopSlices | None
    influences: tuple[EdgeFinding, ...]
    health: tuple[HealthFinding, ...]
    guardrails: tuple[GuardrailFinding, ...]
    bridge: Bridge | None
    """Who came and left, of a distinct count."""

    annotations: tuple[Annotation, ...]
    """What happened in or shortly before either period."""

    errors: Mapping[str, str]
    """Metrics below that could not be computed, with the reason."""

    is_immature: bool = False
    """Whether the metric's value may still change in either period: the two are not alike."""

    was: Was | None = None
    """What became of the definitions, where the earlier period is told by an earlier file."""

    def metric(self, name: str) -> Metric | None:
        """A driver by name, of the tree or of the earlier file."""
        found = self.tree.metrics.get(name)
        return self.was.tree.metrics.get(name) if found is None and self.was else found


def why(
    question: WhyQuestion, store: Store, measures: Measures, earlier: Earlier | None = None
) -> Why:
    """Explain a metric's change.

    Args:
        question: which change.
        store: of the tree.
        measures: what answers.
        earlier: by what definitions the earlier period is told, where these were others.

    Raises:
        QuestionError: there is no such metric or range, or the metric cannot be computed.
        StoreError: the store cannot be read.
        Cancelled: the engine was interrupted.
    """
    tree = store.tree
    tree.metric(question.metric)
    setting, period, against = periods_of(question, store)
    periods, where = (against, period), question.where
    components = names_of_both(tree, earlier, question)
    names = _below(tree, tuple(name for name in components if name in tree.metrics))
    values, errors, immature = valued(names, where, setting, measures, periods)
    if question.metric in errors:
        raise QuestionError(errors[question.metric])
    later = Measured(tree=tree, values=values)
    before, was = _by_earlier(earlier, later, components, question, setting, periods)
    found = _splits(question, with_mean_parts(tree), setting, measures, periods, was)
    is_redefined = was is not None and question.metric in was.redefined
    explanation = explain(Drivers(question, later, before).focus())
    change = explanation.change
    parts = explanation.totals() | ({} if change is None else {question.metric: change})
    health = health_of(names, where, setting, measures, periods, found.tables)
    annotations = _annotations(tree, names, setting, periods)
    edges = edge_findings(names, where, setting, measures, periods)
    return Why(
        question=question,
        tree=tree,
        period=period,
        against=against,
        values={
            name: (before.values[name][0] if before and name in before.values else first, second)
            for name, (first, second) in values.items()
        },
        explanation=explanation,
        splits=found.tables,
        slices=found.slices,
        influences=with_parts(edges, parts, change),
        health=weighed(health, tree, explanation, annotations),
        guardrails=guardrail_findings(names, where, setting, measures, periods),
        bridge=None
        if is_redefined
        else bridge_of(question.metric, where, setting, measures, periods),
        annotations=annotations,
        errors=errors,
        is_immature=question.metric in immature,
        was=was,
    )


def _by_earlier(
    earlier: Earlier | None,
    later: Measured,
    components: tuple[str, ...],
    question: WhyQuestion,
    setting: Setting,
    periods: tuple[Period, Period],
) -> tuple[Measured | None, Was | None]:
    """What the earlier file gives, and what became of its definitions; None without one."""
    if earlier is None:
        return None, None
    found, errors = measured_by(earlier, components, question, setting, periods)
    redefined = redefined_metrics(later, found)
    return found, Was(name=earlier.name, tree=earlier.tree, redefined=redefined, errors=errors)


def _below(tree: MetricTree, components: tuple[str, ...]) -> tuple[str, ...]:
    """The components, then their influences and guardrails."""
    found = dict.fromkeys(components)
    for name in components:
        node = tree.metrics[name]
        others = [
            *(edge.metric for edge in node.influences),
            *(edge.metric for edge in node.guardrails),
        ]
        found.update((other, None) for other in others if other in tree.metrics)
    return tuple(found)


def _splits(
    question: WhyQuestion,
    tree: MetricTree,
    setting: Setting,
    measures: Measures,
    periods: tuple[Period, Period],
    was: Was | None,
) -> Splits:
    """Tables by segment; a metric whose definition changed has none, as two cannot be compared."""
    view = chosen_view(tree, question, question.metric)
    names = (question.metric, *(view.formula.names if view else ()))
    redefined = was.redefined if was is not None else ()
    kept = tuple(name for name in names if name in tree.metrics and name not in redefined)
    if not kept:
        return Splits(tables=(), slices=None)
    return splits_of(
        kept,
        question.by,
        question.where,
        replace(setting, tree=tree),
        measures,
        (periods[0].span, periods[1].span),
        with_slices=question.metric in kept,
    )


def _annotations(
    tree: MetricTree, names: tuple[str, ...], setting: Setting, periods: tuple[Period, Period]
) -> tuple[Annotation, ...]:
    """What happened from a week before the earlier period to the end of the later one."""
    calendar = setting.calendar
    begin = calendar.day_of(periods[0].span.start) - timedelta(days=NEAR_DAYS)
    end = calendar.day_of(periods[1].span.end)
    below = set(names)
    return tuple(
        note
        for note in tree.annotations
        if begin <= note.date < end and (not note.metrics or below & set(note.metrics))
    )
