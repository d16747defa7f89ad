"""What a store's cache holds, for `metric-tui refresh --info`."""

import sqlite3
from dataclasses import dataclass, replace
from pathlib import Path

from metric_tui.engines.rollup.cache import Cache
from metric_tui.engines.rollup.files import cache_path, size_of
from metric_tui.engines.rollup.spaces import Space
from metric_tui.engines.rollup.tracks import Track
from metric_tui.engines.rollup.wanted import wanted_tracks
from metric_tui.engines.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceDescription:
    """What is kept of one source by one of its time columns."""

    source: str
    time_column: str
    dimensions: tuple[str, ...] = ()
    """The dimensions whose filters and breakdowns are answered."""

    excluded: tuple[str, ...] = ()
    """Dimensions left to plain SQL: too many values, or fractions among them."""

    partials: int = 0
    """How many partials the tree asks for."""

    built: int = 0
    """How many of them reach the last row read."""

    rows: int = 0
    reason: str | None = None
    """Why all of the source is left to plain SQL; None when it is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheDescription:
    """What a store's cache holds."""

    path: Path | None
    """None for a store that has no cache of its own."""

    bytes: int = 0
    is_fresh: bool = False
    sources: tuple[SourceDescription, ...] = ()


def described(store: Store) -> CacheDescription:
    """What the cache holds of the store.

    Raises:
        StoreError: the store cannot be read.
    """
    path = cache_path(store)
    if path is None:
        return CacheDescription(path=None)
    wanted, reasons = wanted_tracks(store)
    left_out = [
        SourceDescription(source=source, time_column=column, reason=reason)
        for (source, column), reason in reasons.items()
    ]
    cache = Cache.for_reading(path)
    if cache is None:
        return CacheDescription(path=path, sources=tuple(left_out))
    try:
        with cache.reading():
            kept = [_space(cache, space, tracks) for space, tracks in wanted.items()]
            fresh = cache.meta("fingerprint") == store.engine.fingerprint()
    except sqlite3.Error:
        return CacheDescription(path=path, sources=tuple(left_out))
    finally:
        cache.close()
    return CacheDescription(
        path=path, bytes=size_of(path), is_fresh=fresh, sources=(*kept, *left_out)
    )


def is_complete(store: Store, *, also_derived: bool = False) -> bool:
    """Whether the cache holds the store as it stands, and all that the tree asks for.

    Args:
        store: whose cache it is.
        also_derived: whether what is made of other tracks counts too, without which the same is
            answered, only later.

    Raises:
        StoreError: the store cannot be read.
    """
    path = cache_path(store)
    cache = None if path is None else Cache.for_reading(path)
    if cache is None:
        return False
    wanted, _ = wanted_tracks(store)
    fingerprint = store.engine.fingerprint()
    try:
        with cache.reading():
            return all(
                _holds(cache, space, tracks, fingerprint, also_derived)
                for space, tracks in wanted.items()
            )
    except sqlite3.Error:
        return False
    finally:
        cache.close()


def _holds(
    cache: Cache, space: Space, tracks: tuple[Track, ...], fingerprint: str, also_derived: bool
) -> bool:
    known, table = cache.space(space), cache.table(space.table)
    if known is None or table is None or table.as_of != fingerprint:
        return False
    kept = replace(space, excluded=known.excluded)
    if known.reason is not None:
        return True
    found = [cache.track(kept, track) for track in tracks if also_derived or not track.is_derived]
    return all(track is not None and track.high >= table.high for track in found)


def _space(cache: Cache, space: Space, tracks: tuple[Track, ...]) -> SourceDescription:
    known = cache.space(space)
    table = cache.table(space.table)
    column = tracks[0].rows.time_column
    if known is None or table is None:
        return SourceDescription(
            source=space.source, time_column=column, partials=len(tracks), reason="not built yet"
        )
    kept = replace(space, excluded=known.excluded)
    found = [cache.track(kept, track) for track in tracks]
    return SourceDescription(
        source=space.source,
        time_column=column,
        dimensions=tuple(name for name, _ in kept.kept),
        excluded=known.excluded,
        partials=len(tracks),
        built=sum(track is not None and track.high >= table.high for track in found),
        rows=table.rows,
        reason=known.reason,
    )
