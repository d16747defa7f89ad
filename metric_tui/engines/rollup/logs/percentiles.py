"""Percentiles of values, by the rules of `engines.sql.holistic`."""

import math
from typing import Any

from numpy.typing import NDArray


def percentile(ordered: NDArray[Any], share: float, *, discrete: bool) -> float:
    """A percentile of ascending values, at least one."""
    count = len(ordered)
    if discrete:
        # the smallest whole number at or above p n, safe against 0.07 * 100 > 7
        rank = max(math.floor(share * count + 0.999999999), 1)
        return float(ordered[rank - 1])
    place = share * (count - 1)
    low = math.floor(place)
    lower = ordered[low].item()
    upper = ordered[low + 1].item() if low + 1 < count else lower
    return float(lower + (place - low) * (upper - lower))
