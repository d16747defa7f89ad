"""Draws that keep a small store as steady as a large one.

Independent draws would bury the planted stories of a 300,000-event store in noise.
Here a rate is paid out as it accrues, so counts follow their rates to within one
event, and the noise in the data is the noise put in on purpose.
"""

import math
from collections.abc import Sequence
from random import Random

GOLDEN = 0.6180339887498949
"""Steps of this size, taken modulo 1, fill the unit interval evenly at every length."""


class Carry:
    """Turns rates into whole counts, keeping each fraction for the next time."""

    __slots__ = ("left",)

    def __init__(self, rng: Random) -> None:
        # a random phase, so that parallel series do not pay out together
        self.left = rng.random()

    def take(self, rate: float) -> int:
        """How many whole ones `rate` and the fraction kept so far give: 0 or 1 below 1."""
        self.left += rate
        whole = int(self.left)
        self.left -= whole
        return whole


class Deal:
    """Deals out a table's values so that their shares hold in every run of draws."""

    __slots__ = ("at", "values")

    def __init__(self, rng: Random, values: Sequence[int]) -> None:
        # sorted, or neighbours on the unit interval would not be alike
        self.values = sorted(values)
        self.at = rng.random()

    def next(self) -> int:
        """The next value."""
        self.at = (self.at + GOLDEN) % 1.0
        return self.values[int(self.at * len(self.values))]


def spread(rng: Random, sigma: float, size: int = 4096) -> list[float]:
    """A table of log-normal factors with median 1; a lookup is faster than a draw."""
    return [math.exp(rng.gauss(0.0, sigma)) for _ in range(size)]


def delays(rng: Random, mean: float, longest: int, size: int = 1024) -> list[int]:
    """A table of exponential delays in whole days, from 0 to `longest`."""
    return [min(longest, int(rng.expovariate(1.0 / mean))) for _ in range(size)]


def slowness(rng: Random, days: int, *, calm_after: int) -> list[float]:
    """How slow the service is each day, 1 being normal.

    A little day to day wander, and incidents of two to five days about every three
    weeks. There is none from `calm_after` on, so that the planted cause stands alone.
    """
    wander, levels = 0.0, []
    for _ in range(days):
        wander = 0.6 * wander + rng.gauss(0.0, 0.04)
        levels.append(math.exp(wander))
    start = rng.randrange(10, 25)
    while start < calm_after:
        peak = rng.uniform(1.3, 2.0)
        for day in range(start, min(start + rng.randrange(2, 6), days)):
            levels[day] *= peak * rng.uniform(0.9, 1.1)
        start += rng.randrange(12, 32)
    return levels
