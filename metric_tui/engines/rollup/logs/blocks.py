"""What is condensed of a log in one block of days: columns by row, and their bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metric_tui.base.series import Group
from metric_tui.engines.rollup.logs.groups import Groups
from metric_tui.engines.rollup.logs.packing import packed_arrays
from metric_tui.engines.rollup.logs.parts import Whole
from metric_tui.engines.rollup.logs.reading import Cells, Mask, Wholes, narrowed, unpacked
from metric_tui.engines.rollup.pages.groups import distinct

PackedBlock = tuple[tuple[Group, ...], tuple[int, ...], tuple[Whole, ...]]
"""The groups met, the count of rows of each day, and columns: the group's place, and the others."""


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of a block of days, by day."""

    days: Wholes
    cells: Cells
    """Places among the groups of the log."""

    columns: tuple[NDArray[Any], ...]
    """Whole numbers."""

    @property
    def nbytes(self) -> int:
        return sum(column.nbytes for column in (self.days, self.cells, *self.columns))

    def of(self, rows: Wholes | Mask | slice) -> "Block":
        """Some of the rows."""
        if not isinstance(rows, slice):
            # a mask would be gone through for every column
            rows = np.flatnonzero(rows) if rows.dtype == bool else rows
            return Block(
                self.days.take(rows),
                self.cells.take(rows),
                tuple(column.take(rows) for column in self.columns),
            )
        return Block(
            self.days[rows], self.cells[rows], tuple(column[rows] for column in self.columns)
        )

    def between(self, low: int, high: int) -> "Block":
        """The rows of the days from one up to, and without, another."""
        begin, end = places_of_days(self.days, (low, high))
        return self if end - begin == len(self.days) else self.of(slice(begin, end))


def places_of_days(days: Wholes, wanted: Sequence[int]) -> list[int]:
    """Where in an ascending column of days each of some days begins."""
    # numbers of another kind would have the whole column copied
    found: list[int] = np.searchsorted(days, np.array(wanted, dtype=days.dtype)).tolist()
    return found


def packed_block(block: Block, groups: Groups, days: range) -> PackedBlock:
    """A block as plain values.

    Args:
        block: at least one row.
        groups: what the cells stand for.
        days: all that the block can have.
    """
    met, places = distinct(block.cells, len(groups.values))
    counts = np.bincount(block.days - days.start, minlength=len(days))
    whole = [0, len(places)]
    wholes = [
        packed_arrays(column.astype(np.int64), whole)[0] for column in (places, *block.columns)
    ]
    values = tuple(groups.values[cell] for cell in met.tolist())
    return values, tuple(counts.tolist()), tuple(wholes)


def unpacked_block(packed: PackedBlock, groups: Groups, first_day: int) -> Block:
    """What `packed_block` was given."""
    values, counts, wholes = packed
    places, *columns = (unpacked(whole, sum(counts)) for whole in wholes)
    cells = np.array([groups.place(value) for value in values], dtype=np.uint32)
    days: NDArray[Any] = np.repeat(
        np.arange(first_day, first_day + len(counts), dtype=np.int32), counts
    )
    return Block(days, cells[places], tuple(map(narrowed, columns)))


def joined_blocks(blocks: Sequence[Block]) -> Block:
    """At least one block, the days of each before those of the next."""
    return Block(
        np.concatenate([block.days for block in blocks]),
        np.concatenate([block.cells for block in blocks]),
        tuple(map(np.concatenate, zip(*(block.columns for block in blocks), strict=True))),
    )
