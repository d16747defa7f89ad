"""Rows of a log as the bytes that are kept of them."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup import kernels
from metric_tui.engines.rollup.logs.parts import MOST_UNIT, Part, Whole, planes_for

Wholes = NDArray[np.int64]


def part_of(
    cells: Wholes, kept: NDArray[Any], moments: Wholes, values: tuple[tuple[object, ...], ...]
) -> Part:
    """A part of a day, of at least one row.

    Args:
        cells: by row, in the order of their moments, the cell's number.
        kept: members or values, whole or floating.
        moments: UTC milliseconds.
        values: of each dimension by code.
    """
    bounds = [0, len(cells)]
    since = np.diff(moments, prepend=moments[:1])
    times = (*packed_arrays(cells, bounds), *packed_arrays(since, bounds))
    first = int(moments[0])
    if kept.dtype.kind == "f":
        return values, len(cells), first, times, kept.tobytes()
    wholes = packed_arrays(kept.astype(np.int64), bounds)
    return values, len(cells), first, (*times, *wholes), b""


def packed_arrays(numbers: NDArray[np.int64], bounds: Sequence[int]) -> list[Whole]:
    """Columns of whole numbers, each as `parts.Whole` says.

    Args:
        numbers: of one column behind the other.
        bounds: where each begins, and where the last one ends; none is empty.
    """
    compiled = kernels.pack_numbers(numbers, bounds)
    if compiled is not None:
        return compiled
    return [_packed(numbers[begin:end]) for begin, end in pairwise(bounds)]


def _packed(numbers: NDArray[np.int64]) -> Whole:
    least = int(numbers.min())
    # of numbers further apart than the largest of 63 bits the difference is right modulo 2**64
    offsets = (numbers - np.int64(least)).view(np.uint64)
    unit = 1
    if int(offsets[-1]) % MOST_UNIT == 0 and not (offsets % MOST_UNIT).any():
        unit = MOST_UNIT
        offsets = offsets // MOST_UNIT
    width = planes_for(int(offsets.max()))
    planes = offsets.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :width]
    return least, unit, width, planes.T.tobytes()
