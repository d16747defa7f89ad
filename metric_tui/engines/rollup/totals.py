"""Sums, extremes and distinct counts over days, from partials."""

from bisect import bisect_left
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
    for group, runs in _runs(strip, reach(days), target).items():
        row: list[Value] = [None] * len(days)
        for place, span in enumerate(days):
            pieces = runs.within(*span)
            weight = sum([sum(columns[0][low:high]) for columns, low, high in pieces])
            if weight:
                total = join([join(columns[last][low:high]) for columns, low, high in pieces])
                row[place] = total / weight if is_average else float(total)
        if any(value is not None for value in row):
            values[group] = row
    return Table(len(days), {group: tuple(row) for group, row in values.items()})


def distinct_table(shelf: Shelf, found: Found, ask: MeasureAsk, days: Sequence[DaySpan]) -> Table:
    """Distinct counts: 0 where there are rows but no entity, null without rows."""
    low, high = reach(days)
    rows = shelf.blocks(found.place.number, found.lens, low, high)
    target = target_of(ask.slice, found.names)
    found_sets = unions(shelf.sets(found.place.number, found.lens, low, high), days, target)
    values: dict[Group, tuple[Value, ...]] = {}
    for group, runs in _runs(rows, (low, high), target).items():
        row: list[Value] = [None] * len(days)
        for place, span in enumerate(days):
            if any(any(columns[0][start:end]) for columns, start, end in runs.within(*span)):
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
    return min(span[0] for span in full), max(span[1] for span in full)


class _Runs:
    """One group's blocks of days, ascending; a block may be there several times."""

    def __init__(self) -> None:
        self.blocks: list[int] = []
        self.columns: list[Any] = []

    def within(self, low: int, high: int) -> list[tuple[Any, int, int]]:
        """The columns of every block that holds days of a span, with the places of these."""
        found = []
        place = bisect_left(self.blocks, low // BLOCK_DAYS)
        while place < len(self.blocks) and (first := self.blocks[place] * BLOCK_DAYS) < high:
            start, end = max(low - first, 0), min(high - first, BLOCK_DAYS)
            found.append((self.columns[place], start, end))
            place += 1
        return found


def _runs(strip: Strip, span: DaySpan, target: Target) -> dict[Group, _Runs]:
    """By group of the breakdown, the blocks that hold days of a span."""
    low, high = span
    found: dict[Group, _Runs] = {}
    for block, groups in strip.between(low // BLOCK_DAYS, -(-high // BLOCK_DAYS)):
        for group, columns in groups.items():
            wanted = target(group)
            if wanted is not None:
                runs = found.get(wanted)
                if runs is None:
                    runs = found[wanted] = _Runs()
                runs.blocks.append(block)
                runs.columns.append(columns)
    return found
