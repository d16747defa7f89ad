"""What one stored time says, by the standard library: the reference of what SQL makes of it."""

import math
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

from metric_tui.base.periods import Calendar
from metric_tui.base.series import Cell
from metric_tui.base.time_layouts import coverage_of
from metric_tui.engines.time_forms import (
    EPOCH_UNITS,
    MIXABLE,
    NUMBERS,
    TEXT_PATTERNS,
    UNIX_JULIAN,
    TimeForm,
    day_of_number,
    form_of_value,
    number_of_text,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RFC_LAYOUT = "RFC 2822"
"""Stands where a layout of `strptime` would, which has none for it."""

JULIAN_SLACK = 0.03
"""Milliseconds: less than the distance of two Julian days that a floating number tells apart, and
more than by how much one is off."""


def instant_of(
    form: TimeForm, value: Cell, calendar: Calendar, layout: str | None = None
) -> datetime | None:
    """A stored value as an instant in UTC; a day is its local midnight.

    Args:
        form: the column's.
        value: one of it.
        calendar: tells where days begin.
        layout: of `strptime`, where the form is `LAYOUT`.

    Returns:
        None where it cannot be read.
    """
    try:
        return _instant_of(form, value, calendar, layout)
    except (ValueError, OverflowError, OSError):
        # a 30 February, or a number of seconds after the year 9999
        return None


def _instant_of(
    form: TimeForm, value: Cell, calendar: Calendar, layout: str | None
) -> datetime | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, date):
        return calendar.midnight(value)
    if form is TimeForm.LAYOUT and layout is not None:
        moment = EPOCH + timedelta(milliseconds=_milliseconds(str(value), layout))
        return moment if coverage_of(layout) is None else calendar.midnight(moment.date())
    own = form_of_value(value)
    if form is TimeForm.MIXED and own not in MIXABLE:
        return None
    if isinstance(value, str) and own in NUMBERS:
        value = number_of_text(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _of_number(form if form in NUMBERS else own, value, calendar)
    return _of_text(own, str(value), calendar)


def _of_text(form: TimeForm, text: str, calendar: Calendar) -> datetime | None:
    if form is TimeForm.DATE:
        return calendar.midnight(date.fromisoformat(text))
    if form is TimeForm.MONTH:
        return calendar.midnight(date.fromisoformat(f"{text}-01"))
    if form is TimeForm.QUARTER:
        return calendar.midnight(date(int(text[:4]), 3 * int(text[-1]) - 2, 1))
    if form is TimeForm.RFC:
        return parsedate_to_datetime(text).astimezone(UTC)
    if form not in TEXT_PATTERNS:
        return None
    moment = datetime.fromisoformat(
        text.replace("Z", "+00:00").replace(" +", "+").replace(" -", "-")
    )
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _of_number(form: TimeForm, number: float, calendar: Calendar) -> datetime | None:
    if unit := EPOCH_UNITS.get(form):
        if isinstance(number, int):
            return EPOCH + timedelta(microseconds=number * 10**6 // unit)
        return EPOCH + timedelta(seconds=number / unit)
    if form is TimeForm.JULIAN:
        since = math.floor((number - UNIX_JULIAN) * 86_400_000 + JULIAN_SLACK)
        return EPOCH + timedelta(milliseconds=since)
    if form is TimeForm.MONTH_NUMBER:
        number = number * 100 + 1
    day = day_of_number(int(number))
    return None if day is None else calendar.midnight(day)


@lru_cache(maxsize=4_096)
def milliseconds_of(value: str | int | float | None, layout: str) -> int | None:
    """Text in a layout as UTC milliseconds, days as if they began in UTC; None if unreadable.

    A statement asks it several times of one row, so the latest answers are kept.
    """
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        return _milliseconds(str(value), layout)
    except (ValueError, OverflowError):
        return None


def _milliseconds(text: str, layout: str) -> int:
    if layout == RFC_LAYOUT:
        if form_of_value(text) is not TimeForm.RFC:
            raise ValueError(text)
        moment = parsedate_to_datetime(text)
    else:
        moment = datetime.strptime(text.strip(), layout)  # noqa: DTZ007
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // timedelta(milliseconds=1)
