"""A question's periods and what each is compared with, once the data's end is known."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from metric_tui.base.errors import QuestionError
from metric_tui.base.periods import DEFAULT_PERIODS, Calendar, Duration, Grain, Period, Span
from metric_tui.planning.question import DateRange, Question

MOST_PERIODS = 20_000
FIRST_YEAR, LAST_YEAR = 200, 9_800


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The reported periods, ascending, and the span each is compared with.

    `compared` has one entry per period; None where nothing is compared.
    """

    grain: Grain
    periods: tuple[Period, ...]
    compared: tuple[Period | None, ...]
    watermark: datetime | None
    """The last instant the data is trusted, UTC; None for an empty store."""

    cutoff: datetime
    """The first instant that is not looked at."""

    @property
    def start(self) -> date:
        """The first reported day, by its label."""
        return date.fromisoformat(self.periods[0].label[:10])


def cutoff_of(question: Question, watermark: datetime, calendar: Calendar) -> datetime:
    """The first instant that is not looked at, to the second.

    Events carry fractions of a second while bounds are written to the second, so the cutoff is
    the whole second after the watermark.
    """
    if question.as_of is not None:
        return min(end_of(question.as_of, calendar), _second_after(watermark))
    return _second_after(watermark)


def end_of(moment: date | datetime, calendar: Calendar) -> datetime:
    """The end of a local day, or an instant itself; a time without a zone is local."""
    if not isinstance(moment, datetime):
        return calendar.midnight(moment + timedelta(days=1))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=calendar.zone)
    return moment.astimezone(UTC)


def _second_after(instant: datetime) -> datetime:
    return instant.replace(microsecond=0) + timedelta(seconds=1)


def frame_of(
    question: Question,
    watermark: datetime | None,
    calendar: Calendar,
    *,
    first: datetime | None,
) -> Frame:
    """The periods a question reports.

    Args:
        question: what is asked.
        watermark: the last instant the data is trusted, UTC; None for an empty store.
        calendar: the tree's zone and week start.
        first: the first event; a total without a range reaches from here to the end.

    Raises:
        QuestionError: the range is upside down or holds too many periods, or there is no data
            to place a range without dates.
    """
    _check_dates(question)
    if watermark is None and question.start is None:
        raise QuestionError(
            "the store has no events", hint="import some, or point `store` at another file"
        )
    known = watermark or calendar.midnight(question.end or question.start or date(1970, 1, 1))
    cutoff = cutoff_of(question, known, calendar)
    periods = _periods(question, cutoff, calendar, first or known)
    if not periods:
        raise QuestionError("the range holds no period")
    compared = _all_compared(question, periods, cutoff, calendar)
    return Frame(
        grain=question.grain,
        periods=periods,
        compared=compared,
        watermark=watermark,
        cutoff=cutoff,
    )


def _check_dates(question: Question) -> None:
    """Dates must leave room for windows and comparisons before and after them."""
    compared = question.compare if isinstance(question.compare, DateRange) else None
    dates = [question.start, question.end, question.as_of]
    dates += [compared.start, compared.end] if compared else []
    for day in dates:
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise QuestionError(f"the year {day.year} lies beyond the calendar")


def _periods(
    question: Question, cutoff: datetime, calendar: Calendar, first: datetime
) -> tuple[Period, ...]:
    if question.start is not None or question.end is not None:
        return _asked_periods(question, cutoff, calendar)
    if question.grain == "total":
        last = calendar.day_of(cutoff - timedelta(microseconds=1))
        return (calendar.days_period(min(calendar.day_of(first), last), last),)
    count = question.last or DEFAULT_PERIODS[question.grain]
    if count > MOST_PERIODS:
        raise QuestionError(f"{count:,} periods are too many; {MOST_PERIODS:,} is the most")
    try:
        before = calendar.periods_before(cutoff, question.grain, count)
    except (OverflowError, ValueError) as error:
        raise QuestionError(
            f"{count:,} {question.grain}s reach back beyond the calendar"
        ) from error
    return before + _running(question, cutoff, calendar, before)


def _running(
    question: Question, cutoff: datetime, calendar: Calendar, before: tuple[Period, ...]
) -> tuple[Period, ...]:
    if not question.running:
        return ()
    if question.grain == "hour":
        start = before[-1].span.end
        span = Span(start, start + timedelta(hours=1))
        running = Period(span, calendar.local(start).isoformat(timespec="minutes"))
    else:
        day = calendar.day_of(cutoff - timedelta(microseconds=1))
        running = calendar.period(calendar.first_day(day, question.grain), question.grain)
    return (running,) if running.span.start < cutoff < running.span.end else ()


def _asked_periods(question: Question, cutoff: datetime, calendar: Calendar) -> tuple[Period, ...]:
    last_day = calendar.day_of(cutoff - timedelta(microseconds=1))
    end = question.end or max(last_day, question.start or last_day)
    start = question.start or end
    if end < start:
        raise QuestionError(
            f"the range ends on {end}, before it starts on {start}", hint="swap the two dates"
        )
    _check_length(start, end, question.grain)
    return calendar.periods(start, end, question.grain)


def _check_length(start: date, end: date, grain: Grain) -> None:
    shortest = {"hour": 1 / 24, "day": 1, "week": 7, "month": 28, "quarter": 90, "year": 365}
    days = (end - start).days + 1
    if grain != "total" and days / shortest[grain] > MOST_PERIODS:
        raise QuestionError(f"{start}..{end} holds too many {grain}s; {MOST_PERIODS:,} is the most")


def _all_compared(
    question: Question, periods: tuple[Period, ...], cutoff: datetime, calendar: Calendar
) -> tuple[Period | None, ...]:
    """What each period is compared with.

    A range is cut into periods of the same grain and laid beside from its end on, so that a week
    stands against a week; a period without one beside it is compared with nothing.
    """
    given = question.compare
    if isinstance(given, DateRange) and given.end < given.start:
        raise QuestionError(
            f"the comparison ends on {given.end}, before it starts on {given.start}",
            hint="swap the two dates",
        )
    if not isinstance(given, DateRange) or question.grain == "total":
        return tuple(_compared(question, period, cutoff, calendar) for period in periods)
    _check_length(given.start, given.end, question.grain)
    beside = calendar.periods(given.start, given.end, question.grain)[-len(periods) :]
    missing: tuple[Period | None, ...] = (None,) * (len(periods) - len(beside))
    return (*missing, *beside)


def _compared(
    question: Question, period: Period, cutoff: datetime, calendar: Calendar
) -> Period | None:
    if question.compare == "none":
        return None
    if isinstance(question.compare, DateRange):
        return calendar.days_period(question.compare.start, question.compare.end)
    try:
        whole = _earlier(question, period, calendar)
    except (OverflowError, ValueError):
        # nothing lies before the calendar's first year
        return None
    return to_date(question, period, whole, cutoff, calendar)


def to_date(
    question: Question, period: Period, whole: Period, cutoff: datetime, calendar: Calendar
) -> Period:
    """What a period is held against: of a running one only as much of the earlier one."""
    running = period.span.start < cutoff < period.span.end
    if not running or not question.value_to_date:
        return whole
    elapsed = _same_elapsed(period.span, whole.span, cutoff, calendar)
    return Period(elapsed, whole.label)


def _same_elapsed(now: Span, then: Span, cutoff: datetime, calendar: Calendar) -> Span:
    """The part of an earlier period that had passed when as many local days and hours had.

    Clipped to the earlier period where that is the shorter one.
    """
    days = (calendar.day_of(cutoff) - calendar.day_of(now.start)).days
    local = calendar.local(cutoff)
    day = calendar.day_of(then.start) + timedelta(days=days)
    end = datetime.combine(day, local.time(), tzinfo=calendar.zone).astimezone(UTC)
    return Span(then.start, min(max(end, then.start), then.end))


def _earlier(question: Question, period: Period, calendar: Calendar) -> Period:
    first = calendar.day_of(period.span.start)
    if question.grain == "hour":
        back = Duration(1, "hour") if question.compare == "previous" else Duration(52, "week")
        span = calendar.shift(period.span, back)
        return Period(span, calendar.local(span.start).isoformat(timespec="minutes"))
    if question.grain == "total":
        return _earlier_total(question, period, calendar)
    if question.compare == "previous":
        return calendar.period(calendar.next_day(first, question.grain, -1), question.grain)
    if question.grain == "week":
        return calendar.period(_same_iso_week_a_year_ago(first, calendar), "week")
    return calendar.period(calendar.shift_day(first, Duration(1, "year")), question.grain)


def _same_iso_week_a_year_ago(first: date, calendar: Calendar) -> date:
    """The first day of the week with the same ISO number; week 53 falls back to week 52."""
    # a Sunday week is numbered by the ISO week its Monday lies in
    shift = 0 if calendar.week_start == "monday" else 1
    year, week, _ = (first + timedelta(days=shift)).isocalendar()
    try:
        monday = date.fromisocalendar(year - 1, week, 1)
    except ValueError:
        monday = date.fromisocalendar(year - 1, week - 1, 1)
    return monday - timedelta(days=shift)


def _earlier_total(question: Question, period: Period, calendar: Calendar) -> Period:
    first = calendar.day_of(period.span.start)
    last = calendar.day_of(period.span.end - timedelta(microseconds=1))
    if question.compare == "year_ago":
        year = Duration(1, "year")
        return calendar.days_period(calendar.shift_day(first, year), calendar.shift_day(last, year))
    days = (last - first).days + 1
    return calendar.days_period(first - timedelta(days=days), first - timedelta(days=1))
