"""Copies of `sql:` sources of a SQLite store: one file a SELECT and state of the store.

A file holds one table, with an index on its time. It is written beside its name and renamed when
it is whole, and never changed after that, so every connection of every process may read it. The
store itself is only read.
"""

import hashlib
import os
import re
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from metric_tui.base.places import cache_directory
from metric_tui.base.private import is_private, make_private_database, make_private_folder
from metric_tui.engines.copies import SourceQuery
from metric_tui.engines.limits import Limits, Run

_SCHEMA = "copy"
_PAGE_BYTES = 4_096
_WAIT_SECONDS = 0.05
_ABANDONED_SECONDS = 7 * 86_400
_COMPOUND = re.compile(r"\b(UNION|EXCEPT|INTERSECT)\b", re.IGNORECASE)
_COLLATE = re.compile(r"\bCOLLATE\b", re.IGNORECASE)

_FITTING: dict[str, tuple[str, ...]] = {
    "TEXT": ("text", "blob", "null"),
    "INT": ("integer", "blob", "null"),
    "REAL": ("real", "blob", "null"),
    "NUM": ("integer", "real", "blob", "null"),
}
"""By what SQLite calls a column's affinity, the kinds of values it leaves as they are."""


class SqliteCopies:
    """The copies of one store.

    Args:
        store: path of the store.
        limits: of the engine, which a copy is a statement of.
        opened: opens the store, such that it cannot be written to, and other files can.
        explained: what to raise for an error of SQLite's.
    """

    def __init__(
        self,
        store: Path,
        limits: Limits,
        opened: Callable[[], sqlite3.Connection],
        explained: Callable[[sqlite3.Error, Run], BaseException],
    ) -> None:
        self.is_kept = False
        """Whether copies stay for the next process."""
        self._store = store
        self._limits = limits
        self._opened = opened
        self._explained = explained
        self._own: tempfile.TemporaryDirectory[str] | None = None
        self._lock = threading.Lock()
        self._locks: dict[str, threading.Lock] = {}
        self._refused: set[str] = set()

    def path_of(self, query: SourceQuery, fingerprint: str) -> Path | None:
        """The file with the rows of a SELECT, which is made where there is none.

        Args:
            query: the SELECT.
            fingerprint: the state of the store.

        Returns:
            None where the SELECT cannot be copied: it then has to be asked itself.

        Raises:
            StoreError, Cancelled, TimeLimitMet: its rows cannot be read.
        """
        path = self._directory() / self._name(query, fingerprint)
        with self._turn(path.name):
            if path.name in self._refused:
                return None
            if is_private(path):
                return path
            with self._limits.once(path.name):
                is_made = self._make(query, path)
            if not is_made:
                self._refused.add(path.name)
            return path if is_made else None

    def close(self) -> None:
        """Remove the copies that are not kept."""
        with self._lock:
            if self._own is not None:
                self._own.cleanup()
            self._own = None

    def _directory(self) -> Path:
        if self.is_kept:
            # beside the rollups, whose limit of size and age is theirs too
            path = cache_directory() / "rollups"
            with suppress(OSError):
                make_private_folder(path)
                return path
        with self._lock:
            if self._own is None:
                self._own = tempfile.TemporaryDirectory(prefix="metric-tui-")
            return Path(self._own.name)

    def _name(self, query: SourceQuery, fingerprint: str) -> str:
        state = hashlib.sha256(fingerprint.encode()).hexdigest()[:16]
        return f"{self._prefix(query)}{state}.db"

    def _prefix(self, query: SourceQuery) -> str:
        store = hashlib.sha256(str(self._store.resolve()).encode()).hexdigest()[:24]
        return f"{store}-source-{query.digest}-"

    @contextmanager
    def _turn(self, name: str) -> Iterator[None]:
        """Wait for a thread that makes the same copy."""
        with self._lock:
            lock = self._locks.setdefault(name, threading.Lock())
        with self._limits.running() as run:
            while not lock.acquire(timeout=_WAIT_SECONDS):
                if run.is_over():
                    raise run.stopped()
        try:
            yield
        finally:
            lock.release()

    def _make(self, query: SourceQuery, path: Path) -> bool:
        """Read the rows; False where the SELECT has to be asked itself."""
        part = path.with_name(f"{path.stem}-{os.getpid()}-{threading.get_ident()}.part")
        try:
            make_private_database(part)
            if not self._is_filled(query, part):
                return False
            part.replace(path)
        except OSError:
            # there is no room for it, or no leave to write
            return False
        finally:
            part.unlink(missing_ok=True)
        self._remove_older(query, path)
        return True

    def _is_filled(self, query: SourceQuery, part: Path) -> bool:
        with self._limits.running(f"the `sql` of `{query.source}`") as run:
            try:
                with closing(self._opened()) as connection:
                    return self._filled(connection, query, part)
            except sqlite3.Error as error:
                if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                    return False
                raise self._explained(error, run) from error

    def _filled(self, connection: sqlite3.Connection, query: SourceQuery, part: Path) -> bool:
        if _compares_by_rules(connection, query.statement):
            return False
        address = f"file:{quote(str(part.resolve()))}?mode=rw"
        connection.execute(f"ATTACH ? AS {_SCHEMA}", (address,))
        most_pages = max(_most_bytes() // _PAGE_BYTES, 1)
        for setting in (
            "journal_mode = OFF",
            "synchronous = OFF",
            f"max_page_count = {most_pages}",
        ):
            connection.execute(f"PRAGMA {_SCHEMA}.{setting}")
        _fill(connection, query)
        return True

    def _remove_older(self, query: SourceQuery, path: Path) -> None:
        from metric_tui.engines.rollup.files import evict

        with suppress(OSError):
            made = path.stat().st_mtime
            for older in path.parent.glob(f"{self._prefix(query)}*.db"):
                if older != path:
                    older.unlink(missing_ok=True)
            for part in path.parent.glob("*-source-*.part"):
                # of a process that was killed: none that lives takes so long
                if made - part.stat().st_mtime > _ABANDONED_SECONDS:
                    part.unlink(missing_ok=True)
            if self.is_kept:
                evict(path.parent, keep=path)


def table_in(query: SourceQuery) -> str:
    """The copy's table: a name that no store has, for a SELECT finds names in copies too."""
    return f"rows_of_{query.digest}"


def _most_bytes() -> int:
    from metric_tui.engines.rollup.files import most_bytes

    return most_bytes()


def _compares_by_rules(connection: sqlite3.Connection, statement: str) -> bool:
    """Whether a column may compare text by a rule of its own, which a copy would not know."""
    schema = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return any(_COLLATE.search(text) for text in (statement, *(str(row[0]) for row in schema)))


def _fill(connection: sqlite3.Connection, query: SourceQuery) -> None:
    table = f'{_SCHEMA}."{table_in(query)}"'
    views = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'view'").fetchall()
    if any(_COMPOUND.search(text) for text in (query.statement, *(str(row[0]) for row in views))):
        _fill_from_compound(connection, query.statement, table)
    else:
        connection.execute(f"CREATE TABLE {table} AS\n{query.statement}")
    column = '"' + query.time_column.replace('"', '""') + '"'
    names = {str(row[1]).lower() for row in _columns(connection, table_in(query))}
    if query.time_column.lower() in names:
        connection.execute(f'CREATE INDEX {_SCHEMA}.by_time ON "{table_in(query)}" ({column})')


def _fill_from_compound(connection: sqlite3.Connection, statement: str, table: str) -> None:
    """Make the table of a SELECT whose columns may hold values that fit none of its types.

    SQLite takes the type of a column from one of the joined SELECTs, and a table with that type
    would turn the values of the others into it: '007' of one into the 7 of another.
    """
    connection.execute(f"CREATE TABLE {_SCHEMA}.typed AS SELECT * FROM (\n{statement}\n) LIMIT 0")
    columns = [(_quoted(str(row[1])), str(row[2])) for row in _columns(connection, "typed")]
    connection.execute(f"DROP TABLE {_SCHEMA}.typed")
    names = ", ".join(name for name, _ in columns)
    connection.execute(f"CREATE TABLE {_SCHEMA}.plain ({names})")
    connection.execute(f"INSERT INTO {_SCHEMA}.plain\n{statement}")
    fits = ", ".join(_fits(name, type_) for name, type_ in columns)
    fitting = connection.execute(f"SELECT {fits} FROM {_SCHEMA}.plain").fetchone()
    typed = ", ".join(
        f"{name} {type_ if is_fitting else ''}"
        for (name, type_), is_fitting in zip(columns, fitting, strict=True)
    )
    connection.execute(f"CREATE TABLE {table} ({typed})")
    connection.execute(f"INSERT INTO {table} SELECT * FROM {_SCHEMA}.plain")
    connection.execute(f"DROP TABLE {_SCHEMA}.plain")


def _fits(name: str, type_: str) -> str:
    kinds = _FITTING.get(type_)
    if kinds is None:
        return "0"
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return f"COALESCE(MIN(typeof({name}) IN ({listed})), 1)"


def _columns(connection: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    return connection.execute(f'PRAGMA {_SCHEMA}.table_info("{table}")').fetchall()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
