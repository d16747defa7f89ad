"""Who is seen for the first time on which day: from the arrivals kept, or from the sets of all days.

Arrivals are kept by group of a lens. Where a filter puts several of these into one, an entity may
have been in another before: then the arrivals of all history are gone through, which are few.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from metric_tui.base.series import Group
from metric_tui.definitions.asks import Slice
from metric_tui.engines.rollup.days import DaySpan
from metric_tui.engines.rollup.find import Found
from metric_tui.engines.rollup.pack import BLOCK_DAYS, numbers
from metric_tui.engines.rollup.partials import Partials
from metric_tui.engines.rollup.shelf import ALWAYS
from metric_tui.engines.rollup.unions import DaySets, sets_by_group
from metric_tui.engines.rollup.where import target_of


def arrivals(
    shelf: Partials, founds: Sequence[Found], sliced: Slice, days: DaySpan
) -> dict[Group, DaySets]:
    """Entities on the first day that any of some tracks has them, by group of the breakdown."""
    low, high = days
    if len(founds) == 1 and _is_apart(shelf, founds[0], sliced):
        return _entries(shelf, founds[0], sliced, days)
    parts: dict[Group, DaySets] = {}
    for found in founds:
        for group, entries in _entries(shelf, found, sliced, (0, high)).items():
            parts.setdefault(group, []).extend(entries)
    return {
        group: [entry for entry in first_times(by_day(entries)) if entry[0] >= low]
        for group, entries in parts.items()
    }


def seen_before(
    shelf: Partials, found: Found, sliced: Slice, days: Sequence[int]
) -> dict[Group, list[int]]:
    """How many entities were seen before each day, by group; without those never seen by then."""
    target = target_of(sliced, found.names)
    totals: dict[Group, _Running] = {}
    if _is_apart(shelf, found, sliced):
        totals = {
            wanted: running
            for group, running in _kept(shelf, found).items()
            if (wanted := target(group)) is not None
        }
    else:
        every = arrivals(shelf, [found], sliced, (0, max(days, default=0)))
        totals = {group: _Running.of(entries) for group, entries in every.items()}
    counted = {group: [running.before(day) for day in days] for group, running in totals.items()}
    return {group: row for group, row in counted.items() if any(row)}


def by_day(entries: DaySets) -> DaySets:
    """One set a day, ascending."""
    days: dict[int, Any] = {}
    for day, entities in entries:
        days[day] = days[day] | entities if day in days else entities
    return sorted(days.items())


def first_times(days: DaySets) -> DaySets:
    """Every entity on its first day only."""
    from pyroaring import BitMap

    seen = BitMap()
    found = []
    for day, entities in days:
        fresh = entities - seen
        found.append((day, fresh))
        seen |= fresh
    return found


def _entries(shelf: Partials, found: Found, sliced: Slice, days: DaySpan) -> dict[Group, DaySets]:
    number = found.place.arrivals or found.place.number
    strip = shelf.sets(number, found.lens, *days)
    return sets_by_group(strip, *days, target_of(sliced, found.names))


def _is_apart(shelf: Partials, found: Found, sliced: Slice) -> bool:
    """Whether arrivals are kept, and no two groups of the lens come together."""
    if found.place.arrivals is None:
        return False
    target = target_of(sliced, found.names)
    wanted = [target(group) for group in _kept(shelf, found)]
    shown = [group for group in wanted if group is not None]
    return len(shown) == len(set(shown))


@dataclass(frozen=True, slots=True)
class _Running:
    """How many were seen before each of consecutive days."""

    first: int
    """The day number of the first."""

    totals: tuple[int, ...]

    @classmethod
    def of(cls, entries: DaySets) -> "_Running":
        """That of arrivals, a day at most once."""
        first = entries[0][0]
        counts = [0] * (entries[-1][0] - first + 1)
        for day, entities in entries:
            counts[day - first] = len(entities)
        return cls(first, tuple(itertools.accumulate(counts, initial=0)))

    def before(self, day: int) -> int:
        """How many were seen before a day."""
        return self.totals[min(max(day - self.first, 0), len(self.totals) - 1)]


def _kept(shelf: Partials, found: Found) -> dict[Group, _Running]:
    """The numbers of all arrivals by group of the lens."""
    key = ("arrived", found.place.arrivals, found.lens)
    known: dict[Group, _Running] | None = shelf.memo.get(key)
    if known is None:
        assert found.place.arrivals is not None
        strip = shelf.blocks(found.place.arrivals, found.lens, 0, ALWAYS)
        low, high = (strip.places[0], strip.places[-1]) if strip.places else (0, 0)
        counts: dict[Group, list[int]] = {}
        for block, groups in strip.between(low, high + 1):
            place = (block - low) * BLOCK_DAYS
            for group, columns in groups.items():
                line = counts.setdefault(group, [0] * ((high - low + 1) * BLOCK_DAYS))
                line[place : place + BLOCK_DAYS] = numbers(columns[0])
        known = shelf.memo[key] = {
            group: _Running(low * BLOCK_DAYS, tuple(itertools.accumulate(line, initial=0)))
            for group, line in counts.items()
        }
    return known
