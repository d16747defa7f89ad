"""Conversions of two logs: each goes to the same member's latest base row, by whole days."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from metric_tui.engines.rollup.logs.cutting import Rows
from metric_tui.engines.rollup.logs.members import is_new
from metric_tui.engines.rollup.logs.reading import Cells, Members, Wholes

Converted = tuple[Wholes, Members]
"""The days and members of conversions."""


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


def conversions(
    bases: Rows, converted: Converted, too_early: Callable[[int], int] | None
) -> Conversions:
    """What converted, attributed.

    Args:
        bases: base rows, from the first day that counts to the last one with a conversion; by day,
            then by member and moment.
        converted: the days and members of conversions, from the same day on, by day.
        too_early: the latest base day that is out of the window of a day; None for no end of it.
    """
    last = bases.of(_last_of_days(bases))
    their_days, their_members = converted
    if not len(last.days) or not len(their_days):
        none = np.zeros(0, dtype=np.int64)
        return Conversions(none, none.astype(np.uint16), none, none.astype(np.uint32))
    own = last.by_member()
    at = np.searchsorted(
        _keys(own.members, own.days), _keys(their_members, their_days), side="right"
    )
    base = np.maximum(at - 1, 0)
    taken = (at > 0) & (own.members[base] == their_members)
    if too_early is not None:
        is_day = is_new(their_days)
        limits = np.array([too_early(day) for day in their_days[is_day].tolist()])
        taken &= own.days[base] > limits[np.cumsum(is_day) - 1]
    found = own.of(base[taken])
    found = found.of(np.argsort(found.days, kind="stable"))
    return Conversions(found.days, found.cells, found.moments, found.members)


def _last_of_days(rows: Rows) -> Wholes:
    """Where each member's last row of a day stands."""
    is_last = np.ones(len(rows.days), dtype=bool)
    is_last[:-1] = (rows.members[1:] != rows.members[:-1]) | (rows.days[1:] != rows.days[:-1])
    return np.flatnonzero(is_last)


def _keys(members: Members, days: Wholes) -> Wholes:
    # day numbers have at most 20 bits
    return (members.astype(np.int64) << 20) | days
