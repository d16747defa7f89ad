"""Is the data itself sound? Checked before a change is explained, and put first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain, pairwise

from metric_tui.analysis.answers import Measures
from metric_tui.analysis.cells import CellReader
from metric_tui.analysis.coverage import (
    EARLIER,
    DailyCounts,
    Finding,
    Stretch,
    duplicates,
    gap,
    late,
    volume_break,
)
from metric_tui.analysis.null_surges import null_surges
from metric_tui.analysis.telling import DimensionSplit
from metric_tui.base.daily import days_of
from metric_tui.base.periods import Calendar, Period, Span
from metric_tui.base.series import Table
from metric_tui.base.volume import REACH
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
"""Ten weeks before a period say what its level is and what is usual for its weekdays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthFinding:
    """Something about the data behind a metric that comes before any explanation."""

    metric: str
    code: str
    text: str
    share: float
    """The part of the period's rows that it concerns, from 0 to 1."""

    days: tuple[date, ...] = ()
    """The days it is about; none where it is about the period as a whole."""

    carries: bool = False
    """Whether it could carry the change that is explained."""

    noted: str | None = None
    """What was noted of the metric then, which makes it no fault."""


def health_of(
    names: Sequence[str],
    where: tuple[Condition, ...],
    setting: Setting,
    measures: Measures,
    periods: tuple[Period, Period],
    splits: Sequence[DimensionSplit],
) -> tuple[HealthFinding, ...]:
    """Gaps, breaks, null surges, repeated and late rows behind some metrics, in both periods.

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
    stretches = _stretches(setting, periods)
    checked = tuple(zip(stretches, (periods[1].span, periods[0].span), strict=True))
    found = _unfinished(names, setting, checked)
    surges = null_surges(splits, reader, measures, stretches[1].name)
    found += [_told(*each) for each in surges]
    found += _of_days(names, where, setting, measures, stretches)
    found += _of_rows(names, where, setting, measures, checked)
    # metrics that read the same rows have the same faults; one of them is enough
    return tuple({(f.code, f.text): f for f in reversed(found)}.values())[::-1]


def _stretches(setting: Setting, periods: tuple[Period, Period]) -> tuple[Stretch, Stretch]:
    """The two periods as days, the later one first; what it is held against may come after it."""
    against, period = (each.span for each in periods)
    day_of = setting.calendar.day_of
    name = EARLIER if against.start <= period.start else "the period it is held against"
    return (
        Stretch(start=day_of(period.start), end=day_of(period.end)),
        Stretch(start=day_of(against.start), end=day_of(against.end), name=name),
    )


def _unfinished(
    names: Sequence[str], setting: Setting, checked: Iterable[tuple[Stretch, Span]]
) -> list[HealthFinding]:
    return [
        HealthFinding(
            metric=names[0],
            code="partial",
            text=f"{stretch.name} is not over at the end of the data",
            share=1.0,
        )
        for stretch, span in checked
        if setting.is_running(span)
    ]


def _of_days(
    names: Sequence[str],
    where: tuple[Condition, ...],
    setting: Setting,
    measures: Measures,
    stretches: Sequence[Stretch],
) -> list[HealthFinding]:
    """What the daily counts of each metric's events say of the periods."""
    windows = [(stretch, *window) for stretch, window in _windows(setting, stretches).items()]
    simple = [name for name in names if isinstance(setting.tree.metrics.get(name), Simple)]
    asks = {
        (stretch, name): _daily_ask(name, where, setting, days)
        for stretch, _, days in windows
        for name in simple
        if days
    }
    tables = measures.tables(asks.values())
    found = []
    for stretch, first, _ in windows:
        # metrics that read the same rows have the same faults; one of them is enough
        own = {asks[stretch, name]: name for name in reversed(simple) if (stretch, name) in asks}
        for ask, name in reversed(own.items()):
            table = tables.get(ask)
            if isinstance(table, Table):
                found += _of_counts(name, first, table, stretch)
    return found


def _windows(
    setting: Setting, stretches: Sequence[Stretch]
) -> Mapping[Stretch, tuple[date, tuple[Span, ...]]]:
    """For each period its days and those around it, with the first; one window where two meet."""
    calendar = setting.calendar
    starts = [extent.first for extent in setting.extents.values() if extent.first is not None]
    after = calendar.day_of(setting.cutoff)
    first = calendar.day_of(min(starts)) if starts else after
    reach = {
        stretch: (
            max(stretch.start - timedelta(days=HISTORY_DAYS), first),
            min(stretch.end + timedelta(days=REACH), after),
        )
        for stretch in stretches
    }
    begins, ends = zip(*reach.values(), strict=True)
    if max(begins) <= min(ends):
        reach = dict.fromkeys(stretches, (min(begins), max(ends)))
    return {
        stretch: (begin, _days(calendar, begin, end)) for stretch, (begin, end) in reach.items()
    }


def _days(calendar: Calendar, begin: date, end: date) -> tuple[Span, ...]:
    """The local days from `begin` to before `end`."""
    days = [begin + timedelta(days=place) for place in range((end - begin).days + 1)]
    return tuple(Span(start, stop) for start, stop in pairwise(map(calendar.midnight, days)))


def _daily_ask(
    name: str, where: tuple[Condition, ...], setting: Setting, days: tuple[Span, ...]
) -> MeasureAsk:
    """Rows per day of a simple metric's events; its own filters are left out, as they may be rare."""
    metric = setting.tree.metrics[name]
    assert isinstance(metric, Simple)
    rows: Rows = replace(metric.rows(setting.tree), filters=())
    return MeasureAsk(measure=VolumeMeasure(rows=rows), spans=days, slice=Slice(where=where))


def _of_counts(name: str, first: date, table: Table, stretch: Stretch) -> list[HealthFinding]:
    counts = DailyCounts(first=first, counts=tuple(value or 0.0 for value in table.of(())))
    found = [check(counts, stretch) for check in (gap, volume_break)]
    return [_told(name, finding) for finding in found if finding is not None]


def _of_rows(
    names: Sequence[str],
    where: tuple[Condition, ...],
    setting: Setting,
    measures: Measures,
    checked: Iterable[tuple[Stretch, Span]],
) -> list[HealthFinding]:
    """What a pipeline wrote twice or late, source by source."""
    asks = [
        (stretch, key, each)
        for stretch, span in checked
        for key, each in row_asks(names, where, setting, span).items()
    ]
    tables = measures.tables(chain.from_iterable(each for _, _, each in asks))
    found = []
    for stretch, (name, source), each in asks:
        every, repeated, arrived_late = (_total(tables.get(ask)) for ask in each)
        findings = (
            duplicates(source, repeated, every, name=stretch.name),
            late(source, arrived_late, every, name=stretch.name),
        )
        found += [_told(name, finding) for finding in findings if finding is not None]
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
    return HealthFinding(
        metric=metric,
        code=finding.code,
        text=finding.text,
        share=finding.share,
        days=finding.days,
    )
