"""SQLite stores through the standard library: read only, interruptible, one connection a thread."""

import sqlite3
import threading
from contextlib import suppress
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from metric_tui.base.errors import Cancelled, StoreError
from metric_tui.engines.common import ColumnInfo, Fetched
from metric_tui.engines.dialects.base import Dialect
from metric_tui.engines.dialects.sqlite import SqliteDialect

_BUSY_SECONDS = 5.0
_CACHE_KIB = 8_192


class SqliteEngine:
    """A SQLite file opened read only; see `engines.common.Engine`."""

    name: ClassVar[str] = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = str(path)
        self.dialect: Dialect = SqliteDialect()
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    def fetch(self, statement: str) -> Fetched:
        try:
            cursor = self._connection().execute(statement)
            rows = cursor.fetchall()
        except sqlite3.Error as error:
            raise self._explained(error) from error
        return Fetched(columns=tuple(entry[0] for entry in cursor.description or ()), rows=rows)

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
                parts.append(f"{stat.st_ino}:{stat.st_size}:{stat.st_mtime_ns}")
        return "|".join(parts)

    def interrupt(self) -> None:
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

    def _connection(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = self._opened()
            with self._lock:
                self._connections.append(found)
        return found

    def _opened(self) -> sqlite3.Connection:
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
        connection.execute("PRAGMA query_only = 1")
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchall()
        return connection

    def _explained(self, error: sqlite3.Error) -> StoreError | Cancelled:
        text = str(error)
        if "interrupted" in text:
            return Cancelled("the query was stopped")
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
