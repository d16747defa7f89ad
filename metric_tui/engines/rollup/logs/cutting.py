"""Rows of members cut at pauses."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metric_tui.engines.rollup.logs.reading import Cells, LogDay, Mask, Members, Wholes
from metric_tui.engines.rollup.pages.groups import order


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of some days, each member's by moment, those of one moment as they were written."""

    days: Wholes
    cells: Cells
    """Places among the log's groups."""

    members: Members
    moments: Wholes
    """UTC milliseconds."""

    @classmethod
    def of_day(cls, day: LogDay) -> "Rows":
        """Those of one day."""
        return cls(np.full(len(day.kept), day.day), day.cells, day.kept, day.moments)

    @classmethod
    def of_days(cls, days: Sequence[LogDay]) -> "Rows":
        """Those of some days, ascending, each day's by member and moment."""
        if not days:
            none = np.zeros(0, dtype=np.int64)
            return cls(none, none.astype(np.uint16), none.astype(np.uint32), none)
        return cls(
            np.repeat([day.day for day in days], [len(day.kept) for day in days]),
            np.concatenate([day.cells for day in days]),
            np.concatenate([day.kept for day in days]),
            np.concatenate([day.moments for day in days]),
        )

    def by_member(self) -> "Rows":
        """The same by member."""
        return self.of(order(self.members, int(self.members.max(initial=0))))

    def of(self, rows: Wholes | Mask) -> "Rows":
        """Some of them."""
        return Rows(self.days[rows], self.cells[rows], self.members[rows], self.moments[rows])


@dataclass(frozen=True, slots=True)
class Pieces:
    """Rows between pauses, in the order of rows."""

    begins: Mask
    """By row."""

    firsts: Wholes
    """Places of the first rows."""

    lasts: Wholes
    starts: Wholes
    """UTC milliseconds."""

    ends: Wholes
    are_single: Mask
    """Those of one row."""


def pieces_of(rows: Rows, gap: int) -> Pieces:
    """The pieces of at least one row, by member; a pause longer than `gap` ms ends one."""
    begins = np.ones(len(rows.members), dtype=bool)
    begins[1:] = rows.members[1:] != rows.members[:-1]
    begins[1:] |= rows.moments[1:] - rows.moments[:-1] > gap
    firsts = np.flatnonzero(begins)
    lasts = np.append(firsts[1:], len(begins)) - 1
    starts, ends = rows.moments[firsts], rows.moments[lasts]
    return Pieces(begins, firsts, lasts, starts, ends, firsts == lasts)
