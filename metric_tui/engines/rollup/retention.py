"""Calendar retention from days' entity sets: whose first start lies in a span, and who came back.

In a later unit than the start's any return comes after it, whatever the time of day. In the start's
own unit the time of day decides, which days do not know: that is left to plain SQL, as is an
entity that starts in several groups of a breakdown on one day.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from metric_tui.base.periods import Calendar, WeekStart
from metric_tui.base.series import Group, Table
from metric_tui.definitions.asks import RetentionMeasure, RetentionUnit, Slice
from metric_tui.engines.rollup.days import DaySpan
from metric_tui.engines.rollup.find import Found
from metric_tui.engines.rollup.shelf import Shelf
from metric_tui.engines.rollup.totals import reach
from metric_tui.engines.rollup.unions import DaySets, sets_by_group
from metric_tui.engines.rollup.where import target_of
from metric_tui.engines.sql.days import unit_number


class Undecided(Exception):
    """Days alone do not say whether somebody counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSets:
    """Where the entities of a retention's rows stand."""

    starts: tuple[Found, ...]
    """Of all groups of a breakdown together."""

    by_group: tuple[Found, ...]
    """The same by group; the same as `starts` without a breakdown."""

    returns: tuple[Found, ...]
    reach: int
    """The day number after the last day that is looked at."""

    @property
    def key(self) -> tuple[object, ...]:
        """Tells one from another within a shelf."""
        places = (tuple((f.place.number, f.lens) for f in self.starts),)
        return (*places, tuple(f.place.number for f in self.returns), self.reach)


@dataclass(frozen=True, slots=True)
class Units:
    """The calendar units that starts and returns are counted in."""

    unit: RetentionUnit
    week_start: WeekStart

    def of(self, day: int) -> int:
        """The unit of a day number."""
        return unit_number(date.fromordinal(day), self.unit, self.week_start)


def retention_table(
    shelf: Shelf,
    sets: RetentionSets,
    measure: RetentionMeasure,
    sliced: Slice,
    days: Sequence[DaySpan],
    calendar: Calendar,
) -> Table:
    """Members of each span's cohort, or those who came back; 0 where there are none.

    Raises:
        Undecided: the time of day, or of which group somebody is first, decides.
    """
    units = Units(measure.unit, calendar.week_start)
    cohorts = _cohorts(shelf, sets, measure, sliced, days, units)
    if not any(any(row) for row in cohorts.values()):
        return Table(len(days), {})
    if measure.settled:
        now = unit_number(calendar.day_of(measure.cutoff), measure.unit, calendar.week_start)
        latest = now - 1 - measure.returning.last
    else:
        latest = units.of(date.max.toordinal())
    counts = _returned(shelf, sets, measure, units) if measure.counted == "returned" else None
    values = {}
    for group, row in cohorts.items():
        if any(row):
            values[group] = tuple(
                float(
                    sum(
                        len(members) if counts is None else counts.among(members, unit)
                        for unit, members in cohort
                        if unit <= latest
                    )
                )
                for cohort in row
            )
    return Table(len(days), values)


Cohort = list[tuple[int, Any]]
"""Members by the unit they start in."""


def _cohorts(
    shelf: Shelf,
    sets: RetentionSets,
    measure: RetentionMeasure,
    sliced: Slice,
    days: Sequence[DaySpan],
    units: Units,
) -> dict[Group, list[Cohort]]:
    """By group, each span's members by the unit of their start."""
    key = ("starts", sets.key, sliced, measure.recurring, units, tuple(days))
    found: dict[Group, list[Cohort]] | None = shelf.memo.get(key)
    if found is not None:
        return found
    whole = _first_starts(shelf, sets, measure, sliced)
    groups: dict[Group, DaySets] = {(): whole}
    if sliced.by:
        groups = _start_days(shelf, sets.by_group, sliced, reach(days))
    found = {group: [] for group in groups}
    for low, high in days:
        chosen = [entry for entry in whole if low <= entry[0] < high]
        if measure.recurring:
            chosen = _first_times(chosen)
        for group, own in _split(groups, chosen).items():
            found[group].append(_by_unit(own, units))
    shelf.memo[key] = found
    return found


def _first_starts(
    shelf: Shelf, sets: RetentionSets, measure: RetentionMeasure, sliced: Slice
) -> DaySets:
    """Who starts on each day: for the first time ever, or all where every start counts."""
    whole = replace(sliced, by=())
    key = ("first starts", sets.key, whole, measure.recurring)
    found: DaySets | None = shelf.memo.get(key)
    if found is None:
        days = _start_days(shelf, sets.starts, whole, (0, sets.reach)).get((), [])
        found = shelf.memo[key] = days if measure.recurring else _first_times(days)
    return found


def _start_days(
    shelf: Shelf, starts: Sequence[Found], sliced: Slice, days: DaySpan
) -> dict[Group, DaySets]:
    parts: dict[Group, list[DaySets]] = {}
    for found in starts:
        strip = shelf.sets(found.place.number, found.lens, *days)
        target = target_of(sliced, found.names)
        for group, entries in sets_by_group(strip, *days, target).items():
            parts.setdefault(group, []).append(entries)
    return {group: _joined(many) for group, many in parts.items()}


def _joined(parts: Sequence[DaySets]) -> DaySets:
    """One set a day, ascending."""
    days: dict[int, Any] = {}
    for entries in parts:
        for day, entities in entries:
            days[day] = days[day] | entities if day in days else entities
    return sorted(days.items())


def _first_times(days: DaySets) -> DaySets:
    """Every entity on its first day only."""
    from pyroaring import BitMap

    seen = BitMap()
    found = []
    for day, entities in days:
        found.append((day, entities - seen))
        seen |= entities
    return found


def _split(groups: dict[Group, DaySets], chosen: DaySets) -> dict[Group, DaySets]:
    """Who starts in which group.

    Raises:
        Undecided: somebody is in several of them on the day of the start.
    """
    if list(groups) == [()]:
        return {(): chosen}
    found: dict[Group, DaySets] = {}
    placed = 0
    starting = dict(chosen)
    for group, days in groups.items():
        own = [(day, entities & starting[day]) for day, entities in days if day in starting]
        found[group] = own
        placed += sum(len(entities) for _, entities in own)
    if placed != sum(len(entities) for entities in starting.values()):
        raise Undecided
    return found


def _by_unit(days: DaySets, units: Units) -> Cohort:
    found: dict[int, list[Any]] = {}
    for day, entities in days:
        if entities:
            found.setdefault(units.of(day), []).append(entities)
    return [(unit, _union(many)) for unit, many in found.items()]


def _union(sets: Sequence[Any]) -> Any:
    from pyroaring import BitMap

    return sets[0] if len(sets) == 1 else BitMap.union(*sets)


def _returned(
    shelf: Shelf, sets: RetentionSets, measure: RetentionMeasure, units: Units
) -> "_Returned":
    key = ("returned", sets.key, measure.returning, units)
    found: _Returned | None = shelf.memo.get(key)
    if found is None:
        found = shelf.memo[key] = _Returned(shelf, sets, measure, units)
    return found


class _Returned:
    """Counts who of a cohort was seen again."""

    def __init__(
        self, shelf: Shelf, sets: RetentionSets, measure: RetentionMeasure, units: Units
    ) -> None:
        self.returning = measure.returning
        if self.returning.first == 0 and not _is_own_return(sets):
            raise Undecided
        self._seen = _seen_by_unit(shelf, sets, units)
        self._within: dict[int, Any] = {}
        self._since: dict[int, Any] = {}
        self._reached = max(self._seen, default=0) + 1
        """Everything from this unit on is joined in `_since`."""

    def among(self, members: Any, unit: int) -> int:
        """How many members that start in a unit came back."""
        if self.returning.first == 0:
            # whoever starts is seen then, and so in unit 0
            return len(members)
        if self.returning.or_after:
            later = self._from(unit + self.returning.first)
            return 0 if later is None else int(members.intersection_cardinality(later))
        if unit not in self._within:
            units = (unit + ahead for ahead in self.returning.offsets)
            seen = [self._seen[other] for other in units if other in self._seen]
            self._within[unit] = _union(seen) if seen else None
        within = self._within[unit]
        return 0 if within is None else int(members.intersection_cardinality(within))

    def _from(self, unit: int) -> Any:
        """Everybody seen in a unit or later; None for nobody."""
        while self._reached > unit:
            self._reached -= 1
            own = self._seen.get(self._reached)
            later = self._since.get(self._reached + 1)
            joined = [entities for entities in (later, own) if entities is not None]
            if joined:
                self._since[self._reached] = _union(joined)
        return self._since.get(unit)


def _is_own_return(sets: RetentionSets) -> bool:
    """Whether every start row is itself a return."""
    returns = {found.place.number for found in sets.returns}
    return all(found.place.number in returns for found in sets.starts)


def _seen_by_unit(shelf: Shelf, sets: RetentionSets, units: Units) -> dict[int, Any]:
    """By unit, everybody with a return in it."""
    key = ("returns", sets.key, units)
    found: dict[int, Any] | None = shelf.memo.get(key)
    if found is None:
        parts = []
        for place in sets.returns:
            strip = shelf.sets(place.place.number, place.lens, 0, sets.reach)
            parts += list(sets_by_group(strip, 0, sets.reach, lambda group: ()).values())
        found = shelf.memo[key] = dict(_by_unit(_joined(parts), units))
    return found
