"""How a store writes its times: found out from a sample, then used to state bounds.

Bounds are compared with the raw column wherever its form sorts like time, so that an index on it
helps; only offsets and mixtures are converted row by row.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum

from metric_tui.base.periods import EARLIEST, LATEST, Calendar
from metric_tui.base.series import Cell
from metric_tui.engines.dialects.base import Dialect


class TimeForm(Enum):
    """The forms of time; the value is what the user reads."""

    DATE = "dates"
    ISO = "ISO text with T"
    SPACE = "text `YYYY-MM-DD HH:MM:SS`"
    OFFSET = "ISO text with offsets"
    EPOCH_SECONDS = "epoch seconds"
    EPOCH_MILLISECONDS = "epoch milliseconds"
    NATIVE = "timestamps"
    NATIVE_DATE = "dates of the engine's type"
    MIXED = "a mixture of forms"
    EMPTY = "no values"
    UNREADABLE = "no times"


_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_CLOCK = r"\d\d:\d\d(:\d\d(\.\d+)?)?"
_ISO = re.compile(rf"\d{{4}}-\d\d-\d\dT{_CLOCK}Z?")
_SPACE = re.compile(rf"\d{{4}}-\d\d-\d\d {_CLOCK}Z?")
_OFFSET = re.compile(rf"\d{{4}}-\d\d-\d\d[T ]{_CLOCK} ?[+-]\d\d(:?\d\d)?")

TEXT_PATTERNS = {
    TimeForm.DATE: _DATE,
    TimeForm.ISO: _ISO,
    TimeForm.SPACE: _SPACE,
    TimeForm.OFFSET: _OFFSET,
}
"""By form, what its text looks like."""

_MILLISECONDS_FROM = 100_000_000_000
"""Numbers from here on are milliseconds: as seconds they would lie in the year 5138."""


def form_of_value(value: Cell) -> TimeForm:
    """The form one stored value is in."""
    if isinstance(value, datetime):
        return TimeForm.NATIVE
    if isinstance(value, date):
        return TimeForm.NATIVE_DATE
    if isinstance(value, str):
        return _form_of_text(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        large = abs(value) >= _MILLISECONDS_FROM
        return TimeForm.EPOCH_MILLISECONDS if large else TimeForm.EPOCH_SECONDS
    return TimeForm.UNREADABLE


def _form_of_text(text: str) -> TimeForm:
    for form, pattern in TEXT_PATTERNS.items():
        if pattern.fullmatch(text):
            return form
    return TimeForm.UNREADABLE


def form_of(sample: Iterable[Cell]) -> TimeForm:
    """The form of a column, from values of it; nulls say nothing."""
    found = Counter(form_of_value(value) for value in sample if value is not None)
    if not found:
        return TimeForm.EMPTY
    readable = [form for form in found if form is not TimeForm.UNREADABLE]
    if not readable:
        return TimeForm.UNREADABLE
    return readable[0] if len(found) == 1 else TimeForm.MIXED


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeAxis:
    """A time column ready to be compared and converted."""

    column: str
    """SQL of the raw column."""

    form: TimeForm
    dialect: Dialect
    calendar: Calendar

    @property
    def compared(self) -> str:
        """What bounds are compared with."""
        if self.form is TimeForm.OFFSET:
            return self.dialect.epoch_of_offset_text(self.column)
        if self.form in (TimeForm.MIXED, TimeForm.UNREADABLE, TimeForm.EMPTY):
            return self.dialect.epoch_of_mixed(self.column)
        return self.column

    def bound(self, instant: datetime) -> str:
        """An instant as a literal to compare with: `compared >= bound` is "at or after"."""
        if instant == EARLIEST:
            return self._far(low=True)
        if instant == LATEST:
            return self._far(low=False)
        return self._bound(instant)

    def _bound(self, instant: datetime) -> str:
        if self.form in (TimeForm.DATE, TimeForm.NATIVE_DATE):
            day = _day_at_or_after(instant, self.calendar).isoformat()
            literal = self.dialect.literal(day)
            return f"DATE {literal}" if self.form is TimeForm.NATIVE_DATE else literal
        if self.form in (TimeForm.ISO, TimeForm.SPACE):
            return self.dialect.literal(_shortest_text(instant, self.form))
        if self.form is TimeForm.NATIVE:
            naive = instant.astimezone(UTC).replace(tzinfo=None)
            return self.dialect.timestamp_literal(naive.isoformat(" ", timespec="seconds"))
        seconds = int(instant.timestamp())
        return str(seconds if self.form is TimeForm.EPOCH_SECONDS else seconds * 1000)

    def _far(self, *, low: bool) -> str:
        if self.form in (TimeForm.DATE, TimeForm.ISO, TimeForm.SPACE):
            return self.dialect.literal("" if low else "9999-12-31")
        if self.form is TimeForm.NATIVE_DATE:
            return "DATE '0001-01-01'" if low else "DATE '9999-12-31'"
        if self.form is TimeForm.NATIVE:
            return self.dialect.timestamp_literal(
                "0001-01-01 00:00:00" if low else "9999-12-31 00:00:00"
            )
        return str(-(10**15) if low else 10**15)

    @property
    def epoch_milliseconds(self) -> str:
        """The instant in UTC milliseconds; dates are local midnights written as if UTC."""
        if self.form in (TimeForm.DATE, TimeForm.ISO, TimeForm.SPACE):
            return self.dialect.epoch_of_text(self.column)
        if self.form is TimeForm.OFFSET:
            return self.dialect.epoch_of_offset_text(self.column)
        if self.form is TimeForm.EPOCH_SECONDS:
            return self.dialect.whole(f"{self.column} * 1e3")
        if self.form is TimeForm.EPOCH_MILLISECONDS:
            return self.dialect.whole(self.column)
        if self.form in (TimeForm.NATIVE, TimeForm.NATIVE_DATE):
            return self.dialect.epoch_of_native(self.column)
        return self.dialect.epoch_of_mixed(self.column)

    @property
    def holds_days(self) -> bool:
        """Whether the column says only the day."""
        return self.form in (TimeForm.DATE, TimeForm.NATIVE_DATE)

    def instant(self, value: Cell) -> datetime | None:
        """A stored value as an instant in UTC; a date is its local midnight; None if unreadable."""
        try:
            return self._instant(value)
        except (ValueError, OverflowError, OSError):
            # a 30 February, or a number of seconds after the year 9999
            return None

    def _instant(self, value: Cell) -> datetime | None:
        form = form_of_value(value)
        if isinstance(value, datetime):
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        if isinstance(value, date):
            return self.calendar.midnight(value)
        if form is TimeForm.DATE:
            return self.calendar.midnight(date.fromisoformat(str(value)))
        if isinstance(value, str) and form is not TimeForm.UNREADABLE:
            moment = datetime.fromisoformat(value.replace("Z", "+00:00").replace(" +", "+"))
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        if isinstance(value, (int, float)):
            seconds = value / 1000 if form is TimeForm.EPOCH_MILLISECONDS else value
            return datetime.fromtimestamp(seconds, UTC)
        return None


def _day_at_or_after(instant: datetime, calendar: Calendar) -> date:
    day = calendar.day_of(instant)
    return day if calendar.midnight(day) >= instant else day + timedelta(days=1)


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
