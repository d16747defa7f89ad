"""The log-mean split of a product, offered only by name: it takes no negative values."""

from __future__ import annotations

import math
from collections.abc import Mapping


def log_mean(one: float, other: float) -> float:
    """The logarithmic mean of two positive numbers, between their geometric and usual mean."""
    step = one - other
    # the plain quotient loses all digits when the two are nearly equal
    if abs(step) < 1e-6 * other:
        relative = step / other
        return other * (1 + relative / 2 - relative * relative / 12)
    return step / math.log(one / other)


def lmdi_contributions(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Splits the change of a product over its factors by logarithms.

    A product that is 0 in one period only gives its whole change to the factors that are 0
    there, in equal parts, and 0 to the others.

    Args:
        before: each factor in the earlier period, none negative.
        after: the same factors in the later period.

    Returns:
        One amount per factor in the unit of the product; they sum to its change.

    Raises:
        ValueError: a factor is negative, or the periods do not name the same factors.

    Source: Ang (2005), The LMDI approach to decomposition analysis, table 1; zeros by the
    limits of Ang, Zhang and Choi (1998), table 2. Equal changes of two factors, as ratios,
    get equal amounts.
    """
    if set(before) != set(after):
        raise ValueError("the two periods do not name the same factors")
    negative = sorted(n for n in before if before[n] < 0 or after[n] < 0)
    if negative:
        raise ValueError(f"a log-mean split takes no negative values: {', '.join(negative)}")
    ends = math.prod(before.values()), math.prod(after.values())
    if ends[0] > 0 and ends[1] > 0:
        mean = log_mean(ends[1], ends[0])
        return {name: mean * math.log(after[name] / before[name]) for name in before}
    # a factor that is 0 in both periods keeps the product at 0: nothing to split
    empty = after if ends[0] > 0 else before
    zeros = [name for name in before if empty[name] == 0]
    part = (ends[1] - ends[0]) / len(zeros)
    return {name: part if name in zeros else 0.0 for name in before}
