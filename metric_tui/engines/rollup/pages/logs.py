"""From rows read from pages to the parts of logs, as `rollup.logs.roll` makes them of cells."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup.logs.packing import packed_arrays
from metric_tui.engines.rollup.logs.parts import Part
from metric_tui.engines.rollup.pages.expressions import NOTHING, REAL, WHOLE, Results, together
from metric_tui.engines.rollup.pages.groups import Keys, mixed, slices
from metric_tui.engines.rollup.pages.rows import EventRows, Places
from metric_tui.engines.rollup.roll import Roller
from metric_tui.engines.rollup.tracks import Column


def roll_logs(
    roller: Roller,
    kept: Sequence[Sequence[Column]],
    closing: Mapping[int, EventRows],
    sizes: Sequence[int],
) -> None:
    """Keep the rows of the days that are closed.

    Args:
        roller: takes the parts.
        kept: the columns read of a row, by its event's code.
        closing: the rows of these days, by event's code.
        sizes: how many codes each dimension has.
    """
    found: dict[int, list[_Rows]] = {}
    for code, rows in closing.items():
        if rows.places is None:
            continue
        cells = mixed(rows.codes, sizes, len(rows.days))
        for number, places in roller.plan.logs[code]:
            read = [rows.values[sql] for sql in kept[code][places[0]].read]
            taken = np.logical_and.reduce([results.kinds != NOTHING for results in read])
            own = _Rows.made_of(rows, cells, rows.places, read[0])
            if not taken.all():
                own = own.of(np.flatnonzero(taken))
            if len(own.days):
                found.setdefault(number, []).append(own)
    for number, several in found.items():
        _keep(roller, number, _sorted(several))


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of one log."""

    days: Keys
    cells: Keys
    wholes: NDArray[np.int64]
    results: Results | None
    """All that is known of the values, where some are floating numbers."""

    ranks: Keys
    moments: NDArray[np.int64]

    @classmethod
    def made_of(cls, rows: EventRows, cells: Keys, places: Places, values: Results) -> "_Rows":
        results = values if (values.kinds == REAL).any() else None
        return cls(rows.days, cells, values.wholes, results, places.ranks, places.moments)

    def of(self, rows: Keys) -> "_Rows":
        results = None if self.results is None else self.results.of(rows)
        return _Rows(
            self.days[rows],
            self.cells[rows],
            self.wholes[rows] if results is None else results.wholes,
            results,
            self.ranks[rows],
            self.moments[rows],
        )


def _together(several: Sequence[_Rows]) -> _Rows:
    results = None
    if any(own.results is not None for own in several):
        results = together([own.results or _whole(own.wholes) for own in several])
    return _Rows(
        np.concatenate([own.days for own in several]),
        np.concatenate([own.cells for own in several]),
        np.concatenate([own.wholes for own in several]),
        results,
        np.concatenate([own.ranks for own in several]),
        np.concatenate([own.moments for own in several]),
    )


def _whole(wholes: NDArray[np.int64]) -> Results:
    return Results(np.full(len(wholes), WHOLE, dtype=np.uint8), wholes, np.zeros(len(wholes)))


def _sorted(several: Sequence[_Rows]) -> _Rows:
    """All rows by moment, those of one as they stand in the table."""
    rows = several[0]
    if len(several) > 1:
        rows = _together(several)
        # each event's rows are sorted already, which sorting by comparison makes use of
        rows = rows.of(np.argsort(rows.ranks, kind="stable"))
    if (rows.moments[1:] < rows.moments[:-1]).any():
        # days are in order then too
        rows = rows.of(np.argsort(rows.moments, kind="stable"))
    return rows


def _keep(roller: Roller, number: int, rows: _Rows) -> None:
    values = tuple(tuple(entry.values) for entry in roller.scanner.dictionaries)
    days = [*slices(rows.days)]
    bounds = [0, *(end for _, _, end in days)]
    since = np.diff(rows.moments, prepend=rows.moments[:1])
    since[bounds[:-1]] = 0
    columns = (packed_arrays(own, bounds) for own in (rows.cells, since, rows.wholes))
    for (day, begin, end), (*times, wholes) in zip(days, zip(*columns, strict=True), strict=True):
        first = int(rows.moments[begin])
        part: Part = (values, end - begin, first, (*times, wholes), b"")
        if rows.results is not None:
            is_real = rows.results.kinds[begin:end] == REAL
            if is_real.any():
                reals = np.where(is_real, rows.results.reals[begin:end], rows.wholes[begin:end])
                part = (values, end - begin, first, tuple(times), reals.tobytes())
        roller.keep_part((number, 0, day), int(rows.ranks[begin:end].min()), part)
