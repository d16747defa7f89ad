"""Answers measures by plain SQL: shares scans, and keeps one bad measure from spoiling the rest."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from metric_tui.base.errors import Cancelled, MetricTuiError
from metric_tui.base.series import Table
from metric_tui.definitions.asks import FirstEvent, Measure, MeasureAsk, SimpleMeasure
from metric_tui.engines.common import Fetched
from metric_tui.engines.sql.first_event import first_event_statement, first_event_table
from metric_tui.engines.sql.holistic import HolisticScan
from metric_tui.engines.sql.simple import AggregateScan, Outcome, is_scannable, scan_key
from metric_tui.engines.sql.spans import buckets_of
from metric_tui.engines.store import Store


@dataclass(frozen=True, slots=True)
class Scan:
    """One statement and what its rows mean."""

    asks: tuple[MeasureAsk, ...]
    statement: Callable[[], str]
    outcomes: Callable[[Fetched], Sequence[Outcome]]


class SqlMeasures:
    """Answers any measure from a store by SQL; the reference path."""

    def __init__(self, store: Store, cancelled: Callable[[], bool] = lambda: False) -> None:
        self.store = store
        self._cancelled = cancelled

    def tables(self, asks: Iterable[MeasureAsk]) -> Mapping[MeasureAsk, Outcome]:
        """Answer all asks.

        Raises:
            Cancelled: the engine was interrupted.
        """
        found: dict[MeasureAsk, Outcome] = {}
        asks = tuple(asks)
        known = {ask: self.store.kept[ask] for ask in asks if ask in self.store.kept}
        found.update(known)
        for scan in self.scans(ask for ask in asks if ask not in known):
            if self._cancelled():
                raise Cancelled("the query was stopped")
            found.update(self._run(scan))
        return found

    def scans(self, asks: Iterable[MeasureAsk]) -> tuple[Scan, ...]:
        """The statements that answer the asks, sharing what can be shared."""
        shared: dict[object, list[MeasureAsk]] = {}
        single: list[Scan] = []
        for ask in dict.fromkeys(asks):
            if isinstance(ask.measure, SimpleMeasure) and is_scannable(
                ask.measure, buckets_of(ask.spans)
            ):
                shared.setdefault(scan_key(ask), []).append(ask)
            else:
                single.append(SCANS[type(ask.measure)](self.store, ask))
        return (*(self._aggregate(group) for group in shared.values()), *single)

    def _aggregate(self, asks: Sequence[MeasureAsk]) -> Scan:
        scan = AggregateScan.of(self.store, asks)
        return Scan(tuple(asks), scan.statement, scan.outcomes)

    def _run(self, scan: Scan) -> Mapping[MeasureAsk, Outcome]:
        try:
            return dict(zip(scan.asks, self._outcomes(scan), strict=True))
        except Cancelled:
            raise
        except MetricTuiError as error:
            if len(scan.asks) == 1:
                return {scan.asks[0]: error}
        # one measure of the shared statement is at fault: each alone shows which
        found: dict[MeasureAsk, Outcome] = {}
        for ask in scan.asks:
            found.update(self._run(self._aggregate([ask])))
        return found

    def _outcomes(self, scan: Scan) -> Sequence[Outcome]:
        if isinstance(scan.asks[0].measure, SimpleMeasure) and not any(
            not span.is_empty for span in scan.asks[0].spans
        ):
            return [Table(len(ask.spans), {}) for ask in scan.asks]
        return scan.outcomes(self.store.engine.fetch(scan.statement()))


def _holistic(store: Store, ask: MeasureAsk) -> Scan:
    scan = HolisticScan.of(store, ask)
    return Scan((ask,), scan.statement, lambda fetched: [scan.outcome(fetched)])


def _first_event(store: Store, ask: MeasureAsk) -> Scan:
    return Scan(
        (ask,),
        lambda: first_event_statement(store, ask),
        lambda fetched: [store.kept.setdefault(ask, first_event_table(ask, fetched))],
    )


SCANS: dict[type[Measure], Callable[[Store, MeasureAsk], Scan]] = {
    SimpleMeasure: _holistic,
    FirstEvent: _first_event,
}
"""How each measure that shares no scan is stated."""
