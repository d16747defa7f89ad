"""Said probabilities happen as often as said, on simulated series with fixed seeds."""

import math
import random
from statistics import mean

from metric_tui.analysis.forecast import amounts
from metric_tui.analysis.status import flags
from metric_tui.analysis.targets import Target, additive_outlook

WEEK = (0.10, 0.12, 0.08, 0.05, 0.0, -0.25, -0.30)


def daily_counts(
    draw: random.Random, length: int, *, noise: float = 0.08, ar: float = 0.3
) -> list[float]:
    """Counts with a weekly rhythm, noise that lasts, and a slowly wandering level."""
    level, lasting = math.log(1000), 0.0
    result = []
    for place in range(length):
        level += draw.gauss(0, 0.005)
        lasting = ar * lasting + draw.gauss(0, noise)
        result.append(math.exp(level + WEEK[place % 7] + lasting))
    return result


def test_few_usual_days_are_flagged() -> None:
    draw = random.Random(11)
    series = [daily_counts(draw, 365) for _ in range(60)]
    flagged = mean(len(flags(amounts(days))) / (365 - 42) for days in series)
    assert flagged < 0.04


def test_most_drops_of_a_third_are_flagged_and_many_of_a_fifth() -> None:
    draw = random.Random(12)

    def found(size: float) -> float:
        hits = 0
        for _ in range(150):
            days = daily_counts(draw, 150, noise=0.05)
            days[140] *= 1 - size
            hits += any(flag.place == 140 for flag in flags(amounts(days)))
        return hits / 150

    assert found(0.35) > 0.95
    assert found(0.20) > 0.5


def test_a_target_is_hit_as_often_as_said() -> None:
    draw = random.Random(13)
    said: dict[int, list[float]] = {}
    happened: dict[int, list[bool]] = {}
    covered = []
    for _ in range(260):
        days = daily_counts(draw, 160)
        known, coming = days[:140], days[140:]
        actual = sum(known[-10:])
        goal = actual + 20 * mean(known[-28:]) * math.exp(draw.gauss(0, 0.06))
        outlook = additive_outlook(
            Target(value=goal, is_lower_better=False),
            days=known, actual=actual, elapsed=10, remaining=20,
        )  # fmt: skip
        final = actual + sum(coming)
        assert outlook.probability is not None
        assert outlook.low is not None
        assert outlook.high is not None
        covered.append(outlook.low <= final <= outlook.high)
        third = min(int(outlook.probability * 3), 2)
        said.setdefault(third, []).append(outlook.probability)
        happened.setdefault(third, []).append(final >= goal)
    assert 0.70 <= mean(covered) <= 0.92
    for third in range(3):
        assert abs(mean(said[third]) - mean(happened[third])) < 0.12
