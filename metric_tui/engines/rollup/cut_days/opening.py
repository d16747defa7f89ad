"""What answers an ask whose spans begin or end inside of days."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metric_tui.base.periods import Span
from metric_tui.base.series import Cell
from metric_tui.definitions.asks import MeasureAsk, Rows, Slice, VolumeMeasure
from metric_tui.engines.rollup.changes import Changes
from metric_tui.engines.rollup.cut_days.cuts import Cuts
from metric_tui.engines.rollup.cut_days.keeping import KeptDays
from metric_tui.engines.rollup.cut_days.missing import RowsMissing
from metric_tui.engines.rollup.cut_days.reader import RowReader
from metric_tui.engines.rollup.cut_days.rolling import Roller
from metric_tui.engines.rollup.cut_days.rows import Members
from metric_tui.engines.rollup.cut_days.shelf import CutShelf
from metric_tui.engines.rollup.days import DayReader, DaySpan
from metric_tui.engines.rollup.find import Found, is_interned
from metric_tui.engines.rollup.partials import Days
from metric_tui.engines.rollup.shelf import Shelf
from metric_tui.engines.rollup.spaces import Space
from metric_tui.engines.rollup.wanted import wanted_tracks
from metric_tui.engines.rollup.where import CannotTell
from metric_tui.engines.store import Store

MOST_ROWS = 600_000
"""About so many rows are read for one ask; plain SQL answers what would take more."""


def cut_days(
    store: Store, shelf: Shelf, found: Found, spans: tuple[Span, ...], *, may_read: bool
) -> Days | None:
    """Cut days where spans begin and end; None where plain SQL should answer.

    Args:
        store: whose rows are read.
        shelf: the partials of whole days.
        found: where an ask's partials stand.
        spans: some begin or end inside of days.
        may_read: whether rows that are not in memory may be read from the store.

    Raises:
        RowsMissing: days have to be read before.
    """
    place = found.place
    cuts, placed = _cuts(shelf, found, spans)
    reader = _reader(store, shelf, place.space)
    if reader is None or place.track not in reader.tracks:
        return None
    if not _are_held(store, shelf, found, reader, cuts.days, may_read=may_read):
        return None
    key = ("cut", place.number, found.lens, cuts)
    known: CutShelf | None = shelf.unions.get(key)
    if known is None:
        lens = place.space.lenses[found.lens]
        roller = Roller(reader, place.track, lens, _members(shelf, found))
        # weeks are of whole days
        own = replace(found, place=replace(place, weeks=None))
        known = shelf.unions[key] = CutShelf(shelf, own, cuts, roller)
    return Days(known, known.found, placed)


def _cuts(shelf: Shelf, found: Found, spans: tuple[Span, ...]) -> tuple[Cuts, Sequence[DaySpan]]:
    """Where days are cut and where the spans stand then, which most measures of a question share."""
    space = found.place.space
    key = ("cuts", space.key, found.extent, len(spans), spans[:1], spans[-1:])
    known = shelf.memo.get(key)
    if known is None or known[0] != spans:
        days = DayReader(space.axis, found.extent)
        cuts = Cuts.of(days, spans)
        known = shelf.memo[key] = (spans, cuts, [cuts.span(days, span) for span in spans])
    return known[1], known[2]


def _reader(store: Store, shelf: Shelf, space: Space) -> RowReader | None:
    key = ("rows of days", space.key)
    if key not in shelf.memo:
        shelf.memo[key] = None
        for wanted, tracks in wanted_tracks(store)[0].items():
            if wanted.base_key == space.base_key:
                read = [t for t in tracks if not t.is_derived and t.shape not in ("first", "log")]
                shelf.memo[key] = RowReader(store.engine.dialect, space, tuple(read))
    found: RowReader | None = shelf.memo[key]
    return found


def _are_held(
    store: Store,
    shelf: Shelf,
    found: Found,
    reader: RowReader,
    days: Sequence[int],
    *,
    may_read: bool,
) -> bool:
    """Have days in memory, unless they are too many or rows may not be read."""
    absent = reader.absent(days)
    if absent:
        kept = _kept_days(store, shelf, found, reader)
        reader.hold_kept(kept.find(absent))
        absent = reader.absent(absent)
        if absent and not (may_read and len(absent) * _rows_of_a_day(shelf, found) <= MOST_ROWS):
            return False
        if absent:
            raise RowsMissing(reader, absent, kept)
    reader.make_room(days)
    return True


def _kept_days(store: Store, shelf: Shelf, found: Found, reader: RowReader) -> KeptDays:
    cache, space = shelf.cache, found.place.space
    assert cache is not None
    rows = Rows(source=space.source, time_column=found.place.track.rows.time_column)
    return KeptDays(
        cache=shelf.path,
        read=reader.key,
        rows=MeasureAsk(measure=VolumeMeasure(rows=rows), spans=(), slice=Slice()),
        fingerprint=cache.meta("fingerprint") or "",
        changes=Changes(store, cache, int(cache.meta("generation") or 0)),
    )


def _rows_of_a_day(shelf: Shelf, found: Found) -> float:
    assert shelf.cache is not None
    table, extent = shelf.cache.table(found.place.space.table), found.extent
    if table is None or extent.first is None or extent.last is None:
        return 0.0
    return table.rows / ((extent.last - extent.first).days + 1)


def _members(shelf: Shelf, found: Found) -> Members:
    if not is_interned(shelf, found):
        return _own_numbers
    key = ("numbers of entities", found.place.space.base_key)
    if key not in shelf.memo:
        assert shelf.cache is not None
        values = shelf.cache.entities(found.place.space.base_key)
        shelf.memo[key] = {value: number for number, value in enumerate(values)}
    return partial(_interned, shelf.memo[key])


def _own_numbers(values: Sequence[Any]) -> NDArray[np.uint32]:
    try:
        return np.array(values, dtype=np.uint32)
    except (TypeError, ValueError, OverflowError) as error:
        raise CannotTell from error


def _interned(numbers: Mapping[Cell, int], values: Sequence[Cell]) -> NDArray[np.uint32]:
    try:
        return np.array([numbers[value] for value in values], dtype=np.uint32)
    except KeyError as error:
        # a row that came after the partials were made
        raise CannotTell from error
