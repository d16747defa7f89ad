"""A zero of a function looked for from where it is now, for goals."""

import math
from collections.abc import Callable

from metric_tui.base.errors import QuestionError

SEARCH_STEPS = 200

CLOSE = 1e-6
"""Of the gap at the ends of a bracket: what is left at a zero is less, at a pole far more."""


def root(gap: Callable[[float], float], start: float, goal: str, by: str) -> float:
    """A zero of `gap` near `start`, by widening a bracket and halving it.

    A sign that changes over a pole is no zero; beyond one nothing is looked for.

    Raises:
        QuestionError: `gap` does not depend on the value, or no value brings it to 0.
    """
    here = gap(start)
    if here == 0:
        return start
    step = abs(start) * 0.05 or 1.0
    sides, reach = [1.0, -1.0], 0.0
    for _ in range(60):
        reach, step = reach + step, step * 1.6
        for side in tuple(sides):
            edge = start + side * reach
            there = gap(edge)
            if there == 0:
                return edge
            if not math.isnan(there) and (there > 0) != (here > 0):
                found = halved(gap, start, edge)
                if abs(gap(found)) <= CLOSE * max(abs(here), abs(there)):
                    return found
                sides.remove(side)
    if sides and gap(start + step) == here:
        raise QuestionError(f"`{goal}` does not depend on `{by}`")
    raise QuestionError(f"no value of `{by}` brings `{goal}` there")


def halved(gap: Callable[[float], float], one: float, other: float) -> float:
    """The zero between two points of which the function has opposite signs."""
    sign = gap(one) > 0
    for _ in range(SEARCH_STEPS):
        middle = (one + other) / 2
        if middle in (one, other):
            break
        value = gap(middle)
        if value == 0:
            return middle
        one, other = (middle, other) if (value > 0) == sign else (one, middle)
    return (one + other) / 2
