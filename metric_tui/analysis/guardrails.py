"""Is a guardrail breached: by the bound that the file gives, or by what is usual for its metric.

The one rule behind every front: rows, card, map, JSON, explanations and what-ifs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from metric_tui.analysis.limits import UNSETTLED, NaturalLimits, last_of, last_period, outside
from metric_tui.analysis.status import Flag, judge
from metric_tui.analysis.unusual import flags_of
from metric_tui.base.periods import DEFAULT_PERIODS, Grain
from metric_tui.base.series import NOTES, Note, Value
from metric_tui.definitions.edges import Guardrail
from metric_tui.definitions.metric import Direction
from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.answer import MetricAnswer

GuardrailStatus = Literal["held", "breached", "not_judged"]

Cause = Literal[
    "max", "min", "worse_than", "limits", "unusual", "no_value", "no_base", "no_history"
]
"""What broke it, or with `not_judged` what is missing to say."""

UNSURE: frozenset[Note] = UNSETTLED | {"small", "gap"}
"""Notes of values that may be far from usual without anything having got worse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of a guardrail's value."""

    value: Value
    base: Value
    """What it is compared with; None where nothing is."""

    notes: frozenset[Note] = frozenset()
    limits: NaturalLimits | None = None
    """The natural limits of the periods before; None where they are too few."""

    flag: Flag | None = None
    """That the period is not what its history led to expect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardrailStanding:
    """How a guardrail stands, and by what."""

    status: GuardrailStatus
    cause: Cause | Note | None = None
    bound: float | None = None
    """The value, share or natural limit that is passed; None where there is none."""


def standing_under(
    guardrail: Guardrail, direction: Direction, evidence: Evidence
) -> GuardrailStanding:
    """How one guardrail stands.

    A value that will still change is not judged. Without a bound neither is a small one, or one
    of days with hardly any events.

    Args:
        guardrail: with or without bounds.
        direction: which way is good for its metric; what is meant to hold is breached either way.
        evidence: its value and history.
    """
    if evidence.value is None:
        return GuardrailStanding(status="not_judged", cause="no_value")
    doubts = (UNSETTLED if guardrail.has_bound else UNSURE) & evidence.notes
    if doubts:
        first = next(note for note in NOTES if note in doubts)
        return GuardrailStanding(status="not_judged", cause=first)
    if guardrail.has_bound:
        return _by_bound(guardrail, direction, evidence, evidence.value)
    return _by_history(direction, evidence, evidence.value)


def _by_bound(
    guardrail: Guardrail, direction: Direction, evidence: Evidence, value: float
) -> GuardrailStanding:
    if guardrail.max is not None and value > guardrail.max:
        return GuardrailStanding(status="breached", cause="max", bound=guardrail.max)
    if guardrail.min is not None and value < guardrail.min:
        return GuardrailStanding(status="breached", cause="min", bound=guardrail.min)
    share = guardrail.worse_than
    if share is None:
        return GuardrailStanding(status="held")
    if not evidence.base:
        # a share of nothing, or of 0, is no bound; another bound that holds says enough
        is_bounded = (guardrail.max, guardrail.min) != (None, None)
        return GuardrailStanding(status="held" if is_bounded else "not_judged", cause="no_base")
    change = value - evidence.base
    reach = share * abs(evidence.base)
    if judge(change, direction) == "bad" and abs(change) > reach * (1 + 1e-9):
        return GuardrailStanding(status="breached", cause="worse_than", bound=share)
    return GuardrailStanding(status="held")


def _by_history(direction: Direction, evidence: Evidence, value: float) -> GuardrailStanding:
    flag, limits = evidence.flag, evidence.limits
    if flag is not None and _is_worse(flag.score, direction):
        return GuardrailStanding(status="breached", cause="unusual")
    if limits is None:
        return GuardrailStanding(status="not_judged", cause="no_history")
    is_outside = bool(outside([value], limits.lower, limits.upper))
    if is_outside and _is_worse(value - limits.mean, direction):
        bound = limits.upper if value > limits.mean else limits.lower
        return GuardrailStanding(status="breached", cause="limits", bound=bound)
    return GuardrailStanding(status="held")


def _is_worse(distance: float, direction: Direction) -> bool:
    return judge(distance, direction) == "bad"


def unbounded(tree: MetricTree) -> tuple[str, ...]:
    """The guardrails for which the file gives no bound, each once."""
    found = (edge for metric in tree.metrics.values() for edge in metric.guardrails)
    names = (edge.metric for edge in found if not edge.has_bound and edge.metric in tree.metrics)
    return tuple(dict.fromkeys(names))


def evidence_of(found: MetricAnswer, grain: Grain, flags: Mapping[int, Flag]) -> Evidence:
    """What an answer knows of its last period.

    Args:
        found: the metric's part of the answer.
        grain: of the answer.
        flags: the periods that are not as expected, by index; empty where nobody looked.
    """
    total = found.total
    usual = last_period(found, grain)
    return Evidence(
        value=total.value if found.error is None else None,
        base=total.comparison,
        notes=total.notes[-1] if total.notes else frozenset(),
        limits=usual.limits if usual is not None else None,
        flag=flags.get(len(total.values) - 1),
    )


def evidence_from(
    values: Sequence[Value], notes: Sequence[frozenset[Note]], base: Value, grain: Grain
) -> Evidence:
    """What a series says of its last value.

    Args:
        values: consecutive periods, as many before the last one as flags need.
        notes: of the same periods.
        base: what the last value is compared with.
        grain: of the periods; its usual number of them gives the natural limits.
    """
    shown = DEFAULT_PERIODS.get(grain, len(values))
    usual = last_of(values[-shown:], notes[-shown:], grain)
    return Evidence(
        value=values[-1],
        base=base,
        notes=notes[-1],
        limits=usual.limits if usual is not None else None,
        flag=flags_of(values, notes, grain).get(len(values) - 1),
    )


def guardrail_standing(
    tree: MetricTree, metric: str, evidence: Evidence, *, parent: str | None = None
) -> GuardrailStanding | None:
    """How a metric stands as a guardrail; the worst where it guards several metrics.

    Args:
        tree: the tree.
        metric: the guardrail.
        evidence: its value and history.
        parent: the metric that it guards; every one without it.

    Returns:
        None for a metric that is no guardrail.
    """
    direction = tree.metrics[metric].direction
    found = [
        standing_under(entry, direction, evidence) for entry in tree.guardrails_on(metric, parent)
    ]
    order: tuple[GuardrailStatus, ...] = ("breached", "held", "not_judged")
    return min(found, key=lambda each: order.index(each.status), default=None)
