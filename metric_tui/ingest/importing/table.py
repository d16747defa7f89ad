"""The table that rows are written into, within one transaction of the store."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from metric_tui.base.errors import StoreError
from metric_tui.engines.dialects.sqlite import SqliteDialect
from metric_tui.ingest.importing.columns import Kind

_SAMPLED = 500
PATIENCE = 30.0
"""Seconds to wait for others who read or write the store."""

_AFFINITIES = (
    ("INTEGER", ("INT",)),
    ("TEXT", ("CHAR", "CLOB", "TEXT")),
    ("BLOB", ("BLOB",)),
    ("REAL", ("REAL", "FLOA", "DOUB")),
)
_DECLARED = {int: "INTEGER", float: "REAL", str: "TEXT", bytes: "BLOB"}
"""By type of Python's, what sqlite-utils declares."""

_quote = SqliteDialect().quote


@dataclass(slots=True)
class Table:
    """One table of an open store."""

    connection: sqlite3.Connection
    name: str
    types: dict[str, str]
    """The declared type of each column, by its name in lower case; none where the table is new."""

    names: dict[str, str]
    """Of columns as they are declared, by lower case."""

    computed: frozenset[str] = frozenset()
    """Columns, in lower case, that the table computes itself."""

    @property
    def is_new(self) -> bool:
        """Whether there is no such table yet."""
        return not self.names

    def affinity(self, column: str) -> str:
        """What a column makes of what it is given: INTEGER, TEXT, BLOB, REAL or NUMERIC.

        Section 3.1 of https://www.sqlite.org/datatype3.html. Empty where there is no such column.
        """
        if column.lower() not in self.types:
            return ""
        words = self.types[column.lower()].upper()
        for found, marks in _AFFINITIES:
            if any(mark in words for mark in marks):
                return found
        return "NUMERIC" if words else "BLOB"

    def holds_text(self, column: str) -> bool:
        """Whether a column makes text of whatever it is given."""
        return self.affinity(column) == "TEXT"

    def makes_numbers(self, column: str) -> bool:
        """Whether a column makes numbers of text that looks like one."""
        return self.affinity(column) in ("INTEGER", "REAL", "NUMERIC")

    def is_for_numbers(self, column: str) -> bool:
        """Whether a column is declared for numbers, and not only makes them as `DATETIME` does."""
        words = self.types.get(column.lower(), "").upper()
        return self.affinity(column) in ("INTEGER", "REAL") or any(
            mark in words for mark in ("NUM", "DEC", "BOOL")
        )

    def sample(self, column: str) -> list[Any]:
        """Some of a column's values; none where there is no such column."""
        if column.lower() not in self.names:
            return []
        own = _quote(self.names[column.lower()])
        statement = f"SELECT {own} FROM {_quote(self.name)} WHERE {own} IS NOT NULL"
        try:
            found = self.connection.execute(f"{statement} ORDER BY rowid DESC LIMIT {_SAMPLED}")
        except sqlite3.OperationalError:
            # a table without row numbers
            found = self.connection.execute(f"{statement} LIMIT {_SAMPLED}")
        return [row[0] for row in found]

    def make_room(self, columns: Iterable[tuple[str, Kind]]) -> list[str]:
        """Make the table, or the columns that it lacks; returns the names of these."""
        import sqlite_utils

        # sqlite-utils commits what it does unless a transaction is open already, as it is here
        table = sqlite_utils.Database(self.connection).table(self.name)
        fresh = [(name, kind) for name, kind in columns if name.lower() not in self.names]
        if self.is_new:
            table.create({name: kind.python for name, kind in fresh})
        else:
            for name, kind in fresh:
                table.add_column(name, kind.python)
        for name, kind in fresh:
            self.names[name.lower()] = name
            self.types[name.lower()] = _DECLARED[kind.python]
        return [name for name, _ in fresh]

    def be_unique(self, columns: Sequence[str]) -> None:
        """Have no two rows with the same values of some columns.

        Raises:
            sqlite3.IntegrityError: there are some.
        """
        self._index(columns, unique=True)

    def be_indexed(self, columns: Sequence[str]) -> None:
        """Find rows by some columns."""
        self._index(columns, unique=False)

    def _index(self, columns: Sequence[str], *, unique: bool) -> None:
        import sqlite_utils

        names = [self.names[column.lower()] for column in columns]
        table = sqlite_utils.Database(self.connection).table(self.name)
        known = [
            index.columns
            for index in table.indexes
            if not index.partial and (index.unique or not unique)
        ]
        if names not in known:
            table.create_index(names, unique=unique, find_unique_name=True)

    def inserting(self, columns: Sequence[str], key: Sequence[str]) -> str:
        """The statement that writes a row, unless one with its key is there."""
        names = ", ".join(_quote(self.names[column.lower()]) for column in columns)
        marks = ", ".join("?" for _ in columns)
        found = f"INSERT INTO {_quote(self.name)} ({names}) VALUES ({marks})"
        if key:
            own = ", ".join(_quote(self.names[column.lower()]) for column in key)
            found += f" ON CONFLICT ({own}) DO NOTHING"
        return found


@contextmanager
def opened_table(store: Path, name: str) -> Iterator[Table]:
    """A table of a store, which is made if it is missing; all that is done to it, or nothing.

    Raises:
        StoreError: the store is no SQLite file, or cannot be written.
    """
    is_fresh = not store.exists()
    is_done = False
    try:
        with closing(sqlite3.connect(store, isolation_level=None, timeout=PATIENCE)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield _looked_up(connection, name)
                connection.execute("COMMIT")
                is_done = True
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
    except sqlite3.IntegrityError:
        raise
    except sqlite3.Error as error:
        is_locked = "locked" in str(error) or "busy" in str(error)
        hint = "another program reads or writes it; nothing was written" if is_locked else None
        raise StoreError(f"`{store}` cannot be written ({error})", hint=hint) from error
    finally:
        if is_fresh and not is_done:
            # nothing was there before
            store.unlink(missing_ok=True)


def _looked_up(connection: sqlite3.Connection, name: str) -> Table:
    found = connection.execute(
        "SELECT name, type FROM sqlite_master WHERE name = ? COLLATE NOCASE"
        " AND type IN ('table', 'view')",
        (name,),
    ).fetchone()
    if found is None:
        return Table(connection, name, {}, {})
    if found[1] == "view":
        raise StoreError(f"`{name}` is a view, which holds no rows of its own")
    columns = connection.execute(f"PRAGMA table_xinfo({_quote(found[0])})").fetchall()
    return Table(
        connection,
        str(found[0]),
        {str(row[1]).lower(): str(row[2] or "") for row in columns},
        {str(row[1]).lower(): str(row[1]) for row in columns},
        frozenset(str(row[1]).lower() for row in columns if row[6]),
    )
