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
    pack_days,
)
from metric_tui.engines.rollup.roll_plan import RollPlan
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
    _blocks: dict[Place, dict[Group, Days]] = field(default_factory=dict)
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
            _merge(known, columns, self._plan.hows[row.reading])
        self._weight += 1

    def _parsed(self, row: GroupedRow) -> list[Any]:
        columns = list(row.columns)
        for index in self._plan.collected[row.reading]:
            entities = self._entities(columns[index]) if columns[index] else array("I")
            if entities is None:
                self.batch.strays.update(self._plan.collecting[row.reading][index])
            columns[index] = entities or None
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
        for place, groups in self._blocks.items():
            merges = [c.merge for c in self.job.tracks[place[0]].columns]
            merges = merges[: self.job.tracks[place[0]].kept]
            self.batch.blocks[place] = {g: pack_days(days, merges) for g, days in groups.items()}
        self._blocks.clear()
        self._weight = 0

    def take(self) -> Batch:
        """What is finished since the last call."""
        taken, self.batch = self.batch, Batch()
        taken.interned, self.interner.fresh = self.interner.fresh, []
        return taken

    def _close(self, day: int) -> None:
        for reading, table in self._days.pop(day).items():
            sets: dict[Place, dict[Group, array[int]]] = {}
            for lens, rolled in self._rolled(reading, table):
                for key, columns in rolled.items():
                    self._keep(reading, day, lens, key, columns, sets)
            for place, groups in sets.items():
                self._keep_sets(place, groups)

    def _rolled(self, reading: Reading, table: Table) -> Iterator[tuple[int, Table]]:
        done: list[Table] = [table]
        hows = self._plan.hows[reading]
        for step in self._plan.steps:
            rolled: Table = {}
            for key, columns in done[step.parent].items():
                short = step.pick(key)
                known = rolled.get(short)
                if known is None:
                    rolled[short] = list(columns)
                else:
                    _merge(known, columns, hows)
            done.append(rolled)
            yield step.lens, rolled

    def _keep(
        self,
        reading: Reading,
        day: int,
        lens: int,
        key: CellKey,
        columns: list[Any],
        sets: dict[Place, dict[Group, "array[int]"]],
    ) -> None:
        group = self._group(lens, key)
        block, place = divmod(day, BLOCK_DAYS)
        for number, chosen, kept, guard in self._plan.tracks[reading][key[0]]:
            if guard is not None and isinstance(columns[guard], (str, bytes)):
                self.batch.strays.add(number)
                continue
            if self.job.tracks[number].shape == "first":
                times = self.batch.firsts.setdefault((number, lens), {})
                times[group] = joined("min", times.get(group), columns[chosen[0]])
                continue
            days = self._blocks.setdefault((number, lens, block), {}).setdefault(group, {})
            values = [columns[index] for index in chosen[:kept]]
            known = days.get(place)
            if known is None:
                days[place] = values
            else:
                _merge(known, values, self._plan.kept_hows[number])
            if self.job.tracks[number].shape == "set" and columns[chosen[1]]:
                where = sets.setdefault((number, lens, day), {})
                if group in where:
                    where[group] = where[group] + columns[chosen[1]]
                else:
                    where[group] = columns[chosen[1]]

    def _keep_sets(self, place: Place, groups: dict[Group, "array[int]"]) -> None:
        known = self.batch.sets.setdefault(place, {})
        for group, entities in groups.items():
            data = entity_set(entities)
            if group in known:
                from metric_tui.engines.rollup.pack import merge_sets

                known.update(merge_sets({group: known[group]}, {group: data}))
            else:
                known[group] = data

    def _group(self, lens: int, key: CellKey) -> Group:
        dictionaries: Sequence[Dictionary] = self.scanner.dictionaries
        return tuple(
            dictionaries[dimension].values[code]
            for dimension, code in zip(self._plan.lenses[lens], key[1:], strict=True)
        )


def _merge(known: list[Any], more: Sequence[Any], hows: Sequence[str]) -> None:
    for index, how in enumerate(hows):
        value = more[index]
        if value is None:
            continue
        have = known[index]
        if have is None:
            known[index] = value
        elif how in ("add", "collect"):
            known[index] = have + value
        else:
            known[index] = joined("min" if how == "min" else "max", have, value)
