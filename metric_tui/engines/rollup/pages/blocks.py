"""Blocks of days from numbers found in any order: what a track keeps of a lens, packed by group."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from metric_tui.engines.rollup.pack import BLOCK_DAYS, NOTHING, Packed
from metric_tui.engines.rollup.pages.folding import Numbers
from metric_tui.engines.rollup.pages.groups import Keys
from metric_tui.engines.rollup.spaces import MOST_VALUES
from metric_tui.engines.rollup.tracks import Merge

CODES = MOST_VALUES + 2
"""More codes than any dimension has."""

_NARROW = (("B", np.uint8), ("H", np.uint16), ("I", np.uint32))
_LIMITS = np.array([np.iinfo(kind).max for _, kind in _NARROW])
_WIDEST = 8 * BLOCK_DAYS


@dataclass(slots=True)
class Blocks:
    """Numbers of one track and lens, as they were found."""

    groups: int
    """How many numbers of groups there may be, as `widened` makes them."""

    _keys: list[Keys] = field(default_factory=list)
    """The number of block and group, times `BLOCK_DAYS`, plus the day's place in the block."""

    _columns: list[list[Numbers]] = field(default_factory=list)

    def add(self, groups: Keys, days: Keys, columns: list[Numbers]) -> None:
        """Take up some numbers.

        Args:
            groups: each group's number, as `widened` makes it.
            days: as `date.toordinal` counts.
            columns: numbers of these groups and days.
        """
        blocks, places = np.divmod(days, BLOCK_DAYS)
        self._keys.append((blocks * self.groups + groups) * BLOCK_DAYS + places)
        self._columns.append(columns)

    def packed(self, merges: Sequence[Merge]) -> Iterator[tuple[int, int, Packed]]:
        """The number of each block and group, and what is kept of them.

        Args:
            merges: how two numbers of a column are joined.
        """
        keys = np.concatenate(self._keys)
        found, rows = np.unique(keys // BLOCK_DAYS, return_inverse=True)
        where = rows * BLOCK_DAYS + keys % BLOCK_DAYS
        columns = []
        for index, merge in enumerate(merges):
            values = np.concatenate([columns[index] for columns in self._columns])
            table = joined_by(merge, values, where, len(found) * BLOCK_DAYS)
            columns.append(_smallest(table))
        blocks, groups = np.divmod(found, self.groups)
        yield from zip(blocks.tolist(), groups.tolist(), zip(*columns, strict=True), strict=True)


def widened(groups: Keys, sizes: Sequence[int]) -> Keys:
    """Numbers of groups that stay the same when a dimension gets more values.

    Args:
        groups: made of codes of these `sizes`.
        sizes: how many codes each dimension has now.
    """
    wide = np.zeros(len(groups), dtype=np.int64)
    scale = 1
    for size in reversed(sizes):
        groups, code = np.divmod(groups, size)
        wide += code * scale
        scale *= CODES
    return wide


def joined_by(merge: Merge, values: Numbers, places: Keys, count: int) -> Numbers:
    """Numbers of each of so many places.

    Args:
        merge: how two numbers of one place are joined: as sum, or the smallest, or the largest.
        values: to be joined.
        places: of each value, from 0 to below `count`.
        count: of places; one without a value holds what `NOTHING` says.
    """
    if merge == "add":
        total: Numbers = np.zeros(count, dtype=values.dtype)
        np.add.at(total, places, values)
        return total
    found = np.full(count, NOTHING[merge])
    (np.minimum if merge == "min" else np.maximum).at(found, places, values)
    return found


def _smallest(table: Numbers) -> Iterator[tuple[str, bytes]]:
    """The columns that stand one after another, each in the smallest type that holds it."""
    rows = table.reshape(-1, BLOCK_DAYS)
    if table.dtype == np.float64:
        data = rows.tobytes()
        return (("d", data[at : at + _WIDEST]) for at in range(0, len(data), _WIDEST))
    least, most = rows.min(axis=1), rows.max(axis=1)
    # places of the narrower types that are too small, or all where there are negative numbers
    kinds = np.where(least < 0, len(_NARROW), np.searchsorted(_LIMITS, most))
    held = [rows.astype(kind).tobytes() for _, kind in _NARROW] + [rows.tobytes()]
    codes = [*(code for code, _ in _NARROW), "q"]
    sizes = [len(data) // len(rows) for data in held]
    return (
        (codes[kind], held[kind][place * sizes[kind] : (place + 1) * sizes[kind]])
        for place, kind in enumerate(kinds.tolist())
    )
