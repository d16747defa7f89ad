"""`show --format json`: a contract with other programs; a change is a new number in `schema`."""

from pathlib import Path
from typing import Any

from metric_tui.base.series import NOTES, Note
from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.answer import Answer, Identity, MetricAnswer, Values
from metric_tui.planning.question import Question

SCHEMA = "metric-tui/show/1"


def show_document(tree: MetricTree, file: Path, answer: Answer) -> dict[str, Any]:
    """The whole answer as JSON-ready values, numbers unrounded."""
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
        "metrics": [_metric(tree, answer, found) for found in answer.metrics.values()],
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
        "where": [
            f"{condition.dimension}{condition.operator}{'' if choice is None else choice}"
            for condition in question.where
            for choice in condition.choices
        ],
        "by": list(question.by),
    }


def _last_day(answer: Answer) -> str:
    """The last reported day, inclusive; the label itself for hours."""
    last = answer.frame.periods[-1]
    if answer.question.grain == "hour":
        return last.label
    return answer.last_day.isoformat()


def _metric(tree: MetricTree, answer: Answer, found: MetricAnswer) -> dict[str, Any]:
    metric = tree.metrics[found.metric]
    parents = tree.parents[found.metric]
    total = found.total
    return {
        "metric": found.metric,
        "label": metric.title,
        "level": tree.levels.get(found.metric),
        "parents": list(parents),
        "edge": _edge(tree, found.metric),
        "type": metric.type,
        "unit": metric.unit,
        "value": total.value,
        "comparison": total.comparison,
        "change": total.change,
        "change_ratio": total.change_ratio,
        "status": None,
        "target": _target(tree, found.metric),
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
        "identity": [_identity(identity) for identity in found.identities],
        "error": found.error,
    }


def _edge(tree: MetricTree, metric: str) -> str | None:
    """How it hangs on the parent at the lowest level."""
    parents = [name for name in tree.parents[metric] if name in tree.levels]
    if not parents or tree.levels.get(metric) == 0:
        return None
    nearest = min(parents, key=lambda name: tree.levels[name])
    return tree.edge_between(nearest, metric)


def _target(tree: MetricTree, metric: str) -> dict[str, Any] | None:
    target = tree.metrics[metric].target
    if target is None:
        return None
    return {
        "value": target.value,
        "by": target.by.isoformat() if target.by else None,
        "pace": None,
        "projected": None,
        "required_growth": None,
    }


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
