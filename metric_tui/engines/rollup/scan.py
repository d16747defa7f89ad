"""Reads rows in stretches of row numbers and gathers each stretch by day, event and cell.

Rows are fetched with the number of their cell and gathered by a dictionary, which costs less than
half of what SQLite's sorting of them for a GROUP BY does.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import prod
from typing import Any

from metric_tui.base.series import Cell
from metric_tui.engines.dialects.sqlite import SqliteDialect
from metric_tui.engines.rollup.codes import UNKNOWN, Dictionary, EventCodes, Ladder
from metric_tui.engines.rollup.fold import Folder
from metric_tui.engines.rollup.readings import Reading, columns_of, readings_of, slot_sql
from metric_tui.engines.rollup.spaces import FIRST_DAY, LAST_DAY, Space, Unfit
from metric_tui.engines.rollup.tracks import Column, Track

CHUNK_ROWS = 50_000
"""Rows gathered at once: many for one statement, few enough to hold."""

LOOKAHEAD_DAYS = 256
MOST_LADDER_DAYS = 8_000
SAMPLED_ROWS = 1_000
FEW_ROWS = 20_000
"""Looking at all of so many costs less than reading them twice for a value that the sample missed."""

_ATTEMPTS = 6

CellKey = tuple[int, ...]
"""The event's code, then each dimension's."""

Gathered = dict[int, list[tuple[Any, ...]]]
"""Rows by the number of their day and cell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is read of one space."""

    path: str
    space: Space
    tracks: tuple[Track, ...]
    is_interned: bool
    """Whether entities are numbered by a dictionary; otherwise they are their own numbers."""

    by_pages: bool = False
    """Whether the file is read by its pages where it can be; the process then keeps it open."""


@dataclass(frozen=True, slots=True)
class GroupedRow:
    """All rows of one stretch, day and cell."""

    day: int
    """As `date.toordinal` counts."""

    cell: CellKey
    columns: list[Any]


@dataclass(slots=True)
class Scanner:
    """Reads one space on one connection."""

    connection: sqlite3.Connection
    job: Job
    folder: Folder
    events: EventCodes = field(init=False)
    columns: tuple[tuple[Column, ...], ...] = field(init=False)
    """What is kept of a row, by its event's code."""

    readings: tuple[Reading, ...] = field(init=False)
    dictionaries: list[Dictionary] = field(init=False)
    _ladder: Ladder | None = None
    _cells: dict[int, CellKey] = field(default_factory=dict)

    def __post_init__(self) -> None:
        dialect, space = SqliteDialect(), self.job.space
        named = {name for track in self.job.tracks for name in track.events}
        self.events = EventCodes(space.event, tuple(sorted(named)) if space.event else (), dialect)
        self.columns = columns_of(self.job.tracks, self.events.names)
        reads_all = any(track.shape == "first" for track in self.job.tracks)
        self.readings = readings_of(self.columns, reads_all=reads_all)
        self.dictionaries = [Dictionary(name, sql, dialect) for name, sql in space.kept]

    def rows(self, low: int, high: int) -> Iterator[GroupedRow]:
        """The grouped rows whose numbers are after `low` and up to `high`.

        Raises:
            Unfit: a dimension or the times do not fit.
            NotNumbers: entities must be numbered by a dictionary.
            sqlite3.Error: the store refuses a statement.
        """
        days: set[int] = set()
        for reading in self.readings:
            ladder, found = self._gathered(reading, low, high)
            self._ladder = ladder
            radix = self._cells_in_a_day()
            for key, rows in found.items():
                code, rest = divmod(key, radix)
                cell, day = self._cell(rest), ladder.day(code)
                days.add(day)
                yield GroupedRow(day, cell, self.folder.columns(rows, reading.foldings[cell[0]]))
        self._look_ahead(days)

    def first_times(
        self, low: int, high: int, days: Sequence[int]
    ) -> list[tuple[tuple[int, ...], Any]]:
        """The smallest time on some days of a stretch already read, by the dimensions' codes."""
        space = self.job.space
        key = "0"
        for dictionary in self.dictionaries:
            key = f"({key}) * {len(dictionary.values)} + {dictionary.case}"
        on_days = " OR ".join(self._on_days(first, last) for first, last in runs_of(days))
        found = self.connection.execute(
            f"SELECT {key}, MIN({space.axis.compared}) {space.from_sql}"
            f" WHERE {self._within(low, high)}{self._own_filter()} AND ({on_days}) GROUP BY 1"
        ).fetchall()
        return [(self._codes(number)[1:], time) for number, time in found]

    def _on_days(self, first: int, last: int) -> str:
        axis = self.job.space.axis
        start, end = (
            axis.bound(axis.calendar.midnight(date.fromordinal(day))) for day in (first, last + 1)
        )
        return f"({axis.compared} >= {start} AND {axis.compared} < {end})"

    def sample(self, low: int, high: int) -> None:
        """Learn the dimensions' values from rows spread over a stretch, to ask less often later."""
        if high - low <= FEW_ROWS:
            self._learn(self._within(low, high))
            return
        step = max(1, (high - low) // SAMPLED_ROWS)
        chosen = ", ".join(str(number) for number in range(low + 1, high + 1, step))
        self._learn(f"{self.job.space.rowid} IN ({chosen})")

    def teach(self, dimension: int, pairs: Iterable[tuple[Cell, str]]) -> None:
        """Let a dimension's dictionary know of values, as `Dictionary.learn` does."""
        self.dictionaries[dimension].learn(pairs)
        # a cell's number depends on how many values there are
        self._cells.clear()

    def _learn(self, where: str) -> None:
        space = self.job.space
        for index, dictionary in enumerate(self.dictionaries):
            value = dictionary.sql
            statement = f"SELECT DISTINCT {value}, typeof({value}) {space.from_sql} WHERE {where}"
            self.teach(index, self.connection.execute(statement + self._own_filter()).fetchall())

    def _gathered(self, reading: Reading, low: int, high: int) -> tuple[Ladder, Gathered]:
        ladder = self._ladder or self._measured(low, high)
        for _ in range(_ATTEMPTS):
            found: Gathered = defaultdict(list)
            for row in self.connection.execute(self.statement(reading, ladder, low, high)):
                found[row[0]].append(row)
            radix = self._cells_in_a_day()
            if not {key // radix for key in found}.isdisjoint((0, ladder.size - 1)):
                ladder = self._measured(low, high)
            elif any(UNKNOWN in self._cell(key % radix)[1:] for key in found):
                self._learn(self._within(low, high))
            else:
                self._count(found)
                return ladder, found
        raise Unfit("its times or dimensions cannot be told apart")

    def _cells_in_a_day(self) -> int:
        return self.events.size * prod(len(entry.values) for entry in self.dictionaries)

    def _cell(self, number: int) -> CellKey:
        cell = self._cells.get(number)
        if cell is None:
            cell = self._cells[number] = self._codes(number)
        return cell

    def _codes(self, number: int) -> CellKey:
        codes = []
        for dictionary in reversed(self.dictionaries):
            number, code = divmod(number, len(dictionary.values))
            codes.append(code)
        return (number, *reversed(codes))

    def _count(self, found: Gathered) -> None:
        """Note which values are frequent, to be asked for first."""
        radix = self._cells_in_a_day()
        by_cell: Counter[CellKey] = Counter()
        for key, rows in found.items():
            by_cell[self._cell(key % radix)] += len(rows)
        coders: list[EventCodes | Dictionary] = [self.events, *self.dictionaries]
        for index, codes in enumerate(coders):
            frequency: Counter[int] = Counter()
            for cell, count in by_cell.items():
                frequency[cell[index]] += count
            codes.often(frequency)

    def _look_ahead(self, days: set[int]) -> None:
        """Guess that the next stretch is as dense, and as far out of order, as this one."""
        if days and self._ladder is not None and self._ladder.count <= LOOKAHEAD_DAYS:
            length = min(3 * (max(days) - min(days)) + 4, LOOKAHEAD_DAYS)
            self._ladder = Ladder(date.fromordinal(min(days)), length)

    def _measured(self, low: int, high: int) -> Ladder:
        """The days that a stretch's rows really lie on."""
        space = self.job.space
        compared = space.axis.compared
        statement = (
            f"SELECT MIN({compared}), MAX({compared}) {space.from_sql}"
            f" WHERE {self._within(low, high)}{self._own_filter()}"
        )
        least, most = self.connection.execute(statement).fetchone()
        if least is None:
            return Ladder(date(2000, 1, 1), 1)
        first, last = self._day(least), self._day(most)
        count = (last - first).days + 1
        if first < FIRST_DAY or last >= LAST_DAY or count > MOST_LADDER_DAYS:
            raise Unfit("its times lie too far apart")
        return Ladder(first, count)

    def _day(self, value: Cell) -> date:
        axis = self.job.space.axis
        try:
            instant = axis.instant_compared(value)
            day = None if instant is None else axis.calendar.day_of(instant)
        except (ValueError, OverflowError, OSError):
            day = None
        if day is None:
            raise Unfit("some of its times cannot be read")
        return day

    def _within(self, low: int, high: int) -> str:
        rowid = self.job.space.rowid
        return f"{rowid} > {low} AND {rowid} <= {high}"

    def _own_filter(self) -> str:
        condition = self.job.space.condition
        return f" AND ({condition})" if condition else ""

    def statement(self, reading: Reading, ladder: Ladder, low: int, high: int) -> str:
        """SELECT the number of each row's day and cell, and the values read of it."""
        space = self.job.space
        if ladder.size * self._cells_in_a_day() >= 2**62:
            raise Unfit("makes too many cells with the others", space.kept[-1][0])
        key = f"({ladder.case(space.axis)}) * {self.events.size} + {self.events.case}"
        for dictionary in self.dictionaries:
            key = f"({key}) * {len(dictionary.values)} + {dictionary.case}"
        values = "".join(
            f", {slot_sql(slot, reading, self.events.choice)}" for slot in reading.slots
        )
        return (
            f"SELECT {key}{values} {space.from_sql} WHERE {self._within(low, high)}"
            f" AND {space.axis.compared} IS NOT NULL{self._own_filter()}"
            f"{self.events.condition(reading.events)}"
        )


def runs_of(days: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of each run of consecutive days."""
    runs: list[tuple[int, int]] = []
    for day in sorted(days):
        if runs and runs[-1][1] == day - 1:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs
