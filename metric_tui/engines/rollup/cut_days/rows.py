"""Rows of single days, read from the store once for all measures of a source."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metric_tui.base.series import Cell, Group
from metric_tui.engines.rollup.codes import EventCodes
from metric_tui.engines.rollup.cut_days.keeping import KeptDays, Plain
from metric_tui.engines.rollup.pack import as_sqlite_sorts
from metric_tui.engines.rollup.readings import Reading, columns_of, readings_of, slot_sql
from metric_tui.engines.rollup.scan import runs_of
from metric_tui.engines.rollup.spaces import Lens, Space
from metric_tui.engines.rollup.tracks import Column, Track
from metric_tui.engines.rollup.where import CannotTell
from metric_tui.engines.store import Store

MOST_ROWS_HELD = 2_000_000
"""Rows in memory before the days read first are dropped."""

_MOST_REMEMBERED = 64
"""Arrays of a day's rows."""

Places = NDArray[np.int64]
Numbers = NDArray[Any]
"""Whole or floating."""


Members = Callable[[Sequence[Cell]], NDArray[np.uint32]]
"""The numbers of entities; raises `CannotTell` where one has none."""


@dataclass(slots=True, eq=False)
class Values:
    """One value of each row, as far as rows have any."""

    read: Sequence[Cell]
    _present: NDArray[np.bool_] | None = None
    _numbers: Numbers | None = None
    _entities: NDArray[np.uint32] | None = None

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which are not null."""
        if self._present is None:
            self._present = np.array([value is not None for value in self.read], dtype=bool)
        return self._present

    @property
    def numbers(self) -> Numbers:
        """The values as numbers, 0 for null.

        Raises:
            CannotTell: some are no numbers, or too large to be added up here.
        """
        if self._numbers is None:
            found = np.array([0 if value is None else value for value in self.read])
            if len(found) and found.dtype.kind not in "if":
                raise CannotTell
            self._numbers = found
        return self._numbers

    def entities(self, members: Members) -> NDArray[np.uint32]:
        """The values as entities, 0 for null.

        Raises:
            CannotTell: one has no number.
        """
        if self._entities is None:
            found = np.zeros(len(self.read), dtype=np.uint32)
            found[self.present] = members([value for value in self.read if value is not None])
            self._entities = found
        return self._entities


@dataclass(frozen=True, slots=True, eq=False)
class DayRows:
    """A day's rows of those events that are read together, by time."""

    reading: Reading
    times: Sequence[Cell]
    """As the store writes what bounds are compared with, ascending."""

    events: Places
    """Codes."""

    cells: Places
    """Places among `groups`."""

    groups: Sequence[Group]
    """The values of all dimensions of a space."""

    slots: Sequence[Values]
    """As in the reading."""

    _memo: dict[object, Any] = field(default_factory=dict)
    """What measures of one question share."""

    @property
    def plain(self) -> Plain:
        """The same as plain values."""
        wholes = (self.events.tolist(), self.cells.tolist())
        return (self.times, *wholes, self.groups, [values.read for values in self.slots])

    @classmethod
    def of_plain(cls, reading: Reading, plain: Plain) -> "DayRows":
        """From plain values."""
        times, events, cells, groups, slots = plain
        return cls(
            reading=reading,
            times=times,
            events=np.array(events, dtype=np.int64),
            cells=np.array(cells, dtype=np.int64),
            groups=groups,
            slots=[Values(read) for read in slots],
        )

    def parts(self, bounds: tuple[Cell, ...]) -> Places:
        """By row, how many of some ascending bounds it has reached."""

        def make() -> Places:
            places = [
                bisect_left(self.times, bound, key=as_sqlite_sorts)
                for bound in map(as_sqlite_sorts, bounds)
            ]
            sizes = np.diff(places, prepend=0, append=len(self.times))
            return np.repeat(np.arange(len(sizes)), sizes)

        found: Places = self._remembered(bounds, make)
        return found

    def of_event(self, code: int) -> Places:
        """The rows of an event."""
        found: Places = self._remembered(code, lambda: np.flatnonzero(self.events == code))
        return found

    def by_lens(self, lens: Lens) -> tuple[Sequence[Group], Places]:
        """The groups of a lens that rows are in, and by row the place of its own."""

        def make() -> tuple[Sequence[Group], Places]:
            groups: dict[Group, int] = {}
            names = [tuple([group[index] for index in lens]) for group in self.groups]
            places = [groups.setdefault(name, len(groups)) for name in names]
            return list(groups), np.array(places, dtype=np.int64)[self.cells]

        found: tuple[Sequence[Group], Places] = self._remembered(("lens", *lens), make)
        return found

    def _remembered(self, key: object, make: Callable[[], Any]) -> Any:
        if key not in self._memo:
            if len(self._memo) >= _MOST_REMEMBERED:
                self._memo.clear()
            self._memo[key] = make()
        return self._memo[key]


@dataclass(slots=True)
class RowReader:
    """Reads days of one space; they stay in memory while the store is as it was."""

    store: Store
    space: Space
    tracks: tuple[Track, ...]
    """Those made of rows whose order does not matter."""

    kept: Callable[[str], KeptDays]
    """Finds the days kept on disk by what is read of a row."""

    events: EventCodes = field(init=False)
    columns: tuple[tuple[Column, ...], ...] = field(init=False)
    """What is kept of a row, by its event's code."""

    readings: tuple[Reading, ...] = field(init=False)
    _days: dict[int, tuple[DayRows, ...]] = field(default_factory=dict)
    _kept: KeptDays = field(init=False)

    def __post_init__(self) -> None:
        named = {name for track in self.tracks for name in track.events}
        names = tuple(sorted(named)) if self.space.event else ()
        self.events = EventCodes(self.space.event, names, self.store.engine.dialect)
        self.columns = columns_of(self.tracks, names)
        self.readings = readings_of(self.columns, reads_all=False)
        statements = [self._statement(reading, "") for reading in self.readings]
        self._kept = self.kept(repr((self.space.key, statements)))

    def missing(self, days: Iterable[int]) -> list[int]:
        """The days that are neither in memory nor kept on disk; the latter are in memory then."""
        wanted = self._absent(days)
        if wanted:
            for day, plain in self._kept.find(wanted).items():
                parts = zip(self.readings, plain, strict=True)
                self._days[day] = tuple(DayRows.of_plain(*part) for part in parts)
        return self._absent(wanted)

    def _absent(self, days: Iterable[int]) -> list[int]:
        return [day for day in dict.fromkeys(days) if day not in self._days]

    def read(self, days: Iterable[int]) -> None:
        """Have some days in memory.

        Raises:
            CannotTell: the store has changed since.
            StoreError: the store refuses a statement.
            Cancelled: somebody stopped it.
        """
        found: dict[int, tuple[DayRows, ...]] = {}
        wanted = list(dict.fromkeys(days))
        for first, last in runs_of(self.missing(wanted)):
            by_reading = [self._read(reading, first, last) for reading in self.readings]
            found |= zip(range(first, last + 1), zip(*by_reading, strict=True), strict=True)
        if self.store.engine.fingerprint() != self._kept.fingerprint:
            raise CannotTell
        self._kept.keep({day: tuple(own.plain for own in parts) for day, parts in found.items()})
        self._days |= found
        for day in wanted:
            # what was asked for last is dropped last
            self._days[day] = self._days.pop(day)
        while self._held() > MOST_ROWS_HELD and len(self._days) > len(wanted):
            del self._days[next(iter(self._days))]

    def rows(self, day: int) -> tuple[DayRows, ...]:
        """The rows of a day that has been read."""
        return self._days[day]

    def bound(self, instant: datetime) -> Cell:
        """A moment as the store would write it to be compared with."""
        literal = self.space.axis.bound(instant)
        return literal[1:-1] if literal.startswith("'") else int(literal)

    def _held(self) -> int:
        return sum(len(rows.times) for parts in self._days.values() for rows in parts)

    def _read(self, reading: Reading, first: int, last: int) -> list[DayRows]:
        space = self.space
        calendar = space.axis.calendar
        bounds = [calendar.midnight(date.fromordinal(day)) for day in range(first, last + 2)]
        compared = space.axis.compared
        within = (
            f"{compared} >= {space.axis.bound(bounds[0])}"
            f" AND {compared} < {space.axis.bound(bounds[-1])}"
        )
        rows = self.store.engine.fetch(self._statement(reading, within)).rows
        width = 2 + len(space.kept) + len(reading.slots)
        columns = list(zip(*rows, strict=True)) if rows else [()] * width
        edges = [
            bisect_left(columns[0], as_sqlite_sorts(self.bound(bound)), key=as_sqlite_sorts)
            for bound in bounds
        ]
        return [
            self._day(reading, [column[low:high] for column in columns])
            for low, high in pairwise(edges)
        ]

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
        slots = columns[after:]
        return DayRows.of_plain(reading, (columns[0], columns[1], cells, list(groups), slots))
