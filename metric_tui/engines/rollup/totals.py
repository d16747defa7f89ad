"""Sums, extremes and distinct counts over days, from partials."""

from collections.abc import Callable, Sequence
from typing import Any

from metric_tui.base.series import Group, Table, Value
from metric_tui.definitions.asks import MeasureAsk, SimpleMeasure
from metric_tui.engines.rollup.days import DaySpan
from metric_tui.engines.rollup.find import Found
from metric_tui.engines.rollup.pack import BLOCK_DAYS
from metric_tui.engines.rollup.shelf import Shelf, Strip
from metric_tui.engines.rollup.unions import unions
from metric_tui.engines.rollup.where import target_of

JOIN: dict[str, Callable[[Any], Any]] = {"sum": sum, "min": min, "max": max}
Target = Callable[[Group], Group | None]


def total_table(shelf: Shelf, found: Found, ask: MeasureAsk, days: Sequence[DaySpan]) -> Table:
    """Counts, sums, averages, extremes."""
    assert isinstance(ask.measure, SimpleMeasure)
    track = found.place.track
    is_average = ask.measure.aggregation == "average"
    strip = shelf.blocks(found.place.number, found.lens, *reach(days))
    target = target_of(ask.slice, found.names)
    join = JOIN[track.shape]
    last = track.kept - 1
    values: dict[Group, list[Value]] = {}
    for place, span in enumerate(days):
        for group, pieces in _pieces(strip, span, target).items():
            weight = sum(sum(columns[0][low:high]) for columns, low, high in pieces)
            if not weight:
                continue
            total = join(join(columns[last][low:high]) for columns, low, high in pieces)
            row = values.setdefault(group, [None] * len(days))
            row[place] = total / weight if is_average else float(total)
    return Table(len(days), {group: tuple(row) for group, row in values.items()})


def distinct_table(shelf: Shelf, found: Found, ask: MeasureAsk, days: Sequence[DaySpan]) -> Table:
    """Distinct counts: 0 where there are rows but no entity, null without rows."""
    low, high = reach(days)
    rows = shelf.blocks(found.place.number, found.lens, low, high)
    target = target_of(ask.slice, found.names)
    found_sets = unions(shelf.sets(found.place.number, found.lens, low, high), days, target)
    values: dict[Group, list[Value]] = {}
    for place, span in enumerate(days):
        for group, pieces in _pieces(rows, span, target).items():
            if any(any(columns[0][start:end]) for columns, start, end in pieces):
                entities = found_sets[place].get(group)
                row = values.setdefault(group, [None] * len(days))
                row[place] = float(len(entities)) if entities is not None else 0.0
    return Table(len(days), {group: tuple(row) for group, row in values.items()})


def reach(days: Sequence[DaySpan]) -> DaySpan:
    """From the first to the last day of all spans."""
    full = [span for span in days if span[1] > span[0]]
    if not full:
        return (0, 0)
    return min(span[0] for span in full), max(span[1] for span in full)


def _pieces(strip: Strip, span: DaySpan, target: Target) -> dict[Group, list[tuple[Any, int, int]]]:
    """By group of the breakdown, the columns of each block with the days that count."""
    low, high = span
    found: dict[Group, list[tuple[Any, int, int]]] = {}
    if low >= high:
        return found
    for block, groups in strip.between(low // BLOCK_DAYS, -(-high // BLOCK_DAYS)):
        first = block * BLOCK_DAYS
        start, end = max(low - first, 0), min(high - first, BLOCK_DAYS)
        for group, columns in groups.items():
            wanted = target(group)
            if wanted is not None:
                found.setdefault(wanted, []).append((columns, start, end))
    return found
