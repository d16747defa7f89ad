"""Finds the track and lens that can answer an ask."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from metric_tui.base.errors import MetricTuiError
from metric_tui.definitions.asks import (
    FirstEvent,
    LifecycleMeasure,
    Measure,
    MeasureAsk,
    Rows,
    Slice,
)
from metric_tui.definitions.extents import Extent
from metric_tui.engines.rollup.cache import Cache
from metric_tui.engines.rollup.shelf import Place, Shelf, Weeks
from metric_tui.engines.rollup.spaces import Space, Unfit, space_of
from metric_tui.engines.rollup.tracks import (
    FIRST_DAYS,
    Track,
    arrivals_of,
    first_track,
    track_of,
    weeks_of,
)
from metric_tui.engines.sql.scope import Scope
from metric_tui.engines.store import Store

MOST_REMEMBERED = 2_000
"""Places and counted states kept before all are forgotten."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where an ask's partials stand."""

    place: Place
    lens: int
    names: tuple[str, ...]
    """The lens's dimensions in order."""

    extent: Extent


def found_for(store: Store, shelf: Shelf, ask: MeasureAsk) -> Found | None:
    """Where an ask's partials stand; None where there are none that can answer it."""
    remember_for(store, shelf)
    place: Place | None = _remembered(
        shelf, ("place", _timeless(ask)), lambda: _place(store, shelf, ask)
    )
    if place is None:
        return None
    names = (*ask.slice.by, *(entry.dimension for entry in _where(ask)))
    space = place.space
    lens: tuple[int, tuple[str, ...]] | None = _remembered(
        shelf, ("lens", space.key, names), lambda: _lens(space, names)
    )
    if lens is None:
        return None
    return Found(place, *lens, _extent(store, shelf, space, place.track.rows.time_column))


def found_track(store: Store, shelf: Shelf, track: Track) -> Found | None:
    """Where a track that needs no lens stands; None where it cannot be used."""
    remember_for(store, shelf)
    place: Place | None = _remembered(
        shelf, ("track", track), lambda: _place_of(store, shelf, track)
    )
    if place is None:
        return None
    space = place.space
    return Found(place, 0, (), _extent(store, shelf, space, track.rows.time_column))


def _lens(space: Space, names: Sequence[str]) -> tuple[int, tuple[str, ...]] | None:
    """The place of the lens with some dimensions, and all of them in the lens's order."""
    lens = space.lens_of(names)
    if lens is None:
        return None
    return lens, tuple(space.kept[index][0] for index in space.lenses[lens])


def remember_for(store: Store, shelf: Shelf) -> None:
    """Forget what is remembered of another tree, and all of it where it has become too much."""
    if shelf.memo_of is not store.tree:
        # the keys mean something only under the tree they were made with
        shelf.memo.clear()
        shelf.answers.clear()
        shelf.memo_of = store.tree
    if len(shelf.memo) > MOST_REMEMBERED:
        shelf.memo.clear()


def is_interned(shelf: Shelf, found: Found) -> bool:
    """Whether entities are numbered by a dictionary of their own space."""
    space = found.place.space

    def read() -> bool:
        kept = shelf.cache.space(space) if shelf.cache is not None else None
        return kept is None or kept.is_interned

    answer: bool = _remembered(shelf, ("interned", space.base_key), read)
    return answer


def _where(ask: MeasureAsk) -> tuple[Any, ...]:
    # when a group begins does not depend on the tree's filters
    return () if isinstance(ask.measure, FirstEvent) else ask.slice.where


def _timeless(ask: MeasureAsk) -> object:
    measure: Measure = ask.measure
    if isinstance(measure, LifecycleMeasure):
        measure = replace(measure, before=(), state="new")
    return (measure, ask.slice.filters)


def _remembered(shelf: Shelf, key: object, make: Any) -> Any:
    if key not in shelf.memo:
        shelf.memo[key] = make()
    return shelf.memo[key]


def _place(store: Store, shelf: Shelf, ask: MeasureAsk) -> Place | None:
    if isinstance(ask.measure, FirstEvent):
        return _place_of_first(store, shelf, ask.measure.rows)
    track = track_of(store, replace(ask, slice=Slice(filters=ask.slice.filters)))
    return None if track is None else _place_of(store, shelf, track)


def _place_of_first(store: Store, shelf: Shelf, rows: Rows) -> Place | None:
    space = _space(store, shelf, rows)
    if space is None or rows.events or rows.filters:
        return None
    return _place_of(store, shelf, first_track(rows, space.axis.compared))


def _place_of(store: Store, shelf: Shelf, track: Track) -> Place | None:
    space = _space(store, shelf, track.rows)
    if space is None or shelf.cache is None:
        return None
    number = _number(shelf.cache, space, track)
    if number is None:
        return None
    if track.shape != "set":
        return Place(space, track, number)
    weeks = weeks_of(track, store.tree.settings.week_start)
    weekly = _number(shelf.cache, space, weeks)
    return Place(
        space,
        track,
        number,
        arrivals=_number(shelf.cache, space, arrivals_of(track)),
        weeks=None if weekly is None else Weeks(weekly, FIRST_DAYS[weeks.shape]),
    )


def _number(cache: Cache, space: Space, track: Track) -> int | None:
    """Where a track stands that reaches the last row read; None where it cannot be used."""
    kept, table = cache.track(space, track), cache.table(space.table)
    if kept is None or table is None or kept.is_stray or kept.high < table.high:
        return None
    # a refresh for another tree has not looked at this table
    return kept.number if table.as_of == cache.meta("fingerprint") else None


def _space(store: Store, shelf: Shelf, rows: Rows) -> Space | None:
    key = ("space", rows.source, rows.time_column)
    found: Space | None = _remembered(shelf, key, lambda: _space_kept(store, shelf, rows))
    return found


def _space_kept(store: Store, shelf: Shelf, rows: Rows) -> Space | None:
    try:
        space = space_of(store, store.tree.source_named(rows.source), rows.time_column)
    except (Unfit, MetricTuiError):
        return None
    kept = shelf.cache.space(space) if shelf.cache is not None else None
    if kept is None or kept.reason is not None:
        return None
    return replace(space, excluded=kept.excluded)


def _extent(store: Store, shelf: Shelf, space: Space, time_column: str) -> Extent:
    """When the source's rows begin and end, as of the refresh that the partials are from."""
    source = store.tree.sources[space.source]

    def read() -> Extent:
        # what the store itself remembers may be older than the partials
        anew = Store(
            store.engine,
            store.tree,
            _columns=store._columns,
            _forms=store._forms,
            _samples=store._samples,
        )
        return anew.extent(source, time_column, Scope(anew, source).condition(source.filter))

    found: Extent = _remembered(shelf, ("extent", space.source, time_column), read)
    return found
