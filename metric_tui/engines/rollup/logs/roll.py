"""From the cells of a day to the parts of its logs."""

from array import array
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from metric_tui.engines.rollup.codes import Dictionary, number_of
from metric_tui.engines.rollup.logs.parts import Part, Whole, packed
from metric_tui.engines.rollup.roll_plan import RollPlan
from metric_tui.engines.rollup.scan import CellKey, Job

_Row = tuple[Any, ...]
"""The row's number, its cell's, what the log keeps of it, and its moment."""


def parts_of(
    table: Mapping[CellKey, Sequence[Any]],
    plan: RollPlan,
    job: Job,
    dictionaries: Sequence[Dictionary],
) -> tuple[dict[int, tuple[int, Part]], set[int]]:
    """The logs of one day.

    Args:
        table: columns by the event's and the dimensions' codes.
        plan: which of them are a log's.
        job: the tracks.
        dictionaries: of the dimensions.

    Returns:
        By the track's place in the job the number of the first row and the part; and the tracks in
        which some value is no number.
    """
    sizes = [len(dictionary.values) for dictionary in dictionaries]
    rows: dict[int, list[_Row]] = {}
    strays: set[int] = set()
    for key, columns in table.items():
        cell = number_of(key[1:], sizes)
        for number, places in plan.logs[key[0]]:
            own = [columns[place] for place in places]
            if None in own:
                strays.add(number)
                continue
            *kept, ranks = [[value for part in column for value in part] for column in own]
            if any(len(column) != len(ranks) for column in kept):
                # a time that SQLite cannot tell
                strays.add(number)
                continue
            more = zip(ranks, [cell] * len(ranks), *kept, strict=True)
            rows.setdefault(number, []).extend(more)
    values = tuple(tuple(dictionary.values) for dictionary in dictionaries)
    return {
        number: (
            min(found)[0],
            part_of([row[1:] for row in sorted(found, key=_in_time)], values),
        )
        for number, found in rows.items()
        if found
    }, strays


def _in_time(row: _Row) -> tuple[int, int]:
    return row[-1], row[0]


def part_of(rows: Sequence[tuple[int, Any, int]], values: tuple[tuple[object, ...], ...]) -> Part:
    """A part of a day.

    Args:
        rows: in the order of their moments, each the cell's number, the member or value, and the
            moment.
        values: of each dimension by code.
    """
    cells, kept, moments = zip(*rows, strict=True)
    first = moments[0]
    since = [0, *(after - before for before, after in pairwise(moments))]
    times: tuple[Whole, ...] = (packed(cells), packed(since))
    if any(isinstance(value, float) for value in kept):
        return values, len(rows), first, times, array("d", kept).tobytes()
    return values, len(rows), first, (*times, packed(kept)), b""
