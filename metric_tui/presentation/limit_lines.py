"""A metric's natural limits in words, and whether its last period left them."""

from typing import TYPE_CHECKING

from metric_tui.planning.answer import MetricAnswer
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.numbers import NumberStyle, compact
from metric_tui.presentation.pieces import Line, line

if TYPE_CHECKING:
    from metric_tui.analysis.limits import LastPeriod


def usual_of(found: MetricAnswer | None) -> "LastPeriod | None":
    """Where a metric's last period lies beside its natural limits; None where that is not known."""
    if found is None:
        return None
    # imported with the first answer, as names are on the screen before
    from metric_tui.analysis.limits import last_period

    return last_period(found)


def limits_line(found: "LastPeriod", style: NumberStyle, glyphs: Glyphs) -> Line:
    """`natural limits 41.2k to 48.0k`; `▲ above its natural limits, 41.2k to 48.0k` outside."""
    lower, upper = (
        compact(each, style, glyphs) for each in (found.limits.lower, found.limits.upper)
    )
    if found.place == "inside":
        return line((f"natural limits {lower} to {upper}", "dim"))
    sign = glyphs.up if found.place == "above" else glyphs.down
    return line((f"{sign} {found.place} its natural limits, {lower} to {upper}", "warn"))
