"""Several periods taken as one, for a change between two stretches of time."""

from dataclasses import replace

from metric_tui.base.periods import Calendar, Duration, Period, Span
from metric_tui.planning.frame import Frame, to_date
from metric_tui.planning.question import DateRange, Question


def as_one(
    frame: Frame, question: Question, calendar: Calendar, against: DateRange | None = None
) -> Frame:
    """The frame with all its periods as one, held against as many before them or a year ago.

    What of it is not over yet is held against the same elapsed part, as a single period is.

    Args:
        frame: of the question.
        question: what is asked; of a range to compare with, what lies beside the periods counts.
        calendar: the tree's zone and week start.
        against: days that it is held against as they are.
    """
    if against is None and len(frame.periods) == 1:
        return frame
    beside = (
        _beside(frame, question, calendar)
        if against is None
        else calendar.days_period(against.start, against.end)
    )
    return replace(frame, grain="total", periods=(_whole(frame),), compared=(beside,))


def _whole(frame: Frame) -> Period:
    first, last = frame.periods[0], frame.periods[-1]
    return Period(Span(first.span.start, last.span.end), first.label)


def _beside(frame: Frame, question: Question, calendar: Calendar) -> Period | None:
    found = [period for period in frame.compared if period is not None]
    if not found:
        return None
    if isinstance(question.compare, DateRange):
        return Period(Span(found[0].span.start, found[-1].span.end), found[0].label)
    try:
        whole = _earlier(frame, found[0], question, calendar)
    except (OverflowError, ValueError):
        # nothing lies before the calendar's first year
        return None
    return to_date(question, _whole(frame), whole, frame.cutoff, calendar)


def _earlier(frame: Frame, earliest: Period, question: Question, calendar: Calendar) -> Period:
    """As many periods before those of the frame, or from the one that its first is held against."""
    count = len(frame.periods)
    if frame.grain == "hour":
        back = Duration(count, "hour") if question.compare == "previous" else Duration(52, "week")
        span = calendar.shift(_whole(frame).span, back)
        return Period(span, calendar.local(span.start).isoformat(timespec="minutes"))
    # two weeks may have one and the same a year ago, so periods are counted on from the first
    start = calendar.day_of(earliest.span.start)
    if question.compare == "previous":
        first = calendar.day_of(frame.periods[0].span.start)
        start = calendar.next_day(first, frame.grain, -count)
    end = calendar.next_day(start, frame.grain, count)
    return Period(Span(calendar.midnight(start), calendar.midnight(end)), start.isoformat())
