"""A metric's natural limits in words, and whether its last period left them."""

from typing import TYPE_CHECKING

from metric_tui.planning.answer import Answer
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.numbers import NumberStyle, compact
from metric_tui.presentation.pieces import Line, line

if TYPE_CHECKING:
    from metric_tui.analysis.limits import LastPeriod


def usual_of(answer: Answer | None, metric: str) -> "LastPeriod | None":
    """Where a metric's last period lies beside its natural limits; None where that is not known."""
    found = answer.metrics.get(metric) if answer else None
    if answer is None or found is None:
        return None
    # imported with the first answer, as names are on the screen before
    from metric_tui.analysis.limits import last_period

    return last_period(found, answer.frame.grain)


def limits_line(found: "LastPeriod", style: NumberStyle, glyphs: Glyphs) -> Line:
    """`natural limits 41.2k to 48.0k`; `▲ above its natural limits, 41.2k to 48.0k` outside."""
    words = limits_words(found, style, glyphs)
    sign = limits_sign(found, glyphs)
    return line((f"{sign} {words}", "warn") if sign else (words, "dim"))


def limits_words(found: "LastPeriod", style: NumberStyle, glyphs: Glyphs) -> str:
    """`natural limits 41.2k to 48.0k`, `above its natural limits, 41.2k to 48.0k`."""
    limits = _limits_text(found, style, glyphs)
    if found.place == "inside":
        return f"natural limits {limits}"
    return f"{found.place} its natural limits, {limits}"


def limits_cell(found: "LastPeriod | None", style: NumberStyle, glyphs: Glyphs) -> str:
    """`41.2k to 48.0k`, `▲ 41.2k to 48.0k` for a period above them; empty where not known."""
    if found is None:
        return ""
    return f"{limits_sign(found, glyphs)} {_limits_text(found, style, glyphs)}".lstrip()


def limits_sign(found: "LastPeriod", glyphs: Glyphs) -> str:
    """Which way the last period left its limits; empty within them."""
    return {"above": glyphs.up, "below": glyphs.down, "inside": ""}[found.place]


def _limits_text(found: "LastPeriod", style: NumberStyle, glyphs: Glyphs) -> str:
    ends = (found.limits.lower, found.limits.upper)
    return " to ".join(compact(each, style, glyphs) for each in ends)
