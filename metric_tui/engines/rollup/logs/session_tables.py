"""Tables of sessions, from what is condensed of a log and from its rows."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from metric_tui.base.series import Table
from metric_tui.definitions.asks import MeasureAsk, SessionsMeasure, Slice
from metric_tui.engines.rollup.logs.blocks import Block
from metric_tui.engines.rollup.logs.condensing import ROWS, STARTERS, TOTALS
from metric_tui.engines.rollup.logs.cutting import Rows
from metric_tui.engines.rollup.logs.members import distinct_counts
from metric_tui.engines.rollup.logs.opening import OpenLog
from metric_tui.engines.rollup.logs.sessions import Sessions, sessions
from metric_tui.engines.rollup.logs.tabling import Counts, blocks_of, log_values
from metric_tui.engines.rollup.logs.windows import Window
from metric_tui.engines.rollup.pack import BLOCK_DAYS


def sessions_table(log: OpenLog, ask: MeasureAsk, measure: SessionsMeasure) -> Table:
    """Sessions, their seconds, those of one row, or how many entities have any."""
    until, windows = log.until(measure.cutoff), log.windows(ask.spans)
    gap = measure.gap.seconds * 1000
    # what is condensed tells whole days
    of_days = all(window.start is None and window.end is None for window in windows)
    known = _condensed_until(log, until) if of_days else 0
    part = STARTERS if measure.calculation == "entities" else TOTALS
    whole: dict[int, list[Block]] = {}
    cut: dict[int, Sessions] = {}

    def chunks(first: int, after: int) -> list[Rows]:
        return _chunks(log, (first, min(after, until.high)), known, until, ask.slice)

    for block in blocks_of(windows, until):
        low, high = block * BLOCK_DAYS, (block + 1) * BLOCK_DAYS
        whole[block] = log.blocks(part, low, high, ask.slice) if high <= known else []
        key = ("sessions", gap, ask.slice.where, until, known, block)
        make = partial(sessions, chunks, gap, low, high, until.high)
        cut[block] = log.log.remembered(key, make)
    places, groups = log.targets(ask.slice)
    columns: list[Counts] = []
    for window in windows:
        blocks = blocks_of([window], until)
        totals = [own.between(window.low, window.high) for b in blocks for own in whole[b]]
        rows = [(cut[b], window.rows(cut[b].days, cut[b].starts)) for b in blocks]
        if measure.calculation == "entities":
            columns.append(_entities(totals, rows, places, len(groups)))
        else:
            columns.append(_sums(totals, rows, places, len(groups), measure.calculation))
    return log_values(groups, columns, nothing=0.0)


def _condensed_until(log: OpenLog, until: Window) -> int:
    """The day from which on rows are gone over, because what is condensed knows of later ones."""
    if log.condensed is None:
        return 0
    if until.end is None and until.high >= log.log.reach[1]:
        return -(-until.high // BLOCK_DAYS) * BLOCK_DAYS
    # of an earlier block all rows are before the end
    return (until.high - 1) // BLOCK_DAYS * BLOCK_DAYS


def _chunks(
    log: OpenLog, days: tuple[int, int], known: int, until: Window, sliced: Slice
) -> list[Rows]:
    """Rows of some days, without those of sessions that are condensed, up to the day `known`."""
    first, after = days
    found = [] if known <= first else log.blocks(ROWS, first, min(after, known), sliced)
    rest = log.days(max(first, known), after, until, sliced)
    return [*map(_rows, found), *map(Rows.of_day, rest)]


def _rows(block: Block) -> Rows:
    members, moments = block.columns
    return Rows(block.days, block.cells, members, moments).by_member()


def _sums(
    totals: list[Block],
    rows: list[tuple[Sessions, NDArray[np.int64]]],
    places: NDArray[np.int64],
    size: int,
    calculation: str,
) -> Counts:
    """Numbers of one window, by group; not a number where a group has no session."""
    count, sums = np.zeros(size), np.zeros(size)
    column = {"count": 0, "duration": 1, "bounces": 2}[calculation]
    for block in totals:
        where = places[block.cells]
        count += np.bincount(where, block.columns[0], minlength=size)
        sums += np.bincount(where, block.columns[column], minlength=size)
    for own, inside in rows:
        where = places[own.cells[inside]]
        counted = np.bincount(where, minlength=size)
        count += counted
        values = {"duration": own.milliseconds, "bounces": own.are_bounces}.get(calculation)
        if values is None:
            sums += counted
        else:
            sums += np.bincount(where, values[inside], minlength=size)
    if calculation == "duration":
        sums = sums / 1000.0
    return np.where(count > 0, sums, np.nan)


def _entities(
    starters: list[Block],
    rows: list[tuple[Sessions, NDArray[np.int64]]],
    places: NDArray[np.int64],
    size: int,
) -> Counts:
    """How many members have a session in one window, by group; not a number for none."""
    cells = [block.cells for block in starters] + [own.cells[inside] for own, inside in rows]
    members = [block.columns[0] for block in starters]
    members += [own.members[inside] for own, inside in rows]
    if not members:
        return np.full(size, np.nan)
    every = np.concatenate(members)
    # after a filter all places are of the only group
    where = places.take(np.concatenate(cells)) if size > 1 else np.zeros(0, dtype=np.int64)
    counts = distinct_counts(where, every, size)
    return np.where(counts > 0, counts, np.nan)
