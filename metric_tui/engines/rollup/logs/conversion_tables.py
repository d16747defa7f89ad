"""Tables of conversions, from what is condensed of logs and from their rows."""

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np

from metric_tui.base.periods import Calendar, Duration
from metric_tui.base.series import Table
from metric_tui.definitions.asks import ConversionMeasure, MeasureAsk
from metric_tui.engines.rollup.logs.blocks import joined_blocks
from metric_tui.engines.rollup.logs.condensing import BASES, CONVERTED
from metric_tui.engines.rollup.logs.conversions import Conversions, Converted, conversions
from metric_tui.engines.rollup.logs.cutting import Rows
from metric_tui.engines.rollup.logs.members import distinct_counts
from metric_tui.engines.rollup.logs.opening import OpenLog
from metric_tui.engines.rollup.logs.reading import LogDay
from metric_tui.engines.rollup.logs.tabling import Counts, log_values
from metric_tui.engines.rollup.logs.windows import Window


def conversion_table(
    logs: Sequence[OpenLog], ask: MeasureAsk, measure: ConversionMeasure, calendar: Calendar
) -> Table:
    """How many rows, or entities, converted.

    Args:
        logs: of base rows and of conversions.
        ask: the spans, and the slice of the base rows.
        measure: of the ask.
        calendar: the tree's.
    """
    base, other = logs
    until, their_until = base.until(measure.cutoff), other.until(measure.cutoff)
    windows = base.windows(ask.spans)
    full = [window for window in windows if window.low < window.high]
    low = min((window.low for window in full), default=0)
    high = min(max((window.high for window in full), default=0), until.high)
    last = max(until.high, their_until.high)
    if full and measure.window is not None:
        last = min(last, _after(high, measure.window, calendar))
    # a base row before the first span does not hold back what comes after
    starts = [window.start for window in full if window.low == low]
    known = [start for start in starts if start is not None]
    since = Window(low, last, min(known) if known and len(known) == len(starts) else None)
    bounds = [*windows, until, their_until]
    of_days = all(window.start is None and window.end is None for window in bounds)

    def attributed() -> Conversions:
        limit = _limit(measure.window, calendar)
        if base.condensed is not None and of_days:
            return conversions(*_condensed(base, ask, since, (until, their_until)), limit)
        days = base.days(low, last, until, ask.slice)
        theirs = Rows.of_days(other.days(low, last, their_until))
        rows = Rows.of_days([_since(day, since) for day in days])
        return conversions(rows, (theirs.days, theirs.members), limit)

    key = ("conversions", other.log.number, measure.window, ask.slice.where, until, since, of_days)
    found = base.log.remembered(key, attributed)
    places, groups = base.targets(ask.slice)
    columns: list[Counts] = []
    for window in windows:
        rows = window.rows(found.days, found.moments)
        where = places[found.cells[rows]]
        if measure.conversion.aggregation == "count_distinct":
            counts = distinct_counts(where, found.members[rows], len(groups))
        else:
            counts = np.bincount(where, minlength=len(groups)).astype(np.float64)
        columns.append(np.where(counts > 0, counts, np.nan))
    return log_values(groups, columns, nothing=None)


def _condensed(
    base: OpenLog, ask: MeasureAsk, since: Window, until: tuple[Window, Window]
) -> tuple[Rows, Converted]:
    """The base rows of some days, and their conversions."""
    low, last = since.low, since.high
    kept = base.blocks(BASES, low, min(last, until[0].high), ask.slice)
    theirs = base.blocks(CONVERTED, low, min(last, until[1].high))
    rows = Rows.of_days([])
    converted = rows.days, rows.members
    if kept:
        block = joined_blocks(kept)
        members = block.columns[0].astype(np.uint32)
        rows = Rows(block.days, block.cells, members, np.zeros(len(members), dtype=np.int64))
    if theirs:
        block = joined_blocks(theirs)
        converted = block.days, block.columns[0].astype(np.uint32)
    return rows, converted


def _since(day: LogDay, window: Window) -> LogDay:
    if window.start is None or day.day != window.low:
        return day
    return day.of(day.moments >= window.start)


def _after(day: int, window: Duration, calendar: Calendar) -> int:
    """The day after the last one that is in the window of a day before `day`."""
    return calendar.shift_day(date.fromordinal(day), window, sign=1).toordinal() + 1


def _limit(window: Duration | None, calendar: Calendar) -> Callable[[int], int] | None:
    if window is None:
        return None
    if window.days:
        return lambda day: day - window.days
    return lambda day: calendar.shift_day(date.fromordinal(day), window).toordinal()
