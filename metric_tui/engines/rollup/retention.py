"""Calendar retention from days' entity sets: whose first start lies in a span, and who came back.

In a later unit than the start's any return comes after it, whatever the time of day. In the start's
own unit the time of day decides, which days do not know: that is left to plain SQL, as is an
entity that starts in several groups of a breakdown on one day.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, partial
from typing import Any

from metric_tui.base.periods import Calendar, WeekStart
from metric_tui.base.series import Group, Table
from metric_tui.definitions.asks import RetentionMeasure, RetentionUnit, Slice
from metric_tui.engines.rollup.arrivals import arrivals, by_day, first_times
from metric_tui.engines.rollup.days import DaySpan, reach
from metric_tui.engines.rollup.find import Found
from metric_tui.engines.rollup.partials import Partials
from metric_tui.engines.rollup.shelf import Shelf
from metric_tui.engines.rollup.unions import DaySets, sets_by_group, unions_of, united
from metric_tui.engines.rollup.where import target_of
from metric_tui.engines.sql.days import first_day, unit_number


class Undecided(Exception):
    """Days alone do not say whether somebody counts."""


FirstGroups = Callable[[int, Any], Mapping[Group, Any] | None]
"""Some of those who start at a place, by the group of their first row then; None if unknown."""


@dataclass(frozen=True, slots=True)
class Starts:
    """Where the entities that start stand: at places of some partials, days or parts of days."""

    partials: Partials
    founds: tuple[Found, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSets:
    """Where the entities of a retention's rows stand."""

    starts: Starts
    """Of all groups of a breakdown together."""

    by_group: Starts
    """The same by group; the same as `starts` without a breakdown."""

    returns: tuple[Found, ...]
    reach: int
    """The day number after the last day that is looked at."""

    first_groups: "FirstGroups"

    @property
    def key(self) -> tuple[object, ...]:
        """Tells one from another within a shelf."""
        places = (tuple((f.place.number, f.lens) for f in self.starts.founds),)
        return (*places, tuple(f.place.number for f in self.returns), self.reach)


@dataclass(frozen=True, slots=True)
class Units:
    """The calendar units that starts and returns are counted in."""

    unit: RetentionUnit
    week_start: WeekStart

    def of(self, day: int) -> int:
        """The unit of a day number."""
        return _unit_of(day, self.unit, self.week_start)

    def days(self, unit: int) -> DaySpan:
        """The days of a unit."""
        first, after = (first_day(n, self.unit, self.week_start) for n in (unit, unit + 1))
        return first.toordinal(), after.toordinal()


@lru_cache(maxsize=8192)
def _unit_of(day: int, unit: RetentionUnit, week_start: WeekStart) -> int:
    return unit_number(date.fromordinal(day), unit, week_start)


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
    cohorts = _cohorts(sets, measure, sliced, days, units)
    if not any(any(row) for row in cohorts.values()):
        return Table(len(days), {})
    if measure.settled:
        now = unit_number(calendar.day_of(measure.cutoff), measure.unit, calendar.week_start)
        latest = now - 1 - measure.returning.last
    else:
        latest = units.of(date.max.toordinal())
    counts = _returned(shelf, sets, measure, units) if measure.counted == "returned" else None
    if counts is not None:
        counts.prepare({unit for row in cohorts.values() for cohort in row for unit, _ in cohort})
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
    sets: RetentionSets,
    measure: RetentionMeasure,
    sliced: Slice,
    days: Sequence[DaySpan],
    units: Units,
) -> dict[Group, list[Cohort]]:
    """By group, each span's members by the unit of their start."""
    key = ("starts", sets.key, sliced, measure.recurring, units, tuple(days))
    partials = sets.starts.partials
    found: dict[Group, list[Cohort]] | None = partials.memo.get(key)
    if found is not None:
        return found
    whole = _starting(sets.starts, measure, replace(sliced, by=()), reach(days)).get((), [])
    groups: dict[Group, dict[int, Any]] = {(): {}}
    if sliced.by:
        starting = _starting(sets.by_group, measure, sliced, reach(days))
        groups = {group: dict(entries) for group, entries in starting.items()}
    found = {group: [] for group in groups}
    for low, high in days:
        chosen = [entry for entry in whole if low <= entry[0] < high]
        if measure.recurring:
            chosen = first_times(chosen)
        for group, own in _split(groups, chosen, sets.first_groups).items():
            found[group].append(_by_unit(own, partials, units))
    partials.memo[key] = found
    return found


def _starting(
    starts: Starts, measure: RetentionMeasure, sliced: Slice, days: DaySpan
) -> dict[Group, DaySets]:
    """Who starts on each day: for the first time in a group, or all where every start counts."""
    if not measure.recurring:
        # who starts for the first time of all also does so in the group
        return arrivals(starts.partials, starts.founds, sliced, days)
    parts: dict[Group, DaySets] = {}
    for found in starts.founds:
        strip = starts.partials.sets(found.place.number, found.lens, *days)
        target = target_of(sliced, found.names)
        for group, entries in sets_by_group(strip, *days, target).items():
            parts.setdefault(group, []).extend(entries)
    return {group: by_day(entries) for group, entries in parts.items()}


def _split(
    groups: dict[Group, dict[int, Any]], chosen: DaySets, first_groups: FirstGroups
) -> dict[Group, DaySets]:
    """Who starts in which group.

    Raises:
        Undecided: somebody is in several of them on the day of the start, and nobody knows in
            which first.
    """
    if list(groups) == [()]:
        return {(): chosen}
    found: dict[Group, DaySets] = {group: [] for group in groups}
    for day, entities in chosen:
        own = {group: days[day] & entities for group, days in groups.items() if day in days}
        if sum(map(len, own.values())) != len(entities):
            own = _apart(own, partial(first_groups, day))
        for group, members in own.items():
            found[group].append((day, members))
    return found


def _apart(
    own: Mapping[Group, Any], first_groups: Callable[[Any], Mapping[Group, Any] | None]
) -> dict[Group, Any]:
    """Sets of one day, each entity in that of its first row only."""
    from pyroaring import BitMap

    seen, several = BitMap(), BitMap()
    for members in own.values():
        several |= seen & members
        seen |= members
    first = first_groups(several)
    if first is None or sum(map(len, first.values())) != len(several):
        raise Undecided
    nobody = BitMap()
    return {group: (own[group] - several) | first.get(group, nobody) for group in own}


def _by_unit(starting: DaySets, partials: Partials, units: Units) -> Cohort:
    found: dict[int, list[Any]] = {}
    for place, entities in starting:
        if entities:
            found.setdefault(units.of(partials.day_of(place)), []).append(entities)
    return [(unit, united(many)) for unit, many in found.items()]


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
        self._shelf, self._sets, self._units = shelf, sets, units
        self._within: dict[int, Any] = {}
        self._since: dict[int, Any] = {}
        self._reached = units.of(sets.reach)
        """Everything from the unit after this one on is joined in `_since`."""

    def prepare(self, starts: Iterable[int]) -> None:
        """Look up the returns of all who start in some units: together they cost less."""
        if self.returning.first == 0:
            return
        if self.returning.or_after:
            self._join(min(starts, default=self._reached) + self.returning.first)
            return
        missing = sorted(set(starts) - self._within.keys())
        parts = [
            self._seen([(unit + low, unit + high) for unit in missing])
            for low, high in self.returning.brackets
        ]
        for unit, same in zip(missing, zip(*parts, strict=True), strict=True):
            self._within[unit] = _joined(same)

    def among(self, members: Any, unit: int) -> int:
        """How many members that start in a unit, which has been prepared, came back."""
        if self.returning.first == 0:
            # whoever starts is seen then, and so in unit 0
            return len(members)
        if self.returning.or_after:
            back = self._since.get(unit + self.returning.first)
        else:
            back = self._within[unit]
        return 0 if back is None else int(members.intersection_cardinality(back))

    def _join(self, unit: int) -> None:
        """Join who is seen in a unit or later, and in each unit after it."""
        units = range(self._reached, unit - 1, -1)
        for number, own in zip(units, self._seen([(n, n) for n in units]), strict=True):
            self._since[number] = _joined([self._since.get(number + 1), own])
        self._reached = min(self._reached, unit - 1)

    def _seen(self, units: Sequence[tuple[int, int]]) -> list[Any]:
        """Everybody with a return from one unit to another; None for nobody."""
        reach = self._sets.reach
        spans = [
            (min(self._units.days(first)[0], reach), min(self._units.days(last)[1], reach))
            for first, last in units
        ]
        parts = [unions_of(self._shelf, place, Slice()).over(spans) for place in self._sets.returns]
        return [_joined([sets.get(()) for sets in same]) for same in zip(*parts, strict=True)]


def _joined(sets: Iterable[Any]) -> Any:
    """The union of some sets, None for nobody."""
    found = [entities for entities in sets if entities is not None]
    return united(found) if found else None


def _is_own_return(sets: RetentionSets) -> bool:
    """Whether every start row is itself a return."""
    returns = {found.place.number for found in sets.returns}
    return all(found.place.number in returns for found in sets.starts.founds)
