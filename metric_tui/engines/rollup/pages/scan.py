"""Reads rows of one space from pages: their days, cells and values, by event."""

import sqlite3
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.dialects.sqlite import SqliteDialect
from metric_tui.engines.rollup import kernels
from metric_tui.engines.rollup.codes import UNKNOWN, EventCodes
from metric_tui.engines.rollup.fold import Interner
from metric_tui.engines.rollup.pages.coding import Cell, Coder, Codes
from metric_tui.engines.rollup.pages.expressions import (
    NOTHING,
    OTHER,
    REAL,
    WHOLE,
    Computed,
    Entities,
    Expression,
    Laboratory,
    Results,
)
from metric_tui.engines.rollup.pages.file import PageFile, Unreadable
from metric_tui.engines.rollup.pages.records import (
    FIRST_BLOB,
    FLOAT,
    NULL,
    Records,
    Values,
    records,
)
from metric_tui.engines.rollup.pages.rows import EventRows, PageRows, Places, Rows
from metric_tui.engines.rollup.pages.times import Days, can_tell_days
from metric_tui.engines.rollup.scan import Scanner

MOST_DIMENSIONS = 10
"""With more, a cell's number would not fit into 64 bits."""


class PageScanner:
    """Reads one space's table."""

    def __init__(self, connection: sqlite3.Connection, scanner: Scanner) -> None:
        """Look at the table.

        Args:
            connection: the store, on which nothing else is going on while rows are read.
            scanner: reads the same by SQL, and knows the dimensions' values.

        Raises:
            Unreadable: the table, or an expression, is not one that can be read so.
            sqlite3.Error: the store cannot be read.
        """
        job = scanner.job
        space = job.space
        if not can_tell_days(space.axis) or len(space.kept) > MOST_DIMENSIONS:
            raise Unreadable("times of another kind, or many dimensions")
        self.kept = scanner.columns
        self._file = PageFile(Path(job.path), connection)
        columns = _columns(connection, space.table)
        self.coders = [Coder(is_real=_is_real(declared)) for _, declared in columns]
        self._root = self._file.root(space.table)
        self._numbered = _row_number(connection, space.table)
        self._laboratory = Laboratory(space.source, columns)
        quote = SqliteDialect().quote
        self.bare = {
            f"{quote(space.source)}.{quote(name)}": place for place, (name, _) in enumerate(columns)
        }
        self.days = Days(space.axis)
        self.time = self._place_of(space.axis.column)
        events = EventCodes(space.event, scanner.events.names, scanner.events.dialect)
        self.event = Computed(self._laboratory, events.case)
        truth = f"CASE WHEN {space.condition} THEN 1 ELSE 0 END"
        self.condition = Computed(self._laboratory, truth) if space.condition else None
        self.dimensions = [_Dimension(self._laboratory, scanner, i) for i in range(len(space.kept))]
        self.entities = self._entities(scanner.folder.interner)
        self.values = {
            sql: Computed(self._laboratory, sql)
            for own in self.kept
            for column in own
            for sql in column.read
            if sql not in self.bare and sql not in self.entities
        }
        self._wanted = sorted({self.time, *self._read()})
        if self._numbered in self._wanted:
            raise Unreadable("a column that is the row's number")

    def _entities(self, interner: Interner | None) -> "dict[str, Entities]":
        """Where entities are numbered by a dictionary: by the entity's SQL."""
        if interner is None:
            return {}
        wanted = {c.read[0] for own in self.kept for c in own if c.fold in ("collect", "members")}
        for sql in wanted & self.bare.keys():
            self.coders[self.bare[sql]].holds_entities = True
        return {sql: Entities(self._laboratory, sql, interner) for sql in wanted}

    def close(self) -> None:
        """Let go of the file; see `PageFile.close`."""
        self._laboratory.close()
        self._file.close()

    def _read(self) -> set[int]:
        """The columns that anything but the time reads."""
        expressions = [self.event.expression, *(d.expression for d in self.dimensions)]
        expressions += [computed.expression for computed in self.values.values()]
        expressions += [entities.expression for entities in self.entities.values()]
        if self.condition is not None:
            expressions.append(self.condition.expression)
        found = {place for expression in expressions for place in expression.places}
        for own in self.kept:
            read = {sql for column in own for sql in column.read}
            found.update(self.bare[sql] for sql in read & self.bare.keys())
        return found

    def _place_of(self, sql: str) -> int:
        place = self.bare.get(sql)
        if place is None:
            raise Unreadable("times that are computed")
        return place

    def rows(self, low: int, high: int) -> PageRows:
        """The rows whose numbers are after `low` and up to `high`.

        Raises:
            Unreadable: some of them cannot be read from pages.
            Unfit: a dimension does not fit.
            sqlite3.Error: the store is locked.
        """
        with self._file.still():
            leaves = self._file.leaves(self._root, low, high)
            pages = self._file.read(leaves)
        return _Chunk(self, records(pages, self._file.usable, self._wanted)).rows(low, high)

    def time_of(self, times: Values, row: int) -> Cell:
        """One row's time as SQLite would hand it out."""
        return self.coders[self.time].value(times, row)


class _Chunk:
    """The rows of some pages while they are looked at."""

    def __init__(self, scanner: PageScanner, found: Records) -> None:
        self._at = scanner
        self._found = found
        self._every: Rows = np.arange(len(found.numbers))
        self._codes: dict[int, Codes] = {}
        self._moments: Rows = np.zeros(0, dtype=np.int64)

    def rows(self, low: int, high: int) -> PageRows:
        found, at = self._found, self._at
        times = found.columns[at.time]
        present, told, moments = at.days.of(times)
        taken = present & (found.numbers > low) & (found.numbers <= high)
        days = np.zeros(len(present), dtype=np.int64)
        days[present] = told
        every = np.zeros(len(present), dtype=np.int64)
        every[present] = moments
        if at.condition is not None:
            taken &= self._computed(at.condition, None).wholes == 1
        if not taken.all():
            # what is computed of rows that are left out may not fit
            self._every = np.flatnonzero(taken)
            self._codes.clear()
        days, self._moments = days[self._every], every[self._every]
        codes = tuple(d.codes(*self._of(d.expression, None)) for d in at.dimensions)
        return PageRows(
            events=dict(self._events(days, codes)),
            days=days,
            codes=codes,
            times=times.of(self._every),
            moments=self._moments,
        )

    def _events(
        self, days: NDArray[np.int64], codes: tuple[NDArray[np.uint8], ...]
    ) -> Iterator[tuple[int, EventRows]]:
        events = self._computed(self._at.event, None).wholes.astype(np.uint8)
        for code, own in enumerate(self._at.kept):
            rows = np.flatnonzero(events == code) if own else np.zeros(0, dtype=np.int64)
            if rows.size:
                read = dict.fromkeys(sql for c in own for sql in c.read)
                values = {sql: self._value(sql, rows) for sql in read}
                is_logged = any(c.is_listed for c in own)
                yield (
                    code,
                    EventRows(
                        days[rows],
                        tuple(c[rows] for c in codes),
                        values,
                        self._places.of(rows) if is_logged else None,
                    ),
                )

    @cached_property
    def _places(self) -> Places:
        times = self._found.columns[self._at.time].of(self._every)
        since = self._at.days.milliseconds(times, self._moments)
        return Places(self._found.numbers[self._every], since)

    def _value(self, sql: str, rows: Rows) -> Results:
        entities = self._at.entities.get(sql)
        if entities is not None:
            return entities.results(*self._of(entities.expression, rows))
        place = self._at.bare.get(sql)
        if place is None:
            return self._computed(self._at.values[sql], rows)
        values, is_real = self._found.columns[place], self._at.coders[place].is_real
        return stored(values, self._every[rows], is_real=is_real)

    def _computed(self, computed: Computed, rows: Rows | None) -> Results:
        return computed.results(*self._of(computed.expression, rows))

    def _of(
        self, expression: Expression, rows: Rows | None
    ) -> tuple[Sequence[Codes], Sequence[Sequence[Cell]], int]:
        """The codes of what an expression reads, of some of the rows or all."""
        codes = [self._coded(place, rows) for place in expression.places]
        values = [self._at.coders[place].values for place in expression.places]
        return codes, values, len(self._every) if rows is None else len(rows)

    def _coded(self, place: int, rows: Rows | None) -> Codes:
        known = self._codes.get(place)
        if known is not None:
            return known if rows is None else known[rows]
        values, coder = self._found.columns[place], self._at.coders[place]
        if rows is not None:
            return coder.codes(values.of(self._every[rows]))
        if len(self._every) < len(values.kinds):
            values = values.of(self._every)
        known = self._codes[place] = coder.codes(values)
        return known


class _Dimension:
    """The codes of one dimension, in the numbering of the scanner's dictionary."""

    def __init__(self, laboratory: Laboratory, scanner: Scanner, index: int) -> None:
        self._scanner = scanner
        self._index = index
        self._values: list[tuple[Cell, str]] = []
        self._codes: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        sql = scanner.dictionaries[index].sql
        self.expression = Expression(laboratory, f"{sql}, typeof({sql})", self._take)

    def _take(self, rows: list[tuple[Any, ...]]) -> None:
        self._values += rows
        self._codes = np.concatenate([self._codes, np.full(len(rows), UNKNOWN)])

    def codes(
        self, codes: Sequence[Codes], values: Sequence[Sequence[Cell]], count: int
    ) -> NDArray[np.uint8]:
        numbers = self.expression.numbers(codes, values, count)
        found = self._codes[numbers]
        if (found == UNKNOWN).any():
            fresh = np.unique(numbers[found == UNKNOWN]).tolist()
            self._scanner.teach(self._index, {self._values[number] for number in fresh})
            code = self._scanner.dictionaries[self._index].code
            self._codes[fresh] = [code(self._values[number][0]) for number in fresh]
            found = self._codes[numbers]
        return found.astype(np.uint8)


def stored(values: Values, rows: Rows, *, is_real: bool) -> Results:
    """Values of some rows of a column as they are."""
    compiled = kernels.read_numbers(values.data, values.kinds, values.starts, rows, is_real=is_real)
    if compiled is not None:
        return Results(*compiled)
    return _stored(values.of(rows), is_real=is_real)


def _stored(values: Values, *, is_real: bool) -> Results:
    """Values of a column as they are."""
    stored = values.kinds
    kinds = np.full(len(stored), WHOLE, dtype=np.uint8)
    kinds[stored == NULL] = NOTHING
    kinds[stored == FLOAT] = REAL
    kinds[stored >= FIRST_BLOB] = OTHER
    wholes = np.zeros(len(stored), dtype=np.int64)
    reals = np.zeros(len(stored), dtype=np.float64)
    rows = np.flatnonzero(kinds == WHOLE)
    wholes[rows] = values.integers(rows)
    rows = np.flatnonzero(kinds == REAL)
    reals[rows] = values.floats(rows)
    if is_real:
        rows = np.flatnonzero(kinds == WHOLE)
        reals[rows] = wholes[rows]
        kinds[rows] = REAL
    return Results(kinds, wholes, reals)


def _columns(connection: sqlite3.Connection, table: str) -> list[tuple[str, str]]:
    """Names and declared types of a table's columns, in the order records hold them."""
    found = connection.execute("SELECT name, type, hidden FROM pragma_table_xinfo(?)", (table,))
    rows = found.fetchall()
    if any(hidden for _, _, hidden in rows):
        raise Unreadable("a computed column")
    return [(str(name), str(declared)) for name, declared, _ in rows]


def _row_number(connection: sqlite3.Connection, table: str) -> int | None:
    """The place of the column that is the row's number, and is null in the record."""
    found = connection.execute(
        "SELECT cid FROM pragma_table_info(?) WHERE pk > 0 AND upper(type) = 'INTEGER'", (table,)
    ).fetchone()
    return None if found is None else int(found[0])


def _is_real(declared: str) -> bool:
    """Whether a column of a declared type turns whole numbers into floating ones.

    Section 3.1 of https://www.sqlite.org/datatype3.html.
    """
    words = declared.upper()
    if any(word in words for word in ("INT", "CHAR", "CLOB", "TEXT", "BLOB")) or not words:
        return False
    return any(word in words for word in ("REAL", "FLOA", "DOUB"))
