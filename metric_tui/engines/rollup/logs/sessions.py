"""Sessions of a log: a pause ends one, wherever midnight falls.

Each chunk of days is cut by itself; then what may go on into the next is linked, which few do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup.logs.cutting import Rows, pieces_of
from metric_tui.engines.rollup.logs.reading import Cells, Mask, Members, Wholes
from metric_tui.engines.rollup.logs.windows import days_around
from metric_tui.engines.rollup.pages.groups import order

Chunks = Callable[[int, int], Sequence[Rows]]
"""The rows that a filter leaves from one day up to, and without, another: in chunks of days."""


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


def sessions(chunks: Chunks, gap: int, low: int, high: int, end: int) -> Sessions:
    """The sessions that begin on some days.

    Args:
        chunks: gives the rows.
        gap: in milliseconds; a longer pause ends a session.
        low: the first of these days.
        high: the day after the last of them.
        end: the day from which on there are no rows.
    """
    around = days_around(gap)
    # a row a pause before tells whether the first one begins a session
    before, after = low - around, high + around + 1
    while True:
        pieces = _pieces(chunks(before, min(after, end)), gap)
        begun, goes_on = _linked(pieces, gap, min(after, end))
        is_own = (begun.days >= low) & (begun.days < high)
        if after >= end or not goes_on[is_own].any():
            return _by_day(begun.of(is_own))
        after += around + 4


def _by_day(found: Sessions) -> Sessions:
    if not (found.days[1:] < found.days[:-1]).any():
        return found
    least = int(found.days.min())
    return found.of(order(found.days - least, int(found.days.max()) - least))


@dataclass(frozen=True, slots=True)
class _Pieces:
    """Sessions as far as one chunk of days knows."""

    days: Wholes
    last_days: Wholes
    cells: Cells
    members: Members
    starts: Wholes
    ends: Wholes
    are_single: Mask
    least: Wholes
    """The first moment of any later chunk."""

    most: Wholes
    """The last moment of any earlier chunk."""


def _pieces(chunks: Sequence[Rows], gap: int) -> _Pieces:
    if not chunks:
        return _nothing()
    cut = [pieces_of(rows, gap) for rows in chunks]
    first = [rows.of(pieces.firsts) for rows, pieces in zip(chunks, cut, strict=True)]
    last_days = [rows.days[pieces.lasts] for rows, pieces in zip(chunks, cut, strict=True)]
    number = np.repeat(np.arange(len(cut)), [len(pieces.firsts) for pieces in cut])
    least = np.array([int(pieces.starts.min()) for pieces in cut] + [np.iinfo(np.int64).max])
    most = np.array([np.iinfo(np.int64).min] + [int(pieces.ends.max()) for pieces in cut])
    least = np.minimum.accumulate(least[::-1])[::-1]
    most = np.maximum.accumulate(most)
    return _Pieces(
        np.concatenate([rows.days for rows in first]),
        np.concatenate(last_days),
        np.concatenate([rows.cells for rows in first]),
        np.concatenate([rows.members for rows in first]),
        np.concatenate([pieces.starts for pieces in cut]),
        np.concatenate([pieces.ends for pieces in cut]),
        np.concatenate([pieces.are_single for pieces in cut]),
        least[number + 1],
        most[number],
    )


def _linked(pieces: _Pieces, gap: int, end: int) -> tuple[Sessions, NDArray[np.bool_]]:
    """Whole sessions, and which of them reach the last day read, from which on they may go on."""
    # differences would overflow where there is no chunk before or after
    over = (pieces.starts <= _later(pieces.most, gap)) | (_later(pieces.ends, gap) >= pieces.least)
    near = np.flatnonzero(over)
    near = near[np.lexsort((pieces.starts[near], pieces.members[near]))]
    goes_on = np.zeros(len(near), dtype=bool)
    goes_on[1:] = (pieces.members[near[1:]] == pieces.members[near[:-1]]) & (
        pieces.starts[near[1:]] - pieces.ends[near[:-1]] <= gap
    )
    ends, are_single = pieces.ends.copy(), pieces.are_single.copy()
    reaches = pieces.last_days.copy()
    is_begun = np.ones(len(ends), dtype=bool)
    if len(near):
        roots = np.flatnonzero(~goes_on)
        last = np.append(roots[1:], len(near)) - 1
        ends[near[roots]] = pieces.ends[near[last]]
        reaches[near[roots]] = pieces.last_days[near[last]]
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
    return _Pieces(none, none, cells, nobody, none, none, single, none, none)
