"""Partials of a track's days, some of them cut in parts, as if all places were days."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from metric_tui.base.series import Group
from metric_tui.engines.rollup.cut_days.cuts import Cuts
from metric_tui.engines.rollup.cut_days.rolling import Part, Roller
from metric_tui.engines.rollup.days import DaySpan
from metric_tui.engines.rollup.find import Found
from metric_tui.engines.rollup.pack import BLOCK_DAYS, NOTHING, bitmap, numbers, pack_columns
from metric_tui.engines.rollup.shelf import ALWAYS, Shelf, Strip
from metric_tui.engines.rollup.tracks import Merge

_Lines = dict[int, dict[Group, list[list[Any]]]]
"""By block, the columns of each group."""


@dataclass(slots=True)
class CutShelf:
    """See `engines.rollup.partials.Partials`; its places are those of some cuts."""

    shelf: Shelf
    found: Found
    cuts: Cuts
    roller: Roller
    memo: dict[Any, Any] = field(default_factory=dict)
    unions: dict[Any, Any] = field(default_factory=dict)
    _parts: dict[int, list[Part]] = field(default_factory=dict)
    _arrived: dict[int, list[dict[Group, Any]]] = field(default_factory=dict)

    def blocks(self, track: int, lens: int, low: int, high: int) -> Strip:
        """Numbers by block."""
        first, after = low // BLOCK_DAYS, -(-high // BLOCK_DAYS)
        days = self._days(first * BLOCK_DAYS, after * BLOCK_DAYS)
        strip = self.shelf.blocks(track, lens, *days)
        # up to the first cut a block is what it was
        same = self.cuts.days[0] // BLOCK_DAYS
        rows: dict[int, dict[Group, Any]] = {}
        lines: _Lines = {}
        merges = self._merges(track)
        for block, groups in strip.between(days[0] // BLOCK_DAYS, -(-days[1] // BLOCK_DAYS)):
            if block < same:
                rows[block] = groups
                continue
            for day, size in self._runs(block):
                inside = slice(day - block * BLOCK_DAYS, day - block * BLOCK_DAYS + size)
                for group, columns in groups.items():
                    _lay(
                        lines,
                        merges,
                        self.cuts.place(day),
                        group,
                        [_unpacked(column)[inside] for column in columns],
                    )
        for day in self._cut_within(days):
            for place, own in enumerate(self._numbers(track, day), self.cuts.place(day)):
                for group, values in own.items():
                    _lay(lines, merges, place, group, [[value] for value in values])
        for block, groups in lines.items():
            rows[block] = {group: pack_columns(columns) for group, columns in groups.items()}
        places = sorted(block for block in rows if first <= block < after)
        return Strip(rows=rows, places=places, low=first, high=after)

    def sets(self, track: int, lens: int, low: int, high: int) -> Strip:
        """Entities by place."""
        days = self._days(low, high)
        strip = self.shelf.sets(track, lens, *days)
        cut = set(self._cut_within(days))
        rows = {
            self.cuts.place(day): groups for day, groups in strip.between(*days) if day not in cut
        }
        for day in cut:
            rows |= dict(enumerate(self._sets(track, day), self.cuts.place(day)))
        places = sorted(place for place in rows if low <= place < high)
        return Strip(rows=rows, places=places, low=low, high=high)

    def picked(self, track: int, lens: int, places: Iterable[int]) -> dict[int, dict[Group, Any]]:
        """Entities at some places; there are no weeks of them."""
        spots = {place: self.cuts.spot(place) for place in places}
        whole = [spot.day for spot in spots.values() if spot.part is None]
        days = self.shelf.picked(track, lens, whole)
        return {
            place: days[day] if part is None else self._sets(track, day)[part]
            for place, (day, part) in spots.items()
        }

    def reach(self, track: int, lens: int) -> DaySpan:
        """From which place up to, and without, which other a track has entities; (0, 0) for none."""
        low, high = self.shelf.reach(track, lens)
        return self.cuts.place(low), self.cuts.place(high)

    def day_of(self, place: int) -> int:
        """The day that a place is or is a part of."""
        return self.cuts.spot(place).day

    def hold(self, more: int) -> None:
        """Note how many bytes were made of them and are kept."""
        self.shelf.hold(more)

    def make_room(self) -> None:
        """Drop what was made of them where it is too much."""
        self.shelf.make_room()

    def _days(self, low: int, high: int) -> DaySpan:
        """The days that places reach into."""
        if high <= low:
            return (low, low)
        first = self.cuts.spot(low).day
        return first, high if high >= ALWAYS else self.cuts.spot(high - 1).day + 1

    def _cut_within(self, days: DaySpan) -> list[int]:
        return [day for day in dict.fromkeys(self.cuts.days) if days[0] <= day < days[1]]

    def _runs(self, block: int) -> Iterator[tuple[int, int]]:
        """The first day and the length of each run of whole days of a block."""
        day, end = block * BLOCK_DAYS, (block + 1) * BLOCK_DAYS
        for cut in [*self._cut_within((day, end)), end]:
            if cut > day:
                yield day, cut - day
            day = cut + 1

    def _merges(self, track: int) -> tuple[Merge, ...]:
        if track == self.found.place.arrivals:
            return ("add",)
        own = self.found.place.track
        return tuple(column.merge for column in own.columns[: own.kept])

    def _numbers(self, track: int, day: int) -> list[dict[Group, list[float]]]:
        if track == self.found.place.arrivals:
            return [
                {group: [float(len(entities))] for group, entities in part.items()}
                for part in self._arrivals(day)
            ]
        return [part.numbers for part in self._parts_of(day)]

    def _sets(self, track: int, day: int) -> Sequence[dict[Group, Any]]:
        if track == self.found.place.arrivals:
            return self._arrivals(day)
        return [part.sets for part in self._parts_of(day)]

    def _parts_of(self, day: int) -> list[Part]:
        if day not in self._parts:
            bounds = [self.roller.reader.bound(moment) for moment in self.cuts.within(day)]
            self._parts[day] = self.roller.parts(day, bounds)
            self.hold(sum(100 + len(d) for part in self._parts[day] for d in part.sets.values()))
        return self._parts[day]

    def _arrivals(self, day: int) -> list[dict[Group, Any]]:
        """Who arrives in each part of a day: of the day's arrivals those not in an earlier part."""
        if day not in self._arrived:
            assert self.found.place.arrivals is not None
            of_day = self.shelf.picked(self.found.place.arrivals, self.found.lens, [day])[day]
            left = {group: bitmap(entities) for group, entities in of_day.items()}
            found = []
            for part in self._parts_of(day):
                fresh = {
                    group: bitmap(part.sets[group]) & entities
                    for group, entities in left.items()
                    if group in part.sets
                }
                left |= {group: left[group] - entities for group, entities in fresh.items()}
                found.append({group: entities for group, entities in fresh.items() if entities})
            self._arrived[day] = found
        return self._arrived[day]


def _unpacked(column: Any) -> Any:
    """A column's numbers, which somebody may have unpacked before."""
    return numbers(column) if isinstance(column, tuple) else column


def _lay(
    lines: _Lines, merges: Sequence[Merge], place: int, group: Group, columns: Sequence[Any]
) -> None:
    """Write numbers of consecutive places into their blocks."""
    begin, size = 0, len(columns[0])
    while begin < size:
        block, offset = divmod(place + begin, BLOCK_DAYS)
        end = min(size, begin + BLOCK_DAYS - offset)
        groups = lines.setdefault(block, {})
        if group not in groups:
            groups[group] = [[NOTHING[merge]] * BLOCK_DAYS for merge in merges]
        for line, column in zip(groups[group], columns, strict=True):
            line[offset : offset + end - begin] = column[begin:end]
        begin = end
