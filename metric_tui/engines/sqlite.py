"""SQLite stores through the standard library: read only, interruptible, one connection a thread."""

import sqlite3
import threading
from contextlib import suppress
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from metric_tui.base.errors import StoreError
from metric_tui.base.stopping import StoppableRows
from metric_tui.engines.common import ColumnInfo, Fetched
from metric_tui.engines.copies import SourceQueries
from metric_tui.engines.dialects.base import Dialect
from metric_tui.engines.dialects.sqlite import TIME_FUNCTION, SqliteDialect
from metric_tui.engines.held_files import read_at
from metric_tui.engines.instants import milliseconds_of
from metric_tui.engines.limits import Limits, Run
from metric_tui.engines.sqlite_attached import AttachedCopies
from metric_tui.engines.sqlite_copies import SqliteCopies

_BUSY_SECONDS = 5.0
_CACHE_KIB = 8_192

_CHANGE_COUNTER = 4, 24
"""Bytes, and their place in the file, that every commit counts up outside of WAL mode."""

_LOG_FRAMES = 4, 16
"""Bytes, and their place in a write-ahead log's index, that say how much of the log counts."""

_STEPS_BETWEEN_CHECKS = 50_000
"""Steps of SQLite's machine between two looks whether a statement must end: some milliseconds."""


_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN)


class _DamagedCopy(Exception):
    """A copy of a source's rows cannot be read."""


class SqliteEngine:
    """A SQLite file opened read only; see `engines.common.Engine`."""

    name: ClassVar[str] = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = str(path)
        self.dialect: Dialect = SqliteDialect()
        self.limits = Limits()
        self._queries = SourceQueries()
        self._copies = SqliteCopies(path, self.limits, self._opened_beside, self._explained)
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    def fetch(self, statement: str) -> Fetched:
        try:
            return self._fetched(statement)
        except _DamagedCopy:
            # it is gone by now, and made again from the store
            return self._fetched(statement)

    def _fetched(self, statement: str) -> Fetched:
        used: set[str] = set()
        with self.limits.running() as opening:
            try:
                connection = self._connection()
            except sqlite3.Error as error:
                raise self._explained(error, opening) from error
        copies: AttachedCopies = self._local.copies
        placed = self._queries.replaced(
            statement, lambda query: copies.name_of(query, self.fingerprint(), used)
        )
        with self.limits.running() as run:
            try:
                cursor = connection.execute(placed)
                rows = StoppableRows(cursor)
            except sqlite3.Error as error:
                if used and error.sqlite_errorcode in _DAMAGE:
                    copies.drop(used)
                    raise _DamagedCopy from error
                raise self._explained(error, run) from error
        return Fetched(columns=tuple(entry[0] for entry in cursor.description or ()), rows=rows)

    def rows_of(self, statement: str, *, source: str, time_column: str) -> str:
        return self._queries.text_of(
            self.dialect, statement, source=source, time_column=time_column
        )

    def keep_copies(self) -> None:
        self._copies.is_kept = True

    def tables(self) -> tuple[str, ...]:
        found = self.fetch(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
            " AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
        return tuple(str(row[0]) for row in found.rows)

    def columns(self, table: str) -> tuple[ColumnInfo, ...]:
        found = self.fetch(f"PRAGMA table_info({self.dialect.quote(table)})")
        return tuple(
            ColumnInfo(name=str(row[1]), type=str(row[2] or "").upper()) for row in found.rows
        )

    def fingerprint(self) -> str:
        parts = []
        # a write in WAL mode changes only the -wal file until it is checkpointed
        for path in (self.path, Path(f"{self.path}-wal")):
            with suppress(OSError):
                stat = path.stat()
                if path != self.path and not stat.st_size:
                    # whoever opens a store in WAL mode makes an empty one
                    continue
                # a program may set back the time of its write, but not that of its setting back
                times = f"{stat.st_mtime_ns}:{stat.st_ctime_ns}"
                parts.append(f"{stat.st_ino}:{stat.st_size}:{times}")
                # two writes may fall into one tick of the file system's clock
                parts.append(_count_of_writes(path).hex())
        return "|".join(parts)

    def interrupt(self) -> None:
        self.limits.interrupt()
        with self._lock:
            for connection in self._connections:
                with suppress(sqlite3.ProgrammingError):
                    connection.interrupt()

    def close(self) -> None:
        with self._lock:
            for connection in self._connections:
                with suppress(sqlite3.Error):
                    connection.close()
            self._connections.clear()
            self._local = threading.local()
        self._copies.close()

    def _connection(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = self._opened()
            with self._lock:
                self._connections.append(found)
        return found

    def _opened(self) -> sqlite3.Connection:
        connection = self._opened_beside()
        connection.execute("PRAGMA query_only = 1")
        self._local.copies = AttachedCopies(connection, self._copies)
        return connection

    def _opened_beside(self) -> sqlite3.Connection:
        """The store, which cannot be written to; other files that are attached can."""
        if not self.path.exists():
            raise StoreError(f"there is no store at `{self.path}`")
        if self.path.is_dir():
            raise StoreError(f"`{self.path}` is a directory, not a store")
        # check_same_thread off: interrupt and close come from other threads
        connection = sqlite3.connect(
            f"file:{quote(str(self.path.resolve()))}?mode=ro",
            uri=True,
            timeout=_BUSY_SECONDS,
            check_same_thread=False,
            isolation_level=None,
        )
        connection.create_function(TIME_FUNCTION, 2, milliseconds_of, deterministic=True)
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
        # asked on the thread that works, so that Ctrl+C comes through there too
        connection.set_progress_handler(self.limits.is_over, _STEPS_BETWEEN_CHECKS)
        return connection

    def _explained(self, error: sqlite3.Error, run: Run) -> BaseException:
        text = str(error)
        if "interrupted" in text:
            return run.stopped()
        if "not a database" in text:
            return StoreError(f"`{self.path}` is not a SQLite database ({text})")
        if "malformed" in text:
            return StoreError(f"`{self.path}` is damaged ({text})", hint="restore it from a copy")
        if "locked" in text or "busy" in text:
            return StoreError(
                f"`{self.path}` is locked by another program",
                hint="wait for its write to end, or copy the file",
            )
        if "unable to open" in text or "readonly" in text:
            return StoreError(
                f"`{self.path}` cannot be opened ({text})", hint="check the file's permissions"
            )
        return StoreError(f"the store refused a query: {text}")


def _count_of_writes(path: Path) -> bytes:
    """What every commit to a SQLite file, or to its write-ahead log, changes; empty if unknown."""
    with suppress(OSError):
        if path.name.endswith("-wal"):
            return read_at(path.with_name(f"{path.name[:-4]}-shm"), *_LOG_FRAMES)
        return read_at(path, *_CHANGE_COUNTER)
    return b""
