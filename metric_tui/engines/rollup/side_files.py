"""Files beside a cache, which may be written while another process refreshes.

What they hold can always be made again: one that cannot be used costs only time.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from metric_tui.base.private import is_private_database, make_private_database

_WAIT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class SideFile:
    """A SQLite file beside a cache."""

    path: Path

    @classmethod
    def beside(cls, cache: Path, name: str) -> "SideFile":
        """The one of some name."""
        return cls(cache.with_name(f"{cache.stem}-{name}.db"))

    @property
    def is_there(self) -> bool:
        """Whether there is one that nobody else can have written."""
        return is_private_database(self.path)

    @contextmanager
    def opened(self) -> Iterator[sqlite3.Connection]:
        """A connection, closed at the end; statements are not put into transactions."""
        connection = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None)
        with closing(connection):
            yield connection

    def write(self, run: Callable[[sqlite3.Connection], object]) -> None:
        """Run statements in one transaction; a file that is damaged goes, one in use stays as it is."""
        with suppress(sqlite3.OperationalError, OSError):
            make_private_database(self.path)
            try:
                with self.opened() as connection:
                    connection.execute("BEGIN IMMEDIATE")
                    run(connection)
                    connection.execute("COMMIT")
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                self.path.unlink(missing_ok=True)
