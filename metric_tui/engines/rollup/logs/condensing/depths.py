"""Funnels condensed: how far the first row of each member, day and cell gets.

A row that comes on a day may be what an entry of up to a window before it was waiting for, but only
an entry of the same member: of the days before, only those members are gone over again.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup.cache import row_id
from metric_tui.engines.rollup.logs.blocks import Block, joined_blocks
from metric_tui.engines.rollup.logs.condensing.task import (
    DEPTHS,
    Parts,
    Task,
    firsts_of_cells,
)
from metric_tui.engines.rollup.logs.funnels import days_after, depths
from metric_tui.engines.rollup.logs.reading import LogDay, Members, members_of


def condensed_depths(task: Task) -> Parts:
    """The first row of each member, day and cell, with how far it gets."""
    days = task.days
    low = max(days.start, task.changed - days_after(task.milliseconds))
    high = min(max(low, task.changed), days.stop)
    before = task.behind.before
    fresh = None if before is None or low == high else _members_since(task, before)
    if fresh is None:
        high = low
    blocks = [task.known(DEPTHS, days.start, high)]
    if fresh is not None and len(fresh) and blocks[0] is not None:
        blocks[0] = _gone_over(task, blocks[0], fresh, low, high)
    entries = task.rows(task.logs[0], high, days.stop)
    after = days.stop + days_after(task.milliseconds)
    if entries:
        steps = [task.rows(log, entries[0].day - 1, after) for log in task.logs[1:]]
        blocks.append(_reached(entries, steps, task.milliseconds))
    found = [block for block in blocks if block is not None]
    return {DEPTHS: joined_blocks(found)} if found else {}


def _members_since(task: Task, before: int) -> Members:
    """Whose rows of later steps have come after the row numbered `before`."""
    found = [np.zeros(0, dtype=np.uint32)]
    for number, log, since in zip(
        task.behind.bases[1:], task.logs[1:], task.behind.since[1:], strict=True
    ):
        if since is not None:
            base = row_id(number, 0, 0)
            for _, parts in task.cache.rows_between("sets", base + since, base + log.reach[1]):
                found += [members_of(part) for first, part in parts.items() if first > before]
    return np.unique(np.concatenate(found))


def _gone_over(task: Task, known: Block, fresh: Members, low: int, high: int) -> Block:
    """What is there, and of some members' entries from `low` up to, and without, `high` anew."""
    after = high + days_after(task.milliseconds)
    entries = task.rows_of(0, fresh, low, high)
    if not entries:
        return known
    steps = [
        task.rows_of(place, fresh, entries[0].day - 1, after) for place in range(1, len(task.logs))
    ]
    anew = _reached(entries, steps, task.milliseconds)
    members, depth = known.columns
    # the entries are those that they were, and stand in the same order
    is_theirs = np.isin(members, fresh) & (known.days >= low)
    depth = depth.copy()
    depth[is_theirs] = anew.columns[1]
    return Block(known.days, known.cells, (members, depth))


def _reached(entries: Sequence[LogDay], steps: Sequence[Sequence[LogDay]], window: int) -> Block:
    reached = depths(entries, steps, window).days
    found = []
    for day in entries:
        rows = firsts_of_cells(day.kept, day.cells)
        columns: tuple[NDArray[np.generic], ...] = (day.kept[rows], reached[day.day][rows])
        found.append(Block(np.full(len(rows), day.day), day.cells[rows], columns))
    return joined_blocks(found)
