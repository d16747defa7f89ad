"""Conversions of two logs: each goes to the same member's latest base row, by whole days."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from metric_tui.engines.rollup.logs.reading import Cells, LogDay, Members, Wholes
from metric_tui.engines.rollup.pages.groups import order


@dataclass(frozen=True, slots=True)
class Conversions:
    """Rows that converted, by the day and cell of their base row."""

    days: Wholes
    cells: Cells
    moments: Wholes
    """Of the base rows, in UTC milliseconds."""

    members: Members

    @property
    def nbytes(self) -> int:
        return 2 * self.days.nbytes + 2 * self.members.nbytes

    def of(self, rows: Wholes) -> "Conversions":
        """Some of them."""
        return Conversions(
            self.days[rows], self.cells[rows], self.moments[rows], self.members[rows]
        )


def conversions(
    bases: Sequence[LogDay],
    converted: Sequence[LogDay],
    too_early: Callable[[int], int] | None,
) -> Conversions:
    """What converted, attributed.

    Args:
        bases: base rows, from the first day that counts to the last one with a conversion.
        converted: conversions, from the same day on.
        too_early: the latest base day that is out of the window of a day; None for no end of it.
    """
    last = [_last_of_day(day) for day in bases]
    counts = [len(places) for places in last]
    if not sum(counts) or not converted:
        none = np.zeros(0, dtype=np.int64)
        return Conversions(none, none.astype(np.uint16), none, none.astype(np.uint32))
    days = np.repeat([day.day for day in bases], counts)
    cells = np.concatenate([day.cells[places] for day, places in zip(bases, last, strict=True)])
    members = np.concatenate([day.kept[places] for day, places in zip(bases, last, strict=True)])
    moments = np.concatenate([day.moments[places] for day, places in zip(bases, last, strict=True)])
    sorting = order(members, int(members.max()))
    own = Conversions(days, cells, moments, members).of(sorting)
    days, members = own.days, own.members
    their_days = np.repeat([day.day for day in converted], [len(d.kept) for d in converted])
    their_members = np.concatenate([day.kept for day in converted])
    at = np.searchsorted(_keys(members, days), _keys(their_members, their_days), side="right") - 1
    base = np.maximum(at, 0)
    taken = (at >= 0) & (members[base] == their_members)
    if too_early is not None:
        known, where = np.unique(their_days, return_inverse=True)
        limits = np.array([too_early(day) for day in known.tolist()])
        taken &= days[base] > limits[where]
    found = own.of(base[taken])
    return found.of(np.argsort(found.days, kind="stable"))


def _last_of_day(day: LogDay) -> Wholes:
    """Where each member's last row stands."""
    is_last = np.ones(len(day.kept), dtype=bool)
    is_last[:-1] = day.kept[1:] != day.kept[:-1]
    return np.flatnonzero(is_last)


def _keys(members: Members, days: Wholes) -> Wholes:
    # day numbers have at most 20 bits
    return (members.astype(np.int64) << 20) | days
