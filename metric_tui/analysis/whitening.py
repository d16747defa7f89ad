"""What is left of a series once its trend, its week and its own past are taken out.

Two series that only share a weekly rhythm or a drift correlate; their remainders do not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from operator import mul
from statistics import median

ORDER = 8
"""How many past points the remainder is free of."""

REACH = 3.0
"""How many robust deviations a point of the remainder may be away from nothing."""

Values = Sequence[float | None]


def logged(values: Values) -> tuple[list[float | None], bool]:
    """Logarithms if all known values are positive, else as they are; and which it was."""
    is_log = all(value is None or value > 0 for value in values)
    if not is_log:
        return list(values), False
    return [None if value is None else math.log(value) for value in values], True


def differenced(values: Values) -> list[float | None]:
    """Each point minus the one before, one shorter; None next to a missing point."""
    return [
        None if one is None or other is None else other - one for one, other in pairwise(values)
    ]


def centred(values: Values, season: int) -> list[float | None]:
    """Each point minus the mean of its place in the season."""
    means = []
    for place in range(season):
        known = [value for value in values[place::season] if value is not None]
        means.append(math.fsum(known) / len(known) if known else 0.0)
    return [
        None if value is None else value - means[place % season]
        for place, value in enumerate(values)
    ]


def autocovariances(values: Sequence[float], count: int) -> list[float]:
    """Of lags 0 to `count`, divided by the length, so that they fit together."""
    return [math.fsum(map(mul, values, values[lag:])) / len(values) for lag in range(count + 1)]


def own_past(covariances: Sequence[float]) -> list[float]:
    """The weights of the past points that best predict the next, nearest first.

    Source: Levinson (1946) and Durbin (1960), the recursion for the Yule-Walker equations.
    Of order one: the first autocorrelation. All 0 for a constant series.
    """
    weights: list[float] = []
    left = covariances[0]
    for order in range(1, len(covariances)):
        if left <= 1e-12 * covariances[0]:
            return weights + [0.0] * (len(covariances) - order)
        told = math.fsum(map(mul, weights, covariances[order - 1 :: -1]))
        step = (covariances[order] - told) / left
        weights = [w - step * v for w, v in zip(weights, reversed(weights), strict=True)] + [step]
        left *= 1 - step * step
    return weights


def whitened(values: Values, season: int) -> list[float | None]:
    """The part of each point's change that neither its weekday nor its past foretold.

    Args:
        values: consecutive points, logged if need be; None for missing.
        season: 7 for days, 1 for none.

    Returns:
        Shape (len(values) - 1,). None next to a missing point and for the first 8, which
        have no full past. A missing past point counts as the mean.
    """
    steps = centred(differenced(values), season)
    filled = [step or 0.0 for step in steps]
    if len(filled) <= ORDER:
        return [None] * len(filled)
    weights = own_past(autocovariances(filled, ORDER))[::-1]
    return [
        None
        if place < ORDER or step is None
        else step - math.fsum(map(mul, weights, filled[place - ORDER : place]))
        for place, step in enumerate(steps)
    ]


def clipped(values: Values) -> list[float | None]:
    """A remainder whose points are at most three robust standard deviations from nothing.

    The deviation is 1.4826 times the median size. Nothing is clipped where more than half of the
    points are 0.
    """
    sizes = [abs(value) for value in values if value is not None]
    reach = REACH * 1.4826 * median(sizes) if sizes else 0.0
    if reach <= 0:
        return list(values)
    return [None if value is None else max(-reach, min(reach, value)) for value in values]
