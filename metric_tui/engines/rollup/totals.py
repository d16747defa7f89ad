"""Sums, extremes and distinct counts over days, from partials."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from operator import add
from typing import Any

from metric_tui.base.series import Group, Table, Value
from metric_tui.definitions.asks import MeasureAsk, SimpleMeasure
from metric_tui.engines.rollup.days import DaySpan, reach
from metric_tui.engines.rollup.find import Found
from metric_tui.engines.rollup.pack import BLOCK_DAYS, NOTHING, numbers
from metric_tui.engines.rollup.partials import Partials
from metric_tui.engines.rollup.shelf import Strip
from metric_tui.engines.rollup.unions import unions_of
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


def total_table(shelf: Partials, found: Found, ask: MeasureAsk, days: Sequence[DaySpan]) -> Table:
    """Counts, sums, averages, extremes."""
    assert isinstance(ask.measure, SimpleMeasure)
    track = found.place.track
    is_average = ask.measure.aggregation == "average"
    span = reach(days)
    strip = shelf.blocks(found.place.number, found.lens, *span)
    merge = JOIN[track.shape]
    line = _line_up(strip, span, target_of(ask.slice, found.names), (track.kept - 1, merge))
    values: dict[Group, tuple[Value, ...]] = {}
    places = line.bounds(days)
    for group, columns in line.columns.items():
        row: list[Value] = [
            (total / weight if is_average else float(total)) if weight else None
            for weight, total in _over(columns, places, merge)
        ]
        if row.count(None) < len(row):
            # the days after the last block have no numbers
            values[group] = (*row, *[None] * (len(days) - len(row)))
    return Table(len(days), values)


def _over(
    columns: tuple[list[Any], list[Any]], places: Sequence[tuple[int, int]], merge: Join
) -> Iterable[tuple[Any, Any]]:
    """Weight and total of each span; of consecutive days possibly fewer than there are spans."""
    weights, totals = columns
    first, last = (places[0][0], places[-1][1]) if places else (0, 0)
    if last - first == len(places) and all(end - start == 1 for start, end in places):
        return zip(weights[first:last], totals[first:last], strict=True)
    sums = [sum(weights[start:end]) for start, end in places]
    return [
        (weight, merge.over(totals[start:end]) if weight else merge.nothing)
        for weight, (start, end) in zip(sums, places, strict=True)
    ]


def distinct_table(
    shelf: Partials, found: Found, ask: MeasureAsk, days: Sequence[DaySpan]
) -> Table:
    """Distinct counts: 0 where there are rows but no entity, null without rows."""
    low, high = reach(days)
    rows = shelf.blocks(found.place.number, found.lens, low, high)
    target = target_of(ask.slice, found.names)
    found_sets = unions_of(shelf, found, ask.slice).over(days)
    values: dict[Group, tuple[Value, ...]] = {}
    line = _line_up(rows, (low, high), target, None)
    places = line.bounds(days)
    for group, (weights, _) in line.columns.items():
        row: list[Value] = [None] * len(days)
        for place, (start, end) in enumerate(places):
            if any(weights[start:end]):
                entities = found_sets[place].get(group)
                row[place] = float(len(entities)) if entities is not None else 0.0
        if row.count(None) < len(row):
            values[group] = tuple(row)
    return Table(len(days), values)


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
        begun: set[Group] = set()
        for group, columns in groups.items():
            wanted = target(group)
            if wanted is None:
                continue
            line = found.get(wanted)
            if line is None:
                nothing = [] if read is None else [read[1].nothing] * count
                line = found[wanted] = ([0] * count, nothing)
            if isinstance(columns[0], tuple):
                columns = groups[group] = tuple(map(numbers, columns))
            weights, totals = line
            if wanted not in begun:
                # nothing stands in this block yet that these numbers would have to join
                begun.add(wanted)
                weights[start:end] = columns[0]
                if read is not None:
                    totals[start:end] = columns[read[0]]
                continue
            weights[start:end] = map(add, weights[start:end], columns[0])
            if read is not None:
                totals[start:end] = map(read[1].two, totals[start:end], columns[read[0]])
    return _Line(first * BLOCK_DAYS, found)
