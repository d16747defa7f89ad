"""Percentiles of values, by the rules of `engines.sql.holistic`."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DENSE = 4
"""Whole numbers are counted each where there are at most so many times as many as values."""

_ALWAYS = 1 << 16


def percentiles(
    values: NDArray[Any],
    cells: NDArray[Any],
    places: NDArray[np.int64] | None,
    count: int,
    share: float,
    *,
    discrete: bool,
) -> NDArray[np.float64]:
    """A percentile of each group's values.

    Args:
        values: whole or floating numbers.
        cells: by value.
        places: of each cell's group, negative where it has none; None where there is one group, and
            nobody looks at cells.
        count: of groups.
        share: from 0 to 1.
        discrete: one of the values, rather than one between two of them.

    Returns:
        By group; not a number where it has no value.
    """
    if places is not None and (places < 0).any():
        inside = np.flatnonzero((places >= 0).take(cells))
        cells, values = cells.take(inside), values.take(inside)
    found = np.full(count, np.nan)
    if not len(values):
        return found
    least, width = _width(values)
    if width is not None and width * count <= _DENSE * len(values) + _ALWAYS:
        keys = values - least if places is None else (places * width - least).take(cells) + values
        table = np.bincount(keys, minlength=width * count).reshape(count, width)
        for group, upto in enumerate(np.cumsum(table, axis=1)):
            if upto[-1]:
                spots, between = _spots(int(upto[-1]), share, discrete=discrete)
                # the value at a place is the first with more values up to it
                lower, upper = np.searchsorted(upto, spots, side="right").tolist()
                found[group] = least + lower + between * (upper - lower)
        return found
    groups = None if places is None else places.take(cells)
    for group in range(count):
        own = values if groups is None else values[groups == group]
        if len(own):
            spots, between = _spots(len(own), share, discrete=discrete)
            parted = np.partition(own, spots)
            lower, upper = (parted[spot].item() for spot in spots)
            found[group] = lower + between * (upper - lower)
    return found


def _width(values: NDArray[Any]) -> tuple[int, int | None]:
    """The least value and how many whole numbers lie up to the most; None for floating ones."""
    if values.dtype.kind == "f":
        return 0, None
    least = int(values.min())
    return least, int(values.max()) - least + 1


def _spots(count: int, share: float, *, discrete: bool) -> tuple[tuple[int, int], float]:
    """Between which two of so many values in order a percentile lies, and how far."""
    if discrete:
        # the smallest whole number at or above p n, safe against 0.07 * 100 > 7
        rank = max(math.floor(share * count + 0.999999999), 1)
        return (rank - 1, rank - 1), 0.0
    place = share * (count - 1)
    low = math.floor(place)
    return (low, min(low + 1, count - 1)), place - low
