"""Sums, extremes and distinct counts over days, from partials."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import add, itemgetter
from typing import Any

from metric_tui.base.series import Group, Table, Value
from metric_tui.definitions.asks import MeasureAsk, SimpleMeasure
from metric_tui.engines.rollup.days import DaySpan
from metric_tui.engines.rollup.find import Found
from metric_tui.engines.rollup.pack import BLOCK_DAYS, NOTHING
from metric_tui.engines.rollup.shelf import Shelf, Strip
from metric_tui.engines.rollup.unions import unions
from metric_tui.engines.rollup.where import target_of


@dataclass(frozen=True, slots=True)
class Join:
    """How a column's numbers are joined."""

    two: Callable[[Any, Any], Any]
    over: Callable[[Sequence[Any]], Any]
    nothing: float
    """Changes nothing that it is joined with."""


JOIN: dict[str, Join] = {
    "sum": Join(add, sum, NOTHING["add"]),
    "min": Join(min, min, NOTHING["min"]),
    "max": Join(max, max, NOTHING["max"]),
}
Target = Callable[[Group], Group | None]


def total_table(shelf: Shelf, found: Found, ask: MeasureAsk, days: Sequence[DaySpan]) -> Table:
    """Counts, sums, averages, extremes."""
    assert isinstance(ask.measure, SimpleMeasure)
    track = found.place.track
    is_average = ask.measure.aggregation == "average"
    span = reach(days)
    strip = shelf.blocks(found.place.number, found.lens, *span)
    merge = JOIN[track.shape]
    line = _line_up(strip, span, target_of(ask.slice, found.names), (track.kept - 1, merge))
    bounds = line.bounds(days)
    values: dict[Group, tuple[Value, ...]] = {}
    for group, (weights, totals) in line.columns.items():
        row: list[Value] = [None] * len(days)
        for place, (start, end) in enumerate(bounds):
            weight = sum(weights[start:end])
            if weight:
                total = merge.over(totals[start:end])
                row[place] = total / weight if is_average else float(total)
        if any(value is not None for value in row):
            values[group] = tuple(row)
    return Table(len(days), values)


def distinct_table(shelf: Shelf, found: Found, ask: MeasureAsk, days: Sequence[DaySpan]) -> Table:
    """Distinct counts: 0 where there are rows but no entity, null without rows."""
    low, high = reach(days)
    rows = shelf.blocks(found.place.number, found.lens, low, high)
    target = target_of(ask.slice, found.names)
    found_sets = unions(shelf.sets(found.place.number, found.lens, low, high), days, target)
    values: dict[Group, tuple[Value, ...]] = {}
    line = _line_up(rows, (low, high), target, None)
    bounds = line.bounds(days)
    for group, (weights, _) in line.columns.items():
        row: list[Value] = [None] * len(days)
        for place, (start, end) in enumerate(bounds):
            if any(weights[start:end]):
                entities = found_sets[place].get(group)
                row[place] = float(len(entities)) if entities is not None else 0.0
        if any(value is not None for value in row):
            values[group] = tuple(row)
    return Table(len(days), values)


def reach(days: Sequence[DaySpan]) -> DaySpan:
    """From the first to the last day of all spans."""
    full = [span for span in days if span[1] > span[0]]
    if not full:
        return (0, 0)
    return min(full)[0], max(map(itemgetter(1), full))


@dataclass(slots=True)
class _Line:
    """Numbers of consecutive days, by group of the breakdown."""

    first: int
    """The day number of the first."""

    columns: dict[Group, tuple[list[Any], list[Any]]]
    """Weights and totals; totals are empty where only weights are read."""

    def bounds(self, spans: Sequence[DaySpan]) -> list[tuple[int, int]]:
        """Where the days of each span stand."""
        first = self.first
        if all(start >= first for start, _ in spans):
            return [(start - first, end - first) for start, end in spans]
        return [(max(start - first, 0), max(end - first, 0)) for start, end in spans]


def _line_up(strip: Strip, span: DaySpan, target: Target, read: "tuple[int, Join] | None") -> _Line:
    """Lay the days of a span's blocks in a row and join what falls into one group.

    Args:
        strip: the blocks.
        span: the days.
        target: how groups of the lens become groups of the breakdown.
        read: the column of totals and how two of them are joined; None to read weights only.
    """
    low, high = span
    blocks = list(strip.between(low // BLOCK_DAYS, -(-high // BLOCK_DAYS)))
    if not blocks:
        return _Line(0, {})
    first, count = blocks[0][0], (blocks[-1][0] - blocks[0][0] + 1) * BLOCK_DAYS
    found: dict[Group, tuple[list[Any], list[Any]]] = {}
    for block, groups in blocks:
        start = (block - first) * BLOCK_DAYS
        end = start + BLOCK_DAYS
        for group, columns in groups.items():
            wanted = target(group)
            if wanted is None:
                continue
            line = found.get(wanted)
            if line is None:
                nothing = [] if read is None else [read[1].nothing] * count
                line = found[wanted] = ([0] * count, nothing)
            weights, totals = line
            weights[start:end] = map(add, weights[start:end], columns[0])
            if read is not None:
                totals[start:end] = map(read[1].two, totals[start:end], columns[read[0]])
    return _Line(first * BLOCK_DAYS, found)
