"""From the cells of a day to the parts of its logs."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup.codes import Dictionary, number_of
from metric_tui.engines.rollup.logs.packing import part_of
from metric_tui.engines.rollup.logs.parts import Part
from metric_tui.engines.rollup.roll_plan import RollPlan
from metric_tui.engines.rollup.scan import CellKey, Job

_Columns = tuple[NDArray[Any], ...]
"""Of some rows: their cells' numbers, what the log keeps, their moments, and their own numbers."""


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
    rows: dict[int, list[_Columns]] = {}
    strays: set[int] = set()
    for key, columns in table.items():
        cell = number_of(key[1:], sizes)
        for number, places in plan.logs[key[0]]:
            own = [columns[place] for place in places]
            if None in own:
                strays.add(number)
                continue
            kept, moments, ranks = map(_joined, own)
            if not len(kept) == len(moments) == len(ranks):
                # a time that SQLite cannot tell
                strays.add(number)
            elif len(ranks):
                cells = np.full(len(ranks), cell, dtype=np.int64)
                rows.setdefault(number, []).append((cells, kept, moments, ranks))
    values = tuple(tuple(dictionary.values) for dictionary in dictionaries)
    found = {}
    for number, several in rows.items():
        cells, kept, moments, ranks = map(np.concatenate, zip(*several, strict=True))
        order = np.lexsort((ranks, moments))
        part = part_of(cells[order], kept[order], moments[order], values)
        found[number] = int(ranks.min()), part
    return found, strays


def _joined(column: Sequence[Any]) -> NDArray[Any]:
    """The numbers of a column that was read stretch by stretch."""
    return np.concatenate([np.asarray(part) for part in column]) if column else np.zeros(0)
