"""Percentiles of values, by the rules of `engines.sql.holistic`."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def percentile(values: NDArray[Any], share: float, *, discrete: bool) -> float:
    """A percentile of values, at least one, in any order."""
    count = len(values)
    if discrete:
        # the smallest whole number at or above p n, safe against 0.07 * 100 > 7
        rank = max(math.floor(share * count + 0.999999999), 1)
        return float(np.partition(values, rank - 1)[rank - 1])
    place = share * (count - 1)
    low = math.floor(place)
    high = min(low + 1, count - 1)
    parted = np.partition(values, (low, high))
    lower, upper = parted[low].item(), parted[high].item()
    return float(lower + (place - low) * (upper - lower))
