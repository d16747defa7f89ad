"""Spans as days of a log, with the moments at which one begins or ends inside of a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from metric_tui.base.periods import EARLIEST, LATEST, Span
from metric_tui.engines.rollup.days import DayReader
from metric_tui.engines.rollup.logs.blocks import places_of_days
from metric_tui.engines.rollup.logs.reading import Wholes

DAY_MILLISECONDS = 86_400_000
_SHORTER_DAY = 2 * 3_600_000
"""So much shorter a day may be, where clocks are put forward."""


def days_around(milliseconds: int) -> int:
    """Of how many days before or after a row's those that are within so long of it may be."""
    return (milliseconds + _SHORTER_DAY) // DAY_MILLISECONDS + 1


@dataclass(frozen=True, slots=True)
class Window:
    """The rows of a span."""

    low: int
    """The first day."""

    high: int
    """The day after the last."""

    start: int | None = None
    """UTC milliseconds before which rows of the first day do not count; None where all do."""

    end: int | None = None
    """UTC milliseconds from which on rows of the last day do not count; None where all do."""

    def rows(self, days: Wholes, moments: Wholes) -> Any:
        """Which rows are within, as an index of arrays.

        Args:
            days: by row, ascending.
            moments: by row.
        """
        begin, end = places_of_days(days, (self.low, self.high))
        if self.start is None and self.end is None:
            return slice(begin, end)
        mask = np.ones(end - begin, dtype=bool)
        if self.start is not None:
            mask &= moments[begin:end] >= self.start
        if self.end is not None:
            mask &= moments[begin:end] < self.end
        return begin + np.flatnonzero(mask)


def windows_of(reader: DayReader, spans: Sequence[Span]) -> list[Window]:
    """A window of each span."""
    return [_window(reader, span) for span in spans]


def _window(reader: DayReader, span: Span) -> Window:
    days = reader.days(span)
    if days is not None:
        return Window(*days)
    start, end = reader.days(Span(EARLIEST, span.start)), reader.days(Span(EARLIEST, span.end))
    calendar = reader.axis.calendar
    first, last = calendar.day_of(span.start), calendar.day_of(span.end) + timedelta(days=1)
    return Window(
        first.toordinal() if start is None else start[1],
        last.toordinal() if end is None else end[1],
        _milliseconds(span.start) if start is None else None,
        _milliseconds(span.end) if end is None else None,
    )


def _milliseconds(instant: datetime) -> int:
    assert instant not in (EARLIEST, LATEST)
    # bounds are stated to the second in SQL too
    return int(instant.timestamp()) * 1000
