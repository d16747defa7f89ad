"""Days and cells of rows: which there are, and how each lens splits them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup.pages.groups import Keys, distinct, mixed

_MOST_KEYS = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Grid:
    """The days and cells that rows rolled up together may be of."""

    sizes: Sequence[int]
    """How many codes each dimension has."""

    first: int
    """The earliest day, as `date.toordinal` counts."""

    days: int

    def met(
        self, days: NDArray[np.int64], codes: Sequence[NDArray[np.uint8]]
    ) -> "tuple[Met, Keys]":
        """The days and cells that occur, and the place among them of each row's.

        Args:
            days: of rows.
            codes: of each dimension, by row.
        """
        cells, most = mixed(codes, self.sizes, len(days)), prod(self.sizes)
        known: Keys | None = None
        if most * self.days > _MOST_KEYS:
            known, cells = distinct(cells, most)
            most = len(known)
        present, places = distinct(cells * self.days + (days - self.first), most * self.days)
        found, day = np.divmod(present, self.days)
        if known is not None:
            found = known[found]
        own = []
        for size in reversed(self.sizes):
            found, code = np.divmod(found, size)
            own.append(code)
        return Met(self, day, tuple(reversed(own))), places


@dataclass(frozen=True, slots=True)
class Met:
    """Days and cells that occur, each once."""

    grid: Grid
    days: Keys
    """Since the first one of the grid."""

    codes: tuple[Keys, ...]
    """Of each dimension."""

    def keys(self, dimensions: Sequence[int]) -> tuple[Keys, int]:
        """By some dimensions a number for each group and day, and how many there may be."""
        sizes = [self.grid.sizes[index] for index in dimensions]
        groups = mixed([self.codes[index] for index in dimensions], sizes, len(self.days))
        return groups * self.grid.days + self.days, prod(sizes) * self.grid.days
