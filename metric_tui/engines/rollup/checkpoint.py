"""Copies what a cache's write-ahead log holds into the file, while something else is done.

SQLite would do so within the commit that makes the log long, before anything is answered.
"""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread


class Checkpoint:
    """A checkpoint on a connection and a thread of its own; others read and write meanwhile.

    What it leaves is for `Cache.copy_log`.

    Args:
        path: of the cache file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = Thread(target=self._copy, name="checkpoint", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait until it is over."""
        self._thread.join()

    def _copy(self) -> None:
        with suppress(sqlite3.Error), closing(sqlite3.connect(self._path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
