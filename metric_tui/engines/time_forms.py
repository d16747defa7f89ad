"""The forms in which stores write times, and how one value, or a column of them, tells its form.

A number is only taken for a time where what it then says lies between 1970 and 2100, and where
no other form would do as well: a whole number of eight digits is a day or nothing.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from metric_tui.base.series import Cell


class TimeForm(Enum):
    """The forms of time; the value is what the user reads."""

    DATE = "dates"
    MONTH = "months"
    QUARTER = "quarters"
    ISO = "ISO text with T"
    SPACE = "text `YYYY-MM-DD HH:MM:SS`"
    OFFSET = "ISO text with offsets"
    RFC = "RFC 2822 text"
    DAY_NUMBER = "whole-number days"
    MONTH_NUMBER = "whole-number months"
    EPOCH_SECONDS = "epoch seconds"
    EPOCH_MILLISECONDS = "epoch milliseconds"
    EPOCH_MICROSECONDS = "epoch microseconds"
    EPOCH_NANOSECONDS = "epoch nanoseconds"
    JULIAN = "Julian days"
    LAYOUT = "text as `time_format` says"
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
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"\d{4}-?[Qq][1-4]")
_RFC = re.compile(
    r"((Mon|Tue|Wed|Thu|Fri|Sat|Sun), +)?\d{1,2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" \d{4} \d\d:\d\d(:\d\d)? ([+-]\d{4}|GMT|UTC|UT|Z)"
)
_NUMBER = re.compile(r"\d{6,19}(\.\d+)?")

TEXT_PATTERNS = {
    TimeForm.DATE: _DATE,
    TimeForm.ISO: _ISO,
    TimeForm.SPACE: _SPACE,
    TimeForm.OFFSET: _OFFSET,
}
"""By form, what its text looks like, of those forms of text that stand beside each other."""

_OTHER_PATTERNS = {TimeForm.MONTH: _MONTH, TimeForm.QUARTER: _QUARTER, TimeForm.RFC: _RFC}

EPOCH_UNITS = {
    TimeForm.EPOCH_SECONDS: 1,
    TimeForm.EPOCH_MILLISECONDS: 10**3,
    TimeForm.EPOCH_MICROSECONDS: 10**6,
    TimeForm.EPOCH_NANOSECONDS: 10**9,
}
"""By form, how many make a second."""

NUMBERS = (*EPOCH_UNITS, TimeForm.DAY_NUMBER, TimeForm.MONTH_NUMBER, TimeForm.JULIAN)
"""Forms that are numbers, or text that holds them."""

MIXABLE = (*TEXT_PATTERNS, *EPOCH_UNITS, TimeForm.DAY_NUMBER)
"""Forms that are told apart row by row where a column mixes them."""

COVERAGE = {
    TimeForm.DATE: "day",
    TimeForm.NATIVE_DATE: "day",
    TimeForm.DAY_NUMBER: "day",
    TimeForm.MONTH: "month",
    TimeForm.MONTH_NUMBER: "month",
    TimeForm.QUARTER: "quarter",
}
"""Forms that say no clock, and how much of the calendar one of their times stands for."""

FIRST_SECOND, SECONDS_END = 10**8, 4_133_980_800
"""Epoch seconds from March 1973 up to 2101: what is smaller is a duration, a year or a key."""

DAY_NUMBERS = (19_700_101, 21_001_231)
MONTH_NUMBERS = (197_001, 210_012)
UNIX_JULIAN = 2_440_587.5
"""The Julian day of 1970-01-01T00:00Z."""

_JULIAN_END = UNIX_JULIAN + SECONDS_END / 86_400


def form_of_value(value: Cell) -> TimeForm:
    """The form one stored value is in."""
    if isinstance(value, datetime):
        return TimeForm.NATIVE
    if isinstance(value, date):
        return TimeForm.NATIVE_DATE
    if isinstance(value, str):
        return _form_of_text(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _form_of_number(value)
    return TimeForm.UNREADABLE


def _form_of_text(text: str) -> TimeForm:
    for patterns in (TEXT_PATTERNS, _OTHER_PATTERNS):
        for form, pattern in patterns.items():
            if pattern.fullmatch(text):
                return form
    return _form_of_number(number_of_text(text)) if _NUMBER.fullmatch(text) else TimeForm.UNREADABLE


def number_of_text(text: str) -> int | float:
    """Digits as the number they are."""
    return float(text) if "." in text else int(text)


def _form_of_number(number: float) -> TimeForm:
    if not math.isfinite(number):
        return TimeForm.UNREADABLE
    if number < FIRST_SECOND:
        return _form_of_days(number)
    for form, unit in EPOCH_UNITS.items():
        if FIRST_SECOND * unit <= number < SECONDS_END * unit:
            return form
    return TimeForm.UNREADABLE


def _form_of_days(number: float) -> TimeForm:
    """A number that is too small to be seconds since 1970."""
    if UNIX_JULIAN <= number < _JULIAN_END:
        return TimeForm.JULIAN
    if number != int(number):
        return TimeForm.UNREADABLE
    if DAY_NUMBERS[0] <= number <= DAY_NUMBERS[1] and day_of_number(int(number)):
        return TimeForm.DAY_NUMBER
    if MONTH_NUMBERS[0] <= number <= MONTH_NUMBERS[1] and 1 <= number % 100 <= 12:
        return TimeForm.MONTH_NUMBER
    return TimeForm.UNREADABLE


def day_of_number(number: int) -> date | None:
    """The day of `20260131`; None where there is none."""
    try:
        return date(number // 10_000, number // 100 % 100, number % 100)
    except ValueError:
        return None


def form_of(sample: Iterable[Cell]) -> TimeForm:
    """The form of a column, from values of it; nulls say nothing."""
    return column_form(sample).form


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnForm:
    """How a column writes its times."""

    form: TimeForm
    is_text: bool = False
    """Whether some of its numbers are written as text."""

    has_strays: bool = False
    """Whether something in it is no time, which a mixture says by itself."""

    example: Cell = None
    """A value: a time where there is one."""


def column_form(sample: Iterable[Cell]) -> ColumnForm:
    """How a column writes its times, from values of it; nulls say nothing."""
    examples: dict[TimeForm, Cell] = {}
    is_text = False
    for value in sample:
        if value is not None:
            form = form_of_value(value)
            examples.setdefault(form, value)
            is_text = is_text or (isinstance(value, str) and form in NUMBERS)
    stray = examples.pop(TimeForm.UNREADABLE, None)
    if not examples:
        form = TimeForm.EMPTY if stray is None else TimeForm.UNREADABLE
        return ColumnForm(form=form, example=stray)
    form, example = next(iter(examples.items()))
    if len(examples) > 1 or (stray is not None and form in MIXABLE):
        return ColumnForm(form=TimeForm.MIXED, example=example)
    return ColumnForm(form=form, is_text=is_text, has_strays=stray is not None, example=example)
