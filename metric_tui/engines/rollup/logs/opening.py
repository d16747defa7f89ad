"""Where an ask's logs stand, and what of them a slice leaves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray

from metric_tui.base.periods import EARLIEST, Span
from metric_tui.base.series import Group
from metric_tui.definitions.asks import MeasureAsk, Slice
from metric_tui.engines.rollup.days import DayReader
from metric_tui.engines.rollup.finality import without_cutoff
from metric_tui.engines.rollup.find import found_track, is_interned, remember_for
from metric_tui.engines.rollup.logs.blocks import Block
from metric_tui.engines.rollup.logs.condensed import Condensed
from metric_tui.engines.rollup.logs.reading import Log, LogDay
from metric_tui.engines.rollup.logs.tracks import condensed_track, log_tracks
from metric_tui.engines.rollup.logs.windows import Window, windows_of
from metric_tui.engines.rollup.shelf import Shelf
from metric_tui.engines.rollup.where import target_of
from metric_tui.engines.store import Store

NOWHERE = -1
"""The place of rows that a filter drops."""


EVERYTHING = Slice()


@dataclass(frozen=True, slots=True)
class OpenLog:
    """A log and how its days are told."""

    shelf: Shelf
    log: Log
    names: tuple[str, ...]
    """Of the dimensions, in the order of the log's groups."""

    reader: DayReader
    condensed: Condensed | None = None
    """What is made of the logs of the ask; only beside the first of them."""

    def windows(self, spans: Sequence[Span]) -> list[Window]:
        """A window of each span."""
        return windows_of(self.reader, spans)

    def until(self, cutoff: datetime) -> Window:
        """The rows before a moment."""
        (window,) = self.windows([Span(EARLIEST, cutoff)])
        return replace(window, high=min(window.high, self.log.reach[1]))

    def days(self, low: int, high: int, until: Window, sliced: Slice = EVERYTHING) -> list[LogDay]:
        """The rows from one day up to, and without, another.

        Args:
            low: the first day.
            high: the day after the last.
            until: no row after it counts.
            sliced: whose filters rows must pass.
        """
        high = min(high, until.high)
        self.read(low, high)
        passes = self.passing(sliced)
        found = []
        for day in self.log.between(low, high):
            mask = None if passes is None else passes[day.cells]
            if until.end is not None and day.day == until.high - 1:
                before = day.moments < until.end
                mask = before if mask is None else mask & before
            own = day.of(mask)
            if len(own.kept):
                found.append(own)
        return found

    def blocks(self, part: int, low: int, high: int, sliced: Slice = EVERYTHING) -> list[Block]:
        """What is condensed of the days from one up to, and without, another.

        Args:
            part: which of what is condensed; see `condensing`.
            low: the first day.
            high: the day after the last.
            sliced: whose filters rows must pass.
        """
        assert self.shelf.cache is not None
        assert self.condensed is not None
        every = list(self.condensed.between(self.shelf.cache, part, low, high))
        passes = self.passing(sliced)
        if passes is None:
            return every
        found = [block.of(passes[block.cells]) for block in every]
        return [block for block in found if len(block.days)]

    def read(self, low: int, high: int) -> None:
        """Have some days in memory."""
        assert self.shelf.cache is not None
        self.log.read(self.shelf.cache, low, high)

    def passing(self, sliced: Slice) -> NDArray[np.bool_] | None:
        """By place of a group known by now, whether a slice leaves its rows; None where all."""
        if not sliced.where:
            return None
        places, _ = self.targets(Slice(where=sliced.where))
        passes: NDArray[np.bool_] = places != NOWHERE
        return passes

    def targets(self, sliced: Slice) -> tuple[NDArray[np.int64], list[Group]]:
        """By place of a group known by now, the place of the breakdown's group, and these."""
        key = ("targets", sliced.where, sliced.by, len(self.log.groups.values))
        found = self.log.remembered(key, partial(self._targets, sliced))
        return found.places, found.groups

    def _targets(self, sliced: Slice) -> "_Targets":
        target = target_of(sliced, self.names)
        places: dict[Group, int] = {}
        found = [
            NOWHERE if wanted is None else places.setdefault(wanted, len(places))
            for wanted in map(target, self.log.groups.values)
        ]
        return _Targets(np.array(found, dtype=np.int64), list(places))


@dataclass(frozen=True, slots=True)
class _Targets:
    places: NDArray[np.int64]
    groups: list[Group]

    @property
    def nbytes(self) -> int:
        return self.places.nbytes


def open_logs(store: Store, shelf: Shelf, ask: MeasureAsk) -> list[OpenLog]:
    """The logs of an ask in the order of `log_tracks`; none where not all can be used."""
    remember_for(store, shelf)
    key = ("logs", without_cutoff(ask.measure), ask.slice.filters)
    tracks = shelf.memo.get(key)
    if tracks is None:
        tracks = shelf.memo[key] = log_tracks(store, ask)
    found: list[OpenLog] = []
    spaces = set()
    readers: list[DayReader] = []
    for track in tracks:
        place = found_track(store, shelf, track)
        if place is None:
            return []
        names = tuple(name for name, _ in place.place.space.kept)
        reader = DayReader(place.place.space.axis, place.extent)
        readers.append(reader)
        spaces.add((place.place.space.base_key, is_interned(shelf, place)))
        log = shelf.logs.get(place.place.number)
        if log is None:
            log = shelf.logs[place.place.number] = Log(
                number=place.place.number,
                reach=_reach(reader),
                is_of_members=track.columns[0].fold == "members",
                memory=shelf.log_memory,
                has_moments=track.columns[0].fold == "members",
            )
        found.append(OpenLog(shelf, log, names, reader))
    if len({reader.axis.holds_days for reader in readers}) > 1:
        # what knows only its day is compared as a day
        return []
    if len(spaces) > 1 and any(interned for _, interned in spaces):
        # every space numbers its entities by itself
        return []
    dimensions = {*ask.slice.by, *(entry.dimension for entry in ask.slice.where)}
    if not found or not dimensions <= set(found[0].names):
        return []
    found[0] = replace(found[0], condensed=_condensed(store, shelf, ask, found[0].log))
    return found


def _condensed(store: Store, shelf: Shelf, ask: MeasureAsk, log: Log) -> Condensed | None:
    key = ("condensed", without_cutoff(ask.measure), ask.slice.filters)
    if key not in shelf.memo:
        shelf.memo[key] = condensed_track(store, ask)
    track = shelf.memo[key]
    place = None if track is None else found_track(store, shelf, track)
    if place is None:
        return None
    number = place.place.number
    found: Condensed | None = shelf.condensed.get(number)
    if found is None:
        found = shelf.condensed[number] = Condensed(number, log.groups, shelf.log_memory)
    return found


def _reach(reader: DayReader) -> tuple[int, int]:
    first, last = reader.extent.first, reader.extent.last
    if first is None or last is None:
        return (0, 0)
    day_of = reader.axis.calendar.day_of
    return day_of(first).toordinal(), day_of(last).toordinal() + 1
