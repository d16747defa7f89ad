"""Grains, durations, and the calendar that turns local periods into UTC spans.

All spans are half-open `[start, end)` in UTC; all calendar arithmetic is done on local dates, so a
day has 23, 24 or 25 hours by itself and "7 days" is 7 local midnights, not 168 hours.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, NewType, get_args
from zoneinfo import ZoneInfo

Grain = Literal["hour", "day", "week", "month", "quarter", "year", "total"]
GRAINS: tuple[Grain, ...] = get_args(Grain)
WeekStart = Literal["monday", "sunday"]
Unit = Literal["second", "minute", "hour", "day", "week", "month", "quarter", "year"]

_MONTHS_IN: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}
_SECONDS_IN: dict[str, int] = {"second": 1, "minute": 60, "hour": 3600}
_UNIT_WORDS: dict[str, Unit] = {
    "s": "second", "sec": "second", "second": "second",
    "min": "minute", "minute": "minute",
    "h": "hour", "hr": "hour", "hour": "hour",
    "d": "day", "day": "day",
    "w": "week", "week": "week",
    "mo": "month", "month": "month",
    "quarter": "quarter",
    "y": "year", "year": "year",
}  # fmt: skip
_DURATION = re.compile(r"\s*(\d+)\s*([a-z]+?)s?\s*", re.IGNORECASE)

DEFAULT_PERIODS: dict[Grain, int] = {
    "hour": 48, "day": 30, "week": 13, "month": 12, "quarter": 8, "year": 5, "total": 1,
}  # fmt: skip
"""How many complete periods are reported when no range is asked for."""

LONGEST_DURATION_DAYS = 366 * 100


@dataclass(frozen=True, slots=True)
class Duration:
    """A count of calendar or clock units, such as `7 days` or `30 minutes`."""

    count: int
    unit: Unit

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """Read `7 days`, `1 month`, `30 minutes`, `24h`.

        Raises:
            ValueError: not a positive count and a unit; the message is for the user.
        """
        duration = cls.parse_lag(text)
        if duration.count == 0:
            raise ValueError("a duration must be longer than 0")
        return duration

    @classmethod
    def parse_lag(cls, text: str) -> "Duration":
        """Read a duration that may be nothing, as `0 days` between a cause and its effect.

        Raises:
            ValueError: not a count and a unit; the message is for the user.
        """
        match = _DURATION.fullmatch(text)
        unit = _UNIT_WORDS.get(match[2].lower()) if match else None
        if match is None or unit is None:
            raise ValueError(f"`{text}` is not a duration such as `7 days` or `1 month`")
        duration = cls(int(match[1]), unit)
        if duration.longest_days > LONGEST_DURATION_DAYS:
            raise ValueError(f"`{text}` is longer than 100 years")
        return duration

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    @property
    def months(self) -> int:
        """Whole calendar months, 0 for units shorter than a month."""
        return self.count * _MONTHS_IN.get(self.unit, 0)

    @property
    def days(self) -> int:
        """Whole local days, 0 for clock units and for months and longer."""
        return self.count * {"day": 1, "week": 7}.get(self.unit, 0)

    @property
    def seconds(self) -> int:
        """Elapsed seconds of a clock unit; a day is 86,400 here, a month 30 days, a year 365."""
        if self.unit in _SECONDS_IN:
            return self.count * _SECONDS_IN[self.unit]
        if self.unit in ("day", "week"):
            return self.days * 86_400
        return self.count * {"month": 30, "quarter": 91, "year": 365}[self.unit] * 86_400

    @property
    def longest_days(self) -> int:
        """An upper bound of the days this can cover, for reading far enough back."""
        if self.months:
            return self.months * 31
        return self.days or -(-self.seconds // 86_400)


Lag = NewType("Lag", Duration)
"""A duration that may be 0."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open stretch of time `[start, end)`, both aware datetimes in UTC."""

    start: datetime
    end: datetime

    @property
    def is_empty(self) -> bool:
        return self.end <= self.start


EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
"""Stands for "since ever" as the start of a span."""

LATEST = datetime(9999, 12, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """One reported period: what it covers and how it is named."""

    span: Span
    label: str
    """ISO date of the first local day; for hours the local time with its offset."""


def add_months(day: date, months: int) -> date:
    """Move by whole months; a day past the month's end is clipped (Mar 31 - 1 month = Feb 28/29)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


@dataclass(frozen=True, slots=True)
class Calendar:
    """Local periods of one zone and week start, as UTC spans."""

    timezone: str
    week_start: WeekStart

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def midnight(self, day: date) -> datetime:
        """The first instant of a local day, in UTC."""
        return _midnight(self.timezone, day)

    def local(self, instant: datetime) -> datetime:
        """An instant on the local clock."""
        return instant.astimezone(self.zone)

    def day_of(self, instant: datetime) -> date:
        """The local day an instant falls on."""
        return _day_of(self.timezone, instant)

    def first_day(self, day: date, grain: Grain) -> date:
        """The first day of the period of `grain` (day or longer) that holds `day`."""
        if grain == "week":
            shift = day.weekday() if self.week_start == "monday" else (day.weekday() + 1) % 7
            return day - timedelta(days=shift)
        if grain == "month":
            return day.replace(day=1)
        if grain == "quarter":
            return date(day.year, day.month - (day.month - 1) % 3, 1)
        if grain == "year":
            return date(day.year, 1, 1)
        return day

    def next_day(self, first: date, grain: Grain, count: int = 1) -> date:
        """The first day of the period `count` after the one that starts on `first`."""
        if grain in _MONTHS_IN:
            return add_months(first, _MONTHS_IN[grain] * count)
        return first + timedelta(days=(7 if grain == "week" else 1) * count)

    def period(self, first: date, grain: Grain) -> Period:
        """The period of `grain` (day or longer) that starts on the local day `first`."""
        end = self.next_day(first, grain)
        return Period(Span(self.midnight(first), self.midnight(end)), first.isoformat())

    def days_period(self, start: date, end: date) -> Period:
        """Local days from `start` to `end`, inclusive, as one period named by its first day."""
        after = end + timedelta(days=1)
        return Period(Span(self.midnight(start), self.midnight(after)), start.isoformat())

    def periods(self, start: date, end: date, grain: Grain) -> tuple[Period, ...]:
        """Whole periods from the one holding `start` to the one holding `end`, ascending.

        `total` gives one period from `start` to `end`, inclusive.
        """
        if grain == "total":
            return (self.days_period(start, end),)
        if grain == "hour":
            span = self.days_period(start, end).span
            return tuple(self._hours(span))
        return tuple(self._walk(self.first_day(start, grain), end, grain))

    def _walk(self, first: date, end: date, grain: Grain) -> Iterator[Period]:
        while first <= end:
            yield self.period(first, grain)
            first = self.next_day(first, grain)

    def _hours(self, span: Span) -> Iterator[Period]:
        instant = span.start
        while instant < span.end:
            after = min(instant + timedelta(hours=1), span.end)
            yield Period(Span(instant, after), self.local(instant).isoformat(timespec="minutes"))
            instant = after

    def periods_before(self, instant: datetime, grain: Grain, count: int) -> tuple[Period, ...]:
        """The last `count` periods that are over at `instant`, ascending."""
        if grain == "hour":
            # in some zones the local clock strikes half past, or a quarter to, by UTC
            local = self.local(instant)
            end = instant - (local - local.replace(minute=0, second=0, microsecond=0))
            return tuple(self._hours(Span(end - timedelta(hours=count), end)))
        after = self.first_day(self.day_of(instant), grain)
        first = self.next_day(after, grain, -count)
        return tuple(self._walk(first, after - timedelta(days=1), grain))

    def shift(self, span: Span, duration: Duration, *, sign: int = -1) -> Span:
        """Move a span by a duration on the local clock.

        Clock units move by elapsed time. Both ends of a span of whole days move by local days;
        by months both ends are moved and clipped, and a single day stays a single day.
        """
        if not (duration.days or duration.months):
            moved = timedelta(seconds=sign * duration.seconds)
            return Span(span.start + moved, span.end + moved)
        start = self._shift_instant(span.start, duration, sign)
        if self._is_one_day(span):
            return Span(start, self.midnight(self.day_of(start) + timedelta(days=1)))
        return Span(start, self._shift_instant(span.end, duration, sign))

    def _is_one_day(self, span: Span) -> bool:
        day = self.day_of(span.start)
        return span == Span(self.midnight(day), self.midnight(day + timedelta(days=1)))

    def _shift_instant(self, instant: datetime, duration: Duration, sign: int) -> datetime:
        if instant in (EARLIEST, LATEST):
            return instant
        local = self.local(instant)
        day = self.shift_day(local.date(), duration, sign=sign)
        return datetime.combine(day, local.time(), tzinfo=self.zone).astimezone(UTC)

    def shift_day(self, day: date, duration: Duration, *, sign: int = -1) -> date:
        """Move a local day by calendar units; months clip to the month's last day."""
        if duration.months:
            return add_months(day, sign * duration.months)
        return day + timedelta(days=sign * duration.longest_days)


@lru_cache(maxsize=65_536)
def _day_of(timezone: str, instant: datetime) -> date:
    return instant.astimezone(ZoneInfo(timezone)).date()


@lru_cache(maxsize=65_536)
def _midnight(timezone: str, day: date) -> datetime:
    local = datetime.combine(day, time(0), tzinfo=ZoneInfo(timezone))
    # a local midnight that does not exist (some zones change clocks at 0:00) is the first instant
    # after the gap; fold=0 in a gap names the instant before the change plus the gap
    return local.astimezone(UTC)
