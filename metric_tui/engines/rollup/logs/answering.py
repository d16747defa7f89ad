"""Tables of sessions, funnels, conversions and percentiles, from logs."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np
from numpy.typing import NDArray

from metric_tui.base.periods import Calendar, Duration
from metric_tui.base.series import Group, Table, Value
from metric_tui.definitions.asks import (
    ConversionMeasure,
    FunnelMeasure,
    MeasureAsk,
    SessionsMeasure,
    SimpleMeasure,
)
from metric_tui.engines.rollup.logs.conversions import Conversions, conversions
from metric_tui.engines.rollup.logs.funnels import Depths, Reached, depths
from metric_tui.engines.rollup.logs.members import distinct_counts, first_rows
from metric_tui.engines.rollup.logs.opening import OpenLog, open_logs
from metric_tui.engines.rollup.logs.percentiles import percentile
from metric_tui.engines.rollup.logs.reading import LogDay
from metric_tui.engines.rollup.logs.sessions import DAY_MILLISECONDS, Sessions, sessions
from metric_tui.engines.rollup.logs.windows import Window
from metric_tui.engines.rollup.pack import BLOCK_DAYS
from metric_tui.engines.rollup.shelf import Shelf
from metric_tui.engines.store import Store

Counts = NDArray[np.float64]
"""By group of the breakdown."""


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
        return _sessions_table(logs[0], ask, measure)
    if isinstance(measure, FunnelMeasure):
        return _funnel_table(logs, ask, measure)
    if isinstance(measure, ConversionMeasure):
        return _conversion_table(logs, ask, measure, store.tree.settings.calendar)
    if isinstance(measure, SimpleMeasure):
        return _percentile_table(logs[0], ask, measure)
    return None


def _sessions_table(log: OpenLog, ask: MeasureAsk, measure: SessionsMeasure) -> Table:
    until, windows = log.until(measure.cutoff), log.windows(ask.spans)
    gap = measure.gap.seconds * 1000
    found: list[Sessions] = []

    def days(first: int, after: int) -> list[LogDay]:
        return log.days(first, after, until, ask.slice)

    for block in _blocks(windows, until):
        low, high = block * BLOCK_DAYS, (block + 1) * BLOCK_DAYS
        key = ("sessions", gap, ask.slice.where, until, block)
        make = partial(sessions, days, gap, low, high, until.high)
        found.append(log.log.remembered(key, make))
    places, groups = log.targets(ask.slice)
    columns: list[Counts] = []
    for window in windows:
        count = np.zeros(len(groups))
        sums = np.zeros(len(groups))
        for own in found:
            rows = window.rows(own.days, own.starts)
            where = places[own.cells[rows]]
            count += np.bincount(where, minlength=len(groups))
            if measure.calculation == "duration":
                sums += np.bincount(where, own.milliseconds[rows], minlength=len(groups))
            elif measure.calculation == "bounces":
                sums += np.bincount(where, own.are_bounces[rows], minlength=len(groups))
        if measure.calculation == "entities":
            sums = _distinct(found, window, places, len(groups))
        chosen = count if measure.calculation == "count" else sums
        if measure.calculation == "duration":
            chosen = chosen / 1000.0
        columns.append(np.where(count > 0, chosen, np.nan))
    return _table(groups, columns, nothing=0.0)


def _distinct(
    found: Sequence[Sessions | Conversions],
    window: Window,
    places: NDArray[np.int64],
    count: int,
) -> Counts:
    """How many members are there, by group."""
    rows = [window.rows(own.days, _moments(own)) for own in found]
    if not rows:
        return np.zeros(count)
    where = np.concatenate([places[o.cells[r]] for o, r in zip(found, rows, strict=True)])
    members = np.concatenate([o.members[r] for o, r in zip(found, rows, strict=True)])
    return distinct_counts(where, members, count)


def _moments(found: Sessions | Conversions) -> NDArray[np.int64]:
    return found.starts if isinstance(found, Sessions) else found.moments


def _funnel_table(logs: Sequence[OpenLog], ask: MeasureAsk, measure: FunnelMeasure) -> Table:
    until = tuple(log.until(measure.cutoff) for log in logs)
    steps = tuple(log.log.number for log in logs)
    # every step of a funnel is asked for by itself
    key = ("steps", steps, measure.window, until, ask.slice, ask.spans)
    make = partial(_step_counts, logs, until, ask, measure)
    found = logs[0].log.remembered(key, make)
    return _table(found.groups, found.columns[measure.step], nothing=0.0)


@dataclass(frozen=True, slots=True)
class _StepCounts:
    """By step, from 1, how many members reached it in each span, by group."""

    groups: list[Group]
    columns: dict[int, list[Counts]]

    @property
    def nbytes(self) -> int:
        return sum(own.nbytes for columns in self.columns.values() for own in columns)


def _step_counts(
    logs: Sequence[OpenLog], until: tuple[Window, ...], ask: MeasureAsk, measure: FunnelMeasure
) -> _StepCounts:
    first = logs[0]
    windows = first.windows(ask.spans)
    milliseconds = measure.window.seconds * 1000
    after = milliseconds // DAY_MILLISECONDS + 2
    steps = tuple(log.log.number for log in logs)
    reached: dict[int, Depths] = {}
    for block in _blocks(windows, until[0]):
        low, high = block * BLOCK_DAYS, (block + 1) * BLOCK_DAYS
        key = ("depths", steps, milliseconds, until, block)
        make = partial(_depths, logs, until, (low, high, high + after), milliseconds)
        reached |= first.log.remembered(key, make).days
    passes = first.passing(ask.slice)
    places, groups = first.targets(ask.slice)
    columns: dict[int, list[Counts]] = {step: [] for step in range(1, len(logs) + 1)}
    for window in windows:
        entries = [
            _entries(day, reached[day.day], window, passes)
            for day in first.days(window.low, window.high, until[0])
        ]
        if not entries:
            for own in columns.values():
                own.append(np.full(len(groups), np.nan))
            continue
        members, cells, depth = (np.concatenate(part) for part in zip(*entries, strict=True))
        # of a member's first rows of several days the earliest stands first
        earliest = first_rows(members)
        where, depth = places[cells[earliest]], depth[earliest]
        for step, own in columns.items():
            counts = np.bincount(where[depth >= step], minlength=len(groups)).astype(np.float64)
            own.append(np.where(counts > 0, counts, np.nan))
    return _StepCounts(groups, columns)


def _depths(
    logs: Sequence[OpenLog], until: Sequence[Window], days: tuple[int, int, int], window: int
) -> Reached:
    low, high, last = days
    steps = [log.days(low - 1, last, end) for log, end in zip(logs[1:], until[1:], strict=True)]
    return depths(logs[0].days(low, high, until[0]), steps, window)


def _entries(
    day: LogDay, reached: Depths, window: Window, passes: NDArray[np.bool_] | None
) -> tuple[NDArray[np.uint32], NDArray[np.unsignedinteger], Depths]:
    """Each member's first row of a day: the member, the cell and how far it gets."""
    rows = np.arange(len(day.kept))
    if passes is not None:
        rows = rows[passes[day.cells]]
    if window.start is not None or window.end is not None:
        inside = window.rows(np.full(len(rows), day.day), day.moments[rows])
        rows = rows[inside]
    members = day.kept[rows]
    is_first = np.ones(len(rows), dtype=bool)
    is_first[1:] = members[1:] != members[:-1]
    rows = rows[is_first]
    return members[is_first], day.cells[rows], reached[rows]


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
            counts = _distinct([found], window, places, len(groups))
        columns.append(np.where(counts > 0, counts, np.nan))
    return _table(groups, columns, nothing=None)


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
    for window in windows:
        log.read(window.low, window.high)
    places, groups = log.targets(ask.slice)
    until = Window(0, log.log.reach[1])
    columns: list[Counts] = []
    for window in windows:
        row = np.full(len(groups), np.nan)
        days = log.days(window.low, window.high, until)
        if days:
            where = np.concatenate([places[day.cells] for day in days])
            values = np.concatenate([day.kept for day in days])
            if window.start is not None or window.end is not None:
                number = np.repeat([day.day for day in days], [len(day.kept) for day in days])
                inside = window.rows(number, np.concatenate([day.moments for day in days]))
                where, values = where[inside], values[inside]
            for place in range(len(groups)):
                own = values[where == place]
                if len(own):
                    row[place] = percentile(own, measure.percentile, discrete=measure.discrete)
        columns.append(row)
    return _table(groups, columns, nothing=None)


def _blocks(windows: Iterable[Window], until: Window) -> list[int]:
    """The blocks of days that windows reach into."""
    found = {
        block
        for window in windows
        if window.low < min(window.high, until.high)
        for block in range(window.low // BLOCK_DAYS, -(-min(window.high, until.high) // BLOCK_DAYS))
    }
    return sorted(found)


def _table(groups: Sequence[Group], columns: Sequence[Counts], *, nothing: Value) -> Table:
    """A table of each span's numbers by group, without groups that have none.

    Args:
        groups: of the breakdown.
        columns: one a span; not a number where there is nothing.
        nothing: what stands for it where the group has a number in another span.
    """
    values = {}
    for place, group in enumerate(groups):
        row = [float(column[place]) for column in columns]
        if any(value == value for value in row):
            values[group] = tuple(value if value == value else nothing for value in row)
    return Table(len(columns), values)
