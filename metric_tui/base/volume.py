"""Days on which a log holds far fewer events than chance and its usual rhythm allow."""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from statistics import median

WEEK = 7
NEIGHBOUR_WEEKS = 4
"""How far before and after a day its weekday is looked at to know what is usual."""

GAP_PART = 0.2
"""At most this part of the usual events is left in a gap: a fall by half is news, and no hole."""

IMPROBABLE = 0.001
"""How rarely a gap may be met by chance where none is, of a day that is looked at."""

LONGEST_RUN = 14
"""Days in a row that are judged together; of a longer hole any two weeks."""

REACH = NEIGHBOUR_WEEKS * WEEK + LONGEST_RUN
"""Days before and after a day that what is said of it depends on."""

SPARSE = 3
"""Days with fewer events are told apart by their mean, others by their median."""

_SURE = 50.0
"""Of that many expected events a fifth or fewer never come by chance (1 in 10 thousand million)."""


@lru_cache(maxsize=256)
def gap_places(volumes: tuple[float | None, ...]) -> tuple[int, ...]:
    """The positions of consecutive days that miss events.

    A day does where at most a fifth of its weekday's usual events came, and so few or fewer come
    in under one of 1,000 such days if events come independently of each other (Poisson). A day of
    a sparse log can be empty by chance, so days in a row are judged together too, at a level that
    is stricter the more days are in the row.

    Args:
        volumes: by day, the number of events; None for none.
    """
    counts = [volume or 0.0 for volume in volumes]
    found: list[int] = []
    for run in _runs(counts):
        found += _gaps_of(run)
    return tuple(sorted(found))


_Low = tuple[int, float, float, float]
"""A low day: position, count, and what is usual for its weekday before it and after it."""


def _runs(counts: Sequence[float]) -> Iterator[list[_Low]]:
    """Low days in a row; a weekday that never has events neither belongs to a row nor ends it.

    Low is an empty day, or one with at most a fifth of its usual events.
    """
    # what is usual is never more than the most, which spares most days a look at their weeks
    most = GAP_PART * max(counts, default=0.0)
    first = next((place for place, count in enumerate(counts) if count), len(counts))
    run: list[_Low] = []
    for place, count in enumerate(counts):
        usual = usual_counts(counts, place, first=first) if count <= most else None
        if usual is not None and count <= GAP_PART * min(usual):
            if any(usual):
                run.append((place, count, *usual))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _gaps_of(run: list[_Low]) -> set[int]:
    """The days of a row that are gaps, alone or together."""
    found = {day[0] for day in run if is_improbable(day[1], min(day[2:]))}
    length = min(len(run), LONGEST_RUN)
    for start in range(len(run) - length + 1):
        places, counts, before, after = zip(*run[start : start + length], strict=True)
        # of the sums, as the lower of two estimates of each of many days would be too low
        if is_improbable(sum(counts), min(sum(before), sum(after)), among=length):
            found.update(places)
    return found


def is_improbable(count: float, usual: float, *, among: int = 1) -> bool:
    """Whether so few or fewer events come in under one of 1,000 such days.

    Args:
        count: what came, at most a fifth of what is usual.
        usual: what was to be expected.
        among: how many rows of days there are to find one in; the level is divided by it.
    """
    return usual >= _SURE or poisson_at_most(count, usual) < IMPROBABLE / among


def poisson_at_most(count: float, mean: float) -> float:
    """The probability of `count` or fewer events where `mean` are expected."""
    most = math.floor(count)
    if most < 0 or mean <= 0:
        return float(most >= 0)
    terms = (k * math.log(mean) - math.lgamma(k + 1) for k in range(most + 1))
    return min(1.0, math.fsum(math.exp(term - mean) for term in terms))


def usual_counts(counts: Sequence[float], place: int, *, first: int) -> tuple[float, float] | None:
    """The events that a day's weekday has in the weeks before it, and in those after it.

    The lower of both is usual: a hole has its usual events on both sides, which a start, an end
    or a lasting fall has not.

    Args:
        counts: events by day.
        place: the day's position.
        first: the position of the first event.

    Returns:
        The same twice where one side has under two such days. None within a week of the first
        event, or with fewer than three such days on both sides together.
    """
    reach = NEIGHBOUR_WEEKS * WEEK
    begin = max(place - reach, first + (place - first) % WEEK)
    earlier = counts[begin:place:WEEK]
    later = counts[place + WEEK : place + reach + 1 : WEEK]
    if not earlier or len(earlier) + len(later) < 3:
        return None
    sides = [_level(side) for side in (earlier, later) if len(side) > 1]
    return sides[0], sides[-1]


def _level(counts: Sequence[float]) -> float:
    """The median; of a few events a day their mean, as the median of such is nearly always 0 or 1.

    A day with many more than the others counts as one with somewhat more.
    """
    middle = median(counts)
    if middle >= SPARSE:
        return middle
    most = 2 * middle + SPARSE
    return sum(min(count, most) for count in counts) / len(counts)
