"""Partials in memory: read from the cache file when first asked for, and kept while they hold."""

import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import Any

from metric_tui.base.series import Group
from metric_tui.engines.rollup.cache import Cache, row_id
from metric_tui.engines.rollup.logs.memory import LogMemory
from metric_tui.engines.rollup.pack import BLOCK_DAYS, Packed
from metric_tui.engines.rollup.spaces import Space
from metric_tui.engines.rollup.tracks import Track

MOST_BYTES = 192_000_000
"""Partials held in memory, by their size in the file, before all are dropped."""

ALWAYS = 2**20 - 1
"""A day number after every day."""


@dataclass(slots=True)
class Strip:
    """One track under one lens, as far as it has been read: by block or day, ascending.

    Groups hold what the cache file does, until somebody puts there what it made of it.
    """

    rows: dict[int, dict[Group, Any]] = field(default_factory=dict)
    places: list[int] = field(default_factory=list)
    low: int = 0
    high: int = 0
    """Places from `low` up to, and without, `high` are read."""

    def between(self, low: int, high: int) -> Iterator[tuple[int, dict[Group, Any]]]:
        """The blocks or days from `low` up to, and without, `high`."""
        index = bisect_left(self.places, low)
        while index < len(self.places) and self.places[index] < high:
            yield self.places[index], self.rows[self.places[index]]
            index += 1


class Shelf:
    """What one cache file holds, of one refresh; dropped when another refresh has written it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lock = RLock()
        self.cache: Cache | None = None
        self.generation: str | None = None
        self._derived: str | None = None
        self.memo: dict[Any, Any] = {}
        self.answers: dict[Any, Any] = {}
        """What was answered lately, by ask."""

        self.memo_of: Any = None
        """The tree whose asks `memo` and `answers` know."""

        self.unions: dict[Any, Any] = {}
        """Unions of days made so far, by what they are of."""

        self.logs: dict[int, Any] = {}
        """Logs as far as they have been read, by the track's number."""

        self.condensed: dict[int, Any] = {}
        """The same of condensed logs."""

        self.log_memory = LogMemory()

        self._strips: dict[tuple[str, int, int], Strip] = {}
        self._bytes = 0

    def is_current(self, fingerprint: str) -> bool:
        """Whether the cache was refreshed when the store's content was that of `fingerprint`."""
        if self.cache is None:
            self.cache = Cache.for_reading(self.path, mapped=True)
        if self.cache is None:
            return False
        generation = f"{self.cache.meta('generation')} {self.cache.meta('fingerprint')}"
        if generation != self.generation:
            self.drop()
            self.generation = generation
        derived = self.cache.meta("derived")
        if derived != self._derived:
            # where tracks stand is looked up anew: some are there now
            self.memo.clear()
            self._derived = derived
        return self.cache.meta("fingerprint") == fingerprint

    def is_fresh(self, fingerprint: str, tables: Iterable[str]) -> bool:
        """As `is_current`, also of each table; false for a damaged file; takes the lock itself."""
        with self.lock:
            try:
                return self.is_current(fingerprint) and all(map(self._is_seen, tables))
            except sqlite3.Error:
                self.close()
                return False

    def _is_seen(self, table: str) -> bool:
        """Whether the refresh looked at a table, if any ever did."""
        assert self.cache is not None
        kept = self.cache.table(table)
        return kept is None or kept.as_of == self.cache.meta("fingerprint")

    def drop(self) -> None:
        """Forget everything read."""
        self.memo.clear()
        self.answers.clear()
        self.logs.clear()
        self.condensed.clear()
        self.log_memory = LogMemory()
        self._clear()

    def day_of(self, place: int) -> int:
        """The day at a place: all are whole."""
        return place

    def hold(self, more: int) -> None:
        """Note how many bytes were made of partials and are kept."""
        self._bytes += more

    def make_room(self) -> None:
        """Drop partials, and what was made of them, where there are too many."""
        if self._bytes > MOST_BYTES:
            self._clear()

    def _clear(self) -> None:
        self._strips.clear()
        self.unions.clear()
        self._bytes = 0

    def close(self) -> None:
        """Let go of the file."""
        self.drop()
        if self.cache is not None:
            with suppress(sqlite3.Error):
                self.cache.close()
        self.cache = None
        self.generation = None

    def blocks(self, track: int, lens: int, low: int, high: int) -> Strip:
        """Numbers by block, read at least for the days from `low` up to, and without, `high`."""
        return self._strip("blocks", track, lens, low // BLOCK_DAYS, -(-high // BLOCK_DAYS))

    def sets(self, track: int, lens: int, low: int, high: int) -> Strip:
        """Entities by day, read at least for the days from `low` up to, and without, `high`."""
        return self._strip("sets", track, lens, low, high)

    def picked(self, track: int, lens: int, places: Iterable[int]) -> dict[int, dict[Group, Any]]:
        """Entities at some places, days or weeks, empty where there are none."""
        strip = self._strip_at("sets", track, lens)
        wanted = set(places)
        missing = sorted(
            place for place in wanted - strip.rows.keys() if not strip.low <= place < strip.high
        )
        if missing:
            assert self.cache is not None
            base = row_id(track, lens, 0)
            read = self.cache.rows_at("sets", [base + place for place in missing])
            self._take(strip, "sets", base, read)
            for place in missing:
                strip.rows.setdefault(place, {})
        return {place: strip.rows.get(place, {}) for place in wanted}

    def reach(self, track: int, lens: int) -> tuple[int, int]:
        """From which place up to, and without, which other a track has entities; (0, 0) for none."""
        key = ("reach", track, lens)
        if key not in self.memo:
            assert self.cache is not None
            self.memo[key] = self.cache.reach(track, lens)
        low, high = self.memo[key]
        return low, high

    def firsts(self, track: int, lens: int) -> dict[Group, Any]:
        """Each group's smallest time as the store writes it."""
        assert self.cache is not None
        return self.cache.row("firsts", row_id(track, lens, 0)) or {}

    def _strip_at(self, table: str, track: int, lens: int) -> Strip:
        strip = self._strips.get((table, track, lens))
        if strip is None:
            self.make_room()
            strip = self._strips[table, track, lens] = Strip()
        return strip

    def _strip(self, table: str, track: int, lens: int, low: int, high: int) -> Strip:
        strip = self._strip_at(table, track, lens)
        if low < strip.low or high > strip.high:
            if strip.low == strip.high:
                strip.low = strip.high = low
            self._read(strip, table, track, lens, min(low, strip.low), strip.low)
            self._read(strip, table, track, lens, strip.high, max(high, strip.high))
            strip.low, strip.high = min(low, strip.low), max(high, strip.high)
            strip.places = sorted(place for place in strip.rows if strip.low <= place < strip.high)
        return strip

    def _read(self, strip: Strip, table: str, track: int, lens: int, low: int, high: int) -> None:
        if low >= high:
            return
        assert self.cache is not None
        base = row_id(track, lens, 0)
        self._take(strip, table, base, self.cache.rows_between(table, base + low, base + high - 1))

    def _take(
        self, strip: Strip, table: str, base: int, rows: Iterable[tuple[int, dict[Group, Any]]]
    ) -> None:
        size = _size_of_sets if table == "sets" else _size_of_numbers
        for identifier, groups in rows:
            # one that was picked before may hold sets already
            if identifier - base not in strip.rows:
                strip.rows[identifier - base] = groups
                self._bytes += 64 + size(groups)


def _size_of_sets(groups: dict[Group, bytes]) -> int:
    # a bitmap made of it takes as much again
    return 2 * sum(map(len, groups.values())) + 100 * len(groups)


def _size_of_numbers(groups: dict[Group, Packed]) -> int:
    return sum([len(data) + 100 for columns in groups.values() for _, data in columns])


@dataclass(frozen=True, slots=True)
class Place:
    """Where an ask's track stands."""

    space: Space
    track: Track
    number: int
    arrivals: int | None = None
    """The number of the track of arrivals made of it; None where none is kept."""

    weeks: "Weeks | None" = None
    """The weeks made of it; None where none are kept."""


@dataclass(frozen=True, slots=True)
class Weeks:
    """A track of weeks."""

    number: int
    first: int
    """The day number on which the week of number 0 begins."""
