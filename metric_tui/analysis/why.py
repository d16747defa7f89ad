"""Why a metric moved between two periods: drivers, segments, influences, and the data's health."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from metric_tui.analysis.answers import Measures, outcomes_of
from metric_tui.analysis.bridge import Bridge, bridge_of
from metric_tui.analysis.contribution import Driver, explain
from metric_tui.analysis.evidence import EdgeFinding, edge_findings
from metric_tui.analysis.explanation import Explanation
from metric_tui.analysis.health import HealthFinding, health_of
from metric_tui.analysis.quotients import with_mean_parts
from metric_tui.analysis.slices import TopSlices
from metric_tui.analysis.splits import Splits, splits_of
from metric_tui.analysis.telling import DimensionSplit
from metric_tui.analysis.why_question import WhyQuestion, periods_of
from metric_tui.base.errors import MetricTuiError, QuestionError
from metric_tui.base.periods import Period
from metric_tui.base.series import Table, Value
from metric_tui.definitions.asks import MetricAsk, Setting, Slice
from metric_tui.definitions.edges import Annotation, ComponentView
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.store import Store
from metric_tui.planning.build import Outcome

MOST_DEPTH = 12
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
    bridge: Bridge | None
    """Who came and left, of a distinct count."""

    annotations: tuple[Annotation, ...]
    """What happened in or shortly before either period."""

    errors: Mapping[str, str]
    """Metrics below that could not be computed, with the reason."""


def why(question: WhyQuestion, store: Store, measures: Measures) -> Why:
    """Explain a metric's change.

    Raises:
        QuestionError: there is no such metric or range, or the metric cannot be computed.
        StoreError: the store cannot be read.
        Cancelled: the engine was interrupted.
    """
    tree = store.tree
    tree.metric(question.metric)
    setting, period, against = periods_of(question, store)
    names = _below(tree, question)
    outcomes = _values(names, question, setting, measures, (against, period))
    values = {name: _pair(outcome) for name, outcome in outcomes.items()}
    errors = {
        name: outcome.message
        for name, outcome in outcomes.items()
        if isinstance(outcome, MetricTuiError)
    }
    if question.metric in errors:
        raise QuestionError(errors[question.metric])
    wide = with_mean_parts(tree)
    found = _splits(question, wide, setting, measures, (against, period))
    return Why(
        question=question,
        tree=tree,
        period=period,
        against=against,
        values=values,
        explanation=explain(_driver(question.metric, tree, question, values, ())),
        splits=found.tables,
        slices=found.slices,
        influences=edge_findings(names, question.where, setting, measures, (against, period)),
        health=health_of(names, question.where, setting, measures, (against, period), found.tables),
        bridge=bridge_of(question.metric, question.where, setting, measures, (against, period)),
        annotations=_annotations(tree, question, setting, (against, period)),
        errors=errors,
    )


def _below(tree: MetricTree, question: WhyQuestion) -> tuple[str, ...]:
    """The metric, its components at every depth, and their influences and guardrails."""
    found: dict[str, None] = {}
    components: dict[str, None] = {}

    def walk(name: str, path: tuple[str, ...]) -> None:
        components[name] = None
        view = _view(tree, question, name)
        for child in view.formula.names if view else ():
            if child in tree.metrics and child not in path and len(path) < MOST_DEPTH:
                walk(child, (*path, child))

    walk(question.metric, (question.metric,))
    for name in components:
        found[name] = None
    for name in components:
        node = tree.metrics[name]
        others = [*(edge.metric for edge in node.influences), *node.guardrails]
        found.update((other, None) for other in others if other in tree.metrics)
    return tuple(found)


def _view(tree: MetricTree, question: WhyQuestion, metric: str) -> ComponentView | None:
    chosen = question.view if metric == question.metric else None
    found = tree.view_of(metric, chosen or dict(question.views).get(metric))
    if chosen is not None and found is None:
        names = ", ".join(view.name for view in tree.metrics[metric].views)
        raise QuestionError(
            f"`{metric}` has no component view `{chosen}`", hint=f"it has {names or 'none'}"
        )
    return found


def _values(
    names: tuple[str, ...],
    question: WhyQuestion,
    setting: Setting,
    measures: Measures,
    periods: tuple[Period, Period],
) -> Mapping[str, Outcome]:
    spans = (periods[0].span, periods[1].span)
    sliced = Slice(where=question.where)
    asks = {name: MetricAsk(metric=name, spans=spans, slice=sliced) for name in names}
    outcomes = outcomes_of(asks.values(), setting, measures)
    return {name: outcomes[ask] for name, ask in asks.items()}


def _pair(outcome: Outcome) -> tuple[Value, Value]:
    if isinstance(outcome, Table):
        before, after = outcome.of(())
        return before, after
    return None, None


def _driver(
    name: str,
    tree: MetricTree,
    question: WhyQuestion,
    values: Mapping[str, tuple[Value, Value]],
    path: tuple[str, ...],
) -> Driver:
    """The metric's place with everything below it; a metric that could not be computed is a leaf."""
    before, after = values[name]
    view = _view(tree, question, name)
    children = view.formula.names if view else ()
    inside = (*path, name)
    opened = bool(children) and all(child in values and child not in inside for child in children)
    return Driver(
        name=name,
        before=before,
        after=after,
        formula=view.formula if view and opened else None,
        drivers=tuple(_driver(child, tree, question, values, inside) for child in children)
        if opened
        else (),
    )


def _splits(
    question: WhyQuestion,
    tree: MetricTree,
    setting: Setting,
    measures: Measures,
    periods: tuple[Period, Period],
) -> Splits:
    view = _view(tree, question, question.metric)
    children = tuple(name for name in (view.formula.names if view else ()) if name in tree.metrics)
    return splits_of(
        (question.metric, *children),
        question.by,
        question.where,
        replace(setting, tree=tree),
        measures,
        (periods[0].span, periods[1].span),
    )


def _annotations(
    tree: MetricTree, question: WhyQuestion, setting: Setting, periods: tuple[Period, Period]
) -> tuple[Annotation, ...]:
    """What happened from a week before the earlier period to the end of the later one."""
    calendar = setting.calendar
    begin = calendar.day_of(periods[0].span.start) - timedelta(days=NEAR_DAYS)
    end = calendar.day_of(periods[1].span.end)
    below = set(_below(tree, question))
    return tuple(
        note
        for note in tree.annotations
        if begin <= note.date < end and (not note.metrics or below & set(note.metrics))
    )
