"""DuckDB files and Parquet, with the extra `[duckdb]`; the driver is imported when one is opened."""

import json
import threading
from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from metric_tui.base.errors import StoreError
from metric_tui.base.stopping import StoppableRows
from metric_tui.engines.aside import run_aside
from metric_tui.engines.common import ColumnInfo, Fetched
from metric_tui.engines.copies import SourceQueries, SourceQuery
from metric_tui.engines.dialects.base import Dialect
from metric_tui.engines.dialects.duckdb import DuckdbDialect
from metric_tui.engines.limits import Limits, Run

_ROWS_AT_A_TIME = 20_000
"""Rows turned into Python's values between two looks whether the statement must end."""

INSTALL_HINT = "install it with `pip install 'metric-tui[duckdb]'`"


class DuckdbEngine:
    """A `.duckdb` file, or a Parquet file or glob shown as the table `events`."""

    name: ClassVar[str] = "duckdb"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = str(path)
        self.dialect: Dialect = DuckdbDialect()
        self.limits = Limits()
        self._queries = SourceQueries()
        self._root: Any = None
        self._local = threading.local()
        self._cursors: list[Any] = []
        self._lock = threading.Lock()

    def fetch(self, statement: str) -> Fetched:
        cursor = self._cursor()
        placed = self._queries.replaced(statement, lambda query: self._copy(cursor, query))
        with self.limits.running() as run:
            return self._run(cursor, placed, run)

    def _run(self, cursor: Any, statement: str, run: Run) -> Fetched:
        import duckdb

        try:
            return run_aside(run, lambda: self._rows(cursor, statement, run), cursor.interrupt)
        except duckdb.InterruptException as error:
            raise run.stopped() from error
        except duckdb.Error as error:
            text = str(error).split("\n", 1)[0]
            raise StoreError(f"the store refused a query: {text}") from error

    def _rows(self, cursor: Any, statement: str, run: Run) -> Fetched:
        cursor.execute(statement)
        zoned = [entry[0] for entry in cursor.description or () if _is_zoned(entry[1])]
        if zoned:
            cursor.execute(self._without_zones(statement, zoned))
        described = cursor.description or ()
        rows = StoppableRows()
        while some := cursor.fetchmany(_ROWS_AT_A_TIME):
            rows.extend(_plain_rows(described, some))
            if run.is_over():
                raise run.stopped()
        return Fetched(columns=tuple(entry[0] for entry in described), rows=rows)

    def rows_of(self, statement: str, *, source: str, time_column: str) -> str:
        return self._queries.text_of(
            self.dialect, statement, source=source, time_column=time_column
        )

    def keep_copies(self) -> None:
        # temporary tables are made in a moment, and end with their cursor
        pass

    def _copy(self, cursor: Any, query: SourceQuery) -> str | None:
        """A temporary table of this thread with the rows of a SELECT."""
        fingerprint = self.fingerprint()
        if not fingerprint:
            return None
        name = f"temp.rows_of_{query.digest}"
        copies: dict[str, str] = self._local.copies
        if copies.get(name) != fingerprint:
            making = f"CREATE OR REPLACE TEMP TABLE {name} AS\n{query.statement}"
            with (
                self.limits.once(f"{name} {fingerprint}"),
                self.limits.running(f"the `sql` of `{query.source}`") as run,
            ):
                self._run(cursor, making, run)
            copies[name] = fingerprint
        return name

    def _without_zones(self, statement: str, columns: Sequence[str]) -> str:
        """The statement with some columns as UTC timestamps: reading zoned ones needs `pytz`."""
        names = [self.dialect.quote(column) for column in columns]
        plain = ", ".join(f"timezone('UTC', {name}) AS {name}" for name in names)
        return f"SELECT * REPLACE ({plain}) FROM ({statement})"

    def tables(self) -> tuple[str, ...]:
        found = self.fetch(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'main' ORDER BY table_name"
        )
        return tuple(str(row[0]) for row in found.rows)

    def columns(self, table: str) -> tuple[ColumnInfo, ...]:
        found = self.fetch(
            "SELECT column_name, data_type FROM information_schema.columns"
            f" WHERE table_name = {self.dialect.literal(table)} AND table_schema = 'main'"
            " ORDER BY ordinal_position"
        )
        return tuple(ColumnInfo(name=str(row[0]), type=str(row[1]).upper()) for row in found.rows)

    def fingerprint(self) -> str:
        with suppress(OSError):
            stats = [path.stat() for path in self._files()]
            return "|".join(f"{stat.st_ino}:{stat.st_size}:{stat.st_mtime_ns}" for stat in stats)
        return ""

    def interrupt(self) -> None:
        self.limits.interrupt()
        with self._lock:
            for cursor in self._cursors:
                cursor.interrupt()

    def close(self) -> None:
        with self._lock:
            for cursor in (*self._cursors, *([self._root] if self._root is not None else [])):
                cursor.close()
            self._cursors.clear()
            self._root = None
            self._local = threading.local()

    def _files(self) -> list[Path]:
        if any(mark in self.path.name for mark in "*?["):
            return sorted(self.path.parent.glob(self.path.name))
        return [self.path]

    def _cursor(self) -> Any:
        found = getattr(self._local, "cursor", None)
        if found is None:
            with self._lock:
                if self._root is None:
                    self._root = self._opened()
                found = self._local.cursor = self._root.cursor()
                self._local.copies = {}
                self._cursors.append(found)
        return found

    def _opened(self) -> Any:
        try:
            import duckdb
        except ImportError as error:
            raise StoreError(f"`{self.path}` needs DuckDB", hint=INSTALL_HINT) from error
        files = self._files()
        if not files or not all(path.exists() for path in files):
            raise StoreError(f"there is no store at `{self.path}`")
        try:
            return self._parquet(duckdb) if _is_parquet(self.path) else self._database(duckdb)
        except duckdb.Error as error:
            text = str(error).split("\n", 1)[0]
            raise StoreError(f"`{self.path}` cannot be opened: {text}") from error

    def _database(self, duckdb: Any) -> Any:
        connection = duckdb.connect(str(self.path), read_only=True)
        connection.execute("SET TimeZone = 'UTC'")
        # a query of the tree file reads this store and nothing else on the machine
        connection.execute("SET enable_external_access = false")
        return connection

    def _parquet(self, duckdb: Any) -> Any:
        connection = duckdb.connect(":memory:")
        connection.execute("SET TimeZone = 'UTC'")
        path = self.dialect.literal(str(self.path))
        connection.execute(f"CREATE VIEW events AS SELECT * FROM read_parquet({path})")
        return connection


def _is_parquet(path: Path) -> bool:
    return path.suffix in (".parquet", ".pq")


def _is_zoned(type_: object) -> bool:
    return str(type_) == "TIMESTAMP WITH TIME ZONE"


def _plain_rows(described: Sequence[Any], rows: Sequence[Any]) -> list[tuple[Any, ...]]:
    readers = [_json_value if str(entry[1]) == "JSON" else _plain for entry in described]
    return [tuple(read(value) for read, value in zip(readers, row, strict=True)) for row in rows]


def _plain(value: Any) -> Any:
    """A value as the other engines give it: numbers, text, booleans, dates."""
    return float(value) if isinstance(value, Decimal) else value


def _json_value(value: Any) -> Any:
    """A JSON value as SQLite gives it: true and false are 1 and 0, lists and objects are text."""
    if value is None:
        return None
    found = json.loads(value)
    if isinstance(found, bool):
        return int(found)
    return value if isinstance(found, (list, dict)) else found
