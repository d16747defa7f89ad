"""A block of days that is to be condensed, and what is there of it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metric_tui.engines.rollup.behind import Behind
from metric_tui.engines.rollup.cache import Cache, row_id
from metric_tui.engines.rollup.logs.blocks import Block, PackedBlock, joined_blocks, unpacked_block
from metric_tui.engines.rollup.logs.memory import LogMemory
from metric_tui.engines.rollup.logs.reading import Cells, Log, LogDay, Members, Wholes
from metric_tui.engines.rollup.pack import BLOCK_DAYS

PARTS = DEPTHS, BASES, CONVERTED, TOTALS, ROWS, STARTERS = range(6)
"""Parts of a block, which stand in the cache as other tracks' lenses do; by day, each member's rows by
moment. Columns are, of depths: the member and the last step it reaches, from 1; of bases, of what
converted and of starters: the member; of totals: how many sessions there are, their milliseconds, and
those of one row; of rows: the member and the moment in UTC milliseconds."""

Parts = dict[int, Block]
PackedParts = dict[int, PackedBlock]


@dataclass(frozen=True, slots=True)
class Task:
    """One block of a condensed track."""

    cache: Cache
    behind: Behind
    logs: Sequence[Log]
    """Those of its bases."""

    days: range
    """All days of the block."""

    changed: int
    """The first day on which a row has come; the days before may be condensed anew because of it."""

    @property
    def milliseconds(self) -> int:
        """The pause or window."""
        return self.behind.track.seconds * 1000

    def rows(self, log: Log, low: int, high: int) -> list[LogDay]:
        """A log's rows from one day up to, and without, another."""
        log.read(self.cache, low, high)
        return list(log.between(low, high))

    def rows_of(self, number: int, members: Members, low: int, high: int) -> list[LogDay]:
        """What those of some members are of the log at a place."""
        log = opened_log(self.cache, self.behind.bases[number])
        log.groups = self.logs[number].groups
        # whoever has a larger number is looked up at the last place
        log.only = np.zeros(int(members.max(initial=0)) + 2, dtype=bool)
        log.only[members] = True
        log.read(self.cache, low, high)
        return [day for day in log.between(low, high) if len(day.kept)]

    def known(self, part: int, low: int, high: int) -> Block | None:
        """What is there of some days; None for nothing."""
        row = self.cache.row(
            "sets", row_id(self.behind.number, part, self.days.start // BLOCK_DAYS)
        )
        if row is None or low >= high:
            return None
        return unpacked_block(row[part], self.logs[0].groups, self.days.start).between(low, high)

    def after_known(self, found: Parts, day: int) -> Parts:
        """What was found of the days from one on, after what is there of those before it."""
        every: Parts = {}
        for part in PARTS:
            own = [self.known(part, self.days.start, day), found.get(part)]
            blocks = [block for block in own if block is not None]
            if blocks:
                every[part] = joined_blocks(blocks)
        return every


def opened_log(cache: Cache, number: int) -> Log:
    """The log of a track, with memory of its own."""
    return Log(number=number, reach=cache.reach(number, 0), is_of_members=True, memory=LogMemory())


def firsts_of_cells(members: Members, cells: Cells) -> Wholes:
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
