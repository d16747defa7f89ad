"""Sessions condensed: those of one cell counted, and the rows of the others.

Where rows have come on a day, the days before it keep what they have: a session that began long
enough before that day has either ended before it or makes the whole block be condensed anew.
"""

import numpy as np

from metric_tui.engines.rollup.logs.blocks import Block
from metric_tui.engines.rollup.logs.condensing.task import ROWS, STARTERS, TOTALS, Parts, Task
from metric_tui.engines.rollup.logs.cutting import Pieces, Rows, pieces_of
from metric_tui.engines.rollup.logs.reading import Mask, Wholes
from metric_tui.engines.rollup.logs.windows import days_around
from metric_tui.engines.rollup.pack import BLOCK_DAYS
from metric_tui.engines.rollup.pages.groups import distinct, order


def condensed_sessions(task: Task) -> Parts:
    """The sessions of a block whose rows are all of one cell, and the rows of the others."""
    around = days_around(task.milliseconds)
    begin = task.changed - around
    if begin - around > task.days.start:
        found = _from_day(task, begin, begin - around)
        if found is not None:
            return found
    entries = task.rows(task.logs[0], task.days.start, task.days.stop)
    if not entries:
        return {}
    rows = Rows.of_days(entries).by_member()
    pieces = pieces_of(rows, task.milliseconds)
    # the block before may have rows just before the first one
    is_near = pieces.starts <= int(rows.moments.min()) + task.milliseconds
    return _parts(task, rows, pieces, np.ones(len(pieces.firsts), dtype=bool), is_near)


def _from_day(task: Task, begin: int, low: int) -> Parts | None:
    """The sessions that begin on a day or later anew, and those before as they are.

    Args:
        task: what is to be condensed.
        begin: the day.
        low: the day from which on rows tell whether another goes on into that day.

    Returns:
        None where one that began before it has changed.
    """
    entries = task.rows(task.logs[0], low, task.days.stop)
    if not entries:
        return None
    rows = Rows.of_days(entries).by_member()
    pieces = pieces_of(rows, task.milliseconds)
    is_own = rows.days[pieces.firsts] >= begin
    changed = rows.moments[rows.days >= task.changed].min(initial=np.iinfo(np.int64).max)
    if (pieces.ends[~is_own] >= changed).any():
        return None
    found = _parts(task, rows, pieces, is_own, np.zeros(len(is_own), dtype=bool))
    kept = task.known(ROWS, begin, task.changed)
    if kept is not None:
        going_on = kept.of(_of_pieces(kept, rows, pieces, ~is_own))
        fresh = found[ROWS]
        every = Rows(
            np.concatenate([going_on.days, fresh.days]),
            np.concatenate([going_on.cells, fresh.cells]),
            np.concatenate([going_on.columns[0], fresh.columns[0]]),
            np.concatenate([going_on.columns[1], fresh.columns[1]]),
        )
        found[ROWS] = _kept(every)
    return task.after_known(found, begin)


def _of_pieces(kept: Block, rows: Rows, pieces: Pieces, chosen: Mask) -> Mask:
    """Which kept rows are of the last of some pieces of their member, or of one before it."""
    members = rows.members[pieces.firsts[chosen]]
    is_last = np.ones(len(members), dtype=bool)
    is_last[:-1] = members[1:] != members[:-1]
    members, ends = members[is_last], pieces.ends[chosen][is_last]
    if not len(members):
        return np.zeros(len(kept.days), dtype=bool)
    own, moments = kept.columns
    at = np.minimum(np.searchsorted(members, own), len(members) - 1)
    found: Mask = (members[at] == own) & (moments <= ends[at])
    return found


def _parts(task: Task, rows: Rows, pieces: Pieces, is_own: Mask, is_near: Mask) -> Parts:
    """What becomes of pieces.

    Args:
        task: what is to be condensed.
        rows: by member.
        pieces: of the rows.
        is_own: by piece, whether it is to be kept.
        is_near: by piece, whether rows of the block before may be of the same session.
    """
    is_mixed = is_near.copy()
    # the block after may have rows just after the last one
    is_mixed |= pieces.ends >= int(rows.moments.max()) - task.milliseconds
    changes = np.flatnonzero(rows.cells[1:] != rows.cells[:-1]) + 1
    number = np.cumsum(pieces.begins) - 1
    is_mixed[number[changes[~pieces.begins[changes]]]] = True
    is_whole = is_own & ~is_mixed
    whole = pieces.firsts[is_whole]
    own = rows.of(whole)
    lengths = (pieces.ends - pieces.starts)[is_whole]
    is_other = np.ones(len(whole), dtype=bool)
    is_other[1:] = (
        (own.members[1:] != own.members[:-1])
        | (own.days[1:] != own.days[:-1])
        | (own.cells[1:] != own.cells[:-1])
    )
    starters = _by_day(own.of(np.flatnonzero(is_other)))
    return {
        TOTALS: _totals(own, lengths, pieces.are_single[is_whole], task.days),
        ROWS: _kept(rows.of((is_own & is_mixed)[number])),
        STARTERS: Block(starters.days, starters.cells, (starters.members,)),
    }


def _kept(rows: Rows) -> Block:
    rows = _by_day(rows)
    return Block(rows.days, rows.cells, (rows.members, rows.moments))


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
