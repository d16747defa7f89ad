"""Reads rows of single days from the store, once for all measures of a source."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import numpy as np

from metric_tui.base.series import Cell, Group
from metric_tui.engines.common import Engine
from metric_tui.engines.dialects.base import Dialect
from metric_tui.engines.rollup.codes import EventCodes
from metric_tui.engines.rollup.cut_days.rows import DayRows, Packed, Times, Values
from metric_tui.engines.rollup.readings import Reading, columns_of, readings_of, slot_sql
from metric_tui.engines.rollup.scan import runs_of
from metric_tui.engines.rollup.spaces import Space
from metric_tui.engines.rollup.tracks import Column, Track

MOST_ROWS_HELD = 600_000
"""Rows in memory before the days asked for longest ago are dropped: they take up to 120 MB."""

Days = Mapping[int, tuple[DayRows, ...]]
"""By day number, its rows by reading."""


@dataclass(slots=True)
class RowReader:
    """Reads days of one space, and holds them."""

    dialect: Dialect
    space: Space
    tracks: tuple[Track, ...]
    """Those made of rows whose order does not matter."""

    events: EventCodes = field(init=False)
    columns: tuple[tuple[Column, ...], ...] = field(init=False)
    """What is kept of a row, by its event's code."""

    readings: tuple[Reading, ...] = field(init=False)
    _days: dict[int, tuple[DayRows, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named = {name for track in self.tracks for name in track.events}
        names = tuple(sorted(named)) if self.space.event else ()
        self.events = EventCodes(self.space.event, names, self.dialect)
        self.columns = columns_of(self.tracks, names)
        self.readings = readings_of(self.columns, reads_all=False)

    @property
    def key(self) -> str:
        """Tells what is read of a row, and by which days."""
        return repr((self.space.key, [self._statement(reading, "") for reading in self.readings]))

    def absent(self, days: Iterable[int]) -> list[int]:
        """The days that are not held, each once."""
        return [day for day in dict.fromkeys(days) if day not in self._days]

    def hold(self, days: Days) -> None:
        """Take up days that were read."""
        self._days |= days

    def hold_kept(self, days: Mapping[int, Sequence[Packed]]) -> None:
        """Take up days that were kept."""
        for day, parts in days.items():
            own = zip(self.readings, parts, strict=True)
            self._days[day] = tuple(DayRows.of_packed(*each) for each in own)

    def make_room(self, wanted: Iterable[int]) -> None:
        """Drop days where there are too many, none that are wanted now, which are all held."""
        needed = dict.fromkeys(wanted)
        for day in needed:
            # what was asked for last is dropped last
            self._days[day] = self._days.pop(day)
        while self._held() > MOST_ROWS_HELD and len(self._days) > len(needed):
            del self._days[next(iter(self._days))]

    def rows(self, day: int) -> tuple[DayRows, ...]:
        """The rows of a day that is held, by reading."""
        return self._days[day]

    def bound(self, instant: datetime) -> Cell:
        """A moment as the store would write it to be compared with."""
        literal = self.space.axis.bound(instant)
        return literal[1:-1] if literal.startswith("'") else int(literal)

    def read(self, engine: Engine, days: Iterable[int]) -> Days:
        """Read days from the store.

        Raises:
            StoreError: the store refuses a statement.
            Cancelled: somebody stopped it.
        """
        found: dict[int, tuple[DayRows, ...]] = {}
        for first, last in runs_of(list(days)):
            by_reading = [self._read(engine, reading, first, last) for reading in self.readings]
            found |= zip(range(first, last + 1), zip(*by_reading, strict=True), strict=True)
        return found

    def _held(self) -> int:
        return sum(len(rows) for parts in self._days.values() for rows in parts)

    def _read(self, engine: Engine, reading: Reading, first: int, last: int) -> list[DayRows]:
        axis = self.space.axis
        midnights = [
            axis.calendar.midnight(date.fromordinal(day)) for day in range(first, last + 2)
        ]
        low, high = axis.bound(midnights[0]), axis.bound(midnights[-1])
        within = f"{axis.compared} >= {low} AND {axis.compared} < {high}"
        rows = engine.fetch(self._statement(reading, within)).rows
        width = 2 + len(self.space.kept) + len(reading.slots)
        columns = list(zip(*rows, strict=True)) if rows else [()] * width
        edges = Times.of(columns[0]).before([self.bound(midnight) for midnight in midnights])
        return [self._day(reading, [column[a:b] for column in columns]) for a, b in pairwise(edges)]

    def _statement(self, reading: Reading, within: str) -> str:
        space = self.space
        own = f" AND ({space.condition})" if space.condition else ""
        read = [space.axis.compared, self.events.case, *(sql for _, sql in space.kept)]
        read += [slot_sql(slot, reading, self.events.choice) for slot in reading.slots]
        return (
            f"SELECT {', '.join(read)} {space.from_sql} WHERE {within}{own}"
            f"{self.events.condition(reading.events)} ORDER BY 1"
        )

    def _day(self, reading: Reading, columns: Sequence[Sequence[Any]]) -> DayRows:
        after = 2 + len(self.space.kept)
        groups: dict[Group, int] = {}
        dimensions = columns[2:after]
        of_rows = zip(*dimensions, strict=True) if dimensions else ((),) * len(columns[0])
        cells = [groups.setdefault(group, len(groups)) for group in of_rows]
        return DayRows(
            reading=reading,
            times=Times.of(columns[0]),
            events=np.array(columns[1], dtype=np.int32),
            cells=np.array(cells, dtype=np.int32),
            groups=list(groups),
            slots=[Values.of(column) for column in columns[after:]],
        )
