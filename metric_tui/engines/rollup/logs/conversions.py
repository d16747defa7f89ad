"""Conversions of two logs: each goes to the same member's latest base row, by whole days."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from metric_tui.engines.rollup.logs.blocks import places_of_days
from metric_tui.engines.rollup.logs.cutting import Rows
from metric_tui.engines.rollup.logs.members import numbered_densely
from metric_tui.engines.rollup.logs.reading import Cells, Members, Wholes
from metric_tui.engines.rollup.pages.groups import slices

_NEVER = -1
"""Before every day."""

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
    their_days, their_members = converted
    if not len(bases.days) or not len(their_days):
        none = np.zeros(0, dtype=np.int64)
        return Conversions(none, none.astype(np.uint16), none, none.astype(np.uint32))
    own, theirs = numbered_densely(bases.members, their_members)
    # by member, the latest base row so far and its day; every day goes on from the one before
    latest = np.zeros(int(max(own.max(), theirs.max())) + 1, dtype=np.int64)
    day_of = np.full(len(latest), _NEVER, dtype=np.int64)
    found = []
    begin = 0
    by_day = list(slices(their_days))
    ends = places_of_days(bases.days, [day + 1 for day, _, _ in by_day])
    for (day, low, high), end in zip(by_day, ends, strict=True):
        # of several rows of a member the one that is written last stays
        latest[own[begin:end]] = np.arange(begin, end)
        day_of[own[begin:end]] = bases.days[begin:end]
        begin = end
        members = theirs[low:high]
        too_far = _NEVER if too_early is None else too_early(day)
        found.append(latest.take(members[day_of.take(members) > too_far]))
    rows = np.sort(np.concatenate(found), kind="stable")
    taken = bases.of(rows)
    return Conversions(taken.days, taken.cells, taken.moments, taken.members)
