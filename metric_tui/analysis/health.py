"""Is the data itself sound? Checked before a change is explained, and put first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from metric_tui.analysis.answers import Measures
from metric_tui.analysis.cells import CellReader
from metric_tui.analysis.coverage import (
    DailyCounts,
    Finding,
    duplicates,
    gap,
    late,
    volume_break,
)
from metric_tui.analysis.null_surges import null_surges
from metric_tui.analysis.telling import DimensionSplit
from metric_tui.base.daily import days_of
from metric_tui.base.periods import Period, Span
from metric_tui.base.series import Table
from metric_tui.definitions.asks import (
    Condition,
    FaultMeasure,
    MeasureAsk,
    Rows,
    Setting,
    Slice,
    VolumeMeasure,
)
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.definitions.quotients import with_mean_parts
from metric_tui.engines.sql.faults import faults_add_up
from metric_tui.planning.build import Outcome

HISTORY_DAYS = 70
"""Ten weeks before a period say what is usual for its weekdays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthFinding:
    """Something about the data behind a metric that comes before any explanation."""

    metric: str
    code: str
    text: str


def health_of(
    names: Sequence[str],
    where: tuple[Condition, ...],
    setting: Setting,
    measures: Measures,
    periods: tuple[Period, Period],
    splits: Sequence[DimensionSplit],
) -> tuple[HealthFinding, ...]:
    """Gaps, breaks, null surges and unfinished periods behind some metrics.

    Args:
        names: the metrics; those that read rows are looked at.
        where: filters of the whole tree.
        setting: of the question.
        measures: what answers.
        periods: the earlier and the later period.
        splits: tables by dimension, whose null segment tells a surge.
    """
    wide = replace(setting, tree=with_mean_parts(setting.tree))
    reader = CellReader(where, wide, (periods[0].span, periods[1].span))
    found = _unfinished(names, setting, periods[1])
    found += [_told(*each) for each in null_surges(splits, reader, measures)]
    first, days = _days(setting, periods[1].span)
    asks = {
        name: _daily_ask(name, where, setting, days)
        for name in names
        if isinstance(setting.tree.metrics.get(name), Simple)
    }
    tables = measures.tables(asks.values()) if days else {}
    # metrics that read the same rows have the same faults; one of them is enough
    for ask, name in reversed({ask: name for name, ask in reversed(asks.items())}.items()):
        table = tables.get(ask)
        if isinstance(table, Table):
            found += _of_counts(name, first, table, setting, periods[1])
    found += _of_rows(names, where, setting, measures, periods[1].span)
    # metrics that read the same rows have the same faults; one of them is enough
    return tuple({(f.code, f.text): f for f in reversed(found)}.values())[::-1]


def _unfinished(names: Sequence[str], setting: Setting, period: Period) -> list[HealthFinding]:
    if not setting.is_running(period.span):
        return []
    text = "the period is not over at the end of the data"
    return [HealthFinding(metric=names[0], code="partial", text=text)]


def _days(setting: Setting, span: Span) -> tuple[date, tuple[Span, ...]]:
    """Complete local days from ten weeks before a span to its end, as far as there is data."""
    calendar = setting.calendar
    last = calendar.day_of(min(span.end, setting.cutoff))
    starts = [extent.first for extent in setting.extents.values() if extent.first is not None]
    begin = calendar.day_of(span.start) - timedelta(days=HISTORY_DAYS)
    first = max(begin, calendar.day_of(min(starts))) if starts else last
    days = tuple(
        Span(
            calendar.midnight(first + timedelta(days=i)),
            calendar.midnight(first + timedelta(days=i + 1)),
        )
        for i in range((last - first).days)
    )
    return first, days


def _daily_ask(
    name: str, where: tuple[Condition, ...], setting: Setting, days: tuple[Span, ...]
) -> MeasureAsk:
    """Rows per day of a simple metric's events; its own filters are left out, as they may be rare."""
    metric = setting.tree.metrics[name]
    assert isinstance(metric, Simple)
    rows: Rows = replace(metric.rows(setting.tree), filters=())
    return MeasureAsk(measure=VolumeMeasure(rows=rows), spans=days, slice=Slice(where=where))


def _of_counts(
    name: str, first: date, table: Table, setting: Setting, period: Period
) -> list[HealthFinding]:
    counts = DailyCounts(first=first, counts=tuple(value or 0.0 for value in table.of(())))
    calendar = setting.calendar
    start, end = calendar.day_of(period.span.start), calendar.day_of(period.span.end)
    found = [check(counts, start, end) for check in (gap, volume_break)]
    return [_told(name, finding) for finding in found if finding is not None]


def _of_rows(
    names: Sequence[str],
    where: tuple[Condition, ...],
    setting: Setting,
    measures: Measures,
    span: Span,
) -> list[HealthFinding]:
    """What a pipeline wrote twice or late, source by source."""
    asks = row_asks(names, where, setting, span)
    tables = measures.tables(ask for each in asks.values() for ask in each)
    found = []
    for (name, source), each in asks.items():
        every, repeated, arrived_late = (_total(tables.get(ask)) for ask in each)
        checked = (duplicates(source, repeated, every), late(source, arrived_late, every))
        found += [_told(name, finding) for finding in checked if finding is not None]
    return found


def row_asks(
    names: Sequence[str], where: tuple[Condition, ...], setting: Setting, span: Span
) -> Mapping[tuple[str, str], tuple[MeasureAsk, ...]]:
    """Asks for the rows behind some metrics, for those written twice, and for those that came late.

    They are asked day by day, so that the answers kept for one span serve every other.

    Returns:
        By the first metric that reads a source, and the source.
    """
    nodes = [(name, setting.tree.metrics.get(name)) for name in names]
    sources = {
        (rows.source, rows.time_column): name
        for name, node in reversed(nodes)
        if isinstance(node, Simple) and (rows := node.rows(setting.tree))
    }
    found: dict[tuple[str, str], tuple[MeasureAsk, ...]] = {}
    for (source, column), name in reversed(sources.items()):
        rows = Rows(source=source, time_column=column)
        whole = setting.clip(span)
        spans = days_of(whole, setting.calendar) if faults_add_up(column) else (whole,)
        found[name, source] = tuple(
            MeasureAsk(measure=measure, spans=spans, slice=Slice(where=where))
            for measure in (
                VolumeMeasure(rows=rows),
                FaultMeasure(rows=rows, fault="repeated"),
                FaultMeasure(rows=rows, fault="late"),
            )
        )
    return found


def _total(outcome: Outcome | None) -> float:
    """A count over all its spans; 0 where there is none."""
    return sum(value or 0.0 for value in outcome.of(())) if isinstance(outcome, Table) else 0.0


def _told(metric: str, finding: Finding) -> HealthFinding:
    return HealthFinding(metric=metric, code=finding.code, text=finding.text)
