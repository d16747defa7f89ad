"""Reads stretches of rows from pages, and by SQL those that cannot be read so."""

import sqlite3
from dataclasses import dataclass

from metric_tui.engines.rollup.pages.file import Unreadable
from metric_tui.engines.rollup.pages.roll import PageRoller
from metric_tui.engines.rollup.pages.scan import PageScanner
from metric_tui.engines.rollup.roll import Roller
from metric_tui.engines.rollup.scan import Scanner

MOST_FAILURES = 8
"""Stretches in a row that could not be read from pages, after which it is not tried again."""

# what is wrong with a store itself SQL runs into too, and says so
_LEFT_TO_SQL = (Unreadable, OSError, sqlite3.Error)


@dataclass(slots=True)
class EitherWay:
    """What is known of a table's pages, and how often they could not be read."""

    pages: PageScanner
    failures: int = 0

    @classmethod
    def of(cls, connection: sqlite3.Connection, scanner: Scanner) -> "EitherWay | None":
        """Reads a scanner's table; None where only SQL can."""
        try:
            return cls(PageScanner(connection, scanner))
        except _LEFT_TO_SQL:
            return None

    def close(self) -> None:
        """Let go of the file; see `PageFile.close`."""
        self.pages.close()

    def roller(self, by_sql: Roller) -> "EitherRoller":
        """Reads some stretches into the batch of a roller."""
        return EitherRoller(self, PageRoller(self.pages, by_sql), by_sql)


@dataclass(slots=True)
class EitherRoller:
    """Takes up each stretch in the one way or the other."""

    way: EitherWay
    by_pages: PageRoller
    by_sql: Roller

    def read(self, low: int, high: int) -> None:
        """Take up the rows numbered after `low` and up to `high`; raises as `Roller.read`."""
        if self.way.failures < MOST_FAILURES:
            try:
                self.by_pages.read(low, high)
            except _LEFT_TO_SQL:
                self.way.failures += 1
            else:
                self.way.failures = 0
                return
            # the rows of a log stand in the order of their numbers, part by part
            self.by_pages.release()
            self.by_sql.read(low, high)
            self.by_sql.finish()
            return
        self.by_sql.read(low, high)

    def finish(self) -> None:
        """Close every day and block."""
        self.by_pages.finish()
        self.by_sql.finish()
