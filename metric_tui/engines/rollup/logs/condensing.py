"""Condenses logs: what of their rows answers any filter and breakdown by whole days.

A filter by dimensions leaves or drops all rows of a cell. So a session whose rows are all of one
cell is left as it is or dropped as a whole, and no other session comes to touch it: such sessions
are counted by day and cell (`TOTALS`), and kept with who had one (`STARTERS`). The rows of all
others, and of those that the block before or after may go on with, stay (`ROWS`), to be cut anew
under each filter.

Of the first-step rows of a funnel the first of each member, day and cell is kept, with how far it
gets (`DEPTHS`): what follows the first step is not filtered.
"""

from collections.abc import Callable, Sequence

import numpy as np

from metric_tui.base.errors import Cancelled
from metric_tui.engines.rollup.cache import DAYS, Cache, row_id
from metric_tui.engines.rollup.deriving import Behind
from metric_tui.engines.rollup.logs.blocks import Block, joined_blocks, packed_block
from metric_tui.engines.rollup.logs.cutting import Rows, pieces_of
from metric_tui.engines.rollup.logs.funnels import days_after, depths
from metric_tui.engines.rollup.logs.memory import LogMemory
from metric_tui.engines.rollup.logs.reading import Cells, Log, LogDay, Mask, Members, Wholes
from metric_tui.engines.rollup.pack import BLOCK_DAYS
from metric_tui.engines.rollup.pages.groups import distinct, order

DEPTHS = TOTALS = 0
"""Of funnels: the member and the last step it reaches, from 1, each member's by moment. Of
sessions: how many there are, their milliseconds, and those of one row."""

ROWS = 1
"""Members and moments, in UTC milliseconds; each member's by moment."""

STARTERS = 2
"""Members."""

MOST_ROWS = 0.25
"""Where a larger share of the rows stays, sessions are cut of all rows instead."""

ROWS_TO_JUDGE = 200_000

Parts = dict[int, Block]


def keep_condensed(cache: Cache, behind: Behind, cancelled: Callable[[], bool]) -> bool:
    """Condense logs anew from the block of the first day that has changed.

    Args:
        cache: within its transaction.
        behind: the condensed track.
        cancelled: asked before every block.

    Returns:
        False where it is not worth it: the track is empty then.

    Raises:
        Cancelled: `cancelled` said so.
    """
    logs = [_log(cache, number) for number in behind.bases]
    first, (low, high) = _first_block(behind), logs[0].reach
    milliseconds = behind.track.seconds * 1000
    own = row_id(behind.number, 0, 0)
    cache.forget_rows("sets", own + first, own + DAYS - 1)
    rows = kept = 0
    for block in range(max(first, low // BLOCK_DAYS), -(-high // BLOCK_DAYS)):
        if cancelled():
            raise Cancelled("the refresh was stopped")
        days = range(block * BLOCK_DAYS, (block + 1) * BLOCK_DAYS)
        entries = _days(cache, logs[0], days.start, days.stop)
        if not entries:
            continue
        if behind.track.shape == "depths":
            after = days.stop + days_after(milliseconds)
            steps = [_days(cache, log, days.start - 1, after) for log in logs[1:]]
            found = {DEPTHS: _depths(entries, steps, milliseconds)}
        else:
            found = _sessions(Rows.of_days(entries), milliseconds, days)
            rows += sum(len(day.kept) for day in entries)
            kept += len(found[ROWS].days)
        packed = {
            part: packed_block(own, logs[0].groups, days)
            for part, own in found.items()
            if len(own.days)
        }
        cache.write_rows("sets", [(own + block, packed)])
        for log in logs:
            # of what follows a row some stands before it in the next block
            log.forget_before(days.stop - 1)
        if rows > ROWS_TO_JUDGE and kept > MOST_ROWS * rows:
            cache.forget_rows("sets", own, own + DAYS - 1)
            return False
    return True


def _log(cache: Cache, number: int) -> Log:
    base = row_id(number, 0, 0)
    low = cache.first_row("sets", base, base + DAYS - 1)
    high = cache.last_row("sets", base, base + DAYS - 1)
    reach = (0, 0) if low is None or high is None else (low - base, high - base + 1)
    return Log(number=number, reach=reach, is_of_members=True, memory=LogMemory())


def _first_block(behind: Behind) -> int:
    back = days_after(behind.track.seconds * 1000) if behind.track.shape == "depths" else 0
    first = [
        since if place == 0 else since - back
        for place, since in enumerate(behind.since)
        if since is not None
    ]
    return max(min(first), 0) // BLOCK_DAYS


def _days(cache: Cache, log: Log, low: int, high: int) -> list[LogDay]:
    log.read(cache, low, high)
    return list(log.between(low, high))


def _depths(entries: Sequence[LogDay], steps: Sequence[Sequence[LogDay]], window: int) -> Block:
    """The first row of each member, day and cell, with how far it gets.

    Args:
        entries: rows of the first step.
        steps: those of the others, as far as they may follow.
        window: in milliseconds.
    """
    reached = depths(entries, steps, window).days
    found = []
    for day in entries:
        rows = _firsts_of_cells(day.kept, day.cells)
        columns = (day.kept[rows], reached[day.day][rows])
        found.append(Block(np.full(len(rows), day.day), day.cells[rows], columns))
    return joined_blocks(found)


def _firsts_of_cells(members: Members, cells: Cells) -> Wholes:
    """Where the first row of each member and cell stands, of rows by member."""
    is_other = np.ones(len(members), dtype=bool)
    is_other[1:] = members[1:] != members[:-1]
    is_first = is_other.copy()
    is_first[1:] |= cells[1:] != cells[:-1]
    rows = np.flatnonzero(is_first)
    if len(rows) == np.count_nonzero(is_other):
        return rows
    # some members change between cells, and perhaps back
    keys = (members[rows].astype(np.int64) << 32) | cells[rows]
    found: Wholes = rows[np.sort(np.unique(keys, return_index=True)[1])]
    return found


def _sessions(rows: Rows, gap: int, days: range) -> Parts:
    """The sessions of a block whose rows are all of one cell, and the rows of the others."""
    pieces = pieces_of(rows, gap)
    is_mixed = np.zeros(len(pieces.firsts), dtype=bool)
    # the blocks around may have rows just before the first one, or just after the last
    is_mixed |= pieces.starts <= int(rows.moments.min()) + gap
    is_mixed |= pieces.ends >= int(rows.moments.max()) - gap
    changes = np.flatnonzero(rows.cells[1:] != rows.cells[:-1]) + 1
    number = np.cumsum(pieces.begins) - 1
    is_mixed[number[changes[~pieces.begins[changes]]]] = True
    whole = pieces.firsts[~is_mixed]
    own = rows.of(whole)
    rest = _by_day(rows.of(is_mixed[number]))
    lengths = (pieces.ends - pieces.starts)[~is_mixed]
    is_other = np.ones(len(whole), dtype=bool)
    is_other[1:] = (
        (own.members[1:] != own.members[:-1])
        | (own.days[1:] != own.days[:-1])
        | (own.cells[1:] != own.cells[:-1])
    )
    starters = _by_day(own.of(np.flatnonzero(is_other)))
    return {
        TOTALS: _totals(own, lengths, pieces.are_single[~is_mixed], days),
        ROWS: Block(rest.days, rest.cells, (rest.members, rest.moments)),
        STARTERS: Block(starters.days, starters.cells, (starters.members,)),
    }


def _totals(own: Rows, lengths: Wholes, are_single: Mask, days: range) -> Block:
    width = int(own.cells.max(initial=0)) + 1
    keys = (own.days - days.start) * width + own.cells
    met, where = distinct(keys, width * len(days))
    columns = (
        np.bincount(where, minlength=len(met)),
        # of fewer than 2**53 milliseconds each is told exactly
        np.bincount(where, lengths, minlength=len(met)).astype(np.int64),
        np.bincount(where, are_single, minlength=len(met)).astype(np.int64),
    )
    return Block(met // width + days.start, (met % width).astype(np.uint32), columns)


def _by_day(rows: Rows) -> Rows:
    least = rows.days.min(initial=2**31)
    return rows.of(order(rows.days - least, BLOCK_DAYS))
