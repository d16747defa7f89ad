"""Reads rows in stretches of row numbers and lets SQLite group each by day, event and cell."""

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import prod
from typing import Any

from metric_tui.base.series import Cell
from metric_tui.engines.dialects.sqlite import SqliteDialect
from metric_tui.engines.rollup.codes import UNKNOWN, Dictionary, Ladder, event_case
from metric_tui.engines.rollup.spaces import FIRST_DAY, LAST_DAY, Space, Unfit
from metric_tui.engines.rollup.tracks import ALL_ROWS, Column, Track

CHUNK_ROWS = 50_000
"""Rows grouped at once: few enough for SQLite's sorter to stay in the processor's cache."""

LOOKAHEAD_DAYS = 64
MOST_LADDER_DAYS = 8_000
SAMPLED_ROWS = 1_000
_ATTEMPTS = 6

CellKey = tuple[int, ...]
"""The event's code, then each dimension's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is read of one space."""

    path: str
    space: Space
    tracks: tuple[Track, ...]
    is_interned: bool
    """Whether entities are numbered by a dictionary; otherwise they are their own numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Events that need the same kind of columns, read by one statement."""

    events: tuple[int, ...]
    """Codes; 0 stands for all events that nobody names."""

    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class GroupedRow:
    """All rows of one stretch, day and cell."""

    reading: Reading
    day: int
    """As `date.toordinal` counts."""

    cell: CellKey
    columns: tuple[Any, ...]


@dataclass(slots=True)
class Scanner:
    """Reads one space on one connection."""

    connection: sqlite3.Connection
    job: Job
    names: tuple[str, ...] = ()
    """Event names by code - 1."""

    readings: tuple[Reading, ...] = ()
    dictionaries: list[Dictionary] = field(default_factory=list)
    _ladder: Ladder | None = None
    _cells: dict[int, CellKey] = field(default_factory=dict)

    def __post_init__(self) -> None:
        dialect = SqliteDialect()
        self.names = tuple(sorted({name for track in self.job.tracks for name in track.events}))
        self.readings = readings_of(self.job.tracks, self.names)
        self.dictionaries = [Dictionary(name, sql, dialect) for name, sql in self.job.space.kept]

    def event_name(self, code: int) -> str | None:
        """The event of a code, None for those that nobody names."""
        return self.names[code - 1] if code else None

    def rows(self, low: int, high: int) -> Iterator[GroupedRow]:
        """The grouped rows whose numbers are after `low` and up to `high`.

        Raises:
            Unfit: a dimension or the times do not fit.
            sqlite3.Error: the store refuses a statement.
        """
        days: list[int] = []
        for reading in self.readings:
            ladder, found = self._grouped(reading, low, high)
            self._ladder = ladder
            for code, cell, columns in found:
                days.append(ladder.day(code))
                yield GroupedRow(reading, days[-1], cell, columns)
        self._look_ahead(days)

    def sample(self, low: int, high: int) -> None:
        """Learn the dimensions' values from rows spread over a stretch, to ask less often later."""
        step = max(1, (high - low) // SAMPLED_ROWS)
        chosen = ", ".join(str(number) for number in range(low + 1, high + 1, step))
        self._learn(f"{self.job.space.rowid} IN ({chosen})")

    def _learn(self, where: str) -> None:
        space = self.job.space
        for dictionary in self.dictionaries:
            value = dictionary.sql
            statement = f"SELECT DISTINCT {value}, typeof({value}) {space.from_sql} WHERE {where}"
            dictionary.learn(self.connection.execute(statement + self._own_filter()).fetchall())
        self._cells.clear()

    def _grouped(
        self, reading: Reading, low: int, high: int
    ) -> tuple[Ladder, list[tuple[int, CellKey, tuple[Any, ...]]]]:
        ladder = self._ladder or self._measured(low, high)
        for _ in range(_ATTEMPTS):
            statement = self.statement(reading, ladder, low, high)
            found = self._decoded(self.connection.execute(statement).fetchall())
            if any(code in (0, ladder.size - 1) for code, _, _ in found):
                ladder = self._measured(low, high)
            elif any(UNKNOWN in cell[1:] for _, cell, _ in found):
                self._learn(self._within(low, high))
            else:
                self._count(found)
                return ladder, found
        raise Unfit("its times or dimensions cannot be told apart")

    def _decoded(
        self, fetched: Sequence[tuple[Any, ...]]
    ) -> list[tuple[int, CellKey, tuple[Any, ...]]]:
        radix = self._cells_in_a_day()
        found = []
        for key, *columns in fetched:
            code, rest = divmod(key, radix)
            cell = self._cells.get(rest)
            if cell is None:
                cell = self._cells[rest] = self._cell(rest)
            found.append((code, cell, tuple(columns)))
        return found

    def _cells_in_a_day(self) -> int:
        return (len(self.names) + 1) * prod(len(entry.values) for entry in self.dictionaries)

    def _cell(self, rest: int) -> CellKey:
        codes = []
        for dictionary in reversed(self.dictionaries):
            rest, code = divmod(rest, len(dictionary.values))
            codes.append(code)
        return (rest, *reversed(codes))

    def _count(self, found: Sequence[tuple[int, CellKey, tuple[Any, ...]]]) -> None:
        for index, dictionary in enumerate(self.dictionaries):
            dictionary.often(Counter(cell[index + 1] for _, cell, _ in found))

    def _look_ahead(self, days: Sequence[int]) -> None:
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
            instant = axis.instant(value)
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
        """SELECT the cell's number and the columns, one row a cell."""
        space = self.job.space
        if ladder.size * self._cells_in_a_day() >= 2**62:
            raise Unfit("makes too many cells with the others", space.kept[-1][0])
        key = ladder.case(space.axis)
        if space.event and self.names:
            event = event_case(space.event, self.names, SqliteDialect())
            key = f"({key}) * {len(self.names) + 1} + {event}"
        for dictionary in self.dictionaries:
            key = f"({key}) * {len(dictionary.values)} + {dictionary.case}"
        columns = "".join(f", {self._aggregate(column)}" for column in reading.columns)
        return (
            f"SELECT {key}{columns} {space.from_sql} WHERE {self._within(low, high)}"
            f" AND {space.axis.compared} IS NOT NULL{self._own_filter()}"
            f"{self._of_events(reading)} GROUP BY 1"
        )

    def _aggregate(self, column: Column) -> str:
        if column.merge != "collect":
            return column.sql
        if not self.job.is_interned:
            return f"group_concat({column.sql})"
        return f"json_group_array({column.sql}) FILTER (WHERE {column.sql} IS NOT NULL)"

    def _of_events(self, reading: Reading) -> str:
        if len(reading.events) == len(self.names) + 1 or not self.job.space.event:
            return ""
        names = [self.names[code - 1] for code in range(1, len(self.names) + 1)]
        others = [name for code, name in enumerate(names, 1) if code not in reading.events]
        event, literal = self.job.space.event, SqliteDialect().literal
        if 0 in reading.events:
            listed = ", ".join(literal(name) for name in others)
            return f" AND ({event} IS NULL OR {event} NOT IN ({listed}))"
        listed = ", ".join(literal(self.names[code - 1]) for code in reading.events)
        return f" AND {event} IN ({listed})"


def readings_of(tracks: Sequence[Track], names: Sequence[str]) -> tuple[Reading, ...]:
    """Which events are read together: those that only count rows and entities, and the others.

    Many rows are of events that are only counted; for those no filter and no value is evaluated.
    """
    by_kind: dict[bool, dict[int, tuple[Column, ...]]] = {False: {}, True: {}}
    for code, name in enumerate([None, *names]):
        columns = tuple(
            dict.fromkeys(c for track in tracks if track.reads(name) for c in track.columns)
        )
        if columns:
            by_kind[not all(_is_light(column) for column in columns)][code] = columns
    return tuple(
        Reading(tuple(found), tuple(dict.fromkeys(c for many in found.values() for c in many)))
        for found in by_kind.values()
        if found
    )


def _is_light(column: Column) -> bool:
    is_plain = column.merge == "collect" or column.sql.startswith("MIN(")
    return column.sql == ALL_ROWS or (is_plain and "CASE WHEN" not in column.sql)
