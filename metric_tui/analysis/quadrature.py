"""Gauss-Legendre points, which make the average of a polynomial along a line exact."""

from __future__ import annotations

import math
from functools import lru_cache

NEWTON_STEPS = 100


def legendre(degree: int, x: float) -> tuple[float, float]:
    """A Legendre polynomial's value and slope at x, for -1 < x < 1."""
    previous, value = 1.0, x
    for k in range(2, degree + 1):
        previous, value = value, ((2 * k - 1) * x * value - (k - 1) * previous) / k
    return value, degree * (x * value - previous) / (x * x - 1)


def root(degree: int, place: int) -> float:
    """The `place`-th root from above, by Newton's method from Tricomi's guess."""
    x = math.cos(math.pi * (place + 0.75) / (degree + 0.5))
    for _ in range(NEWTON_STEPS):
        value, slope = legendre(degree, x)
        step = value / slope
        x -= step
        if abs(step) < 1e-15:
            break
    return x


@lru_cache(maxsize=64)
def gauss_legendre(count: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Points in (0, 1) and weights that sum to 1, both of shape (count,).

    Exact for polynomials up to degree `2 * count - 1`.

    Source: Abramowitz and Stegun (1964), 25.4.30; one point is the midpoint rule.
    """
    if count == 1:
        return (0.5,), (1.0,)
    roots = [root(count, place) for place in range(count)]
    slopes = [legendre(count, x)[1] for x in roots]
    weights = [1 / ((1 - x * x) * slope * slope) for x, slope in zip(roots, slopes, strict=True)]
    scale = math.fsum(weights)
    return tuple((1 - x) / 2 for x in roots), tuple(weight / scale for weight in weights)
