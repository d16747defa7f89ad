"""From rows of a day to the partials of its parts, for one track under one lens."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from metric_tui.base.series import Cell, Group
from metric_tui.engines.rollup.cut_days.reader import RowReader
from metric_tui.engines.rollup.cut_days.rows import DayRows, Members, Places, Values
from metric_tui.engines.rollup.pack import NOTHING
from metric_tui.engines.rollup.pages.bitmaps import serialized
from metric_tui.engines.rollup.spaces import Lens
from metric_tui.engines.rollup.tracks import Column, Track
from metric_tui.engines.rollup.where import CannotTell

Totals = NDArray[np.float64]

_MOST_EXACT = 2**53
"""Whole numbers below are added up exactly as floating ones."""

_MEMBER_BITS = 32


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of a day holds, by group of the lens; a group without rows is missing."""

    numbers: dict[Group, list[float]] = field(default_factory=dict)
    """One of each column that a track keeps as numbers."""

    sets: dict[Group, bytes] = field(default_factory=dict)
    """Entities, as the cache keeps them."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of one event in one reading."""

    rows: Places
    parts: Places
    groups: Places
    slots: dict[Column, Values]
    """What columns are made of; nothing of one that only counts rows."""


@dataclass(frozen=True, slots=True)
class Roller:
    """Rolls up days of one track under one lens."""

    reader: RowReader
    track: Track
    lens: Lens
    members: Members

    def parts(self, day: int, bounds: Sequence[Cell]) -> list[Part]:
        """The parts of a day that has been read.

        Args:
            day: its number.
            bounds: where it is cut, as the store writes times; ascending.

        Raises:
            CannotTell: plain SQL has to answer.
        """
        parts = [Part() for _ in range(len(bounds) + 1)]
        groups: dict[Group, int] = {}
        found = [
            rows for own in self.reader.rows(day) for rows in self._by_event(own, bounds, groups)
        ]
        keys = [rows.parts * len(groups) + rows.groups for rows in found]
        size = len(parts) * len(groups)
        kept = self.track.columns[: self.track.kept]
        columns = [_column(column, found, keys, size) for column in kept]
        names = list(groups)
        for key in np.flatnonzero(columns[0]).tolist():
            part, group = divmod(key, len(groups))
            parts[part].numbers[names[group]] = [float(column[key]) for column in columns]
        if self.track.shape == "set":
            for key, data in self._sets(found, keys):
                part, group = divmod(key, len(groups))
                parts[part].sets[names[group]] = data
        return parts

    def _by_event(
        self, own: DayRows, bounds: Sequence[Cell], groups: dict[Group, int]
    ) -> Iterator[_Rows]:
        reader, track = self.reader, self.track
        codes = [code for code in own.reading.events if track.reads(reader.events.name(code))]
        if not codes or not len(own):
            return
        parts = own.parts(tuple(bounds))
        names, local = own.by_lens(self.lens)
        places = np.array(
            [groups.setdefault(group, len(groups)) for group in names], dtype=np.int32
        )
        for code in codes:
            rows = own.of_event(code)
            foldings = zip(reader.columns[code], own.reading.foldings[code], strict=True)
            slots = {
                column: own.slots[folding.slot]
                for column, folding in foldings
                if folding.fold != "rows"
            }
            yield _Rows(rows, parts[rows], places[local[rows]], slots)

    def _sets(self, found: Sequence[_Rows], keys: Sequence[Places]) -> Iterator[tuple[int, bytes]]:
        column = self.track.columns[1]
        pairs = []
        for rows, own in zip(found, keys, strict=True):
            values = rows.slots[column]
            inside = values.present[rows.rows]
            members = values.entities(self.members)[rows.rows[inside]]
            pairs.append((own[inside].astype(np.int64) << _MEMBER_BITS) | members)
        if not pairs:
            return
        every = np.sort(np.concatenate(pairs))
        is_first = np.ones(len(every), dtype=bool)
        is_first[1:] = every[1:] != every[:-1]
        every = every[is_first]
        members = (every & (2**_MEMBER_BITS - 1)).astype(np.uint32)
        yield from serialized(every >> _MEMBER_BITS, members)


def _column(column: Column, found: Sequence[_Rows], keys: Sequence[Places], size: int) -> Totals:
    """One number of every part and group.

    Raises:
        CannotTell: the numbers are too large to be told from others here.
    """
    total = np.full(size, float(NOTHING[column.merge]))
    for rows, own in zip(found, keys, strict=True):
        if column.fold == "rows":
            total += np.bincount(own, minlength=size)
            continue
        values = rows.slots[column]
        inside = values.present[rows.rows]
        if column.fold == "count":
            total += np.bincount(own[inside], minlength=size)
            continue
        numbers = values.numbers[rows.rows[inside]].astype(np.float64)
        if values.numbers.dtype.kind == "i" and np.abs(numbers).sum() >= _MOST_EXACT:
            raise CannotTell
        if column.fold == "sum":
            total += np.bincount(own[inside], numbers, minlength=size)
        else:
            choose = np.minimum if column.fold == "min" else np.maximum
            choose.at(total, own[inside], numbers)
    return total
