"""`explain --format json`: a contract with other programs; a change is a new number in `schema`."""

from dataclasses import asdict
from typing import Any

from metric_tui.analysis.evidence import EdgeFinding
from metric_tui.analysis.explanation import Contribution
from metric_tui.analysis.segments import SegmentChange
from metric_tui.analysis.telling import DimensionSplit
from metric_tui.analysis.why import Why
from metric_tui.base.periods import Period
from metric_tui.presentation.dates import days_of
from metric_tui.presentation.glyphs import UNICODE
from metric_tui.presentation.why_words import summary

SCHEMA = "metric-tui/explain/1"


def why_document(found: Why, *, depth: int, top: int | None) -> dict[str, Any]:
    """The findings as JSON-ready values, numbers unrounded.

    Args:
        found: the findings.
        depth: levels of drivers.
        top: segments of each dimension; all without it.
    """
    explanation = found.explanation
    return {
        "schema": SCHEMA,
        "metric": found.question.metric,
        "period": _period(found, found.period, explanation.after),
        "against": _period(found, found.against, explanation.before),
        "change": explanation.change,
        "method": explanation.method,
        "status": explanation.status,
        "components": [_component(c) for c in explanation.contributions if c.level <= depth],
        "residual": explanation.residual,
        "definition": explanation.definition,
        "was": _was(found),
        "segments": [
            _segment(split, row)
            for split in found.splits
            if split.table is not None
            for row in split.table.rows[:top]
        ],
        "slices": [
            {
                "where": dict(row.where),
                "contribution": row.contribution,
                "before": row.before,
                "after": row.after,
                **({"held_against": "replaced"} if row.is_rolling else {}),
            }
            for row in (found.slices.rows if found.slices is not None else ())
        ],
        "influences": [_influence(edge) for edge in found.influences],
        "health": [
            {
                "metric": finding.metric,
                "code": finding.code,
                "text": finding.text,
                "share": finding.share,
                "carries": finding.carries,
                "noted": finding.noted,
            }
            for finding in found.health
        ],
        "guardrails": [
            {
                "metric": each.metric,
                "before": each.before,
                "after": each.after,
                "status": each.standing.status,
                "cause": each.standing.cause,
                "bound": each.standing.bound,
            }
            for each in found.guardrails
        ],
        "bridge": None if found.bridge is None else asdict(found.bridge),
        "annotations": [
            {"date": note.date.isoformat(), "label": note.label} for note in found.annotations
        ],
        "summary": list(summary(found, UNICODE)),
    }


def _period(found: Why, period: Period, value: float | None) -> dict[str, Any]:
    first, last = days_of(period, found.tree.settings.calendar)
    return {"start": first.isoformat(), "end": last.isoformat(), "value": value}


def _component(place: Contribution) -> dict[str, Any]:
    row = {
        "metric": place.name,
        "level": place.level,
        "path": list(place.path),
        "before": place.before,
        "after": place.after,
        "contribution": place.contribution,
        "of_parent": place.of_parent,
    }
    if place.status != "ok":
        row["status"] = place.status
    if place.residual:
        row["residual"] = place.residual
    if place.definition:
        row["definition"] = place.definition
    return row


def _was(found: Why) -> dict[str, Any] | None:
    """The earlier file, what all changed definitions did, and which metrics they changed."""
    if found.was is None:
        return None
    return {
        "file": found.was.name,
        "contribution": found.explanation.by_definitions,
        "redefined": list(found.was.redefined),
        "not_computed": [
            {"metric": name, "reason": reason} for name, reason in found.was.errors.items()
        ],
    }


def _segment(split: DimensionSplit, row: SegmentChange) -> dict[str, Any]:
    found: dict[str, Any] = {
        "metric": split.metric,
        "dimension": split.dimension,
        "value": row.segment,
        "contribution": row.contribution,
    }
    for name in ("rate_effect", "mix_effect", "volume_effect"):
        effect = getattr(row, name)
        if effect is not None:
            found[name] = effect
    if split.table is not None and not split.table.is_additive:
        found["adds_up"] = False
    found["before"] = {"value": row.before, "share": row.share_before}
    found["after"] = {"value": row.after, "share": row.share_after}
    return found


def _influence(edge: EdgeFinding) -> dict[str, Any]:
    evidence = edge.evidence
    lag = evidence.lag
    return {
        "metric": edge.metric,
        "parent": edge.parent,
        "grain": edge.grain,
        "lag": None if lag is None else f"{lag} {edge.grain}{'' if lag == 1 else 's'}",
        "correlation": evidence.correlation,
        "low": evidence.low,
        "high": evidence.high,
        "n": evidence.n,
        "verdict": edge.verdict,
        "reason": evidence.reason,
        "agrees": evidence.agrees,
        "moved": None if edge.moved is None else {"low": edge.moved[0], "high": edge.moved[2]},
        "shift": None
        if edge.shift is None
        else {
            "driver_at": edge.shift.driver_at.isoformat(),
            "parent_at": edge.shift.parent_at.isoformat(),
            "chance": edge.shift.chance,
        },
        "explains": edge.explains,
    }
