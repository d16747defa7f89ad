"""The copies of `sql:` sources that one connection to a SQLite store reads."""

import sqlite3
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from metric_tui.engines.copies import SourceQuery
from metric_tui.engines.sqlite_copies import SqliteCopies, table_in

MOST_ATTACHED = 8
"""Copies that are attached at a time; SQLite allows ten files beside the store."""


class AttachedCopies:
    """Copies attached to one connection, each until the store has another state."""

    def __init__(self, connection: sqlite3.Connection, copies: SqliteCopies) -> None:
        self._connection = connection
        self._copies = copies
        self._paths: dict[str, Path] = {}

    def name_of(self, query: SourceQuery, fingerprint: str, used: set[str]) -> str | None:
        """The SQL name of a SELECT's copy; None where the SELECT has to be asked itself.

        Args:
            query: the SELECT.
            fingerprint: the state of the store.
            used: the copies of the statement that is being written; the new one is added.

        Raises:
            StoreError, TimeLimitMet, Cancelled: its rows cannot be read.
        """
        if not fingerprint or len(used) == MOST_ATTACHED:
            return None
        path = self._copies.path_of(query, fingerprint)
        if path is None:
            return None
        schema = f"copy_{query.digest}"
        if self._paths.get(schema) != path:
            self._make_room(schema, used)
            if not self._is_attached(schema, path):
                path.unlink(missing_ok=True)
                path = self._copies.path_of(query, fingerprint)
                if path is None or not self._is_attached(schema, path):
                    return None
            self._paths[schema] = path
        used.add(schema)
        return f'{schema}."{table_in(query)}"'

    def _is_attached(self, schema: str, path: Path) -> bool:
        """Attach a copy; False for a file that is damaged."""
        try:
            self._connection.execute(f"ATTACH ? AS {schema}", (_address(path),))
        except sqlite3.DatabaseError:
            return False
        return True

    def drop(self, used: set[str]) -> None:
        """Forget copies that cannot be read, and remove their files."""
        for schema in used:
            path = self._paths.pop(schema)
            with suppress(sqlite3.Error):
                self._connection.execute(f"DETACH {schema}")
            path.unlink(missing_ok=True)

    def _make_room(self, schema: str, used: set[str]) -> None:
        """Let go of the same SELECT's older copy, and of another one where there are too many."""
        gone = [schema] if schema in self._paths else []
        if not gone and len(self._paths) == MOST_ATTACHED:
            gone = [next(name for name in self._paths if name not in used)]
        for name in gone:
            self._connection.execute(f"DETACH {name}")
            del self._paths[name]


def _address(path: Path) -> str:
    # nobody changes the file, so nobody needs to lock it
    return f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
