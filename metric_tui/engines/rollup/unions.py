"""Unions of days' entity sets over spans, in the fewest steps.

Unions once made stay in memory as parts of longer ones: a month is put together of its weeks where
these have been asked for, and a window that moves on by weeks is one of weeks.
"""

import itertools
from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from metric_tui.base.series import Group
from metric_tui.definitions.asks import Slice
from metric_tui.engines.rollup.days import DaySpan
from metric_tui.engines.rollup.find import Found
from metric_tui.engines.rollup.pack import bitmap
from metric_tui.engines.rollup.partials import Partials
from metric_tui.engines.rollup.shelf import Strip
from metric_tui.engines.rollup.where import target_of

Target = Callable[[Group], Group | None]
DaySets = list[tuple[int, Any]]
"""Days in ascending order, each with its entities."""

Sets = dict[Group, Any]
"""Entities by group of a breakdown; a group without any is missing."""

MOST_WINDOWS = 32
"""Windows that overlap are wide: of more of them none is kept."""


def sets_by_group(strip: Strip, low: int, high: int, target: Target) -> dict[Group, DaySets]:
    """Each group's days with the entities seen on them; a day once for every group of the lens."""
    found: dict[Group, DaySets] = {}
    for day, groups in strip.between(low, high):
        for wanted, entities in _targeted(groups, target):
            found.setdefault(wanted, []).append((day, entities))
    return found


def _targeted(groups: dict[Group, Any], target: Target) -> Iterable[tuple[Group, Any]]:
    for group, entities in groups.items():
        wanted = target(group)
        if wanted is not None:
            groups[group] = entities = bitmap(entities)
            yield wanted, entities


def unions_of(shelf: Partials, found: Found, sliced: Slice) -> "Unions":
    """The unions of a track's days, by group of a breakdown; they stay on the shelf."""
    key = (found.place.number, found.place.weeks, found.lens, sliced.by, sliced.where)
    shelf.make_room()
    unions: Unions | None = shelf.unions.get(key)
    if unions is None:
        unions = shelf.unions[key] = Unions(shelf, found, target_of(sliced, found.names))
    return unions


@dataclass(slots=True)
class Unions:
    """Unions of one track's days under one lens, by group of a breakdown."""

    shelf: Partials
    found: Found
    target: Target
    _known: dict[DaySpan, Sets] = field(default_factory=dict)
    _ends: dict[int, list[int]] = field(default_factory=dict)
    """By the first day of known unions, the days after their last ones, ascending."""

    def over(self, spans: Sequence[DaySpan]) -> list[Sets]:
        """The entities of every span by group."""
        # what has always been counted has no day before the first one with anybody
        first, after = self.shelf.reach(self.found.place.number, self.found.lens)
        own = [(max(low, first), min(high, after)) for low, high in spans]
        missing = sorted({span for span in own if span[1] > span[0]} - self._known.keys())
        fresh = self._windows(missing) if _overlap(missing) else self._united(missing)
        return [fresh[span] if span in fresh else self._known.get(span, {}) for span in own]

    def _windows(self, spans: Sequence[DaySpan]) -> dict[DaySpan, Sets]:
        """Unions of windows that begin and end one after the other."""
        bounds = sorted({bound for span in spans for bound in span})
        parts: dict[Group, DaySets] = {}
        for (low, _), sets in self._united(list(itertools.pairwise(bounds))).items():
            for group, entities in sets.items():
                parts.setdefault(group, []).append((low, entities))
        found: dict[DaySpan, Sets] = {span: {} for span in spans}
        for group, own in parts.items():
            window = _Window(own)
            for span in spans:
                union = window.moved(*span)
                if union is not None:
                    found[span][group] = union
        if len(spans) <= MOST_WINDOWS:
            self._keep(found)
        return found

    def _united(self, spans: Sequence[DaySpan]) -> dict[DaySpan, Sets]:
        """Unions of spans, each put together of known ones, weeks and days."""
        parts = {span: list(self._parts(span)) for span in spans}
        every = set(itertools.chain.from_iterable(parts.values()))
        rows: dict[DaySpan, Iterable[tuple[Group, Any]]] = {
            part: self._known[part].items() for part in every & self._known.keys()
        }
        read = sorted(every - rows.keys())
        number, weeks = self.found.place.number, self.found.place.weeks
        rows |= self._read(number, {part: part[0] for part in read if part[1] - part[0] == 1})
        if weeks is not None:
            weekly = [part for part in read if part[1] - part[0] == 7]
            places = {part: (part[0] - weeks.first) // 7 for part in weekly}
            rows |= self._read(weeks.number, places)
        found = {span: _joined([rows[part] for part in own]) for span, own in parts.items()}
        self._keep(found)
        return found

    def _parts(self, span: DaySpan) -> Iterable[DaySpan]:
        """What a span is put together of: known unions, the longest first, weeks, and days."""
        weeks = self.found.place.weeks
        day, end = span
        while day < end:
            ends = self._ends.get(day, ())
            place = bisect_right(ends, end)
            if place:
                after = ends[place - 1]
            else:
                is_week = weeks is not None and not (day - weeks.first) % 7 and day + 7 <= end
                after = day + 7 if is_week else day + 1
            yield (day, after)
            day = after

    def _read(
        self, track: int, places: dict[DaySpan, int]
    ) -> dict[DaySpan, Iterable[tuple[Group, Any]]]:
        rows = self.shelf.picked(track, self.found.lens, places.values())
        return {part: list(_targeted(rows[place], self.target)) for part, place in places.items()}

    def _keep(self, found: dict[DaySpan, Sets]) -> None:
        for span, sets in found.items():
            # a day is on the shelf already
            if span not in self._known and span[1] - span[0] > 1:
                self._known[span] = sets
                insort(self._ends.setdefault(span[0], []), span[1])
                self.shelf.hold(sum(map(_size, sets.values())))


def _overlap(spans: Sequence[DaySpan]) -> bool:
    """Whether ascending spans are windows that have days in common."""
    pairs = list(itertools.pairwise(spans))
    is_window = all(one[1] <= other[1] for one, other in pairs)
    return is_window and any(one[1] > other[0] for one, other in pairs)


def _joined(rows: Iterable[Iterable[tuple[Group, Any]]]) -> Sets:
    parts: dict[Group, list[Any]] = {}
    for sets in rows:
        for group, entities in sets:
            parts.setdefault(group, []).append(entities)
    return {group: united(many) for group, many in parts.items()}


def united(sets: Sequence[Any]) -> Any:
    """The union of some sets; of one it is that one itself."""
    from pyroaring import BitMap

    return sets[0] if len(sets) == 1 else BitMap.union(*sets)


def _size(entities: Any) -> int:
    """About how many bytes a set takes: two an entity, and never more than a bit for each number."""
    if not entities:
        return 0
    spread: int = (entities.max() >> 16) - (entities.min() >> 16) + 1
    return min(2 * len(entities), 8192 * spread) + 100


class _Window:
    """A queue of sets as two stacks.

    The front one holds unions up to the middle, the back one grows by one union a set, so that a
    window moves on by a set at the price of two unions.
    """

    def __init__(self, sets: DaySets) -> None:
        self._sets = sets
        self._next = 0
        """The first set that has not come in yet."""

        self._front: list[tuple[int, Any]] = []
        """Sets to go out, the first to go last, each with the union from it to the middle."""

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
