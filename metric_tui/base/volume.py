"""Days on which a log holds far fewer events than it usually does."""

from collections.abc import Sequence
from functools import lru_cache
from statistics import median

WEEK = 7
GAP_PART = 0.1
NEIGHBOUR_WEEKS = 4
SMALLEST_USUAL = 5
"""Days with fewer events than this are empty by chance too often."""


@lru_cache(maxsize=256)
def gap_places(volumes: tuple[float | None, ...]) -> tuple[int, ...]:
    """The positions of consecutive days that have under a tenth of their usual events.

    Args:
        volumes: by day, the number of events; None for none.
    """
    counts = [volume or 0.0 for volume in volumes]
    # what is usual is never more than the most, which spares most days a look at their weeks
    most = GAP_PART * max(counts, default=0.0)
    return tuple(
        place for place, count in enumerate(counts) if count < most and is_gap(counts, place)
    )


def is_gap(counts: Sequence[float], place: int) -> bool:
    """Whether a day has under a tenth of its weekday's usual events."""
    usual = usual_count(counts, place)
    return usual is not None and usual >= SMALLEST_USUAL and counts[place] < GAP_PART * usual


def usual_count(counts: Sequence[float], place: int) -> float | None:
    """The median of a day's weekday in the weeks around it; None with fewer than three."""
    reach = NEIGHBOUR_WEEKS * WEEK
    earlier = counts[max(place % WEEK, place - reach) : place : WEEK]
    later = counts[place + WEEK : place + reach + 1 : WEEK]
    if not any(earlier) or len(earlier) + len(later) < 3:
        return None
    return median([*earlier, *later])
