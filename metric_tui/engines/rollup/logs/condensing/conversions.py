"""Conversions condensed: they go by days, and a day says nothing of rows of another."""

import numpy as np

from metric_tui.engines.rollup.logs.blocks import Block, joined_blocks
from metric_tui.engines.rollup.logs.condensing.task import (
    BASES,
    CONVERTED,
    Parts,
    Task,
    firsts_of_cells,
)
from metric_tui.engines.rollup.logs.cutting import Rows


def condensed_conversions(task: Task) -> Parts:
    """The last base row of each member, day and cell, and all conversions."""
    low, high = max(task.days.start, task.changed), task.days.stop
    bases, converted = (task.rows(log, low, high) for log in task.logs)
    found: Parts = {}
    if bases:
        last = []
        for day in bases:
            # seen from behind, the last is the first
            firsts = firsts_of_cells(day.kept[::-1], day.cells[::-1])
            rows = len(day.kept) - 1 - firsts[::-1]
            last.append(Block(np.full(len(rows), day.day), day.cells[rows], (day.kept[rows],)))
        found[BASES] = joined_blocks(last)
    if converted:
        theirs = Rows.of_days(converted)
        own, other = (log.groups for log in task.logs)
        # one list of groups serves all parts
        places = np.array([own.place(group) for group in other.values])
        found[CONVERTED] = Block(theirs.days, places[theirs.cells], (theirs.members,))
    return task.after_known(found, low)
