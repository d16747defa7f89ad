"""The cache file of one store: a SQLite file of partials, written in one transaction a refresh.

Readers see the file as the last whole refresh left it; a refresh that dies leaves nothing behind.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from metric_tui.base.private import is_private_database, make_private_database
from metric_tui.engines.rollup.cache_tables import make_tables
from metric_tui.engines.rollup.kept import KeptSpace, KeptTable, KeptTrack, TableContent
from metric_tui.engines.rollup.pack import from_bytes, to_bytes
from metric_tui.engines.rollup.spaces import Space
from metric_tui.engines.rollup.tracks import Track

LAYOUT = "4"
"""Files of another layout are made anew."""

LENSES = 256
DAYS = 2**20
MOST_MARKS = 500
"""Every SQLite takes so many parameters in one statement."""

MAPPED_BYTES = 1 << 30
_WAIT_SECONDS = 30.0


class Cache:
    """A cache file on one connection; not to be shared between threads at the same moment."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.connection = connection

    @classmethod
    def for_writing(cls, path: Path) -> "Cache":
        """Open or make the file.

        Raises:
            sqlite3.Error: it is damaged or cannot be written.
            OSError: it cannot be made, or is in a folder of somebody else.
        """
        make_private_database(path)
        connection = _connected(str(path), uri=False)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA cache_size = -32768")
            # a commit is over sooner; `copy_log` copies the log into the file
            connection.execute("PRAGMA wal_autocheckpoint = 0")
        except sqlite3.Error:
            connection.close()
            raise
        return cls(path, connection)

    @classmethod
    def for_reading(cls, path: Path, *, mapped: bool = False) -> "Cache | None":
        """Open the file; None where there is none that can be read.

        Args:
            path: of the file.
            mapped: look at its pages where the system holds them instead of copying them; they
                count as the process's memory while the system has room for them.
        """
        if not is_private_database(path):
            return None
        connection = _connected(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            connection.execute("PRAGMA query_only = 1")
            if mapped:
                connection.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")
            found = cls(path, connection)
            if found.meta("layout") == LAYOUT:
                return found
        except sqlite3.Error:
            pass
        connection.close()
        return None

    def copy_log(self) -> None:
        """Copy into the file what its write-ahead log holds, as far as nobody reads an earlier state.

        The next writer begins the log anew then; where others have the file open, closing does not.
        """
        with suppress(sqlite3.OperationalError):
            self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        self.connection.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction that excludes every other writer; rolled back on any exception."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            self._prepare()
            yield
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One snapshot of the file."""
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.execute("COMMIT")

    def _prepare(self) -> None:
        try:
            if self.meta("layout") == LAYOUT:
                return
        except sqlite3.OperationalError:
            pass
        names = self.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (name,) in names.fetchall():
            self.connection.execute(f'DROP TABLE "{name}"')
        make_tables(self.connection)
        self.set_meta("layout", LAYOUT)

    def meta(self, name: str) -> str | None:
        """A fact about the whole file."""
        row = self.connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, name: str, value: str) -> None:
        self.connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    def table(self, name: str) -> KeptTable | None:
        """What was read of a table."""
        row = self.connection.execute(
            "SELECT schema, high, rows, content, as_of FROM tables WHERE name = ?", (name,)
        ).fetchone()
        if row is None:
            return None
        schema, high, rows, content, as_of = row
        return KeptTable(
            schema=schema,
            high=high,
            rows=rows,
            content=TableContent(**json.loads(content)),
            as_of=as_of,
        )

    def set_table(self, name: str, kept: KeptTable) -> None:
        self.connection.execute(
            "INSERT OR REPLACE INTO tables VALUES (?, ?, ?, ?, ?, ?)",
            (
                name,
                kept.schema,
                kept.high,
                kept.rows,
                json.dumps(asdict(kept.content)),
                kept.as_of,
            ),
        )

    def add_change(self, generation: int, table: str, column: str, low: float) -> None:
        """Note that a table has changed from some moment on, by one of its time columns."""
        self.connection.execute(
            "INSERT INTO changes VALUES (?, ?, ?, ?)", (generation, table, column, low)
        )

    def changes(self, table: str) -> list[tuple[int, str, float]]:
        """A table's changes: the generation, the time column, and from when on, in UTC seconds."""
        rows = self.connection.execute(
            "SELECT generation, time_column, low FROM changes WHERE table_name = ?", (table,)
        )
        return [(int(row[0]), str(row[1]), float(row[2])) for row in rows]

    def forget_table(self, name: str) -> None:
        """Drop everything that was read of a table."""
        rows = self.connection.execute(
            "SELECT base_key FROM spaces WHERE table_name = ?", (name,)
        ).fetchall()
        for (key,) in rows:
            self.forget_space(str(key))
        self.connection.execute("DELETE FROM tables WHERE name = ?", (name,))

    def forget_space(self, base_key: str) -> None:
        """Drop a space's partials and what was found out about it."""
        numbers = self.connection.execute(
            "SELECT id FROM tracks WHERE space = ? OR space LIKE ?", (base_key, f"{base_key}-%")
        ).fetchall()
        self.forget_tracks(int(row[0]) for row in numbers)
        self.connection.execute("DELETE FROM entities WHERE space = ?", (base_key,))
        self.connection.execute("DELETE FROM spaces WHERE base_key = ?", (base_key,))

    def forget_tracks(self, numbers: Iterable[int]) -> None:
        """Drop some tracks' partials."""
        for number in numbers:
            low, high = row_id(number, 0, 0), row_id(number + 1, 0, 0)
            for table in ("blocks", "sets", "firsts"):
                self.connection.execute(
                    f"DELETE FROM {table} WHERE id >= ? AND id < ?", (low, high)
                )
            self.connection.execute("DELETE FROM tracks WHERE id = ?", (number,))

    def space(self, space: Space) -> KeptSpace | None:
        """What was found out about a space, by what it is before anything is left out."""
        row = self.connection.execute(
            "SELECT excluded, interned, reason FROM spaces WHERE base_key = ?", (space.base_key,)
        ).fetchone()
        if row is None:
            return None
        excluded, interned, reason = row
        return KeptSpace(
            excluded=tuple(json.loads(excluded)), is_interned=bool(interned), reason=reason
        )

    def set_space(self, space: Space, kept: KeptSpace) -> None:
        self.connection.execute(
            "INSERT OR REPLACE INTO spaces VALUES (?, ?, ?, ?, ?, ?)",
            (
                space.base_key,
                space.source,
                space.table,
                json.dumps(kept.excluded),
                int(kept.is_interned),
                kept.reason,
            ),
        )

    def track(self, space: Space, track: Track) -> KeptTrack | None:
        """A track that has been built."""
        row = self.connection.execute(
            "SELECT id, high, stray FROM tracks WHERE key = ?", (track.key(space.key),)
        ).fetchone()
        return None if row is None else KeptTrack(number=row[0], high=row[1], is_stray=bool(row[2]))

    def add_track(self, space: Space, track: Track) -> int:
        """Make room for a new track and return its number."""
        cursor = self.connection.execute(
            "INSERT INTO tracks (space, key, high, stray) VALUES (?, ?, 0, 0)",
            (space.key, track.key(space.key)),
        )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def set_track(self, number: int, *, high: int, is_stray: bool) -> None:
        self.connection.execute(
            "UPDATE tracks SET high = ?, stray = max(stray, ?) WHERE id = ?",
            (high, int(is_stray), number),
        )

    def row(self, table: str, identifier: int) -> dict[Any, Any] | None:
        """One row of partials.

        Raises:
            Damaged: it is not what was written.
        """
        found = self.connection.execute(
            f"SELECT data, checksum FROM {table} WHERE id = ?", (identifier,)
        ).fetchone()
        return None if found is None else from_bytes(*found)

    def rows_between(self, table: str, low: int, high: int) -> Iterator[tuple[int, dict[Any, Any]]]:
        """Rows of partials by identifier, `high` included."""
        cursor = self.connection.execute(
            f"SELECT id, data, checksum FROM {table} WHERE id >= ? AND id <= ?", (low, high)
        )
        for identifier, data, checksum in cursor:
            yield identifier, from_bytes(data, checksum)

    def rows_at(
        self, table: str, identifiers: Sequence[int]
    ) -> Iterator[tuple[int, dict[Any, Any]]]:
        """Rows of partials by identifier, without those that are not there."""
        for start in range(0, len(identifiers), MOST_MARKS):
            part = identifiers[start : start + MOST_MARKS]
            marks = ", ".join("?" * len(part))
            cursor = self.connection.execute(
                f"SELECT id, data, checksum FROM {table} WHERE id IN ({marks})", part
            )
            for identifier, data, checksum in cursor:
                yield identifier, from_bytes(data, checksum)

    def forget_rows(self, table: str, low: int, high: int) -> None:
        """Drop rows of partials by identifier, `high` included."""
        self.connection.execute(f"DELETE FROM {table} WHERE id >= ? AND id <= ?", (low, high))

    def reach(self, track: int, lens: int) -> tuple[int, int]:
        """From which place up to, and without, which other a track has sets; (0, 0) for none."""
        base = row_id(track, lens, 0)
        first, last = (
            # each by itself is found by the index
            self.connection.execute(
                f"SELECT {name}(id) FROM sets WHERE id >= ? AND id < ?", (base, base + DAYS)
            ).fetchone()[0]
            for name in ("MIN", "MAX")
        )
        return (0, 0) if first is None else (first - base, last - base + 1)

    def write_rows(self, table: str, rows: Iterable[tuple[int, dict[Any, Any]]]) -> None:
        """Write rows of partials, in place of what is there."""
        self.connection.executemany(
            f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)",
            ((identifier, *to_bytes(value)) for identifier, value in rows),
        )

    def entities(self, base_key: str) -> list[Any]:
        """A space's numbered entities in order."""
        rows = self.connection.execute(
            "SELECT value FROM entities WHERE space = ? ORDER BY number", (base_key,)
        )
        return [row[0] for row in rows]

    def add_entities(self, base_key: str, values: Iterable[Any], first: int) -> None:
        """Number more entities, from `first` on."""
        self.connection.executemany(
            "INSERT INTO entities VALUES (?, ?, ?)",
            ((base_key, number, value) for number, value in enumerate(values, first)),
        )


def row_id(track: int, lens: int, place: int) -> int:
    """Where a track's partials for a lens and a day (or block) stand: ascending by day."""
    return (track * LENSES + lens) * DAYS + place


def _connected(name: str, *, uri: bool) -> sqlite3.Connection:
    return sqlite3.connect(
        name, uri=uri, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
    )
