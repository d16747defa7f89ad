"""Unions of days' entity sets over spans, in the fewest steps."""

import itertools
from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any

from metric_tui.base.series import Group
from metric_tui.engines.rollup.days import DaySpan
from metric_tui.engines.rollup.shelf import Strip

Target = Callable[[Group], Group | None]
DaySets = list[tuple[int, Any]]
"""Days in ascending order, each with its entities."""


def unions(strip: Strip, days: Sequence[DaySpan], target: Target) -> list[dict[Group, Any]]:
    """For every span, the entities of each group of the breakdown that has any."""
    low = min((span[0] for span in days), default=0)
    high = max((span[1] for span in days), default=0)
    found: list[dict[Group, Any]] = [{} for _ in days]
    for group, sets in sets_by_group(strip, low, high, target).items():
        for place, union in enumerate(_sliding(sets, days)):
            if union is not None:
                found[place][group] = union
    return found


def sets_by_group(strip: Strip, low: int, high: int, target: Target) -> dict[Group, DaySets]:
    """Each group's days with the entities seen on them."""
    from pyroaring import BitMap

    found: dict[Group, DaySets] = {}
    for day, groups in strip.between(low, high):
        for group, entities in groups.items():
            wanted = target(group)
            if wanted is None:
                continue
            if isinstance(entities, bytes):
                entities = groups[group] = BitMap.deserialize(entities)
            found.setdefault(wanted, []).append((day, entities))
    return found


def _sliding(sets: DaySets, days: Sequence[DaySpan]) -> list[Any]:
    """Each span's union, None where it is empty.

    A queue of days as two stacks: the front one holds unions up to the middle, the back one grows
    by one union a day, so that a window moves on by a day at the price of two unions.
    """
    order = sorted(range(len(days)), key=lambda place: days[place])
    pairs = list(itertools.pairwise(order))
    is_window = all(days[a][1] <= days[b][1] for a, b in pairs)
    if not is_window or all(days[a][1] <= days[b][0] for a, b in pairs):
        # spans that share no day have no union in common that could be kept
        numbers = [day for day, _ in sets]
        places = [(bisect_left(numbers, low), bisect_left(numbers, high)) for low, high in days]
        return [_union([entities for _, entities in sets[a:b]]) for a, b in places]
    found: list[Any] = [None] * len(days)
    window = _Window(sets)
    for place in order:
        if days[place][1] > days[place][0]:
            found[place] = window.moved(*days[place])
    return found


class _Window:
    def __init__(self, sets: DaySets) -> None:
        self._sets = sets
        self._next = 0
        """The first day that has not come in yet."""

        self._front: list[tuple[int, Any]] = []
        """Days to go out, the first to go last, each with the union from it to the middle."""

        self._back: DaySets = []
        self._sum: Any = None

    def moved(self, low: int, high: int) -> Any:
        """The union over a window that begins and ends no earlier than the one before."""
        while self._front and self._front[-1][0] < low:
            self._front.pop()
        if not self._front:
            self._turn(low)
        while self._next < len(self._sets) and self._sets[self._next][0] < high:
            day, entities = self._sets[self._next]
            self._next += 1
            if day >= low:
                self._back.append((day, entities))
                self._sum = entities if self._sum is None else self._sum | entities
        if not self._front:
            return self._sum
        front = self._front[-1][1]
        return front if self._sum is None else front | self._sum

    def _turn(self, low: int) -> None:
        union: Any = None
        kept = [entry for entry in self._back if entry[0] >= low]
        if len(kept) == len(self._back) and not self._needs_turn(low):
            return
        for day, entities in reversed(kept):
            union = entities if union is None else union | entities
            self._front.append((day, union))
        self._back, self._sum = [], None

    def _needs_turn(self, low: int) -> bool:
        return any(day < low for day, _ in self._back)


def _union(sets: Sequence[Any]) -> Any:
    from pyroaring import BitMap

    return BitMap.union(*sets) if sets else None
