"""Which tracks a tree asks for: every measure that any of its metrics can need."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from metric_tui.base.errors import MetricTuiError
from metric_tui.base.periods import Span
from metric_tui.definitions.asks import (
    MeasureAsk,
    MetricAsk,
    Rows,
    Setting,
    SimpleMeasure,
    Slice,
    VolumeMeasure,
)
from metric_tui.engines.rollup.logs.tracks import condensed_track, log_tracks
from metric_tui.engines.rollup.spaces import Space, Unfit, space_of
from metric_tui.engines.rollup.tracks import Track, distinct_tracks, first_track, tracks_of
from metric_tui.engines.store import Store
from metric_tui.planning.build import plan

_CUTOFF = datetime(2020, 1, 1, tzinfo=UTC)

Reasons = dict[tuple[str, str], str]
"""Why a source by a time column is left to plain SQL."""


def wanted_tracks(store: Store) -> tuple[Mapping[Space, tuple[Track, ...]], Reasons]:
    """The tracks of every space that the tree's metrics read, and why some sources have none."""
    found: dict[tuple[str, str], list[Track]] = {}
    for ask in plan(_asks(store), _setting(store)).measures:
        logs = (*log_tracks(store, ask), condensed_track(store, ask))
        for track in distinct_tracks([*tracks_of(store, ask), *_behind(store, ask), *logs]):
            found.setdefault((track.rows.source, track.rows.time_column), []).append(track)
    spaces: dict[Space, tuple[Track, ...]] = {}
    reasons: Reasons = {}
    for (source, column), tracks in found.items():
        try:
            space = space_of(store, store.tree.sources[source], column)
        except Unfit as error:
            reasons[source, column] = error.reason
        except MetricTuiError as error:
            reasons[source, column] = error.message
        else:
            rows = Rows(source=source, time_column=column)
            every = MeasureAsk(measure=VolumeMeasure(rows=rows), spans=(), slice=Slice())
            spaces[space] = distinct_tracks(
                [first_track(rows, space.axis.compared), *tracks, *tracks_of(store, every)]
            )
    return spaces, reasons


def _behind(store: Store, ask: MeasureAsk) -> tuple[Track, ...]:
    """The count of what a sum adds up: its change by segment is one of count and of mean."""
    measure = ask.measure
    if not isinstance(measure, SimpleMeasure) or measure.aggregation != "sum":
        return ()
    return tracks_of(store, replace(ask, measure=replace(measure, aggregation="count")))


def _asks(store: Store) -> tuple[MetricAsk, ...]:
    span = _span(store)
    return tuple(
        MetricAsk(metric=name, spans=(span,), slice=Slice()) for name in store.tree.metrics
    )


def _span(store: Store) -> Span:
    calendar = store.tree.settings.calendar
    day = calendar.first_day(calendar.day_of(_CUTOFF) - timedelta(days=40), "week")
    return calendar.period(day, "week").span


def _setting(store: Store) -> Setting:
    # any periods do: what a metric needs differs only in its spans
    return Setting(
        tree=store.tree,
        calendar=store.tree.settings.calendar,
        grain="week",
        cutoff=_CUTOFF,
        extents={},
        volume_days=(_span(store),),
    )
