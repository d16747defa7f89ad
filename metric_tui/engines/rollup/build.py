"""Brings a table's tracks up to its last row, inside one transaction of the cache."""

import os
import sqlite3
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from metric_tui.engines.rollup.behind import Behind
from metric_tui.engines.rollup.cache import Cache
from metric_tui.engines.rollup.deriving import keep_derived
from metric_tui.engines.rollup.fold import Interner, NotNumbers
from metric_tui.engines.rollup.kept import KeptSpace, KeptTrack
from metric_tui.engines.rollup.opening import opened
from metric_tui.engines.rollup.roll import Batch
from metric_tui.engines.rollup.scan import Job
from metric_tui.engines.rollup.spaces import Space, Unfit
from metric_tui.engines.rollup.state import (
    TableNow,
    first_change,
    grown_table,
    kept_table,
    table_now,
)
from metric_tui.engines.rollup.target import Target
from metric_tui.engines.rollup.tracks import Track
from metric_tui.engines.rollup.worker import (
    Crew,
    Stretch,
    scanned_by_workers,
    scanned_here,
    stretches_of,
)
from metric_tui.engines.store import Store

ROWS_FOR_WORKERS = 400_000
"""With fewer rows to read, starting processes costs more than it saves."""

SIZE_FOR_WORKERS = 100 * ROWS_FOR_WORKERS
"""Bytes of a store that is likely to hold as many rows."""

SHARES_A_WORKER = (3, 1)
"""Of the rows each worker reads a long stretch first, then whoever is ready takes the next of the
short ones: few stretches, because days and blocks cut in two are joined again, and all end together."""


@dataclass(slots=True)
class Counted:
    """How far a refresh is, in rows."""

    done: float = 0
    total: float = 0
    show: Callable[[float, float], None] = lambda done, total: None

    def add(self, rows: float) -> None:
        self.done += rows
        self.show(self.done, self.total)


@dataclass(slots=True)
class Builder:
    """One refresh of one store's cache."""

    store: Store
    cache: Cache
    path: str
    counted: Counted
    cancelled: Callable[[], bool]
    workers: int = field(default_factory=lambda: min(2, os.cpu_count() or 1))
    rows_read: int = 0
    tables: dict[str, TableNow] = field(default_factory=dict)
    changes: dict[tuple[str, str], float] = field(default_factory=dict)
    """By table and time column, the first moment that differs from what was there before."""

    generation: int = 0
    """Of the cache, as it is after reading; 0 where nothing was to be read."""

    crew: Crew | None = None
    """Workers that are ready, for the first table of many rows."""

    _behind: list["Behind"] = field(default_factory=list)

    def check_tables(self, wanted: Mapping[Space, Sequence[Track]], anew: Container[str]) -> None:
        """Forget what was read of tables in which any row that was read has changed.

        Args:
            wanted: the tracks of each space.
            anew: tables of which everything is read again.
        """
        changed: dict[str, int | None] = {}
        for space, tracks in wanted.items():
            if space.table not in self.tables:
                kept = None if space.table in anew else self.cache.table(space.table)
                path = Path(self.path)
                now = None if kept is None else grown_table(self.store, space, kept, path)
                if kept is None or now is None:
                    now = table_now(self.store, space, path)
                    self.cache.forget_table(space.table)
                    changed[space.table] = None
                elif now.high > kept.high:
                    changed[space.table] = kept.high
                self.tables[space.table] = now
            if space.table in changed:
                low = first_change(self.store, space, changed[space.table])
                self.changes[space.table, tracks[0].rows.time_column] = low

    def close(self) -> None:
        """Stop workers that nobody needed."""
        if self.crew is not None:
            self.crew.close()

    def plan(self, wanted: Mapping[Space, Sequence[Track]]) -> None:
        """Count the rows that are going to be read, for the progress shown."""
        for space, tracks in wanted.items():
            now = self.tables[space.table]
            for start, end, _ in _runs(self._known(self._as_kept(space), tracks), now):
                self.counted.total += _rows_within(now, start, end)

    def _as_kept(self, space: Space) -> Space:
        kept = self.cache.space(space)
        return space if kept is None else replace(space, excluded=kept.excluded)

    def build(self, space: Space, tracks: Sequence[Track]) -> None:
        """Bring a space's tracks up to date; a space that cannot be kept is marked so."""
        kept = self.cache.space(space) or KeptSpace()
        while kept.reason is None:
            try:
                self._build(replace(space, excluded=kept.excluded), tracks, kept)
                break
            except Unfit as error:
                if error.dimension is None:
                    kept = replace(kept, reason=error.reason)
                else:
                    kept = replace(kept, excluded=tuple(sorted({*kept.excluded, error.dimension})))
            except NotNumbers:
                kept = replace(kept, is_interned=True)
            except sqlite3.Error as error:
                kept = replace(kept, reason=f"the store refused a query: {error}")
            self.cache.forget_space(space.base_key)
        self.cache.set_space(space, kept)

    def remember_table(self, space: Space, fingerprint: str) -> None:
        """Note the table's state, after all its spaces are built."""
        kept = kept_table(self.tables[space.table])
        self.cache.set_table(space.table, replace(kept, as_of=fingerprint))

    def _known(self, space: Space, tracks: Sequence[Track]) -> dict[Track, KeptTrack | None]:
        return {track: self.cache.track(space, track) for track in tracks}

    def _build(self, space: Space, tracks: Sequence[Track], kept: KeptSpace) -> None:
        now = self.tables[space.table]
        known = self._known(space, tracks)
        runs = _runs(known, now)
        numbers: dict[Track, int] = {}
        reached: dict[Track, int] = {}
        given_up: set[int] = set()
        for track, found in known.items():
            numbers[track] = self.cache.add_track(space, track) if found is None else found.number
            reached[track] = now.low if found is None else found.high
            if found is None:
                self.cache.set_track(numbers[track], high=now.low, is_stray=False)
            elif found.is_stray and track.is_derived:
                # it was not worth keeping, and part of it has never been made
                given_up.add(numbers[track])
        touched: dict[int, int] = {}
        interner = self._interner(space, kept) if runs else Interner()
        for start, end, reading in runs:
            job = Job(
                path=self.path, space=space, tracks=tuple(reading), is_interned=kept.is_interned
            )
            target = Target(
                self.cache,
                space,
                [numbers[track] for track in reading],
                job,
                touched=touched,
                begun=frozenset(numbers[track] for track in reading if reached[track] == now.low),
            )
            for batch in self._batches(job, start, end, now, interner):
                target.write(batch)
                rows = _rows_within(now, 0, batch.rows)
                self.rows_read += int(rows)
                self.counted.add(rows)
            for track in reading:
                self.cache.set_track(
                    numbers[track], high=end, is_stray=numbers[track] in target.strays
                )
        for track in tracks:
            if numbers[track] in given_up:
                self.cache.set_track(numbers[track], high=now.high, is_stray=True)
            elif track.is_derived and reached[track] < now.high:
                bases = track.made_of
                # one that was brought further without this track has days that nobody noted
                is_abreast = now.low < reached[track] and all(
                    reached[base] == reached[track] for base in bases
                )
                places = tuple(numbers[base] for base in bases)
                since = tuple(touched.get(place) if is_abreast else 0 for place in places)
                before = reached[track] if is_abreast else None
                self._behind.append(
                    Behind(
                        track, numbers[track], places, len(space.lenses), since, before, now.high
                    )
                )

    def derive(self) -> None:
        """Bring what is made of other tracks up to date; within a transaction after the first.

        Raises:
            Cancelled: `cancelled` said so.
        """
        is_large = self.rows_read >= ROWS_FOR_WORKERS and self.workers > 1
        apart = [each for each in self._behind if is_large and each.is_of_logs and each.is_changed]
        if not apart:
            self._derive(self._behind)
            return
        from metric_tui.engines.rollup.logs.keeping import Condensing

        # another process condenses logs while this one makes the rest
        with closing(Condensing(self.cache.path, apart)) as condensing:
            self._derive([each for each in self._behind if each not in apart])
            for each in apart:
                self._made(each, condensing.keep_next(self.cache, self.cancelled))

    def _derive(self, several: Sequence[Behind]) -> None:
        for each in several:
            self._made(each, keep_derived(self.cache, each, self.cancelled))

    def _made(self, behind: Behind, is_kept: bool) -> None:
        self.cache.set_track(behind.number, high=behind.high, is_stray=not is_kept)

    @property
    def is_behind(self) -> bool:
        """Whether there is anything to be derived."""
        return bool(self._behind)

    @property
    def mark(self) -> str:
        """Tells what was derived from what was derived before, maybe of the same rows."""
        return f"{self.generation} {max(behind.number for behind in self._behind)}"

    def _interner(self, space: Space, kept: KeptSpace) -> Interner:
        if not kept.is_interned:
            return Interner()
        values = self.cache.entities(space.base_key)
        return Interner.of(values)

    def _batches(
        self, job: Job, start: int, end: int, now: TableNow, interner: Interner
    ) -> Iterator[Batch]:
        is_large = _rows_within(now, start, end) >= ROWS_FOR_WORKERS
        by_workers = is_large and self.workers > 1
        shares = [share for share in SHARES_A_WORKER for _ in range(self.workers)]
        with closing(opened(self.path)) as connection:
            stretches: tuple[Stretch, ...] = stretches_of(
                connection,
                job,
                start,
                end,
                is_dense=now.is_dense,
                shares=shares if by_workers else (1,),
            )
        if by_workers:
            job = replace(job, by_pages=True)
            crew, self.crew = self.crew or Crew.of(min(self.workers, len(stretches))), None
            return scanned_by_workers(job, stretches, crew, interner, self.cancelled)
        return scanned_here(job, stretches, interner, self.cancelled)


def _runs(
    known: Mapping[Track, KeptTrack | None], now: TableNow
) -> list[tuple[int, int, list[Track]]]:
    """Ranges of row numbers, each with the tracks that have not read it yet."""
    reached = {
        track: now.low if found is None else found.high
        for track, found in known.items()
        if not track.is_derived
    }
    starts = sorted({high for high in reached.values() if high < now.high})
    ends = [*starts[1:], now.high]
    return [
        (start, end, [track for track, high in reached.items() if high <= start])
        for start, end in zip(starts, ends, strict=False)
    ]


def _rows_within(now: TableNow, start: int, end: int) -> float:
    """About how many rows lie in a range of row numbers."""
    width = now.high - now.low
    return now.rows * (end - start) / width if width else 0.0
