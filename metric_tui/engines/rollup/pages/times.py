"""The local day and the moment of each row, from times as the store writes them.

Times are compared just as SQL compares them: text of digits at fixed places sorts as the number
that its digits make, so a day's first moment is looked for among such numbers.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup import kernels
from metric_tui.engines.rollup.pages.file import Bytes, Unreadable
from metric_tui.engines.rollup.pages.records import (
    FIRST_BLOB,
    FIRST_TEXT,
    FLOAT,
    NULL,
    Values,
)
from metric_tui.engines.rollup.scan import MOST_LADDER_DAYS
from metric_tui.engines.rollup.spaces import FIRST_DAY, LAST_DAY
from metric_tui.engines.time_forms import EPOCH_UNITS, TimeForm
from metric_tui.engines.times import TimeAxis

_DATE_DIGITS = (0, 1, 2, 3, 5, 6, 8, 9)
_CLOCK_DIGITS = (11, 12, 14, 15)
_DATE_MARKS = ((4, "-"), (7, "-"))
_CLOCK_MARK = (13, ":")
_BETWEEN = {TimeForm.ISO: "T", TimeForm.SPACE: " ", TimeForm.DATE: ""}
_MOST_DIGITS = 15

_EPOCH_DAY = date(1970, 1, 1).toordinal()


def can_tell_days(axis: TimeAxis) -> bool:
    """Whether days of such times can be told from pages."""
    return axis.form in _BETWEEN or axis.form in EPOCH_UNITS


class Days:
    """Tells days of one time axis; the edges of days are looked up once."""

    def __init__(self, axis: TimeAxis) -> None:
        """For an axis that `can_tell_days`."""
        self._axis = axis
        self._edges: dict[date, int] = {}

    def of(self, rows: Values) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
        """Which rows have a time, and of these the day as `date.toordinal` counts.

        The third part is a number for each of these times, ascending as SQL sorts them; what
        `milliseconds` reads.

        Raises:
            Unreadable: a time is written in another way, or lies too far from the others.
        """
        present = rows.kinds != NULL
        timed = rows if present.all() else rows.of(np.flatnonzero(present))
        if not len(timed.kinds):
            return present, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        moments = self._moments(timed)
        first = self._near(int(moments.min())) - timedelta(days=2)
        last = self._near(int(moments.max())) + timedelta(days=2)
        count = (last - first).days
        if first < FIRST_DAY or last >= LAST_DAY or count > MOST_LADDER_DAYS:
            raise Unreadable("times far apart")
        edges = [self._edge(first + timedelta(days=index)) for index in range(count + 1)]
        reached = np.searchsorted(np.array(edges), moments, side="right")
        return present, reached + (first.toordinal() - 1), moments

    def milliseconds(self, timed: Values, moments: NDArray[np.int64]) -> NDArray[np.int64]:
        """UTC milliseconds, as `TimeAxis.epoch_milliseconds` gives them.

        Args:
            timed: rows that have a time.
            moments: what `of` said of them.

        Raises:
            Unreadable: a time is written in another way.
        """
        form = self._axis.form
        if unit := EPOCH_UNITS.get(form):
            return moments * (1_000 // unit) if unit <= 1_000 else moments // (unit // 1_000)
        minutes = moments % 10_000
        hours, minutes = minutes // 100, minutes % 100
        since = self._days_since_1970(moments // 10_000)
        if (hours > 23).any() or (minutes > 59).any():
            raise Unreadable("a time that is none")
        since = (since * 24 + hours) * 60 + minutes
        if form is TimeForm.DATE:
            if (timed.widths > 10).any():
                raise Unreadable("a date with a clock")
            return since * 60_000
        return since * 60_000 + _within_minute(timed)

    def _days_since_1970(self, dates: NDArray[np.int64]) -> NDArray[np.int64]:
        """Of dates as numbers of eight digits."""
        # rows of one day mostly stand together
        begins = np.flatnonzero(np.append(True, dates[1:] != dates[:-1]))[: len(dates)]
        known = {date: self._since_1970(date) for date in set(dates[begins].tolist())}
        days = np.array([known[date] for date in dates[begins].tolist()], dtype=np.int64)
        return np.repeat(days, np.diff(begins, append=len(dates)))

    def _since_1970(self, number: int) -> int:
        return self._near(number * 10_000).toordinal() - _EPOCH_DAY

    def _moments(self, timed: Values) -> NDArray[np.int64]:
        """A whole number for each time, ascending as SQL sorts times."""
        form = self._axis.form
        if form in EPOCH_UNITS:
            if (timed.kinds >= FIRST_BLOB).any() or (timed.kinds == FLOAT).any():
                raise Unreadable("a time that is no whole number")
            return timed.integers(np.arange(len(timed.kinds)))
        between = _BETWEEN[form]
        compiled = kernels.read_times(timed.data, timed.kinds, timed.starts, between)
        if compiled is not None:
            return compiled
        is_text = (timed.kinds >= FIRST_TEXT) & (timed.kinds % 2 == 1)
        if not is_text.all() or (timed.widths < (16 if between else 10)).any():
            raise Unreadable("a time written in another way")
        marks = [*_DATE_MARKS, *([(10, between), _CLOCK_MARK] if between else [])]
        for place, mark in marks:
            if (timed.data[timed.starts + place] != ord(mark)).any():
                raise Unreadable("a time written in another way")
        places = (*_DATE_DIGITS, *(_CLOCK_DIGITS if between else ()))
        moments = _digits(timed.data, timed.starts, places)
        return moments if between else moments * 10_000

    def _near(self, moment: int) -> date:
        """A day less than two days from a moment."""
        try:
            if unit := EPOCH_UNITS.get(self._axis.form):
                return date(1970, 1, 1) + timedelta(seconds=moment // unit)
            year, rest = divmod(moment // 10_000, 10_000)
            return date(year, *divmod(rest, 100))
        except (ValueError, OverflowError) as error:
            raise Unreadable("a time that is none") from error

    def _edge(self, day: date) -> int:
        """The moment at which a day begins."""
        found = self._edges.get(day)
        if found is None:
            axis = self._axis
            bound = axis.bound(axis.calendar.midnight(day))
            found = self._edges[day] = _number_of(bound, is_text=axis.form in _BETWEEN)
        return found


def _within_minute(timed: Values) -> NDArray[np.int64]:
    """Milliseconds since the minute began: nothing, `:SS` or `:SS.SSS`, and maybe a `Z`."""
    compiled = kernels.read_seconds(timed.data, timed.kinds, timed.starts)
    if compiled is not None:
        return compiled
    found = np.zeros(len(timed.kinds), dtype=np.int64)
    widths = timed.widths
    last = timed.data[timed.starts + widths - 1]
    widths -= last == ord("Z")
    rows = np.flatnonzero(widths > 16)
    if not rows.size:
        return found
    starts, widths = timed.starts[rows], widths[rows]
    if (widths < 19).any() or (timed.data[starts + 16] != ord(":")).any():
        raise Unreadable("a time written in another way")
    found[rows] = 1000 * _digits(timed.data, starts, (17, 18))
    if (found >= 60_000).any():
        raise Unreadable("a time that is none")
    finer = np.flatnonzero(widths > 19)
    if finer.size:
        if (widths[finer] < 21).any() or (timed.data[starts[finer] + 19] != ord(".")).any():
            raise Unreadable("a time written in another way")
        for width in np.unique(widths[finer]).tolist():
            own = finer[widths[finer] == width]
            found[rows[own]] += _milliseconds(timed.data, starts[own], width - 20)
    return found


def _milliseconds(data: Bytes, starts: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The milliseconds of so many digits behind the point; what is finer is cut off, as SQL does."""
    if count > _MOST_DIGITS:
        raise Unreadable("a time finer than any clock")
    _digits(data, starts, range(20, 20 + count))
    kept = min(count, 3)
    found: NDArray[np.int64] = _digits(data, starts, range(20, 20 + kept)) * 10 ** (3 - kept)
    return found


def _digits(data: Bytes, starts: NDArray[np.int64], places: Sequence[int]) -> NDArray[np.int64]:
    """The number that digits at some places make."""
    found = np.zeros(len(starts), dtype=np.int64)
    for place in places:
        digit = data[starts + place] - np.uint8(ord("0"))
        if (digit > 9).any():
            raise Unreadable("a time written in another way")
        found = found * 10 + digit
    return found


def _number_of(bound: str, *, is_text: bool) -> int:
    if not is_text:
        return int(bound)
    digits = "".join(letter for letter in bound if letter.isdigit())
    if len(digits) not in (8, 12):
        raise Unreadable("days that begin between two minutes")
    return int(digits.ljust(12, "0"))
