"""What SQL expressions make of a row, computed by SQLite once for each distinct value they read."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup.fold import Interner
from metric_tui.engines.rollup.pages.coding import Cell, Codes
from metric_tui.engines.rollup.pages.file import Unreadable
from metric_tui.engines.rollup.pages.groups import distinct, mixed

MOST_COLUMNS = 3
"""Of more columns, combinations of values are not looked for."""

CODE_BITS = 21
"""Bits that hold the code of any column's value."""

NOTHING, WHOLE, REAL, OTHER = 0, 1, 2, 3
"""Kinds of results: null, whole number, floating number, text or blob."""

_NOBODY = _UNKNOWN = -1

_KINDS = {type(None): NOTHING, int: WHOLE, float: REAL}


@dataclass(frozen=True, slots=True)
class Results:
    """What an expression is for some rows."""

    kinds: NDArray[np.uint8]
    wholes: NDArray[np.int64]
    reals: NDArray[np.float64]

    def of(self, rows: "NDArray[np.int64] | NDArray[np.bool_]") -> "Results":
        """Those of some rows."""
        return Results(self.kinds[rows], self.wholes[rows], self.reals[rows])


class Laboratory:
    """A table of the same columns in memory, in which SQLite computes on single values."""

    def __init__(self, alias: str, columns: Sequence[tuple[str, str]]) -> None:
        """An empty table.

        Args:
            alias: the name by which expressions know the table, unquoted.
            columns: each one's name and declared type.
        """
        self.columns = [name for name, _ in columns]
        self._connection = sqlite3.connect(":memory:", isolation_level=None)
        self._alias = _quoted(alias)
        made = ", ".join(f"{_quoted(name)} {declared}" for name, declared in columns)
        self._connection.execute(f"CREATE TABLE {self._alias} ({made})")

    def close(self) -> None:
        self._connection.close()

    def reads(self, sql: str) -> tuple[int, ...]:
        """Places of the columns an expression reads.

        Raises:
            Unreadable: it reads something else.
        """
        found: set[str] = set()

        def seen(action: int, first: str | None, second: str | None, *_: Any) -> int:
            if action == sqlite3.SQLITE_READ:
                found.add(second or "")
            return sqlite3.SQLITE_OK

        self._connection.set_authorizer(seen)
        try:
            self._connection.execute(f"SELECT {sql} FROM {self._alias} LIMIT 0").fetchall()
        except sqlite3.Error as error:
            raise Unreadable("an expression of more than the row") from error
        finally:
            self._connection.set_authorizer(None)
        places = {name.lower(): place for place, name in enumerate(self.columns)}
        if not all(name.lower() in places for name in found):
            raise Unreadable("an expression of the row's number")
        return tuple(sorted(places[name.lower()] for name in found))

    def compute(
        self, sql: str, places: Sequence[int], rows: Sequence[Sequence[Cell]]
    ) -> list[tuple[Any, ...]]:
        """What expressions are for each of some rows.

        Args:
            sql: one or more, with commas between.
            places: the columns that `rows` hold.
            rows: values of these columns.

        Raises:
            sqlite3.Error: SQLite cannot compute it, as for text that is no JSON.
        """
        names = ", ".join(_quoted(self.columns[place]) for place in places)
        marks = ", ".join("?" * len(places))
        given = f"({names}) VALUES ({marks})" if places else "DEFAULT VALUES"
        self._connection.execute("BEGIN")
        try:
            self._connection.executemany(f"INSERT INTO {self._alias} {given}", rows)
            return self._connection.execute(
                f"SELECT {sql} FROM {self._alias} ORDER BY rowid"
            ).fetchall()
        finally:
            self._connection.execute("ROLLBACK")


class Expression:
    """One or more expressions of the same columns, computed for every combination of values."""

    def __init__(
        self, laboratory: Laboratory, sql: str, take: Callable[[list[tuple[Any, ...]]], None]
    ) -> None:
        """Nothing computed so far.

        Args:
            laboratory: computes.
            sql: the expressions, with commas between.
            take: told the results of new combinations, in the order they are numbered.

        Raises:
            Unreadable: they read more than columns, or too many of them.
        """
        self.places = laboratory.reads(sql)
        if len(self.places) > MOST_COLUMNS:
            raise Unreadable("an expression of many columns")
        self._laboratory = laboratory
        self._sql = sql
        self._take = take
        self._count = 0
        self._of_code: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._keys: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._of_key: NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    def numbers(
        self, codes: Sequence[Codes], values: Sequence[Sequence[Cell]], count: int
    ) -> NDArray[np.int64]:
        """The number of each row's result.

        Args:
            codes: of each column read, by row.
            values: of each column read, by code.
            count: of rows.

        Raises:
            Unreadable: SQLite stumbles over a value.
        """
        if not self.places:
            if not self._count:
                self._compute([()])
            return np.zeros(count, dtype=np.int64)
        if len(self.places) == 1:
            return self._of_one(codes[0], values[0])
        return self._of_several(codes, values)

    def _of_one(self, codes: Codes, values: Sequence[Cell]) -> NDArray[np.int64]:
        if len(self._of_code) < len(values):
            unknown = np.full(len(values) - len(self._of_code), _UNKNOWN)
            self._of_code = np.concatenate([self._of_code, unknown])
        found = self._of_code[codes]
        if (found == _UNKNOWN).any():
            # values that other events' rows hold may be many, and SQLite may stumble over them
            fresh = np.unique(codes[found == _UNKNOWN])
            begun = self._count
            self._compute([(values[code],) for code in fresh.tolist()])
            self._of_code[fresh] = np.arange(begun, self._count)
            found = self._of_code[codes]
        return found

    def _of_several(
        self, codes: Sequence[Codes], values: Sequence[Sequence[Cell]]
    ) -> NDArray[np.int64]:
        # rows mostly hold few combinations, which a table finds sooner than sorting
        sizes = [len(own) for own in values]
        present, places = distinct(mixed(codes, sizes, len(codes[0])), prod(sizes))
        found = np.zeros(len(present), dtype=np.int64)
        for position, size in enumerate(reversed(sizes)):
            present, code = np.divmod(present, size)
            found |= code << CODE_BITS * position
        fresh = found[~self._are_known(found)]
        if fresh.size:
            shifts = range(CODE_BITS * (len(codes) - 1), -1, -CODE_BITS)
            parts = [(fresh >> shift & (1 << CODE_BITS) - 1).tolist() for shift in shifts]
            named = [[own[code] for code in part] for own, part in zip(values, parts, strict=True)]
            begun = self._count
            self._compute(list(zip(*named, strict=True)))
            joined = np.concatenate([self._keys, fresh])
            order = np.argsort(joined, kind="stable")
            self._keys = joined[order]
            self._of_key = np.concatenate([self._of_key, np.arange(begun, self._count)])[order]
        return self._of_key[np.searchsorted(self._keys, found)][places]

    def _are_known(self, keys: NDArray[np.int64]) -> NDArray[np.bool_]:
        if not len(self._keys):
            return np.zeros(len(keys), dtype=bool)
        places = np.searchsorted(self._keys, keys).clip(max=len(self._keys) - 1)
        known: NDArray[np.bool_] = self._keys[places] == keys
        return known

    def _compute(self, rows: Sequence[Sequence[Cell]]) -> None:
        if rows:
            try:
                found = self._laboratory.compute(self._sql, self.places, rows)
            except sqlite3.Error as error:
                raise Unreadable("a value that an expression stumbles over") from error
            self._count += len(found)
            self._take(found)


class Computed:
    """The results of one expression, as arrays."""

    def __init__(self, laboratory: Laboratory, sql: str) -> None:
        """Nothing computed so far; raises as `Expression` does."""
        self.expression = Expression(laboratory, sql, self._add)
        self._results = results_of([])

    def _add(self, rows: list[tuple[Any, ...]]) -> None:
        self._results = together([self._results, results_of([row[0] for row in rows])])

    def results(
        self, codes: Sequence[Codes], values: Sequence[Sequence[Cell]], count: int
    ) -> Results:
        """By row; arguments and errors as those of `Expression.numbers`."""
        numbers = self.expression.numbers(codes, values, count)
        return self._results.of(numbers)


class Entities:
    """The entities that an expression names, by their numbers in a dictionary."""

    def __init__(self, laboratory: Laboratory, sql: str, interner: Interner) -> None:
        """Nothing numbered so far; raises as `Expression` does."""
        self.expression = Expression(laboratory, sql, self._add)
        self._interner = interner
        self._numbers: NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    def _add(self, rows: list[tuple[Any, ...]]) -> None:
        found = iter(self._interner.numbers(row[0] for row in rows if row[0] is not None))
        more = [_NOBODY if row[0] is None else next(found) for row in rows]
        self._numbers = np.concatenate([self._numbers, np.array(more, dtype=np.int64)])

    def results(
        self, codes: Sequence[Codes], values: Sequence[Sequence[Cell]], count: int
    ) -> Results:
        """By row; arguments and errors as those of `Expression.numbers`."""
        places = self.expression.numbers(codes, values, count)
        numbers = self._numbers[places]
        kinds = np.where(numbers == _NOBODY, NOTHING, WHOLE).astype(np.uint8)
        return Results(kinds, numbers, np.zeros(len(numbers)))


def results_of(values: Sequence[Any]) -> Results:
    """Values of SQLite's as arrays."""
    kinds = np.array([_KINDS.get(type(value), OTHER) for value in values], dtype=np.uint8)
    wholes = np.array([v if type(v) is int else 0 for v in values], dtype=np.int64)
    reals = np.array([v if type(v) is float else 0.0 for v in values], dtype=np.float64)
    return Results(kinds, wholes, reals)


def together(several: Sequence[Results]) -> Results:
    """Those of some rows, then those of others."""
    return Results(
        np.concatenate([results.kinds for results in several]),
        np.concatenate([results.wholes for results in several]),
        np.concatenate([results.reals for results in several]),
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
