"""`show --format json`: a contract with other programs; a change is a new number in `schema`."""

from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from metric_tui.analysis.goals import Goal
from metric_tui.analysis.guardrails import GuardrailStanding, evidence_of, guardrail_standing
from metric_tui.analysis.limits import last_period
from metric_tui.analysis.status import Flag
from metric_tui.analysis.unusual import HISTORY
from metric_tui.base.periods import Grain
from metric_tui.base.series import NOTES, Note
from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.answer import Answer, Identity, MetricAnswer, Values
from metric_tui.planning.conditions import condition_texts
from metric_tui.planning.question import Question
from metric_tui.presentation.numbers import number_style

SCHEMA = "metric-tui/show/1"


Unusual = Mapping[str, Mapping[int, Flag]]
"""By metric: periods that are not as expected, by index."""


def show_document(
    tree: MetricTree,
    file: Path,
    answer: Answer,
    goals: Sequence[Goal] = (),
    unusual: Unusual | None = None,
) -> dict[str, Any]:
    """The whole answer as JSON-ready values, numbers unrounded.

    Args:
        tree: the tree.
        file: where it stands.
        answer: its numbers.
        goals: how its targets stand.
        unusual: which periods are unusual; None where that was not looked up.
    """
    if answer.frame.grain not in HISTORY:
        unusual = None
    standing = {goal.metric: goal for goal in goals}
    watermark = answer.frame.watermark
    calendar = tree.settings.calendar
    return {
        "schema": SCHEMA,
        "tree": {
            "name": tree.name,
            "file": file.name,
            "focus": tree.tree.focus if tree.tree else None,
        },
        "question": _question(answer),
        "watermark": watermark and calendar.local(watermark).isoformat(timespec="seconds"),
        "metrics": [
            _metric(tree, answer, found, standing.get(found.metric), unusual)
            for found in answer.metrics.values()
        ],
    }


def _question(answer: Answer) -> dict[str, Any]:
    question: Question = answer.question
    periods = answer.frame.periods
    return {
        "grain": question.grain,
        "start": periods[0].label,
        "end": _last_day(answer),
        "as_of": str(question.as_of) if question.as_of is not None else None,
        "compare": str(question.compare),
        "where": list(condition_texts(question.where)),
        "by": list(question.by),
    }


def _last_day(answer: Answer) -> str:
    """The last reported day, inclusive; the label itself for hours."""
    last = answer.frame.periods[-1]
    if answer.question.grain == "hour":
        return last.label
    return answer.last_day.isoformat()


def _metric(
    tree: MetricTree,
    answer: Answer,
    found: MetricAnswer,
    goal: Goal | None,
    unusual: Unusual | None,
) -> dict[str, Any]:
    metric = tree.metrics[found.metric]
    parents = tree.parents[found.metric]
    total = found.total
    is_in_points = number_style(metric, total.known).in_points
    flags = (unusual or {}).get(found.metric, {})
    guardrail = guardrail_standing(
        tree, found.metric, evidence_of(found, answer.frame.grain, flags)
    )
    return {
        "metric": found.metric,
        "label": metric.title,
        "level": tree.levels.get(found.metric),
        "parents": list(parents),
        "edge": tree.nearest_edge(found.metric),
        "type": metric.type,
        "unit": metric.unit,
        "category": metric.category,
        "indicator": metric.indicator,
        "owner": metric.owner,
        "tags": list(metric.tags),
        "value": total.value,
        "comparison": total.comparison,
        "change": total.change,
        "change_ratio": None if is_in_points else total.change_ratio,
        "status": _status(tree, found, goal, guardrail),
        "guardrail": _guardrail(guardrail),
        "target": _target(tree, found.metric, goal),
        "limits": _limits(found, answer.frame.grain),
        "unusual": None if unusual is None else _flags(answer, unusual.get(found.metric, {})),
        "notes": _notes(total.notes[-1]) if total.notes else [],
        "series": _series(answer, total),
        "segments": [
            {
                "where": dict(zip(answer.question.by, segment.group, strict=True)),
                "value": segment.values.value,
                "comparison": segment.values.comparison,
                "series": _series(answer, segment.values),
            }
            for segment in found.segments
        ],
        "not_sliced": found.not_sliced,
        "identity": [_identity(identity) for identity in found.identities],
        "error": found.error,
    }


def _status(
    tree: MetricTree,
    found: MetricAnswer,
    goal: Goal | None,
    guardrail: GuardrailStanding | None,
) -> str | None:
    """How its target stands; of a guardrail without one, whether it is breached."""
    if goal is not None:
        return goal.outlook.status
    if tree.nearest_edge(found.metric) != "guardrails" or found.error is not None:
        return None
    return guardrail.status if guardrail is not None else None


def _guardrail(standing: GuardrailStanding | None) -> dict[str, Any] | None:
    """How it stands as a guardrail, and what broke it; None for what is none."""
    if standing is None:
        return None
    return {"status": standing.status, "cause": standing.cause, "bound": standing.bound}


def _target(tree: MetricTree, metric: str, goal: Goal | None) -> dict[str, Any] | None:
    target = tree.metrics[metric].target
    if target is None:
        return None
    outlook = goal.outlook if goal is not None else None
    return {
        "value": target.value,
        "by": target.by.isoformat() if target.by else None,
        "where": list(target.where),
        "not_judged": goal.reason if goal is not None else None,
        "start": goal.start.isoformat() if goal is not None else None,
        "end": goal.end.isoformat() if goal is not None else None,
        "actual": outlook.actual if outlook is not None else None,
        "pace": outlook.pace if outlook is not None else None,
        "projected": outlook.projected if outlook is not None else None,
        "low": outlook.low if outlook is not None else None,
        "high": outlook.high if outlook is not None else None,
        "probability": outlook.probability if outlook is not None else None,
        "required_growth": outlook.required_growth if outlook is not None else None,
        "growth_seen": outlook.growth_seen if outlook is not None else None,
        "required_change": outlook.required_change if outlook is not None else None,
    }


def _limits(found: MetricAnswer, grain: Grain) -> dict[str, Any] | None:
    """The natural limits of the periods before the last one, and where that lies."""
    usual = last_period(found, grain)
    if usual is None:
        return None
    limits = usual.limits
    return {
        "lower": limits.lower,
        "mean": limits.mean,
        "upper": limits.upper,
        "periods": usual.periods,
        "last": usual.place,
    }


def _flags(answer: Answer, flags: Mapping[int, Flag]) -> list[dict[str, Any]]:
    """The unusual periods, ascending; no score where a series that never moved did."""
    return [
        {
            "period": answer.frame.periods[index].label,
            "direction": "above" if flag.score > 0 else "below",
            "score": flag.score if isfinite(flag.score) else None,
            "strong": flag.is_strong,
            "level_shift": flag.is_level_shift,
        }
        for index, flag in sorted(flags.items())
    ]


def _identity(identity: Identity) -> dict[str, Any]:
    return {
        "view": identity.view,
        "formula": identity.formula,
        "computed": identity.computed[-1],
        "residual": identity.residual[-1],
    }


def _series(answer: Answer, values: Values) -> list[dict[str, Any]]:
    return [
        {"period": period.label, "value": value, "notes": _notes(notes)}
        for period, value, notes in zip(
            answer.frame.periods, values.values, values.notes, strict=True
        )
    ]


def _notes(notes: frozenset[Note]) -> list[str]:
    return [note for note in NOTES if note in notes]
