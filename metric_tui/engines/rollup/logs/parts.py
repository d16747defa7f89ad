"""A stretch's rows of one log and day as bytes: plain values, so that any process can write them.

Whole numbers stand as so many planes of bytes as the largest needs: first the lowest byte of every
row, then the next of every row, and so on.
"""

from typing import Any

from metric_tui.base.series import Group

Whole = tuple[int, int, int, bytes]
"""A column of whole numbers: what is added to each, by what it was divided, planes, and these."""

Part = tuple[tuple[tuple[object, ...], ...], int, int, tuple[Whole, ...], bytes]
"""The values of each dimension by code, the count of rows, and the first one's moment; columns of
whole numbers: the cell's number, the moment since the row before, and the member or a value; and
values where some are floating numbers."""

MOST_UNIT = 1_000
"""Times are mostly written to the second; they are kept in milliseconds where they are not."""


def planes_for(most: int) -> int:
    """How many bytes hold numbers up to one."""
    return -(-most.bit_length() // 8)


def group_of(number: int, values: tuple[tuple[Any, ...], ...]) -> Group:
    """The values of a cell.

    Args:
        number: the cell's.
        values: of each dimension by code.
    """
    group = []
    for own in reversed(values):
        number, code = divmod(number, len(own))
        group.append(own[code])
    return tuple(reversed(group))
