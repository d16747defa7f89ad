"""What rollups answer without a statement to the store, a measure at a time."""

from collections.abc import Callable, Iterable, Mapping
from time import sleep

from metric_tui.base.errors import Cancelled, MetricTuiError
from metric_tui.definitions.asks import MeasureAsk
from metric_tui.engines.rollup.measures import RollupMeasures
from metric_tui.engines.rollup.shelf import Shelf
from metric_tui.engines.sql.run import SqlMeasures, Told, nobody
from metric_tui.engines.sql.simple import Outcome
from metric_tui.engines.store import Store

TURN_SECONDS = 0.001
"""Left to whoever waits for the shelf: its lock goes to the thread that asks for it first."""


class NeedsStore(MetricTuiError):
    """A measure would have to be asked of the store."""


class RollupsAlone:
    """Answers what partials and kept answers can, and refuses what would cost a statement.

    Args:
        store: whose rollups these are.
        shelf: where they are.
        cancelled: asked before every measure.
    """

    def __init__(self, store: Store, shelf: Shelf, cancelled: Callable[[], bool]) -> None:
        self._measures = RollupMeasures(store, shelf, _Refusing(store, cancelled), may_read=False)
        self._cancelled = cancelled

    def tables(
        self, asks: Iterable[MeasureAsk], told: Told = nobody
    ) -> Mapping[MeasureAsk, Outcome]:
        """Answer all asks, each by itself: somebody else may take the shelf in between.

        Raises:
            NeedsStore: one of them cannot be answered; the others are remembered by then.
            Cancelled: somebody asked for that.
        """
        found: dict[MeasureAsk, Outcome] = {}
        refused: NeedsStore | None = None
        remembered = self._measures.shelf.answers
        for ask in dict.fromkeys(asks):
            if self._cancelled():
                raise Cancelled("the question was given up")
            if ask not in remembered:
                sleep(TURN_SECONDS)
            try:
                found.update(self._measures.tables([ask]))
            except NeedsStore as error:
                refused = error
        if refused is not None:
            raise refused
        told(found)
        return found


class _Refusing(SqlMeasures):
    """Stands where plain SQL would be asked."""

    def tables(
        self, asks: Iterable[MeasureAsk], told: Told = nobody
    ) -> Mapping[MeasureAsk, Outcome]:
        raise NeedsStore("rollups do not answer this measure")
