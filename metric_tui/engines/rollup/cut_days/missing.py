"""Rows that are not at hand, told without numpy so that whoever asks nothing of days pays nothing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from metric_tui.engines.store import Store

if TYPE_CHECKING:
    from metric_tui.engines.rollup.cut_days.keeping import KeptDays
    from metric_tui.engines.rollup.cut_days.reader import RowReader
    from metric_tui.engines.rollup.shelf import Shelf


class RowsMissing(Exception):
    """Rows of some days have to be read from the store, for which the shelf need not be held.

    Args:
        reader: reads and holds them.
        days: that it does not hold.
        kept: where they are kept on disk.
    """

    def __init__(self, reader: "RowReader", days: Sequence[int], kept: "KeptDays") -> None:
        super().__init__(days)
        self._reader = reader
        self._days = days
        self._kept = kept

    def read(self, store: Store, shelf: "Shelf") -> None:
        """Have the days in memory and on disk, unless the store is no longer what it was.

        Raises:
            StoreError: the store refuses a statement.
            Cancelled: somebody stopped it.
        """
        read = self._reader.read(store.engine, self._days)
        if store.engine.fingerprint() == self._kept.fingerprint:
            self._kept.keep(read)
            with shelf.lock:
                self._reader.hold(read)
