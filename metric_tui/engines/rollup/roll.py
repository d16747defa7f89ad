"""From grouped rows to partials: cells of a day are rolled up to every lens, then to every track."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from metric_tui.base.series import Group
from metric_tui.engines.rollup.codes import Dictionary
from metric_tui.engines.rollup.fold import Interner
from metric_tui.engines.rollup.logs.parts import Part
from metric_tui.engines.rollup.pack import (
    BLOCK_DAYS,
    Columns,
    Packed,
    empty_columns,
    joined,
    merge_blocks,
    merge_sets,
    pack_columns,
    united,
)
from metric_tui.engines.rollup.roll_plan import Merging, RollPlan
from metric_tui.engines.rollup.scan import CellKey, GroupedRow, Job, Scanner

MOST_WEIGHT = 3_000_000
"""Entities and cells held before all days are written out, in whatever order the rows stand."""

WORTH_A_SET = 32
"""With fewer entities, adding them to a lens's set costs less than making a set to be united."""

Place = tuple[int, int, int]
"""Track, lens, and day or block."""

Table = dict[CellKey, list[Any]]


@dataclass(slots=True)
class Batch:
    """Partials of some stretch, to be joined with what is there already."""

    rows: int = 0
    """How far in row numbers the stretch has been read since the last batch."""

    sets: dict[Place, dict[Group, bytes]] = field(default_factory=dict)
    blocks: dict[Place, dict[Group, Packed]] = field(default_factory=dict)
    logs: dict[Place, dict[int, Part]] = field(default_factory=dict)
    """Each part by the number of its first row."""

    firsts: dict[tuple[int, int], dict[Group, Any]] = field(default_factory=dict)
    """By track and lens, each group's smallest time as the store writes it."""

    strays: set[int] = field(default_factory=set)
    """Tracks with text among their numbers."""

    interned: list[Any] = field(default_factory=list)
    """Entities numbered since the last batch, in order."""


@dataclass(slots=True)
class Roller:
    """Collects grouped rows by day and turns finished days into partials."""

    job: Job
    scanner: Scanner
    interner: Interner
    batch: Batch = field(default_factory=Batch)
    _days: dict[int, Table] = field(default_factory=dict)
    _blocks: dict[tuple[int, int], list[dict[Group, Columns]]] = field(default_factory=dict)
    """By lens and block, each track's groups."""

    _groups: dict[tuple[int, CellKey], Group] = field(default_factory=dict)
    _begun: dict[tuple[int, CellKey], int] = field(default_factory=dict)
    """By lens (-1 for all dimensions) and their codes, the first day met."""

    _weight: int = 0
    plan: RollPlan = field(init=False)

    def __post_init__(self) -> None:
        self.plan = RollPlan.of(self.job, self.scanner)

    def read(self, low: int, high: int) -> None:
        """Take up the rows of one stretch, then close the days it has gone past."""
        touched, begun = self._add(self.scanner.rows(low, high))
        if begun:
            self.keep_firsts(self.scanner.first_times(low, high, sorted(begun)))
        if self._weight > MOST_WEIGHT:
            self.finish()
        elif touched:
            # a log is mostly written in the order of its times
            for day in [day for day in self._days if day < min(touched)]:
                self._close(day)

    def _add(self, rows: Iterable[GroupedRow]) -> tuple[set[int], set[int]]:
        """The days of some rows, and those on which a group may begin."""
        touched: set[int] = set()
        begun: set[int] = set()
        for row in rows:
            touched.add(row.day)
            if self.plan.firsts and self.begins(row.day, row.cell[1:]):
                begun.add(row.day)
            table = self._days.setdefault(row.day, {})
            merging = self.plan.merging[row.cell[0]]
            self._weight += 1
            for index in (*merging.collected, *merging.appended):
                self._weight += sum(map(len, row.columns[index] or ()))
            known = table.get(row.cell)
            if known is None:
                table[row.cell] = row.columns
            else:
                _merge(known, row.columns, merging)
                _append(known, row.columns, merging)
        return touched, begun

    def begins(self, day: int, codes: CellKey) -> bool:
        """Whether a group of these dimensions may begin on a day; mostly not."""
        begun = self._begun
        if begun.get((-1, codes), day) < day:
            return False
        begun[-1, codes] = day
        found = False
        for number, lens in enumerate(self.plan.lenses):
            key = (number, tuple([codes[index] for index in lens]))
            if begun.get(key, day) >= day:
                begun[key] = day
                found = True
        return found

    def keep_firsts(self, times: Iterable[tuple[CellKey, Any]]) -> None:
        for codes, time in times:
            for number, lens in enumerate(self.plan.lenses):
                group = self.group(number, tuple([codes[index] for index in lens]))
                for track in self.plan.firsts:
                    known = self.batch.firsts.setdefault((track, number), {})
                    known[group] = joined("min", known.get(group), time)

    def finish(self) -> None:
        """Close every day and block."""
        for day in sorted(self._days):
            self._close(day)
        for (lens, block), tracks in self._blocks.items():
            for number, groups in enumerate(tracks):
                if groups:
                    packed = {group: pack_columns(columns) for group, columns in groups.items()}
                    self.keep_block((number, lens, block), packed)
        self._blocks.clear()
        self._weight = 0

    def keep_block(self, place: Place, groups: dict[Group, Packed]) -> None:
        """Join one block of a track and lens with what the batch holds of it."""
        known = self.batch.blocks.get(place)
        if known is not None:
            track = self.job.tracks[place[0]]
            merges = [column.merge for column in track.columns[: track.kept]]
            groups = merge_blocks(known, groups, merges)
        self.batch.blocks[place] = groups

    def take(self) -> Batch:
        """What is finished since the last call."""
        taken, self.batch = self.batch, Batch()
        taken.interned, self.interner.fresh = self.interner.fresh, []
        return taken

    def _close(self, day: int) -> None:
        block, place = divmod(day, BLOCK_DAYS)
        table = self._days.pop(day)
        if self.plan.has_logs:
            # numpy is worth its import only for trees with logs
            from metric_tui.engines.rollup.logs.roll import parts_of

            parts, strays = parts_of(table, self.plan, self.job, self.scanner.dictionaries)
            self.batch.strays |= strays
            for number, (rank, part) in parts.items():
                self.keep_part((number, 0, day), rank, part)
        for lens, rolled in self._rolled(table):
            tracks = self._blocks.get((lens, block))
            if tracks is None:
                tracks = self._blocks[lens, block] = [{} for _ in self.job.tracks]
            sets = self._keep(lens, rolled, tracks, place)
            for number, groups in sets.items():
                packed = {
                    group: bytes(united(parts).serialize())
                    for group, parts in groups.items()
                    if parts
                }
                self.keep_sets((number, lens, day), packed)

    def _rolled(self, table: Table) -> Iterator[tuple[int, Table]]:
        done: list[Table] = [table]
        merging = self.plan.merging
        for key, columns in table.items():
            for index in merging[key[0]].collected:
                if sum(map(len, columns[index])) >= WORTH_A_SET:
                    columns[index] = [united(columns[index])]
        for step in self.plan.steps:
            rolled: Table = {}
            for key, columns in done[step.parent].items():
                short = step.pick(key)
                known = rolled.get(short)
                if known is not None:
                    _merge(known, columns, merging[key[0]])
                    continue
                rolled[short] = own = list(columns)
                for index in merging[key[0]].collected:
                    own[index] = list(own[index])
            for key, columns in rolled.items():
                for index in merging[key[0]].collected:
                    # a shorter lens is then united of sets instead of single entities
                    columns[index] = [united(columns[index])] if columns[index] else []
            done.append(rolled)
            yield step.lens, rolled

    def _keep(
        self, lens: int, rolled: Table, tracks: list[dict[Group, Columns]], place: int
    ) -> dict[int, dict[Group, list[Any]]]:
        """Take one lens's columns of one day into its block; returns the entities by track."""
        sets: dict[int, dict[Group, list[Any]]] = {}
        uses = self.plan.uses
        for key, columns in rolled.items():
            group = self.group(lens, key[1:])
            for number, picks, merges, guard, entities in uses[key[0]]:
                if not columns[picks[0]]:
                    continue
                if guard is not None and isinstance(columns[guard], (str, bytes)):
                    self.batch.strays.add(number)
                    continue
                kept = tracks[number].get(group)
                if kept is None:
                    kept = tracks[number][group] = empty_columns(merges)
                for numbers, index, merge in zip(kept, picks, merges, strict=True):
                    if merge != "add":
                        numbers[place] = joined(merge, numbers[place], columns[index])
                    elif columns[index]:
                        numbers[place] += columns[index]
                if entities is not None:
                    where = sets.setdefault(number, {})
                    where.setdefault(group, []).extend(columns[entities])
        return sets

    def keep_sets(self, place: Place, groups: Mapping[Group, bytes]) -> None:
        """Join some groups' entities, as sets, with what the batch holds of them."""
        known = self.batch.sets.get(place)
        self.batch.sets[place] = dict(groups) if known is None else merge_sets(known, groups)

    def keep_part(self, place: Place, rank: int, part: Part) -> None:
        """Take up a part of a log, by the number of its first row."""
        self.batch.logs.setdefault(place, {})[rank] = part

    def group(self, lens: int, codes: CellKey) -> Group:
        found = self._groups.get((lens, codes))
        if found is None:
            dictionaries: Sequence[Dictionary] = self.scanner.dictionaries
            found = self._groups[lens, codes] = tuple(
                dictionaries[dimension].values[code]
                for dimension, code in zip(self.plan.lenses[lens], codes, strict=True)
            )
        return found


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


def _append(known: list[Any], more: Sequence[Any], merging: Merging) -> None:
    """Keep the rows of logs; None, what is no number, stays so."""
    for index in merging.appended:
        if known[index] is None or more[index] is None:
            known[index] = None
        else:
            known[index].extend(more[index])
