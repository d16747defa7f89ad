"""Which periods of an answer are not what the ones before led to expect."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from metric_tui.analysis.forecast import COARSE, DAILY, amounts
from metric_tui.analysis.limits import UNSETTLED
from metric_tui.analysis.status import Flag, flags
from metric_tui.base.periods import Grain
from metric_tui.base.series import Note, Value
from metric_tui.planning.answer import Answer
from metric_tui.planning.frame import MOST_PERIODS
from metric_tui.planning.question import Question

HISTORY: Mapping[Grain, int] = {"day": 120, "week": 52, "month": 36, "quarter": 24, "year": 20}
"""How many periods before the first one shown are looked at; grains left out are not judged."""


def unusual_shown(
    answer: Answer, ask: Callable[[Question], Answer], *, metrics: tuple[str, ...] | None = None
) -> Mapping[str, Mapping[int, Flag]]:
    """By metric: the flags of an answer's periods, by index; metrics without any are left out.

    Args:
        answer: what is shown.
        ask: answers the same over the periods before, which say what was to be expected.
        metrics: those judged; all that were asked for without.
    """
    question = history_question(answer)
    if question is None:
        return {}
    history = ask(question if metrics is None else replace(question, metrics=metrics))
    starts = [period.span.start for period in answer.frame.periods]
    found = {name: unusual_periods(history, name) for name in history.metrics}
    shown = {
        name: {index: flags[start] for index, start in enumerate(starts) if start in flags}
        for name, flags in found.items()
    }
    return {name: flags for name, flags in shown.items() if flags}


def history_question(answer: Answer) -> Question | None:
    """The same over the periods shown and enough before them; None for a grain not judged."""
    frame, calendar = answer.frame, answer.calendar
    if frame.grain not in HISTORY:
        return None
    start = calendar.first_day(calendar.day_of(frame.periods[0].span.start), frame.grain)
    # of as many periods as may be asked for, the first ones are history enough
    count = min(HISTORY[frame.grain], MOST_PERIODS - len(frame.periods))
    return replace(
        answer.question,
        start=calendar.next_day(start, frame.grain, -count),
        end=answer.last_day,
        last=None,
        compare="none",
        by=(),
    )


def unusual_periods(answer: Answer, metric: str) -> Mapping[datetime, Flag]:
    """The flags of a metric's periods, by the instant each begins.

    What is not whole is no end of a series: partial periods at either end are left out, those
    whose window is still open at the end too.
    """
    found = answer.metrics.get(metric)
    if found is None or found.error is not None:
        return {}
    flagged = flags_of(found.total.values, found.total.notes, answer.frame.grain)
    return {answer.frame.periods[place].span.start: flag for place, flag in flagged.items()}


def flags_of(
    values: Sequence[Value], notes: Sequence[frozenset[Note]], grain: Grain
) -> Mapping[int, Flag]:
    """The flags of consecutive values by position; none for a grain not judged."""
    if grain not in HISTORY:
        return {}
    settled = [
        value is not None and not (UNSETTLED & note)
        for value, note in zip(values, notes, strict=True)
    ]
    if True not in settled:
        return {}
    first = settled.index(True)
    after = len(settled) - settled[::-1].index(True)
    rhythm = DAILY if grain == "day" else COARSE
    kept: list[Value] = list(values[first:after])
    return {first + flag.place: flag for flag in flags(amounts(kept), rhythm)}
