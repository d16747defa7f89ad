"""Condenses logs: what of their rows answers any filter and breakdown by whole days.

A filter by dimensions leaves or drops all rows of a cell. So a session whose rows are all of one
cell is left as it is or dropped as a whole, and no other session comes to touch it: such sessions
are counted by day and cell (`TOTALS`), and kept with who had one (`STARTERS`). The rows of all
others, and of those that the block before or after may go on with, stay (`ROWS`), to be cut anew
under each filter.

Of the first-step rows of a funnel the first of each member, day and cell is kept, with how far it
gets (`DEPTHS`): what follows the first step is not filtered. Of the base rows of a conversion, which
goes by days, the last of each is kept (`BASES`), and of conversions who and on which day
(`CONVERTED`).
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from metric_tui.base.errors import Cancelled
from metric_tui.engines.rollup.behind import Behind
from metric_tui.engines.rollup.cache import Cache, row_id
from metric_tui.engines.rollup.logs.blocks import (
    Block,
    PackedBlock,
    joined_blocks,
    packed_block,
    unpacked_block,
)
from metric_tui.engines.rollup.logs.cutting import Rows, pieces_of
from metric_tui.engines.rollup.logs.funnels import days_after, depths
from metric_tui.engines.rollup.logs.groups import Groups
from metric_tui.engines.rollup.logs.memory import LogMemory
from metric_tui.engines.rollup.logs.reading import Cells, Log, LogDay, Mask, Members, Wholes
from metric_tui.engines.rollup.pack import BLOCK_DAYS
from metric_tui.engines.rollup.pages.groups import distinct, order
from metric_tui.engines.rollup.tracks import Shape

PARTS = DEPTHS, BASES, CONVERTED, TOTALS, ROWS, STARTERS = range(6)
"""Parts of a block, which stand in the cache as other tracks' lenses do; by day, each member's rows by
moment. Columns are, of depths: the member and the last step it reaches, from 1; of bases, of what
converted and of starters: the member; of totals: how many sessions there are, their milliseconds, and
those of one row; of rows: the member and the moment in UTC milliseconds."""

MOST_ROWS = 0.25
"""Where a larger share of the rows stays, sessions are cut of all rows instead."""

ROWS_TO_JUDGE = 200_000

Parts = dict[int, Block]
PackedParts = dict[int, PackedBlock]


class TooMixed(Exception):
    """So much of a log stays that condensing it is not worth it."""


def first_block(behind: Behind) -> int:
    """The first block that has to be made anew, or some days of it."""
    return _first_day(behind) // BLOCK_DAYS


def _first_day(behind: Behind) -> int:
    back = days_after(behind.track.seconds * 1000) if behind.track.shape == "depths" else 0
    first = [
        since if place == 0 else since - back
        for place, since in enumerate(behind.since)
        if since is not None
    ]
    return max(min(first), 0)


def condensed_blocks(
    cache: Cache, behind: Behind, cancelled: Callable[[], bool]
) -> Iterator[tuple[int, PackedParts]]:
    """A condensed track from the first block on that has to be made anew.

    Args:
        cache: holds the logs.
        behind: the condensed track.
        cancelled: asked before every block.

    Raises:
        TooMixed: it is not worth it.
        Cancelled: `cancelled` said so.
    """
    logs = [_log(cache, number) for number in behind.bases]
    low, high = logs[0].reach[0], max(log.reach[1] for log in logs)
    if not logs[0].reach[1]:
        # nothing follows what is not there
        return
    rows = kept = 0
    for number in range(max(first_block(behind), low // BLOCK_DAYS), -(-high // BLOCK_DAYS)):
        if cancelled():
            raise Cancelled("the refresh was stopped")
        days = range(number * BLOCK_DAYS, (number + 1) * BLOCK_DAYS)
        groups = logs[0].groups
        changed = days
        if behind.track.shape in _BY_DAY:
            changed = range(max(days.start, _first_day(behind)), days.stop)
        condense = _CONDENSE[behind.track.shape]
        found = condense(cache, logs, behind.track.seconds * 1000, changed)
        if changed != days:
            found = _after_known(_known(cache, behind, number, groups, changed.start), found)
        if not found:
            continue
        yield (
            number,
            {
                part: packed_block(block, groups, days)
                for part, block in found.items()
                if len(block.days)
            },
        )
        if STARTERS in found:
            rows += sum(len(day.kept) for day in logs[0].between(days.start, days.stop))
            kept += len(found[ROWS].days)
        for log in logs:
            # of what follows a row some stands before it in the next block
            log.forget_before(days.stop - 1)
        if rows > ROWS_TO_JUDGE and kept > MOST_ROWS * rows:
            raise TooMixed


def _known(cache: Cache, behind: Behind, number: int, groups: Groups, day: int) -> Parts:
    """What a block that is there says of the days before one."""
    found = {}
    for part in PARTS:
        kept = cache.row("sets", row_id(behind.number, part, number))
        if kept is not None:
            block = unpacked_block(kept[part], groups, number * BLOCK_DAYS)
            found[part] = block.between(number * BLOCK_DAYS, day)
    return found


def _after_known(known: Parts, found: Parts) -> Parts:
    return {
        part: joined_blocks([own[part] for own in (known, found) if part in own])
        for part in PARTS
        if part in known or part in found
    }


def _log(cache: Cache, number: int) -> Log:
    return Log(number=number, reach=cache.reach(number, 0), is_of_members=True, memory=LogMemory())


def _days(cache: Cache, log: Log, low: int, high: int) -> list[LogDay]:
    log.read(cache, low, high)
    return list(log.between(low, high))


def _depths(cache: Cache, logs: Sequence[Log], window: int, days: range) -> Parts:
    """The first row of each member, day and cell, with how far it gets."""
    entries = _days(cache, logs[0], days.start, days.stop)
    if not entries:
        return {}
    after = days.stop + days_after(window)
    steps = [_days(cache, log, days.start - 1, after) for log in logs[1:]]
    reached = depths(entries, steps, window).days
    found = []
    for day in entries:
        rows = _firsts_of_cells(day.kept, day.cells)
        columns = (day.kept[rows], reached[day.day][rows])
        found.append(Block(np.full(len(rows), day.day), day.cells[rows], columns))
    return {DEPTHS: joined_blocks(found)}


def _conversions(cache: Cache, logs: Sequence[Log], _: int, days: range) -> Parts:
    """The last base row of each member, day and cell, and all conversions."""
    bases, converted = (_days(cache, log, days.start, days.stop) for log in logs)
    found: Parts = {}
    if bases:
        last = []
        for day in bases:
            # seen from behind, the last is the first
            firsts = _firsts_of_cells(day.kept[::-1], day.cells[::-1])
            rows = len(day.kept) - 1 - firsts[::-1]
            last.append(Block(np.full(len(rows), day.day), day.cells[rows], (day.kept[rows],)))
        found[BASES] = joined_blocks(last)
    if converted:
        theirs = Rows.of_days(converted)
        # one list of groups serves all parts
        places = np.array([logs[0].groups.place(group) for group in logs[1].groups.values])
        found[CONVERTED] = Block(theirs.days, places[theirs.cells], (theirs.members,))
    return found


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


def _sessions(cache: Cache, logs: Sequence[Log], gap: int, days: range) -> Parts:
    """The sessions of a block whose rows are all of one cell, and the rows of the others."""
    entries = _days(cache, logs[0], days.start, days.stop)
    if not entries:
        return {}
    rows = Rows.of_days(entries).by_member()
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


_BY_DAY: tuple[Shape, ...] = ("conversions", "depths")
"""Of which a day says nothing of rows of another."""

_CONDENSE: dict[Shape, Callable[[Cache, Sequence[Log], int, range], Parts]] = {
    "conversions": _conversions,
    "depths": _depths,
    "sessions": _sessions,
}
"""What is made of the logs of a block of days, by shape: given the pause or window in milliseconds,
and all days of the block, or, of what goes by day, the last ones of it."""
