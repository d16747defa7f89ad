"""The local day of each row, from times as the store writes them.

Times are compared just as SQL compares them: text of digits at fixed places sorts as the number
that its digits make, so a day's first moment is looked for among such numbers.
"""

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup.pages.file import Unreadable
from metric_tui.engines.rollup.pages.records import FIRST_BLOB, FIRST_TEXT, FLOAT, NULL, Values
from metric_tui.engines.rollup.scan import MOST_LADDER_DAYS
from metric_tui.engines.rollup.spaces import FIRST_DAY, LAST_DAY
from metric_tui.engines.times import TimeAxis, TimeForm

_DATE_DIGITS = (0, 1, 2, 3, 5, 6, 8, 9)
_CLOCK_DIGITS = (11, 12, 14, 15)
_DATE_MARKS = ((4, "-"), (7, "-"))
_CLOCK_MARK = (13, ":")
_BETWEEN = {TimeForm.ISO: "T", TimeForm.SPACE: " ", TimeForm.DATE: ""}
_EPOCH_UNITS = {TimeForm.EPOCH_SECONDS: 1, TimeForm.EPOCH_MILLISECONDS: 1000}


def can_tell_days(axis: TimeAxis) -> bool:
    """Whether days of such times can be told from pages."""
    return axis.form in _BETWEEN or axis.form in _EPOCH_UNITS


class Days:
    """Tells days of one time axis; the edges of days are looked up once."""

    def __init__(self, axis: TimeAxis) -> None:
        """For an axis that `can_tell_days`."""
        self._axis = axis
        self._edges: dict[date, int] = {}

    def of(self, rows: Values) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Which rows have a time, and of these the day as `date.toordinal` counts.

        Raises:
            Unreadable: a time is written in another way, or lies too far from the others.
        """
        present = rows.kinds != NULL
        timed = rows if present.all() else rows.of(np.flatnonzero(present))
        if not len(timed.kinds):
            return present, np.zeros(0, dtype=np.int64)
        moments = self._moments(timed)
        first = self._near(int(moments.min())) - timedelta(days=2)
        last = self._near(int(moments.max())) + timedelta(days=2)
        count = (last - first).days
        if first < FIRST_DAY or last >= LAST_DAY or count > MOST_LADDER_DAYS:
            raise Unreadable("times far apart")
        edges = [self._edge(first + timedelta(days=index)) for index in range(count + 1)]
        reached = np.searchsorted(np.array(edges), moments, side="right")
        return present, reached + (first.toordinal() - 1)

    def _moments(self, timed: Values) -> NDArray[np.int64]:
        """A whole number for each time, ascending as SQL sorts times."""
        form = self._axis.form
        if form in _EPOCH_UNITS:
            if (timed.kinds >= FIRST_BLOB).any() or (timed.kinds == FLOAT).any():
                raise Unreadable("a time that is no whole number")
            return timed.integers(np.arange(len(timed.kinds)))
        between = _BETWEEN[form]
        is_text = (timed.kinds >= FIRST_TEXT) & (timed.kinds % 2 == 1)
        if not is_text.all() or (timed.widths < (16 if between else 10)).any():
            raise Unreadable("a time written in another way")
        marks = [*_DATE_MARKS, *([(10, between), _CLOCK_MARK] if between else [])]
        for place, mark in marks:
            if (timed.data[timed.starts + place] != ord(mark)).any():
                raise Unreadable("a time written in another way")
        moments = np.zeros(len(timed.kinds), dtype=np.int64)
        for place in (*_DATE_DIGITS, *(_CLOCK_DIGITS if between else ())):
            digit = timed.data[timed.starts + place] - np.uint8(ord("0"))
            if (digit > 9).any():
                raise Unreadable("a time written in another way")
            moments = moments * 10 + digit
        return moments if between else moments * 10_000

    def _near(self, moment: int) -> date:
        """A day less than two days from a moment."""
        try:
            if unit := _EPOCH_UNITS.get(self._axis.form):
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


def _number_of(bound: str, *, is_text: bool) -> int:
    if not is_text:
        return int(bound)
    digits = "".join(letter for letter in bound if letter.isdigit())
    if len(digits) not in (8, 12):
        raise Unreadable("days that begin between two minutes")
    return int(digits.ljust(12, "0"))
