"""How guardrails stand, in words: the same in rows, card, map, explanations and what-ifs."""

from dataclasses import replace

from metric_tui.analysis.guardrails import Evidence, GuardrailStanding, guardrail_standing
from metric_tui.analysis.scenario import Model, Outcome
from metric_tui.analysis.status import judge
from metric_tui.base.series import NOTES
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.marks import NOTE_WORDS
from metric_tui.presentation.marks import verdict as verdict_word
from metric_tui.presentation.numbers import NumberStyle, compact
from metric_tui.presentation.pieces import Role

_MISSING = {
    "no_value": "it has no value",
    "no_base": "there is nothing to compare it with",
    "no_history": "too few periods before it say what is usual",
}


def guardrail_mark(standing: GuardrailStanding, glyphs: Glyphs) -> tuple[str, Role]:
    """`✗ guardrail` where it is breached, `✓ guardrail` where it holds, with the role."""
    if standing.status == "breached":
        return f"{glyphs.bad} guardrail", "bad"
    sign = glyphs.good if standing.status == "held" else glyphs.partial
    return f"{sign} guardrail", "dim"


def guardrail_text(standing: GuardrailStanding, style: NumberStyle, glyphs: Glyphs) -> str:
    """`guardrail breached: above its bound of 2.0%`, `guardrail held`."""
    if standing.status == "held":
        return "guardrail held"
    if standing.status == "breached":
        return f"guardrail breached: {_breach_text(standing, style, glyphs)}"
    cause = standing.cause or ""
    reason = next((NOTE_WORDS[note] for note in NOTES if note == cause), _MISSING.get(cause, cause))
    return f"guardrail not judged: {reason}"


def _breach_text(standing: GuardrailStanding, style: NumberStyle, glyphs: Glyphs) -> str:
    bound = compact(standing.bound, style, glyphs)
    return {
        "max": f"above its bound of {bound}",
        "min": f"below its bound of {bound}",
        "worse_than": f"worse by more than {100 * (standing.bound or 0.0):.10g}%",
        "limits": f"beyond its natural limit of {bound}",
        "unusual": "far worse than its history led to expect",
    }[str(standing.cause)]


def supposed_standing(model: Model, found: Outcome) -> GuardrailStanding | None:
    """How a guardrail would stand under a what-if; None for what is no guardrail.

    Without a bound it is held against the natural limits of what was measured.
    """
    known = model.evidence.get(found.metric) or Evidence(value=None, base=None)
    evidence = replace(known, value=found.after, base=found.before, flag=None)
    return guardrail_standing(model.tree, found.metric, evidence)


def outcome_word(model: Model, found: Outcome, glyphs: Glyphs) -> tuple[str, Role]:
    """`✓ better`, `✗ worse`, `✓ guardrail`, `✗ guardrail`; empty for a change that is neither."""
    verdict = judge(found.change, model.tree.metrics[found.metric].direction)
    role: Role = "plain" if verdict == "neutral" else verdict
    standing = supposed_standing(model, found)
    if standing is None or not found.change or standing.status == "not_judged":
        return verdict_word(role, glyphs), role
    word, _ = guardrail_mark(standing, glyphs)
    held_role: Role = "good" if role == "good" else "plain"
    return word, "bad" if standing.status == "breached" else held_role
