"""Funnels of logs: how far each row of the first step gets."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup.logs.reading import LogDay, Members, Wholes
from metric_tui.engines.rollup.logs.windows import DAY_MILLISECONDS

Depths = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Reached:
    """The last step, from 1, that each row of some days reaches."""

    days: dict[int, Depths]

    @property
    def nbytes(self) -> int:
        return sum(own.nbytes for own in self.days.values())


def days_after(window: int) -> int:
    """How many days after a row those that are within so many milliseconds of it may be of."""
    return window // DAY_MILLISECONDS + 2


def depths(entries: Sequence[LogDay], steps: Sequence[Sequence[LogDay]], window: int) -> Reached:
    """How far each row of the first step gets.

    Args:
        entries: rows of the first step.
        steps: rows of each later step, at least up to a window after the last entry.
        window: in milliseconds from the entry, inclusive.
    """
    members, moments = _joined(entries)
    found = np.ones(len(members), dtype=np.uint8)
    going = np.arange(len(members))
    since = moments
    for number, step in enumerate(steps, start=2):
        their_members, their_moments = _joined(step)
        after = _next(members[going], since, their_members, their_moments)
        reached = (after >= 0) & (after <= moments[going] + window)
        going, since = going[reached], after[reached]
        found[going] = number
    found_by_day = {}
    begin = 0
    for day in entries:
        found_by_day[day.day] = found[begin : begin + len(day.kept)]
        begin += len(day.kept)
    return Reached(found_by_day)


def _joined(days: Sequence[LogDay]) -> tuple[Members, Wholes]:
    if not days:
        return np.zeros(0, dtype=np.uint32), np.zeros(0, dtype=np.int64)
    return (
        np.concatenate([day.kept for day in days]),
        np.concatenate([day.moments for day in days]),
    )


def _next(
    members: Members, moments: Wholes, their_members: Members, their_moments: Wholes
) -> Wholes:
    """The first moment at or after each at which the same member is there; -1 for none."""
    nothing = np.full(len(members), -1, dtype=np.int64)
    if not len(their_members) or not len(members):
        return nothing
    least = min(int(moments.min()), int(their_moments.min()))
    most = max(int(moments.max()), int(their_moments.max()))
    bits = (most - least).bit_length()
    if int(max(members.max(), their_members.max())).bit_length() + bits > 62:
        # of large numbers of members their order is enough
        _, places = np.unique(np.concatenate([members, their_members]), return_inverse=True)
        ranks = places.astype(np.uint32)
        members, their_members = ranks[: len(members)], ranks[len(members) :]
    keys = np.sort((their_members.astype(np.int64) << bits) | (their_moments - least))
    wanted = (members.astype(np.int64) << bits) | (moments - least)
    at = np.searchsorted(keys, wanted)
    inside = at < len(keys)
    found = keys[np.minimum(at, len(keys) - 1)]
    same = inside & (found >> bits == members)
    return np.where(same, (found & ((1 << bits) - 1)) + least, nothing)
