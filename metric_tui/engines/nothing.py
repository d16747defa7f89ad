"""Where a tree of drafts has no store: an engine without tables, from which nothing is read."""

from __future__ import annotations

from datetime import datetime

from metric_tui.base.errors import StoreError
from metric_tui.engines.common import ColumnInfo, Fetched
from metric_tui.engines.dialects.base import Dialect
from metric_tui.engines.limits import Limits


class NoStore:
    """No store at all.

    Attributes:
        until: the moment that stands for the end of the data, so that there are periods to draw.
    """

    name = "none"
    url = ""

    def __init__(self, until: datetime) -> None:
        self.until = until
        self.limits = Limits()

    @property
    def dialect(self) -> Dialect:
        """Any will do: nothing is asked in it."""
        from metric_tui.engines.dialects.sqlite import SqliteDialect

        return SqliteDialect()

    def fetch(self, statement: str) -> Fetched:
        """Refuse.

        Raises:
            StoreError: always.
        """
        raise StoreError("the tree names no store", hint="add `store: path/to/events.db`")

    def rows_of(self, statement: str, *, source: str, time_column: str) -> str:
        """The statement itself, which nobody can ask."""
        return f"({statement})"

    def keep_copies(self) -> None:
        """There is nothing to keep."""

    def tables(self) -> tuple[str, ...]:
        """None."""
        return ()

    def columns(self, table: str) -> tuple[ColumnInfo, ...]:
        """Refuse, as a source was asked for.

        Raises:
            StoreError: always.
        """
        self.fetch(table)
        return ()

    def fingerprint(self) -> str:
        """Never changes; empty, so that no answer is kept for it."""
        return ""

    def interrupt(self) -> None:
        """Nothing runs."""

    def close(self) -> None:
        """Nothing is open."""
