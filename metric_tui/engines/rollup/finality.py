"""From when on no later event changes what a measure says of a span."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from metric_tui.base.periods import EARLIEST, Calendar, Span
from metric_tui.definitions.asks import (
    ConversionMeasure,
    FaultMeasure,
    FunnelMeasure,
    LifecycleMeasure,
    Measure,
    MeasureAsk,
    RetentionMeasure,
    SessionsMeasure,
    SimpleMeasure,
    VolumeMeasure,
)
from metric_tui.definitions.fragments import Fragment
from metric_tui.engines.rows import rows_of_measure
from metric_tui.engines.store import Store

_LONGEST_UNIT_DAYS = {"day": 1, "week": 7, "month": 31}
_MARGIN = timedelta(days=3)
"""Dates without a clock and clipped months reach a little further than windows say."""


def final_from(measure: Measure, span: Span, calendar: Calendar) -> datetime | None:
    """The moment from which on events cannot change a measure over a span.

    None where any later event may: sessions grow longer, somebody may always come back, and nobody
    knows what a SELECT of one's own reads.
    """
    if isinstance(measure, (SimpleMeasure, VolumeMeasure, FaultMeasure, LifecycleMeasure)):
        return span.end
    if isinstance(measure, FunnelMeasure):
        return span.end + timedelta(seconds=measure.window.seconds) + _MARGIN
    if isinstance(measure, SessionsMeasure) and measure.calculation != "duration":
        # whether one begins is known at once, whether it ends there after a pause
        return span.end + timedelta(seconds=measure.gap.seconds) + _MARGIN
    if isinstance(measure, ConversionMeasure) and measure.window is not None:
        last = calendar.shift_day(calendar.day_of(span.end), measure.window, sign=1)
        return calendar.midnight(last) + _MARGIN
    if isinstance(measure, RetentionMeasure) and not measure.returning.or_after:
        units = measure.returning.last + 2
        return span.end + timedelta(days=units * _LONGEST_UNIT_DAYS[measure.unit]) + _MARGIN
    return None


LookingAhead = ConversionMeasure | FunnelMeasure | RetentionMeasure | SessionsMeasure


def cutoff_of(measure: Measure) -> datetime | None:
    """Where a measure stops looking; None where only its spans say so."""
    return measure.cutoff if isinstance(measure, LookingAhead) else None


def without_cutoff(measure: Measure) -> Measure:
    """The same for every cutoff that is late enough to be final."""
    return replace(measure, cutoff=EARLIEST) if isinstance(measure, LookingAhead) else measure


def reads_only_sources(store: Store, ask: MeasureAsk) -> bool:
    """Whether an ask reads the tables of its rows and no other one that is joined to them."""
    sources = [store.tree.sources.get(rows.source) for rows in rows_of_measure(ask.measure)]
    if not sources or any(source is None or source.table is None for source in sources):
        return False
    names = {
        *ask.slice.by,
        *(condition.dimension for condition in ask.slice.where),
        *(
            column.name
            for fragment in (*_fragments(ask.measure), *ask.slice.filters)
            for column in fragment.columns
        ),
    }
    return not any(
        name not in source.dimensions
        and not store.has_column(source, name)
        and store.tree.dimension(source, name) is not None
        for source in sources
        if source is not None
        for name in names
    )


def _fragments(value: Any) -> Iterator[Fragment]:
    """Every fragment within a value, however deep."""
    if isinstance(value, Fragment):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _fragments(part)
    elif is_dataclass(value):
        for entry in fields(value):
            yield from _fragments(getattr(value, entry.name))
