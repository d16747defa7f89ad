"""Which periods of an answer are not what the ones before led to expect."""

from collections.abc import Mapping
from datetime import datetime

from metric_tui.analysis.forecast import COARSE, DAILY, amounts
from metric_tui.analysis.limits import UNSETTLED
from metric_tui.analysis.status import Flag, flags
from metric_tui.base.periods import Grain
from metric_tui.base.series import Value
from metric_tui.planning.answer import Answer

HISTORY: Mapping[Grain, int] = {"day": 120, "week": 52, "month": 36, "quarter": 24, "year": 20}
"""How many periods before the first one shown are looked at; grains left out are not judged."""


def unusual_periods(answer: Answer, metric: str) -> Mapping[datetime, Flag]:
    """The flags of a metric's periods, by the instant each begins.

    What is not whole is no end of a series: partial periods at either end are left out, those
    whose window is still open at the end too.
    """
    found = answer.metrics.get(metric)
    if found is None or found.error is not None or answer.frame.grain not in HISTORY:
        return {}
    values, notes = found.total.values, found.total.notes
    settled = [
        value is not None and not (UNSETTLED & note)
        for value, note in zip(values, notes, strict=True)
    ]
    if True not in settled:
        return {}
    first = settled.index(True)
    after = len(settled) - settled[::-1].index(True)
    rhythm = DAILY if answer.frame.grain == "day" else COARSE
    kept: list[Value] = list(values[first:after])
    return {
        answer.frame.periods[first + flag.place].span.start: flag
        for flag in flags(amounts(kept), rhythm)
    }
