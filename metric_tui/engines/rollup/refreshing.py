"""Refreshes a store's cache: what is new is read, what no longer holds is read anew."""

import sqlite3
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from metric_tui.base.errors import Cancelled, StoreError
from metric_tui.engines.rollup.build import SIZE_FOR_WORKERS, Builder, Counted
from metric_tui.engines.rollup.cache import Cache
from metric_tui.engines.rollup.checkpoint import Checkpoint
from metric_tui.engines.rollup.files import cache_path, evict, remove, size_of
from metric_tui.engines.rollup.pack import Damaged
from metric_tui.engines.rollup.spaces import Space
from metric_tui.engines.rollup.tracks import Track
from metric_tui.engines.rollup.wanted import wanted_tracks
from metric_tui.engines.rollup.worker import Crew
from metric_tui.engines.sqlite import SqliteEngine
from metric_tui.engines.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a refresh is."""

    done: int
    """Rows read so far."""

    total: int
    """Rows to read; may grow when a dimension turns out not to fit."""

    seconds: float
    """Since it began."""

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.done / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """An estimate; None before the first rows."""
        return (self.total - self.done) / self.rate if self.done else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshReport:
    """What a refresh did."""

    outcome: Literal["up to date", "refreshed", "unavailable"]
    rows_read: int = 0
    seconds: float = 0.0
    reasons: tuple[tuple[str, str], ...] = ()
    """Sources (or dimensions, as `source.dimension`) left to plain SQL, each with the reason."""

    cache_bytes: int = 0


def refresh(
    store: Store,
    progress: Callable[[Progress], None] | None = None,
    *,
    rebuild: bool = False,
    cancelled: Callable[[], bool] = lambda: False,
    workers: int | None = None,
    read: Callable[[], None] = lambda: None,
) -> RefreshReport:
    """Bring the cache up to the store's last row. Another process that refreshes is waited for.

    First the store is read; from then on all is answered. Then whole weeks and first days are made
    of what was read, and rows are condensed, from which some of it is answered sooner.

    Args:
        store: whose rows are read.
        progress: called after every chunk of rows.
        rebuild: read everything anew.
        cancelled: asked after every chunk; the cache is then left as it was.
        workers: processes that read; two, or one on a machine with one core, without it.
        read: called once everything is answered.

    Raises:
        StoreError: the store cannot be read, or the cache cannot be written.
        Cancelled: `cancelled` said so.
    """
    path = cache_path(store)
    if path is None:
        return RefreshReport(outcome="unavailable", reasons=(("store", "it is no SQLite file"),))
    started = time.monotonic()
    counted = Counted()
    if progress is not None:
        counted.show = lambda done, total: progress(
            Progress(
                done=int(done), total=int(max(done, total)), seconds=time.monotonic() - started
            )
        )
    report = _with_sound_cache(store, path, counted, rebuild, cancelled, workers, read)
    evict(path.parent, keep=path)
    return RefreshReport(
        outcome=report.outcome,
        rows_read=report.rows_read,
        reasons=report.reasons,
        seconds=time.monotonic() - started,
        cache_bytes=size_of(path),
    )


def _with_sound_cache(
    store: Store,
    path: Path,
    counted: Counted,
    rebuild: bool,
    cancelled: Callable[[], bool],
    workers: int | None,
    read: Callable[[], None],
) -> RefreshReport:
    try:
        return _refreshed(store, path, counted, rebuild, cancelled, workers, read)
    except (sqlite3.DatabaseError, Damaged) as error:
        if isinstance(error, sqlite3.OperationalError):
            raise StoreError(f"the cache `{path}` cannot be written ({error})") from error
    # a damaged cache holds nothing that cannot be made again
    remove(path)
    try:
        return _refreshed(store, path, counted, True, cancelled, workers, read)
    except (sqlite3.Error, Damaged) as error:
        raise StoreError(f"the cache `{path}` cannot be written ({error})") from error


def _refreshed(
    store: Store,
    path: Path,
    counted: Counted,
    rebuild: bool,
    cancelled: Callable[[], bool],
    workers: int | None,
    read: Callable[[], None],
) -> RefreshReport:
    store.engine.tables()
    wanted, reasons = wanted_tracks(store)
    # workers take a while to be ready, and there is another while to come
    is_large = (rebuild or not path.exists()) and size_of(_engine_path(store)) >= SIZE_FOR_WORKERS
    cache = _opened(path)

    def built(anew: Container[str]) -> tuple[Builder, list[tuple[str, str]]]:
        builder = Builder(store, cache, str(_engine_path(store)), counted, cancelled)
        builder.workers = workers or builder.workers
        if is_large and builder.workers > 1:
            builder.crew = Crew.of(builder.workers)
        with closing(builder), cache.writing():
            return builder, _read(store, builder, wanted, anew)

    try:
        _wait_for_turn(cache, cancelled)
        builder, notes = built({space.table for space in wanted} if rebuild else ())
        read()
        if builder.is_behind:
            _derive(cache, builder)
        cache.copy_log()
        return RefreshReport(
            outcome="refreshed" if builder.rows_read else "up to date",
            rows_read=builder.rows_read,
            reasons=(*((source, why) for (source, _), why in reasons.items()), *notes),
        )
    finally:
        cache.close()


def _read(
    store: Store, builder: Builder, wanted: Mapping[Space, Sequence[Track]], anew: Container[str]
) -> list[tuple[str, str]]:
    """Read what is new, within a transaction; returns what is left to plain SQL, with the reason."""
    cache = builder.cache
    # taken before the first look at a table: whatever changes later shows in the next one
    fingerprint = store.engine.fingerprint()
    builder.check_tables(wanted, anew)
    builder.plan(wanted)
    for space, tracks in wanted.items():
        builder.build(space, tracks)
    for space in wanted:
        builder.remember_table(space, fingerprint)
    cache.set_meta("fingerprint", fingerprint)
    cache.set_meta("store", store.engine.url)
    builder.generation = int(cache.meta("generation") or 0)
    if builder.rows_read or builder.changes or not builder.generation:
        builder.generation += 1
        cache.set_meta("generation", str(builder.generation))
        for (table, column), low in builder.changes.items():
            cache.add_change(builder.generation, table, column, low)
    return _notes(cache, wanted)


def _derive(cache: Cache, builder: Builder) -> None:
    """Make what is made of the tracks just read, unless another process has read more since."""
    with closing(Checkpoint(cache.path)), cache.writing():
        if cache.meta("generation") == str(builder.generation):
            builder.derive()
            cache.set_meta("derived", builder.mark)


def _notes(cache: Cache, wanted: Iterable[Space]) -> list[tuple[str, str]]:
    notes = []
    for space in wanted:
        kept = cache.space(space)
        if kept is not None and kept.reason:
            notes.append((space.source, kept.reason))
        if kept is not None:
            notes += [(f"{space.source}.{name}", "is not kept") for name in kept.excluded]
    return notes


def _engine_path(store: Store) -> Path:
    assert isinstance(store.engine, SqliteEngine)
    return store.engine.path


def _opened(path: Path) -> Cache:
    try:
        return Cache.for_writing(path)
    except OSError as error:
        raise StoreError(f"the cache `{path}` cannot be written ({error.strerror})") from error
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError:
        remove(path)
        return Cache.for_writing(path)


def _wait_for_turn(cache: Cache, cancelled: Callable[[], bool]) -> None:
    """Wait until no other process writes the cache; it is then up to date already."""
    cache.connection.execute("PRAGMA busy_timeout = 200")
    while True:
        if cancelled():
            raise Cancelled("the refresh was stopped")
        try:
            cache.connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) and "busy" not in str(error):
                raise
        else:
            cache.connection.execute("ROLLBACK")
            cache.connection.execute("PRAGMA busy_timeout = 3600000")
            return
