"""Each member once: by a place at its number where numbers are dense enough, else by sorting.

`numpy.unique` is not used: it imports numpy's masked arrays, which takes longer than most answers.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup.kernels import members as kernels
from metric_tui.engines.rollup.logs.reading import Members, Wholes

_SPARSE = 256
"""So many times as many places as rows are cheaper than sorting the rows."""

_ALWAYS = 1 << 16


def first_rows(parts: Sequence[Members]) -> list[Wholes]:
    """The places, part by part, of each member's first row, in no order."""
    most = max((int(part.max(initial=0)) for part in parts), default=0)
    if _is_dense(most + 1, sum(map(len, parts))):
        compiled = kernels.rows_of_new(parts, most)
        if compiled is not None:
            return compiled
    if len(parts) < 2:
        return [_first_rows(part) for part in parts]
    begins = np.cumsum([0, *(len(part) for part in parts[:-1])])
    found = np.sort(_first_rows(np.concatenate(parts)))
    cuts = np.searchsorted(found, begins[1:])
    return [own - begin for own, begin in zip(np.split(found, cuts), begins, strict=True)]


def _first_rows(members: Members) -> Wholes:
    count = len(members)
    most = int(members.max(initial=0)) + 1
    if not _is_dense(most, count):
        order = np.argsort(members, kind="stable")
        found: Wholes = order[is_new(members[order])]
        return found
    # in half the room more of it stays near the processor
    first = np.empty(most, dtype=np.int32)
    rows = np.arange(count, dtype=np.int32)
    # of several rows the one that is written last stays
    first[members[::-1]] = rows[::-1]
    return np.flatnonzero(first.take(members) == rows)


def distinct_counts(groups: Wholes, members: Members, count: int) -> NDArray[np.float64]:
    """How many members each group has.

    Args:
        groups: the place of each row's, from 0.
        members: by row.
        count: of groups.
    """
    width = int(members.max(initial=0)) + 1
    is_dense = _is_dense(width * count, len(members))
    compiled = kernels.count_distinct(groups, members, count, width - 1) if is_dense else None
    if compiled is not None:
        return compiled.astype(np.float64)
    keys = members if count == 1 else groups * width + members
    if not is_dense:
        keys = np.sort(keys)
        keys = keys[is_new(keys)].astype(np.int64)
        return np.bincount(keys // width, minlength=count).astype(np.float64)
    marks = np.zeros(width * count, dtype=bool)
    marks[keys] = True
    found: NDArray[np.float64] = np.count_nonzero(marks.reshape(count, width), axis=1).astype(float)
    return found


def numbered_densely(left: Members, right: Members) -> tuple[Members, Members]:
    """The members of two columns, numbered anew where their numbers lie far apart."""
    most = max(int(own.max(initial=0)) for own in (left, right))
    if _is_dense(most, len(left) + len(right)):
        return left, right
    every = np.concatenate([left, right])
    order = np.argsort(every, kind="stable")
    numbers = np.empty(len(every), dtype=np.uint32)
    numbers[order] = np.cumsum(is_new(every[order])) - 1
    return numbers[: len(left)], numbers[len(left) :]


def _is_dense(numbers: int, rows: int) -> bool:
    return numbers <= _SPARSE * rows + _ALWAYS


def is_new(ordered: NDArray[Any]) -> NDArray[np.bool_]:
    """Which of ordered numbers differ from the one before."""
    found = np.ones(len(ordered), dtype=bool)
    found[1:] = ordered[1:] != ordered[:-1]
    return found
