"""Student's t distribution, for critical values of a correlation."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

SMALLEST = 1e-300
STEPS = 300

NEARLY = 1e-9
"""A relative step of Newton's this small leaves an error of about its square."""


def incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b).

    Source: Press et al. (2007), Numerical recipes, section 6.4: Lentz's method on the
    continued fraction. With a = b = 1: x.
    """
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(b, a, 1 - x)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(log_front + a * math.log(x) + b * math.log1p(-x)) / a
    return front * beta_fraction(a, b, x)


def beta_fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function."""
    c, d = 1.0, 1 / away_from_zero(1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1 / away_from_zero(1 + term * d)
            c = away_from_zero(1 + term / c)
            value *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return value


def away_from_zero(value: float) -> float:
    """A denominator that can be divided by."""
    return value if abs(value) > SMALLEST else SMALLEST


def two_sided(t: float, freedom: float) -> float:
    """The probability of a t at least this far from 0."""
    return incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))


def density(t: float, freedom: float) -> float:
    """The density at t."""
    log_front = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)
    log_rest = math.log(freedom * math.pi) / 2 + math.log1p(t * t / freedom) * (freedom + 1) / 2
    return math.exp(log_front - log_rest)


@lru_cache(maxsize=1024)
def critical_t(alpha: float, freedom: float) -> float:
    """The t that is exceeded, on either side, with probability alpha.

    Newton's method from the normal distribution's, which is smaller: the probability is convex,
    so that every step is one towards the root.
    """
    t = abs(NormalDist().inv_cdf(alpha / 2))
    for _ in range(STEPS):
        step = (two_sided(t, freedom) - alpha) / (2 * density(t, freedom))
        t += step
        if abs(step) <= NEARLY * t:
            break
    return t


def critical_correlation(alpha: float, pairs: float) -> float:
    """The |r| of independent pairs that is exceeded with probability alpha.

    Source: Fisher (1915), the distribution of t = r * sqrt((n - 2) / (1 - r ** 2)).
    """
    freedom = pairs - 2
    if freedom <= 0:
        return 1.0
    t = critical_t(alpha, freedom)
    return t / math.sqrt(freedom + t * t)
