"""Sessions of a log: a pause ends one, wherever midnight falls.

Each day is cut by itself; then what may go on over midnight is linked, which few sessions do.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup.logs.reading import Cells, LogDay, Mask, Members, Wholes

DAY_MILLISECONDS = 86_400_000

Days = Callable[[int, int], list[LogDay]]
"""The rows that a filter leaves, from one day up to, and without, another."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions by the day and cell of their first row."""

    days: Wholes
    cells: Cells
    members: Members
    starts: Wholes
    """UTC milliseconds."""

    milliseconds: Wholes
    are_bounces: Mask
    """Those of one row."""

    @property
    def nbytes(self) -> int:
        return 4 * self.days.nbytes + 2 * self.members.nbytes

    def of(self, rows: Wholes | Mask) -> "Sessions":
        """Some of them."""
        return Sessions(
            self.days[rows],
            self.cells[rows],
            self.members[rows],
            self.starts[rows],
            self.milliseconds[rows],
            self.are_bounces[rows],
        )


def sessions(days: Days, gap: int, low: int, high: int, end: int) -> Sessions:
    """The sessions that begin on some days.

    Args:
        days: gives the rows.
        gap: in milliseconds; a longer pause ends a session.
        low: the first of these days.
        high: the day after the last of them.
        end: the day from which on there are no rows.
    """
    around = gap // DAY_MILLISECONDS + 1
    # a row a pause before tells whether the first one begins a session
    before, after = low - around, high + around + 1
    while True:
        pieces = _pieces(days(before, min(after, end)), gap)
        begun, goes_on = _linked(pieces, gap, min(after, end))
        own = begun.of((begun.days >= low) & (begun.days < high))
        if after >= end or not goes_on[(begun.days >= low) & (begun.days < high)].any():
            return own
        after += around + 4


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Sessions as far as one day knows."""

    days: Wholes
    cells: Cells
    members: Members
    starts: Wholes
    ends: Wholes
    are_single: Mask
    least: Wholes
    """The first moment of any later day."""

    most: Wholes
    """The last moment of any earlier day."""


def _pieces(rows: list[LogDay], gap: int) -> _Pieces:
    number = np.repeat(np.arange(len(rows)), [len(day.kept) for day in rows])
    if not len(number):
        return _nothing()
    members = np.concatenate([day.kept for day in rows])
    moments = np.concatenate([day.moments for day in rows])
    cells = np.concatenate([day.cells for day in rows])
    begins = np.ones(len(members), dtype=bool)
    begins[1:] = (
        (members[1:] != members[:-1])
        | (number[1:] != number[:-1])
        | (moments[1:] - moments[:-1] > gap)
    )
    firsts = np.flatnonzero(begins)
    lasts = np.append(firsts[1:], len(members)) - 1
    own = number[firsts]
    least = np.array([int(day.moments.min()) for day in rows] + [np.iinfo(np.int64).max])
    most = np.array([np.iinfo(np.int64).min] + [int(day.moments.max()) for day in rows])
    least = np.minimum.accumulate(least[::-1])[::-1]
    most = np.maximum.accumulate(most)
    return _Pieces(
        np.array([day.day for day in rows])[own],
        cells[firsts],
        members[firsts],
        moments[firsts],
        moments[lasts],
        firsts == lasts,
        least[own + 1],
        most[own],
    )


def _linked(pieces: _Pieces, gap: int, end: int) -> tuple[Sessions, NDArray[np.bool_]]:
    """Whole sessions, and which of them reach the last day read, from which on they may go on."""
    # differences would overflow where there is no day before or after
    over = (pieces.starts <= _later(pieces.most, gap)) | (_later(pieces.ends, gap) >= pieces.least)
    near = np.flatnonzero(over)
    near = near[np.lexsort((pieces.starts[near], pieces.members[near]))]
    goes_on = np.zeros(len(near), dtype=bool)
    goes_on[1:] = (pieces.members[near[1:]] == pieces.members[near[:-1]]) & (
        pieces.starts[near[1:]] - pieces.ends[near[:-1]] <= gap
    )
    ends, are_single, reaches = pieces.ends.copy(), pieces.are_single.copy(), pieces.days.copy()
    is_begun = np.ones(len(ends), dtype=bool)
    if len(near):
        roots = np.flatnonzero(~goes_on)
        last = np.append(roots[1:], len(near)) - 1
        ends[near[roots]] = pieces.ends[near[last]]
        reaches[near[roots]] = pieces.days[near[last]]
        are_single[near[roots[last > roots]]] = False
        is_begun[near[goes_on]] = False
    begun = Sessions(
        pieces.days,
        pieces.cells,
        pieces.members,
        pieces.starts,
        ends - pieces.starts,
        are_single,
    )
    return begun.of(is_begun), reaches[is_begun] >= end - 1


def _later(moments: Wholes, gap: int) -> Wholes:
    """Moments a pause later; none before time begins."""
    return np.where(moments == np.iinfo(np.int64).min, moments, moments + gap)


def _nothing() -> _Pieces:
    none, nobody = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint32)
    cells, single = np.zeros(0, dtype=np.uint16), np.zeros(0, dtype=bool)
    return _Pieces(none, cells, nobody, none, none, single, none, none)
