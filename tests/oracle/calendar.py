"""Local periods in plain Python, by the rules of the project's semantics and nothing else."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Span = tuple[datetime, datetime]
"""`[start, end)` as instants in UTC."""

EVER = datetime(1, 1, 2, tzinfo=UTC)


def add_months(day: date, months: int) -> date:
    """Mar 31 minus a month is the last of February."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@dataclass(frozen=True)
class LocalCalendar:
    zone: ZoneInfo
    sunday_weeks: bool

    def midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(0), self.zone).astimezone(UTC)

    def day(self, instant: datetime) -> date:
        return instant.astimezone(self.zone).date()

    def week_start(self, day: date) -> date:
        return day - timedelta(days=day.isoweekday() % 7 if self.sunday_weeks else day.weekday())

    def first_day(self, day: date, grain: str) -> date:
        if grain == "week":
            return self.week_start(day)
        if grain == "month":
            return date(day.year, day.month, 1)
        if grain == "quarter":
            return date(day.year, {1: 1, 2: 4, 3: 7, 4: 10}[(day.month + 2) // 3], 1)
        if grain == "year":
            return date(day.year, 1, 1)
        return day

    def step(self, first: date, grain: str, count: int) -> date:
        """The first day of the period `count` later."""
        if grain in ("month", "quarter", "year"):
            return add_months(first, count * {"month": 1, "quarter": 3, "year": 12}[grain])
        return first + timedelta(days=count * (7 if grain == "week" else 1))

    def days(self, first: date, last: date) -> Span:
        """Whole local days, both included."""
        return self.midnight(first), self.midnight(last + timedelta(days=1))

    def period(self, first: date, grain: str) -> Span:
        return self.midnight(first), self.midnight(self.step(first, grain, 1))

    def periods(self, start: date, end: date, grain: str) -> list[Span]:
        """The periods of a range of days, widened outwards."""
        if grain == "total":
            return [self.days(start, end)]
        if grain == "hour":
            found, (instant, stop) = [], self.days(start, end)
            while instant < stop:
                found.append((instant, instant + timedelta(hours=1)))
                instant += timedelta(hours=1)
            return found
        found, first = [], self.first_day(start, grain)
        while first <= end:
            found.append(self.period(first, grain))
            first = self.step(first, grain, 1)
        return found

    def move(self, instant: datetime, days: int = 0, months: int = 0) -> datetime:
        """The same local clock time on another day."""
        local = instant.astimezone(self.zone)
        day = add_months(local.date(), months) + timedelta(days=days)
        return datetime.combine(day, local.time(), self.zone).astimezone(UTC)

    def unit(self, day: date, unit: str) -> int:
        """Consecutive days, weeks or months have consecutive numbers."""
        if unit == "month":
            return day.year * 12 + day.month
        if unit == "week":
            return self.week_start(day).toordinal() // 7
        return day.toordinal()
