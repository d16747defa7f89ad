"""Answers measures by plain SQL: shares scans, and keeps one bad measure from spoiling the rest."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from metric_tui.base.errors import Cancelled, MetricTuiError, TimeLimitMet
from metric_tui.base.series import Table
from metric_tui.base.stopping import STOPPED
from metric_tui.definitions.asks import (
    ConversionMeasure,
    FaultMeasure,
    FirstEvent,
    FunnelMeasure,
    LifecycleMeasure,
    Measure,
    MeasureAsk,
    RetentionMeasure,
    SessionsMeasure,
    SimpleMeasure,
    SqlMeasure,
    VolumeMeasure,
)
from metric_tui.engines.common import Fetched
from metric_tui.engines.sql.conversion import conversion_outcomes, conversion_statement
from metric_tui.engines.sql.faults import fault_key, fault_outcomes, fault_statement
from metric_tui.engines.sql.first_event import first_event_statement, first_event_table
from metric_tui.engines.sql.funnel import funnel_key, funnel_outcomes, funnel_statement
from metric_tui.engines.sql.holistic import HolisticScan
from metric_tui.engines.sql.lifecycle import lifecycle_key, lifecycle_outcomes, lifecycle_statement
from metric_tui.engines.sql.retention import retention_key, retention_outcomes, retention_statement
from metric_tui.engines.sql.scan import Family, Scan
from metric_tui.engines.sql.sessions import sessions_key, sessions_outcomes, sessions_statement
from metric_tui.engines.sql.simple import (
    AggregateScan,
    Outcome,
    is_scannable,
    scan_key,
    simple_of,
)
from metric_tui.engines.sql.spans import buckets_of
from metric_tui.engines.sql.user_sql import user_sql_outcomes, user_sql_statement
from metric_tui.engines.sql.volume import volume_key, volume_outcomes, volume_statement
from metric_tui.engines.store import Store

Told = Callable[[Mapping[MeasureAsk, Outcome]], None]
"""Hears of outcomes."""


def nobody(outcomes: Mapping[MeasureAsk, Outcome]) -> None:
    """Is told and does nothing."""


class SqlMeasures:
    """Answers any measure from a store by SQL; the reference path."""

    def __init__(self, store: Store, cancelled: Callable[[], bool] = lambda: False) -> None:
        self.store = store
        self.cancelled = cancelled

    def tables(
        self, asks: Iterable[MeasureAsk], told: Told = nobody
    ) -> Mapping[MeasureAsk, Outcome]:
        """Answer all asks.

        Args:
            asks: the measures.
            told: hears of outcomes as they come, each once.

        Raises:
            Cancelled: the engine was interrupted.
        """
        found: dict[MeasureAsk, Outcome] = {}
        asks = tuple(asks)
        known = {ask: self.store.kept[ask] for ask in asks if ask in self.store.kept}
        found.update(known)
        told(known)
        for scan in self.scans(ask for ask in asks if ask not in known):
            if self.cancelled():
                raise Cancelled(STOPPED)
            fresh = self._run(scan)
            found.update(fresh)
            told(fresh)
        return found

    def scans(self, asks: Iterable[MeasureAsk]) -> tuple[Scan, ...]:
        """The statements that answer the asks, sharing what can be shared."""
        shared: dict[object, list[MeasureAsk]] = {}
        for ask in dict.fromkeys(asks):
            family = SCANS[type(ask.measure)]
            shared.setdefault((family, family.key(ask)), []).append(ask)
        return tuple(self._scan(group) for group in shared.values())

    def _scan(self, asks: Sequence[MeasureAsk]) -> Scan:
        return SCANS[type(asks[0].measure)].scan(self.store, asks)

    def _run(self, scan: Scan) -> Mapping[MeasureAsk, Outcome]:
        try:
            return dict(zip(scan.asks, self._outcomes(scan), strict=True))
        except Cancelled:
            raise
        except TimeLimitMet as error:
            # each of them alone would take as long again
            return dict.fromkeys(scan.asks, error)
        except MetricTuiError as error:
            if len(scan.asks) == 1:
                return {scan.asks[0]: error}
        # one measure of the shared statement is at fault: each alone shows which
        found: dict[MeasureAsk, Outcome] = {}
        for ask in scan.asks:
            found.update(self._run(self._scan([ask])))
        return found

    def _outcomes(self, scan: Scan) -> Sequence[Outcome]:
        ask = scan.asks[0]
        reads_spans = not isinstance(ask.measure, FirstEvent)
        if reads_spans and all(span.is_empty for span in ask.spans):
            return [Table(len(ask.spans), {}) for ask in scan.asks]
        return scan.outcomes(self.store.engine.fetch(scan.statement()))


def _simple(store: Store, asks: Sequence[MeasureAsk]) -> Scan:
    if _is_scannable(asks[0]):
        shared = AggregateScan.of(store, asks)
        return Scan(tuple(asks), shared.statement, shared.outcomes)
    (ask,) = asks
    alone = HolisticScan.of(store, ask)
    return Scan((ask,), alone.statement, lambda fetched: [alone.outcome(fetched)])


def _is_scannable(ask: MeasureAsk) -> bool:
    return is_scannable(simple_of(ask), buckets_of(ask.spans))


def _first_event(store: Store, asks: Sequence[MeasureAsk]) -> Scan:
    (ask,) = asks
    return Scan(
        (ask,),
        lambda: first_event_statement(store, ask),
        lambda fetched: [store.kept.setdefault(ask, first_event_table(ask, fetched))],
    )


def _family(
    key: Callable[[MeasureAsk], Hashable],
    statement: Callable[[Store, Sequence[MeasureAsk]], str],
    outcomes: Callable[[Sequence[MeasureAsk], Fetched], Sequence[Outcome]],
) -> Family:
    def scan(store: Store, asks: Sequence[MeasureAsk]) -> Scan:
        return Scan(
            tuple(asks), lambda: statement(store, asks), lambda fetched: outcomes(asks, fetched)
        )

    return Family(key, scan)


SCANS: dict[type[Measure], Family] = {
    SimpleMeasure: Family(lambda ask: scan_key(ask) if _is_scannable(ask) else ask, _simple),
    FirstEvent: Family(lambda ask: ask, _first_event),
    ConversionMeasure: _family(lambda ask: ask, conversion_statement, conversion_outcomes),
    FunnelMeasure: _family(funnel_key, funnel_statement, funnel_outcomes),
    LifecycleMeasure: _family(lifecycle_key, lifecycle_statement, lifecycle_outcomes),
    RetentionMeasure: _family(retention_key, retention_statement, retention_outcomes),
    SessionsMeasure: _family(sessions_key, sessions_statement, sessions_outcomes),
    VolumeMeasure: _family(volume_key, volume_statement, volume_outcomes),
    FaultMeasure: _family(fault_key, fault_statement, fault_outcomes),
    SqlMeasure: _family(lambda ask: ask, user_sql_statement, user_sql_outcomes),
}
"""How each kind of measure is stated."""
