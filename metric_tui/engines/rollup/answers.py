"""Answers of plain SQL kept on disk until the store changes: percentiles, funnels, sessions.

They stand in a file of their own beside the partials, so that an answer can be kept while another
process refreshes. An answer is found again by everything that it depends on: the measure, its
spans and slice, and how the tree declares its sources and its calendar.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from metric_tui import __version__
from metric_tui.base.series import Table
from metric_tui.definitions.asks import MeasureAsk
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.rollup.pack import Damaged, from_bytes, to_bytes
from metric_tui.engines.sql.simple import Outcome

MOST_ANSWERS = 4_000
_WAIT_SECONDS = 1.0


def answers_path(cache: Path) -> Path:
    """Where answers are kept beside a cache file."""
    return cache.with_name(f"{cache.stem}-answers.db")


class AnswerFile:
    """The kept answers of one store; a file that cannot be used costs only time."""

    def __init__(self, cache: Path, tree: MetricTree) -> None:
        self.path = answers_path(cache)
        settings = tree.settings
        self._prefix = repr(
            (__version__, settings.timezone, settings.week_start, dict(tree.sources))
        )

    def find(self, asks: Iterable[MeasureAsk], fingerprint: str) -> dict[MeasureAsk, Table]:
        """The answers that were kept while the store was as it is now."""
        keys = {self._key(ask): ask for ask in asks}
        if not keys or not self.path.exists():
            return {}
        marks = ", ".join("?" for _ in keys)
        statement = (
            f"SELECT key, data, checksum FROM answers WHERE fingerprint = ? AND key IN ({marks})"
        )
        found = {}
        try:
            with closing(self._opened()) as connection:
                for key, data, checksum in connection.execute(statement, (fingerprint, *keys)):
                    found[keys[key]] = _table(from_bytes(data, checksum))
        except (sqlite3.Error, Damaged):
            return {}
        return found

    def keep(self, outcomes: Mapping[MeasureAsk, Outcome], fingerprint: str) -> None:
        """Keep answers of a store as it is now, and drop those of what it was."""
        rows = [
            (self._key(ask), fingerprint, *to_bytes(_plain(table)))
            for ask, table in outcomes.items()
            if isinstance(table, Table)
        ]
        if not rows:
            return
        with suppress(sqlite3.OperationalError, OSError):
            try:
                self._write(rows, fingerprint)
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                self.path.unlink(missing_ok=True)

    def _write(self, rows: list[tuple[Any, ...]], fingerprint: str) -> None:
        with closing(self._opened()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(
                "CREATE TABLE IF NOT EXISTS answers"
                " (key TEXT PRIMARY KEY, fingerprint TEXT, data BLOB, checksum INTEGER)"
            )
            connection.execute("DELETE FROM answers WHERE fingerprint <> ?", (fingerprint,))
            connection.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?)", rows)
            connection.execute(
                "DELETE FROM answers WHERE rowid <="
                f" (SELECT MAX(rowid) FROM answers) - {MOST_ANSWERS}"
            )
            connection.execute("COMMIT")

    def _key(self, ask: MeasureAsk) -> str:
        return hashlib.sha256(f"{self._prefix}{ask!r}".encode()).hexdigest()

    def _opened(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None)


def _plain(table: Table) -> dict[str, Any]:
    return {"size": table.size, "values": dict(table.values), "notes": dict(table.notes)}


def _table(kept: dict[str, Any]) -> Table:
    return Table(kept["size"], kept["values"], kept["notes"])
