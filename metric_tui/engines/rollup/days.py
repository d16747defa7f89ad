"""Spans as local days: which asks whole days can answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter

from metric_tui.base.periods import EARLIEST, LATEST, Span
from metric_tui.definitions.extents import Extent
from metric_tui.engines.rollup.shelf import ALWAYS
from metric_tui.engines.times import TimeAxis

DaySpan = tuple[int, int]
"""Day numbers, as `date.toordinal` counts: from the first up to, and without, the second."""


def reach(days: Sequence[DaySpan]) -> DaySpan:
    """From the first to the last day of all spans."""
    full = [span for span in days if span[1] > span[0]]
    if not full:
        return (0, 0)
    return min(full)[0], max(map(itemgetter(1), full))


@dataclass(frozen=True, slots=True)
class DayReader:
    """Turns spans into days of one source."""

    axis: TimeAxis
    extent: Extent
    """When the source's rows begin and end."""

    def spans(self, spans: Sequence[Span]) -> list[DaySpan | None]:
        """The days of each span; None where it begins or ends inside of a day with rows."""
        return [self.days(span) for span in spans]

    def days(self, span: Span) -> DaySpan | None:
        """The days of a span; None where it begins or ends inside of a day with rows."""
        if span.is_empty:
            return (0, 0)
        start, end = self.bound(span.start), self.bound(span.end)
        return None if start is None or end is None else (start, max(start, end))

    def bound(self, instant: datetime) -> int | None:
        """The first day of which nothing is before a moment; None inside of a day with rows."""
        if instant == EARLIEST:
            return 0
        if instant == LATEST:
            return ALWAYS
        calendar = self.axis.calendar
        day = calendar.day_of(instant)
        if calendar.midnight(day) == instant:
            return day.toordinal()
        if self.axis.holds_days:
            return (day + timedelta(days=1)).toordinal()
        return self._beyond_rows(instant.replace(microsecond=0), day)

    def _beyond_rows(self, instant: datetime, day: date) -> int | None:
        first, last = self.extent.first, self.extent.last
        if first is None or last is None or instant <= first:
            return day.toordinal()
        return (day + timedelta(days=1)).toordinal() if instant > last else None
