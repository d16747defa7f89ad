"""A zero of a function looked for from where it is now, for goals."""

import math
from collections.abc import Callable

from metric_tui.base.errors import QuestionError

SEARCH_STEPS = 200


def root(gap: Callable[[float], float], start: float, goal: str, by: str) -> float:
    """A zero of `gap` near `start`, by widening a bracket and halving it."""
    here = gap(start)
    if here == 0:
        return start
    step = abs(start) * 0.05 or 1.0
    low = high = start
    for _ in range(60):
        low, high, step = low - step, high + step, step * 1.6
        for edge in (high, low):
            there = gap(edge)
            if there == 0:
                return edge
            if not math.isnan(there) and (there > 0) != (here > 0):
                return halved(gap, start, edge)
    if gap(start + step) == here:
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
