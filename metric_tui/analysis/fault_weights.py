"""Which faults of the data could carry a change, and which are what somebody did on purpose."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from metric_tui.analysis.evidence import inputs_of
from metric_tui.analysis.explanation import Explanation
from metric_tui.analysis.health import HealthFinding
from metric_tui.definitions.edges import Annotation
from metric_tui.definitions.tree import MetricTree

CARRIED = 0.5
"""A fault could carry a change from half of its size on."""

NOTED_WITHIN = timedelta(days=3)
"""So near to what is noted of a metric a new level of its events is that, and no fault."""

EVENTS = ("gap", "volume_break")
"""Faults that something done on purpose looks like."""


def weighed(
    findings: Iterable[HealthFinding],
    tree: MetricTree,
    explanation: Explanation,
    annotations: Sequence[Annotation],
) -> tuple[HealthFinding, ...]:
    """The findings with what they are worth for one change: what could carry it first.

    A fault could carry a change where its rows are counted in the metric that changed and the
    part of the period's rows that it concerns is at least half of the relative change. One that an
    annotation of its metric explains is no fault.

    Args:
        findings: in any order.
        tree: whose metrics they are about.
        explanation: of the change.
        annotations: what happened around the periods.
    """
    counted = {name for place in explanation.contributions for name in inputs_of(tree, place.name)}
    counted |= inputs_of(tree, explanation.name)
    found = [_weighed(each, counted, explanation, annotations) for each in findings]
    return tuple(
        sorted(found, key=lambda each: (not each.carries, each.noted is not None, -each.share))
    )


def _weighed(
    finding: HealthFinding,
    counted: set[str],
    explanation: Explanation,
    annotations: Sequence[Annotation],
) -> HealthFinding:
    noted = _noted(finding, annotations)
    carries = (
        noted is None
        and finding.metric in counted
        and finding.share >= CARRIED * _relative_change(explanation)
    )
    return replace(finding, carries=carries, noted=noted)


def _noted(finding: HealthFinding, annotations: Sequence[Annotation]) -> str | None:
    if finding.code not in EVENTS:
        return None
    for note in annotations:
        is_near = any(abs(day - note.date) <= NOTED_WITHIN for day in finding.days)
        if finding.metric in note.metrics and is_near:
            return note.label
    return None


def _relative_change(explanation: Explanation) -> float:
    """The change as a part of the larger value; 1 where there is no number to take it of."""
    before, after = explanation.before, explanation.after
    if before is None or after is None:
        return 1.0
    largest = max(abs(before), abs(after))
    return abs(after - before) / largest if largest else 0.0
