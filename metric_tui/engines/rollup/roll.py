"""From grouped rows to partials: cells of a day are rolled up to every lens, then to every track."""

import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from metric_tui.base.series import Group
from metric_tui.engines.rollup.codes import Dictionary
from metric_tui.engines.rollup.pack import (
    BLOCK_DAYS,
    Days,
    Packed,
    entity_set,
    joined,
    merge_sets,
    pack_days,
)
from metric_tui.engines.rollup.roll_plan import Merging, RollPlan
from metric_tui.engines.rollup.scan import CellKey, GroupedRow, Job, Reading, Scanner

MOST_WEIGHT = 3_000_000
"""Entities and cells held before all days are written out, in whatever order the rows stand."""

Place = tuple[int, int, int]
"""Track, lens, and day or block."""

Table = dict[CellKey, list[Any]]


class NotNumbers(Exception):
    """Entities are no whole numbers of 32 bits: they must be numbered by a dictionary."""


@dataclass(slots=True)
class Batch:
    """Partials of some stretch, to be joined with what is there already."""

    rows: int = 0
    """How far in row numbers the stretch has been read since the last batch."""

    sets: dict[Place, dict[Group, bytes]] = field(default_factory=dict)
    blocks: dict[Place, dict[Group, Packed]] = field(default_factory=dict)
    firsts: dict[tuple[int, int], dict[Group, Any]] = field(default_factory=dict)
    """By track and lens, each group's smallest time as the store writes it."""

    strays: set[int] = field(default_factory=set)
    """Tracks with text among their numbers."""

    interned: list[Any] = field(default_factory=list)
    """Entities numbered since the last batch, in order."""


@dataclass(slots=True)
class Interner:
    """Numbers entities in the order they are met."""

    known: dict[Any, int] = field(default_factory=dict)
    fresh: list[Any] = field(default_factory=list)

    def numbers(self, values: Iterable[Any]) -> list[int]:
        """The entities' numbers."""
        found = []
        for value in values:
            number = self.known.get(value)
            if number is None:
                number = self.known[value] = len(self.known)
                self.fresh.append(value)
            found.append(number)
        return found


@dataclass(slots=True)
class Roller:
    """Collects grouped rows by day and turns finished days into partials."""

    job: Job
    scanner: Scanner
    interner: Interner
    batch: Batch = field(default_factory=Batch)
    _days: dict[int, dict[Reading, Table]] = field(default_factory=dict)
    _blocks: dict[tuple[int, int], list[dict[Group, Days]]] = field(default_factory=dict)
    """By lens and block, each track's groups."""

    _groups: dict[tuple[int, CellKey], Group] = field(default_factory=dict)
    _weight: int = 0
    _plan: RollPlan = field(init=False)

    def __post_init__(self) -> None:
        self._plan = RollPlan.of(self.job, self.scanner)

    def add(self, rows: Iterable[GroupedRow]) -> None:
        """Take up the rows of one stretch, then close the days it has gone past."""
        touched = set()
        for row in rows:
            touched.add(row.day)
            self._add(row)
        if self._weight > MOST_WEIGHT:
            self.finish()
            return
        if touched:
            # a log is mostly written in the order of its times
            for day in [day for day in self._days if day < min(touched)]:
                self._close(day)

    def _add(self, row: GroupedRow) -> None:
        table = self._days.setdefault(row.day, {}).setdefault(row.reading, {})
        columns = self._parsed(row)
        known = table.get(row.cell)
        if known is None:
            table[row.cell] = columns
        else:
            _merge(known, columns, self._plan.merging[row.reading])
        self._weight += 1

    def _parsed(self, row: GroupedRow) -> list[Any]:
        columns = list(row.columns)
        for index in self._plan.merging[row.reading].collected:
            entities = self._entities(columns[index]) if columns[index] else array("I")
            if entities is None:
                self.batch.strays.update(self._plan.collecting[row.reading][index])
            columns[index] = [entities] if entities else []
            self._weight += len(entities or ())
        return columns

    def _entities(self, text: str) -> "array[int] | None":
        """Entities as numbers; None where some are fractions, which text does not carry exactly."""
        if self.job.is_interned:
            values = json.loads(text)
            if any(isinstance(value, float) for value in values):
                return None
            return array("I", self.interner.numbers(values))
        try:
            return array("I", json.loads(f"[{text}]"))
        except (ValueError, TypeError, OverflowError) as error:
            raise NotNumbers from error

    def finish(self) -> None:
        """Close every day and block."""
        for day in sorted(self._days):
            self._close(day)
        for (lens, block), tracks in self._blocks.items():
            for number, groups in enumerate(tracks):
                if groups:
                    merges = self._plan.kept_merges[number]
                    self.batch.blocks[number, lens, block] = {
                        group: pack_days(days, merges) for group, days in groups.items()
                    }
        self._blocks.clear()
        self._weight = 0

    def take(self) -> Batch:
        """What is finished since the last call."""
        taken, self.batch = self.batch, Batch()
        taken.interned, self.interner.fresh = self.interner.fresh, []
        return taken

    def _close(self, day: int) -> None:
        block, place = divmod(day, BLOCK_DAYS)
        for reading, table in self._days.pop(day).items():
            for lens, rolled in self._rolled(reading, table):
                tracks = self._blocks.get((lens, block))
                if tracks is None:
                    tracks = self._blocks[lens, block] = [{} for _ in self.job.tracks]
                sets = self._keep(reading, lens, rolled, tracks, place)
                for number, groups in sets.items():
                    self._keep_sets((number, lens, day), groups)

    def _rolled(self, reading: Reading, table: Table) -> Iterator[tuple[int, Table]]:
        done: list[Table] = [table]
        merging = self._plan.merging[reading]
        for step in self._plan.steps:
            rolled: Table = {}
            for key, columns in done[step.parent].items():
                short = step.pick(key)
                known = rolled.get(short)
                if known is not None:
                    _merge(known, columns, merging)
                    continue
                rolled[short] = own = list(columns)
                for index in merging.collected:
                    own[index] = list(own[index])
            done.append(rolled)
            yield step.lens, rolled

    def _keep(
        self,
        reading: Reading,
        lens: int,
        rolled: Table,
        tracks: list[dict[Group, Days]],
        place: int,
    ) -> dict[int, dict[Group, list["array[int]"]]]:
        """Take one lens's columns of one day into its block; returns the entities by track."""
        by_event = self._plan.tracks[reading]
        sets: dict[int, dict[Group, list[array[int]]]] = {}
        for key, columns in rolled.items():
            group = self._group(lens, key)
            for use in by_event[key[0]]:
                if use.shape == "first":
                    self._keep_first(use.number, lens, group, columns[use.picks[0]])
                elif not columns[use.picks[0]]:
                    continue
                elif use.guard is not None and isinstance(columns[use.guard], (str, bytes)):
                    self.batch.strays.add(use.number)
                else:
                    days = tracks[use.number].setdefault(group, {})
                    _keep_day(days, place, [columns[index] for index in use.picks], use.merging)
                    if use.entities is not None:
                        where = sets.setdefault(use.number, {})
                        where.setdefault(group, []).extend(columns[use.entities])
        return sets

    def _keep_first(self, number: int, lens: int, group: Group, time: Any) -> None:
        times = self.batch.firsts.setdefault((number, lens), {})
        times[group] = joined("min", times.get(group), time)

    def _keep_sets(self, place: Place, groups: dict[Group, list["array[int]"]]) -> None:
        known = self.batch.sets.setdefault(place, {})
        for group, parts in groups.items():
            if parts:
                data = entity_set(parts)
                more = {group: data}
                known.update(merge_sets({group: known[group]}, more) if group in known else more)

    def _group(self, lens: int, key: CellKey) -> Group:
        codes = key[1:]
        found = self._groups.get((lens, codes))
        if found is None:
            dictionaries: Sequence[Dictionary] = self.scanner.dictionaries
            found = self._groups[lens, codes] = tuple(
                dictionaries[dimension].values[code]
                for dimension, code in zip(self._plan.lenses[lens], codes, strict=True)
            )
        return found


def _keep_day(days: Days, place: int, values: list[Any], merging: Merging) -> None:
    known = days.get(place)
    if known is None:
        days[place] = values
    else:
        _merge(known, values, merging)


def _merge(known: list[Any], more: Sequence[Any], merging: Merging) -> None:
    for index in merging.added:
        value = more[index]
        if value:
            have = known[index]
            known[index] = value if have is None else have + value
    for index in merging.collected:
        known[index].extend(more[index])
    for index, merge in merging.extremes:
        known[index] = joined(merge, known[index], more[index])
