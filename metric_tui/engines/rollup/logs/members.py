"""Each member once: by a mark at its number where numbers are dense enough, else by sorting."""

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup.logs.reading import Members, Wholes

_SPARSE_PLACES = 48
"""So many times as many places as rows are cheaper than sorting the rows."""

_SPARSE_MARKS = 256
"""The same of marks, which take an eighth of the room."""

_ALWAYS = 1 << 14


def first_rows(members: Members) -> Wholes:
    """The place of each member's first row, in no order."""
    most = int(members.max(initial=0)) + 1
    if most > _SPARSE_PLACES * len(members) + _ALWAYS:
        return np.unique(members, return_index=True)[1]
    first = np.full(most, -1, dtype=np.int64)
    # of several rows the one that is written last stays
    first[members[::-1]] = np.arange(len(members) - 1, -1, -1)
    return first[first >= 0]


def distinct_counts(groups: Wholes, members: Members, count: int) -> NDArray[np.float64]:
    """How many members each group has.

    Args:
        groups: the place of each row's, from 0.
        members: by row.
        count: of groups.
    """
    width = int(members.max(initial=0)) + 1
    keys = members if count == 1 else groups * width + members
    if width * count > _SPARSE_MARKS * len(members) + _ALWAYS:
        return np.bincount(np.unique(keys) // width, minlength=count).astype(np.float64)
    marks = np.zeros(width * count, dtype=bool)
    marks[keys] = True
    found: NDArray[np.float64] = np.count_nonzero(marks.reshape(count, width), axis=1).astype(float)
    return found
