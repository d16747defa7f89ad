"""A column of times in SQL: bounds to compare it with, and the instants it holds.

Bounds are compared with the raw column wherever its form sorts like time, so that an index on it
helps; only offsets, mixtures and forms of the user's own are converted row by row.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from metric_tui.base.periods import EARLIEST, LATEST, Calendar
from metric_tui.base.series import Cell
from metric_tui.base.time_layouts import Coverage, coverage_of
from metric_tui.engines.dialects.base import Dialect
from metric_tui.engines.instants import EPOCH, JULIAN_SLACK, RFC_LAYOUT, instant_of
from metric_tui.engines.time_forms import COVERAGE, EPOCH_UNITS, UNIX_JULIAN, TimeForm

_CONVERTED = (
    TimeForm.OFFSET, TimeForm.MIXED, TimeForm.UNREADABLE, TimeForm.EMPTY, TimeForm.RFC, TimeForm.LAYOUT,
)  # fmt: skip
"""Forms that are compared by their milliseconds."""

_TEXT = (TimeForm.DATE, TimeForm.MONTH, TimeForm.QUARTER, TimeForm.ISO, TimeForm.SPACE)
_MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAxis:
    """A time column ready to be compared and converted."""

    column: str
    """SQL of the column: as it stands, or of its numbers where they are written as text."""

    form: TimeForm
    dialect: Dialect
    calendar: Calendar
    layout: str | None = None
    """As `strptime` takes it, where the form is `LAYOUT`."""

    has_strays: bool = False
    """Whether something in the column is no time, and would sort among times."""

    @property
    def is_converted(self) -> bool:
        """Whether milliseconds are compared instead of the column."""
        return self.has_strays or self.form in _CONVERTED

    @property
    def compared(self) -> str:
        """What bounds are compared with."""
        if self.is_converted:
            return self.epoch_milliseconds
        if self.form is TimeForm.QUARTER:
            # 2026-Q1 and 2026Q1 are the same
            return self.dialect.quarter_digits(self.column)
        return self.column

    def bound(self, instant: datetime) -> str:
        """An instant as a literal to compare with: `compared >= bound` is "at or after"."""
        if instant == EARLIEST:
            return self._far(low=True)
        if instant == LATEST:
            return self._far(low=False)
        if self.coverage is not None:
            return self._bound_of_day(self._day_at_or_after(instant))
        if self.is_converted:
            return str(int(instant.timestamp()) * 1_000)
        if self.form in (TimeForm.ISO, TimeForm.SPACE):
            return self.dialect.literal(_shortest_text(instant, self.form))
        if self.form is TimeForm.NATIVE:
            naive = instant.astimezone(UTC).replace(tzinfo=None)
            return self.dialect.timestamp_literal(naive.isoformat(" ", timespec="seconds"))
        seconds = int(instant.timestamp())
        if self.form is TimeForm.JULIAN:
            # correctly rounded, as those that a database writes
            return repr((seconds + UNIX_JULIAN * 86_400) / 86_400)
        return str(seconds * EPOCH_UNITS.get(self.form, 1_000))

    def _bound_of_day(self, day: date) -> str:
        """The first day that counts, as the column writes it."""
        since = (day - EPOCH.date()).days * 86_400_000
        if self.is_converted:
            return str(since)
        written = {
            TimeForm.DATE: self.dialect.literal(day.isoformat()),
            TimeForm.NATIVE_DATE: f"DATE {self.dialect.literal(day.isoformat())}",
            TimeForm.DAY_NUMBER: f"{day:%Y%m%d}",
            TimeForm.MONTH: self.dialect.literal(f"{day:%Y-%m}"),
            TimeForm.MONTH_NUMBER: f"{day:%Y%m}",
            TimeForm.QUARTER: self.dialect.literal(f"{day:%Y}{(day.month + 2) // 3}"),
        }
        return written[self.form]

    def _far(self, *, low: bool) -> str:
        if self.is_converted:
            return str(-(10**16) if low else 10**16)
        if self.form in _TEXT:
            return self.dialect.literal("" if low else "9999-12-31")
        if self.form is TimeForm.NATIVE_DATE:
            return "DATE '0001-01-01'" if low else "DATE '9999-12-31'"
        if self.form is TimeForm.NATIVE:
            return self.dialect.timestamp_literal(
                "0001-01-01 00:00:00" if low else "9999-12-31 00:00:00"
            )
        far = 9 * 10**18 if self.form is TimeForm.EPOCH_NANOSECONDS else 10**16
        return str(-far if low else far)

    @property
    def epoch_milliseconds(self) -> str:
        """The instant in UTC milliseconds, what is finer cut off; days are as if they began in UTC."""
        column, dialect = self.column, self.dialect
        if unit := EPOCH_UNITS.get(self.form):
            if unit < 1_000:
                return dialect.whole(f"{column} * {1_000 // unit}e0")
            return (
                dialect.whole(column) if unit == 1_000 else dialect.quotient(column, unit // 1_000)
            )
        if self.form in (TimeForm.RFC, TimeForm.LAYOUT):
            return dialect.epoch_of_layout(column, self.layout or RFC_LAYOUT)
        if self.form is TimeForm.OFFSET:
            return dialect.epoch_of_offset_text(column)
        if self.form in (TimeForm.NATIVE, TimeForm.NATIVE_DATE):
            return dialect.epoch_of_native(column)
        if self.form is TimeForm.JULIAN:
            since = dialect.whole(f"({column} - {UNIX_JULIAN}) * 86400000 + {JULIAN_SLACK}")
            return f"CASE WHEN {column} >= {UNIX_JULIAN} THEN {since} END"
        text = self._iso_text()
        return dialect.epoch_of_mixed(column) if text is None else dialect.epoch_of_text(text)

    def _iso_text(self) -> str | None:
        """A time without an offset as ISO text; None for what is not written so."""
        column, dialect = self.column, self.dialect
        if self.form in (TimeForm.DATE, TimeForm.ISO, TimeForm.SPACE):
            return column
        if self.form is TimeForm.MONTH:
            return f"({column} || '-01')"
        if self.form is TimeForm.QUARTER:
            return dialect.first_of_quarter(column)
        if self.form is TimeForm.DAY_NUMBER:
            return dialect.day_of_digits(column)
        if self.form is TimeForm.MONTH_NUMBER:
            return dialect.day_of_digits(f"({column} * 100 + 1)")
        return None

    @property
    def coverage(self) -> Coverage | None:
        """How much of the calendar one time stands for; None for instants."""
        if self.form is TimeForm.LAYOUT and self.layout is not None:
            return coverage_of(self.layout)
        return COVERAGE.get(self.form)

    @property
    def holds_days(self) -> bool:
        """Whether the column says only the day, month, quarter or year."""
        return self.coverage is not None

    def instant(self, value: Cell) -> datetime | None:
        """A stored value as an instant in UTC; a date is its local midnight; None if unreadable."""
        return instant_of(self.form, value, self.calendar, self.layout)

    def instant_compared(self, value: Cell) -> datetime | None:
        """A value of `compared` as an instant in UTC; None if it is none."""
        if not self.is_converted:
            return self.instant(value)
        if not isinstance(value, (int, float)):
            return None
        return instant_of(TimeForm.EPOCH_MILLISECONDS, int(value), self.calendar)

    def end_of(self, instant: datetime) -> datetime:
        """The last second of what a time stands for, where that is not the instant alone."""
        if self.coverage is None:
            return instant
        first = self.calendar.day_of(instant)
        return self.calendar.midnight(self._after(first)) - timedelta(seconds=1)

    def _after(self, first: date) -> date:
        """The day after what a time that is written as a day stands for."""
        months = _MONTHS_IN.get(self.coverage or "")
        if months is None:
            return first + timedelta(days=1)
        index = first.year * 12 + first.month - 1 + months
        return date(index // 12, index % 12 + 1, 1)

    def _day_at_or_after(self, instant: datetime) -> date:
        """The first day at or after an instant on which the column can have a time."""
        day = self.calendar.day_of(instant)
        if self.calendar.midnight(day) < instant:
            day += timedelta(days=1)
        months = _MONTHS_IN.get(self.coverage or "", 0)
        if not months:
            return day
        first = date(day.year, day.month - (day.month - 1) % months, 1)
        return first if first == day else self._after(first)


def _shortest_text(instant: datetime, form: TimeForm) -> str:
    """The shortest text that sorts right against values with or without seconds, Z or a clock."""
    moment = instant.astimezone(UTC)
    separator = "T" if form is TimeForm.ISO else " "
    text = moment.replace(tzinfo=None).isoformat(separator, timespec="seconds")
    if moment.second:
        return text
    if moment.minute or moment.hour:
        return text[:-3]
    return text[:10]
