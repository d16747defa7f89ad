"""Ranges as a person types them, and the moves that step and stretch a range."""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import cast

from metric_tui.base.errors import QuestionError
from metric_tui.base.periods import Calendar, Duration, Grain
from metric_tui.planning.frame import Frame
from metric_tui.planning.question import DateRange, Question

FORMS = "`last 8 weeks`, `2026-06`, `2026-03..2026-05`, `2026-06-01..2026-06-28`, `ytd`"
LENGTHS = (1, 2, 3, 4, 6, 8, 10, 13, 18, 26, 39, 52, 78, 104, 156, 208, 260, 365, 520, 730)
"""Numbers of periods that shorter and longer go through."""

_LAST = re.compile(r"(?:(?:last|past|previous)\s+)?(\d+)?\s*([a-z]+)", re.IGNORECASE)
_TO_DATE: dict[str, Grain] = {"ytd": "year", "qtd": "quarter", "mtd": "month", "wtd": "week"}
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_MONTH = re.compile(r"(\d{4})-(\d{1,2})")
_QUARTER = re.compile(r"(\d{4})-?q([1-4])|q([1-4])\s+(\d{4})", re.IGNORECASE)
_WEEK = re.compile(r"(\d{4})-?w(\d{1,2})", re.IGNORECASE)
_NAMED_MONTH = re.compile(r"([a-z]{3})[a-z]*\s+(\d{4})", re.IGNORECASE)
_MONTH_NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeChoice:
    """What a typed range asks for; all None is the grain's usual number of periods."""

    start: date | None = None
    end: date | None = None
    last: int | None = None

    def of(self, question: Question) -> Question:
        """The question with this range."""
        return replace(question, start=self.start, end=self.end, last=self.last)


def parse_range(text: str, *, today: date, grain: Grain, calendar: Calendar) -> RangeChoice:
    """Read a range.

    Args:
        text: `last 8 weeks`, `2026-03..2026-05`, `2026-06`, `2026-Q2`, `2026-W26`, `jun 2026`,
            `ytd`, `today`, `this month`; empty for the grain's usual number of periods.
        today: the last day with data, from which relative ranges count.
        grain: of the question; `last 8 weeks` at week grain stays relative.
        calendar: the tree's zone and week start.

    Raises:
        QuestionError: the text is no range; the message is for the user.
    """
    words = " ".join(text.lower().split())
    if not words:
        return RangeChoice()
    if ".." in words:
        return _two_ends(words, today, calendar)
    found = _named(words, today, calendar) or _dates(words, calendar)
    if found is not None:
        return RangeChoice(start=found.start, end=found.end)
    return _last_periods(words, text, today, grain, calendar)


def _two_ends(words: str, today: date, calendar: Calendar) -> RangeChoice:
    first, _, last = (part.strip() for part in words.partition(".."))
    if not first:
        raise QuestionError("the range has no start", hint="write both ends: `2026-03..2026-05`")
    start = _end_of_range(first, today, calendar).start
    end = _end_of_range(last, today, calendar).end if last else None
    if end is not None and end < start:
        raise QuestionError(
            f"the range ends on {end}, before it starts on {start}", hint="swap the two ends"
        )
    return RangeChoice(start=start, end=end)


def _end_of_range(words: str, today: date, calendar: Calendar) -> DateRange:
    found = _named(words, today, calendar) or _dates(words, calendar)
    if found is None:
        raise QuestionError(
            f"`{words}` is not a day, month, quarter or year", hint=f"such as {FORMS}"
        )
    return found


def _named(words: str, today: date, calendar: Calendar) -> DateRange | None:
    if words in ("today", "yesterday"):
        day = today - timedelta(days=words == "yesterday")
        return DateRange(day, day)
    if words in _TO_DATE:
        return DateRange(calendar.first_day(today, _TO_DATE[words]), today)
    first, _, unit = words.partition(" ")
    if first == "this" and unit in _TO_DATE.values():
        return _whole(calendar.first_day(today, cast(Grain, unit)), cast(Grain, unit), calendar)
    return None


def _whole(first: date, grain: Grain, calendar: Calendar) -> DateRange:
    return DateRange(first, calendar.next_day(first, grain) - timedelta(days=1))


def _dates(words: str, calendar: Calendar) -> DateRange | None:
    """A day, week, month, quarter or year written as such; None where it is none.

    Raises:
        QuestionError: written as one, but no such day exists.
    """
    try:
        return _dates_that_exist(words, calendar)
    except ValueError:
        raise QuestionError(f"`{words}` does not exist in the calendar") from None


def _dates_that_exist(words: str, calendar: Calendar) -> DateRange | None:
    if match := _DAY.fullmatch(words):
        day = date(int(match[1]), int(match[2]), int(match[3]))
        return DateRange(day, day)
    if match := _MONTH.fullmatch(words):
        return _whole(date(int(match[1]), int(match[2]), 1), "month", calendar)
    if match := _QUARTER.fullmatch(words):
        year, quarter = int(match[1] or match[4]), int(match[2] or match[3])
        return _whole(date(year, quarter * 3 - 2, 1), "quarter", calendar)
    if match := _WEEK.fullmatch(words):
        monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
        return _whole(calendar.first_day(monday, "week"), "week", calendar)
    if (match := _NAMED_MONTH.fullmatch(words)) and match[1] in _MONTH_NAMES:
        month = _MONTH_NAMES.index(match[1]) + 1
        return _whole(date(int(match[2]), month, 1), "month", calendar)
    if re.fullmatch(r"\d{4}", words):
        return _whole(date(int(words), 1, 1), "year", calendar)
    return None


def _last_periods(
    words: str, text: str, today: date, grain: Grain, calendar: Calendar
) -> RangeChoice:
    match = _LAST.fullmatch(words)
    if match is None or (match[1] is None and words == match[2]):
        raise QuestionError(f"`{text.strip()}` is not a range", hint=f"such as {FORMS}")
    try:
        duration = Duration.parse(f"{match[1] or 1} {match[2]}")
    except ValueError as error:
        raise QuestionError(str(error), hint=f"such as {FORMS}") from error
    if duration.unit in ("second", "minute"):
        raise QuestionError("an hour is the shortest period", hint=f"such as {FORMS}")
    if duration.unit == grain:
        return RangeChoice(last=duration.count)
    if duration.unit == "hour":
        return RangeChoice(start=today - timedelta(days=duration.longest_days - 1), end=today)
    return _complete(duration, today, calendar)


def _complete(duration: Duration, today: date, calendar: Calendar) -> RangeChoice:
    """The last complete units before the running one; days count up to the last day itself."""
    unit = cast(Grain, duration.unit)
    after = today + timedelta(days=1)
    if unit != "day":
        after = calendar.first_day(after, unit)
    start = calendar.next_day(after, unit, -duration.count)
    return RangeChoice(start=start, end=after - timedelta(days=1))


def parse_as_of(text: str, *, today: date) -> date | datetime | None:
    """Read a day or an instant to look back from; None for an empty text.

    Raises:
        QuestionError: it is neither.
    """
    words = text.strip().lower()
    if not words:
        return None
    if words in ("today", "yesterday"):
        return today - timedelta(days=words == "yesterday")
    try:
        return date.fromisoformat(words) if len(words) <= 10 else datetime.fromisoformat(words)
    except ValueError:
        raise QuestionError(
            f"`{text.strip()}` is not a day", hint="such as `2026-06-30` or `2026-06-30 12:00`"
        ) from None


def stepped(question: Question, frame: Frame, calendar: Calendar, count: int) -> Question:
    """The question moved by `count` periods; at the end of the data its range follows the data again.

    Raises:
        QuestionError: the range would lie after the last day with data.
    """
    first, last = shown_days(frame, calendar)
    days = (last - first).days + 1
    if question.grain in ("hour", "total"):
        step = days if question.grain == "total" else 1
        start, end = (day + timedelta(days=step * count) for day in (first, last))
    else:
        start = calendar.next_day(first, question.grain, count)
        end = calendar.next_day(last + timedelta(days=1), question.grain, count)
        end -= timedelta(days=1)
    return _placed(question, frame, calendar, start, end)


def _placed(
    question: Question, frame: Frame, calendar: Calendar, start: date, end: date
) -> Question:
    today = calendar.day_of(frame.cutoff - timedelta(microseconds=1))
    if start > today:
        raise QuestionError(f"there is no data after {today}")
    count = len(frame.periods)
    newest = (
        calendar.periods_before(frame.cutoff, question.grain, 1) if _is_calendar(question) else ()
    )
    if newest and end == calendar.day_of(newest[-1].span.end - timedelta(microseconds=1)):
        return replace(question, start=None, end=None, last=count)
    return replace(question, start=start, end=end, last=None)


def _is_calendar(question: Question) -> bool:
    return question.grain not in ("hour", "total")


def resized(question: Question, frame: Frame, calendar: Calendar, direction: int) -> Question:
    """The question over fewer (-1) or more (+1) periods that end where they do now."""
    count = next_length(len(frame.periods), direction)
    if question.start is None and question.end is None and question.grain != "total":
        return replace(question, last=count)
    first, last = shown_days(frame, calendar)
    if question.grain in ("hour", "total"):
        days = next_length((last - first).days + 1, direction)
        return replace(question, start=last - timedelta(days=days - 1), end=last, last=None)
    start = calendar.next_day(last + timedelta(days=1), question.grain, -count)
    return replace(question, start=start, end=last, last=None)


def next_length(count: int, direction: int) -> int:
    """The next shorter (-1) or longer (+1) number of periods among those that keys go through."""
    if direction > 0:
        place = bisect_right(LENGTHS, count)
        return LENGTHS[min(place, len(LENGTHS) - 1)]
    return LENGTHS[max(bisect_left(LENGTHS, count) - 1, 0)]


def shown_days(frame: Frame, calendar: Calendar) -> tuple[date, date]:
    """The first and the last local day of the reported periods."""
    last = calendar.day_of(frame.periods[-1].span.end - timedelta(microseconds=1))
    return calendar.day_of(frame.periods[0].span.start), last


def at_grain(question: Question, grain: Grain) -> Question:
    """The question at another grain: dates stay, a number of periods does not."""
    return replace(question, grain=grain, last=None)
