"""Places that number whole days and parts of days in the order of time."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from metric_tui.base.periods import Span
from metric_tui.engines.rollup.days import DayReader, DaySpan


class Spot(NamedTuple):
    """A day, or a part of one."""

    day: int
    """As `date.toordinal` counts."""

    part: int | None
    """Which of the day's parts, from 0; None for the whole day."""


@dataclass(frozen=True, slots=True)
class Cuts:
    """The moments at which days are cut; a day that is cut n times takes n + 1 places."""

    moments: tuple[datetime, ...]
    """In UTC, ascending, to the second as bounds are stated to plain SQL."""

    days: tuple[int, ...]
    """The number of each moment's day."""

    @classmethod
    def of(cls, reader: DayReader, spans: Iterable[Span]) -> "Cuts":
        """Where spans begin and end inside of days with rows."""
        inner = {
            instant.replace(microsecond=0)
            for span in spans
            if not span.is_empty
            for instant in (span.start, span.end)
            if reader.bound(instant) is None
        }
        moments = tuple(sorted(inner))
        day_of = reader.axis.calendar.day_of
        return cls(moments, tuple([day_of(moment).toordinal() for moment in moments]))

    def span(self, reader: DayReader, span: Span) -> DaySpan:
        """The places of a span that these cuts were made for."""
        if span.is_empty:
            return (0, 0)
        start, end = self._bound(reader, span.start), self._bound(reader, span.end)
        return start, max(start, end)

    def _bound(self, reader: DayReader, instant: datetime) -> int:
        day = reader.bound(instant)
        if day is not None:
            return self.place(day)
        index = bisect_left(self.moments, instant.replace(microsecond=0))
        return self.days[index] + index + 1

    def place(self, day: int) -> int:
        """The first place of a day."""
        return day + bisect_left(self.days, day)

    def spot(self, place: int) -> Spot:
        """What stands at a place."""
        # the part after the nth cut, counted from 0, stands n + 1 places after its day's number
        before = bisect_right(range(len(self.days)), place, key=lambda n: self.days[n] + n + 1)
        day = place - before
        is_cut = bisect_right(self.days, day) > bisect_left(self.days, day)
        return Spot(day, place - self.place(day) if is_cut else None)

    def within(self, day: int) -> tuple[datetime, ...]:
        """The moments at which a day is cut."""
        return self.moments[bisect_left(self.days, day) : bisect_right(self.days, day)]
