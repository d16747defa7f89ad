"""What refreshes found changed, to tell which kept answers still hold."""

import math
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from metric_tui.definitions.asks import MeasureAsk, Rows
from metric_tui.engines.rollup.cache import Cache
from metric_tui.engines.rollup.finality import reads_only_sources
from metric_tui.engines.rows import rows_of_measure
from metric_tui.engines.store import Store

Log = dict[int, dict[str, float]]
"""By generation and time column, the first moment that changed."""


@dataclass(slots=True)
class Changes:
    """The changes of a store's tables as a cache knows them.

    With no cache that is current nothing is known, and no answer outlives a change of the store.
    """

    store: Store
    cache: Cache | None
    generation: int | None = None
    _logs: dict[str, Log | None] = field(default_factory=dict)
    _tells: dict[Any, bool] = field(default_factory=dict)

    def tells(self, ask: MeasureAsk) -> bool:
        """Whether every change of what an ask reads is known."""
        if self.generation is None:
            return False
        key = (ask.measure, ask.slice)
        if key not in self._tells:
            self._tells[key] = reads_only_sources(self.store, ask) and all(
                self._log(rows) is not None for rows in rows_of_measure(ask.measure)
            )
        return self._tells[key]

    def since(self, ask: MeasureAsk, generation: int) -> float:
        """The first moment, in UTC seconds, that changed since a generation; infinity for none."""
        lows = [math.inf]
        for rows in rows_of_measure(ask.measure):
            for later, changed in (self._log(rows) or {}).items():
                if later > generation:
                    # by a column that no refresh looked at everything may have changed
                    lows.append(changed.get(rows.time_column, -math.inf))
        return min(lows)

    def _log(self, rows: Rows) -> Log | None:
        """A table's changes; None where the last refresh has not looked at it."""
        table = self.store.tree.sources[rows.source].table
        if table is None or self.cache is None:
            return None
        if table not in self._logs:
            try:
                self._logs[table] = self._read(self.cache, table)
            except sqlite3.Error:
                # another thread has let go of the file
                self._logs[table] = None
        return self._logs[table]

    def _read(self, cache: Cache, table: str) -> Log | None:
        kept = cache.table(table)
        if kept is None or kept.as_of != cache.meta("fingerprint"):
            return None
        found: Log = {}
        for generation, column, low in cache.changes(table):
            columns = found.setdefault(generation, {})
            columns[column] = min(low, columns.get(column, math.inf))
        return found
