"""Tables of sessions, funnels, conversions and percentiles, from logs."""

from collections.abc import Callable, Sequence
from datetime import date

import numpy as np

from metric_tui.base.periods import Calendar, Duration
from metric_tui.base.series import Table
from metric_tui.definitions.asks import (
    ConversionMeasure,
    FunnelMeasure,
    MeasureAsk,
    SessionsMeasure,
    SimpleMeasure,
)
from metric_tui.engines.rollup.logs.conversions import conversions
from metric_tui.engines.rollup.logs.funnel_tables import funnel_table
from metric_tui.engines.rollup.logs.members import distinct_counts
from metric_tui.engines.rollup.logs.opening import OpenLog, open_logs
from metric_tui.engines.rollup.logs.percentiles import percentiles
from metric_tui.engines.rollup.logs.reading import LogDay
from metric_tui.engines.rollup.logs.session_tables import sessions_table
from metric_tui.engines.rollup.logs.tabling import Counts, log_values
from metric_tui.engines.rollup.logs.windows import Window
from metric_tui.engines.rollup.shelf import Shelf
from metric_tui.engines.store import Store


def log_table(store: Store, shelf: Shelf, ask: MeasureAsk) -> Table | None:
    """The answer to an ask; None where there are no logs for it.

    Raises:
        CannotTell: SQL's answer depends on how the store declares a column.
        Damaged: the cache does not hold what was written.
    """
    measure = ask.measure
    logs = open_logs(store, shelf, ask)
    if not logs:
        return None
    shelf.log_memory.make_room()
    if isinstance(measure, SessionsMeasure):
        return sessions_table(logs[0], ask, measure)
    if isinstance(measure, FunnelMeasure):
        return funnel_table(logs, ask, measure)
    if isinstance(measure, ConversionMeasure):
        return _conversion_table(logs, ask, measure, store.tree.settings.calendar)
    if isinstance(measure, SimpleMeasure):
        return _percentile_table(logs[0], ask, measure)
    return None


def _conversion_table(
    logs: Sequence[OpenLog], ask: MeasureAsk, measure: ConversionMeasure, calendar: Calendar
) -> Table:
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
    found = base.log.remembered(
        ("conversions", other.log.number, measure.window, ask.slice.where, until, since, high),
        lambda: conversions(
            [_since(day, since) for day in base.days(low, last, until, ask.slice)],
            other.days(low, last, their_until),
            _limit(measure.window, calendar),
        ),
    )
    places, groups = base.targets(ask.slice)
    columns: list[Counts] = []
    for window in windows:
        rows = window.rows(found.days, found.moments)
        counts = np.bincount(places[found.cells[rows]], minlength=len(groups)).astype(np.float64)
        if measure.conversion.aggregation == "count_distinct":
            counts = distinct_counts(places[found.cells[rows]], found.members[rows], len(groups))
        columns.append(np.where(counts > 0, counts, np.nan))
    return log_values(groups, columns, nothing=None)


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


def _percentile_table(log: OpenLog, ask: MeasureAsk, measure: SimpleMeasure) -> Table:
    assert measure.percentile is not None
    windows = log.windows(ask.spans)
    if any(window.start is not None or window.end is not None for window in windows):
        log.log.take_moments()
    for window in windows:
        log.read(window.low, window.high)
    places, groups = log.targets(ask.slice)
    until = Window(0, log.log.reach[1])
    columns: list[Counts] = []
    for window in windows:
        days = log.days(window.low, window.high, until)
        if not days:
            columns.append(np.full(len(groups), np.nan))
            continue
        where = places[np.concatenate([day.cells for day in days])]
        values = np.concatenate([day.kept for day in days])
        if window.start is not None or window.end is not None:
            number = np.repeat([day.day for day in days], [len(day.kept) for day in days])
            inside = window.rows(number, np.concatenate([day.moments for day in days]))
            where, values = where[inside], values[inside]
        share, discrete = measure.percentile, measure.discrete
        columns.append(percentiles(where, values, len(groups), share, discrete=discrete))
    return log_values(groups, columns, nothing=None)
