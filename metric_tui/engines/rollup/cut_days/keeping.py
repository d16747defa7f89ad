"""Rows of days that were cut, in a file beside the cache, for the next process that cuts them."""

import hashlib
import marshal
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from metric_tui import __version__
from metric_tui.definitions.asks import MeasureAsk
from metric_tui.engines.rollup.changes import Changes
from metric_tui.engines.rollup.cut_days.reader import Days
from metric_tui.engines.rollup.cut_days.rows import DayRows, Packed
from metric_tui.engines.rollup.pack import Damaged, from_bytes, to_bytes
from metric_tui.engines.rollup.side_files import SideFile

MOST_BYTES = 64_000_000
"""Of all days kept of a store, before those kept first are dropped."""

_FASTEST = 1


def days_path(cache: Path) -> Path:
    """Where rows of days are kept beside a cache file."""
    return SideFile.beside(cache, "days").path


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDays:
    """The days kept of one source of one store."""

    cache: Path
    """The store's cache file."""

    read: str
    """What is read of a row: days of which something else was read are no use."""

    rows: MeasureAsk
    """Of all rows of the source."""

    fingerprint: str
    """Of the store as it is."""

    changes: Changes
    """What has changed since days were kept."""

    def find(self, days: Iterable[int]) -> dict[int, Sequence[Packed]]:
        """What is kept of some days, as far as it holds."""
        file = SideFile(days_path(self.cache))
        if not file.is_there:
            return {}
        try:
            with file.opened() as connection:
                return dict(self._found(connection, list(days)))
        except (sqlite3.Error, Damaged):
            return {}

    def _found(
        self, connection: sqlite3.Connection, days: list[int]
    ) -> Iterator[tuple[int, Sequence[Packed]]]:
        marks = ", ".join("?" * len(days))
        statement = (
            "SELECT day, fingerprint, generation, data, checksum FROM days"
            f" WHERE key = ? AND day IN ({marks})"
        )
        for day, fingerprint, generation, data, checksum in connection.execute(
            statement, (self._key, *days)
        ):
            if fingerprint == self.fingerprint or self._holds(day, generation):
                packed = from_bytes(data, checksum)["rows"]
                yield day, marshal.loads(zlib.decompress(packed))

    def _holds(self, day: int, generation: int | None) -> bool:
        if generation is None or not self.changes.tells(self.rows):
            return False
        calendar = self.changes.store.tree.settings.calendar
        end = calendar.midnight(date.fromordinal(day + 1)).timestamp()
        return self.changes.since(self.rows, generation) >= end

    def keep(self, days: Days) -> None:
        """Keep rows of the store as it is now."""
        generation = self.changes.generation
        rows = [
            (self._key, day, self.fingerprint, generation, *to_bytes({"rows": _packed(parts)}))
            for day, parts in days.items()
        ]
        if rows:
            SideFile(days_path(self.cache)).write(lambda connection: _write(connection, rows))

    @property
    def _key(self) -> str:
        return hashlib.sha256(f"{__version__} {self.read}".encode()).hexdigest()


def _packed(parts: Iterable[DayRows]) -> bytes:
    return zlib.compress(marshal.dumps([rows.packed for rows in parts]), _FASTEST)


def _write(connection: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> None:
    connection.execute(
        "CREATE TABLE IF NOT EXISTS days (key TEXT, day INTEGER, fingerprint TEXT,"
        " generation INTEGER, data BLOB, checksum INTEGER, PRIMARY KEY (key, day))"
    )
    connection.executemany("INSERT OR REPLACE INTO days VALUES (?, ?, ?, ?, ?, ?)", rows)
    # those written first have the lowest row numbers
    connection.execute(
        "DELETE FROM days WHERE rowid IN (SELECT rowid FROM (SELECT rowid,"
        f" SUM(LENGTH(data)) OVER (ORDER BY rowid DESC) AS size FROM days) WHERE size > {MOST_BYTES})"
    )
