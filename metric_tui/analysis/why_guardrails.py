"""How the guardrails of an explained change stand, each against its own history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from metric_tui.analysis.answers import Measures, outcomes_of
from metric_tui.analysis.guardrails import (
    GuardrailStanding,
    evidence_from,
    guardrail_standing,
    unbounded,
)
from metric_tui.analysis.unusual import HISTORY
from metric_tui.base.periods import Period, Span
from metric_tui.base.series import Table, Value
from metric_tui.definitions.asks import Condition, MetricAsk, Setting, Slice
from metric_tui.definitions.tree import MetricTree

SPANS_BEFORE = 12
"""How many stretches of the same length say what is usual where the range is no period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardrailFinding:
    """A guardrail beside the change that is explained."""

    metric: str
    before: Value
    after: Value
    standing: GuardrailStanding


def guardrail_findings(
    names: Iterable[str],
    where: tuple[Condition, ...],
    setting: Setting,
    measures: Measures,
    periods: tuple[Period, Period],
) -> tuple[GuardrailFinding, ...]:
    """Every guardrail of the metrics explained, in the order of their names.

    Args:
        names: the metrics below, their guardrails among them.
        where: the filter.
        setting: of the question.
        measures: what answers.
        periods: the earlier and the later one.

    Raises:
        StoreError, Cancelled.
    """
    tree, (against, period) = setting.tree, periods
    guards = _guardrails_among(tree, names)
    if not guards:
        return ()
    before = _spans_before(setting, period)
    history = (*before, period.span)
    spans = {name: history if name in unbounded(tree) else (period.span,) for name in guards}
    asks = {
        name: MetricAsk(metric=name, spans=(*spans[name], against.span), slice=Slice(where=where))
        for name in guards
    }
    outcomes = outcomes_of(asks.values(), setting, measures)
    found = []
    for name, ask in asks.items():
        table = outcomes[ask]
        values, notes = (
            (table.of(()), table.notes_of(()))
            if isinstance(table, Table)
            else ((None,) * len(ask.spans), (frozenset(),) * len(ask.spans))
        )
        evidence = evidence_from(values[:-1], notes[:-1], values[-1], setting.grain)
        standing = guardrail_standing(tree, name, evidence)
        assert standing is not None
        found.append(
            GuardrailFinding(
                metric=name, before=values[-1], after=evidence.value, standing=standing
            )
        )
    return tuple(found)


def _guardrails_among(tree: MetricTree, names: Iterable[str]) -> tuple[str, ...]:
    """The guardrails of metrics, each once."""
    edges = (edge for name in names if name in tree.metrics for edge in tree.all_edges(name))
    return tuple(dict.fromkeys(edge.child for edge in edges if edge.kind == "guardrails"))


def _spans_before(setting: Setting, period: Period) -> tuple[Span, ...]:
    """The periods before one; of a range that is no period, stretches of as many days."""
    calendar, span = setting.calendar, period.span
    if setting.grain in HISTORY:
        count = HISTORY[setting.grain]
        return tuple(
            each.span for each in calendar.periods_before(span.start, setting.grain, count)
        )
    days = (calendar.day_of(span.end) - calendar.day_of(span.start)).days
    if days < 1:
        return ()
    first = calendar.day_of(span.start)
    bounds = [
        calendar.midnight(first - timedelta(days=days * place))
        for place in range(SPANS_BEFORE, -1, -1)
    ]
    return tuple(Span(*pair) for pair in pairwise(bounds))
