"""Counts rows of a table on a connection and a thread of its own, while something else is done.

SQLite lets go of the interpreter while it counts, so that another core can do it.
"""

import sqlite3
from contextlib import closing, suppress
from threading import Thread

from metric_tui.engines.rollup.opening import opened

_BETWEEN_STOPS = 0.02


class RowCount:
    """How many rows of a table there are, known later.

    Args:
        path: of the SQLite file.
        statement: selects one whole number.
    """

    def __init__(self, path: str, statement: str) -> None:
        self._connection = opened(path)
        self.statement = statement
        self._found: int | None = None
        self._thread = Thread(target=self._count, name="count of rows", daemon=True)
        self._thread.start()

    def result(self) -> int | None:
        """The number, once it is known; None where the store refused to tell."""
        self._thread.join()
        return self._found

    def stop(self) -> None:
        """Give up."""
        while self._thread.is_alive():
            # it may be over by now, or not have begun, when stopping it says nothing
            with suppress(sqlite3.ProgrammingError):
                self._connection.interrupt()
            self._thread.join(_BETWEEN_STOPS)

    def _count(self) -> None:
        with closing(self._connection), suppress(sqlite3.Error):
            (self._found,) = self._connection.execute(self.statement).fetchone()
