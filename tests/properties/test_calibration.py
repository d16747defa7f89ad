"""Said probabilities happen as often as said, on simulated series with fixed seeds."""

import math
import random
from statistics import mean

from metric_tui.analysis.edge_history import GRAINS
from metric_tui.analysis.forecast import amounts
from metric_tui.analysis.influences import measure
from metric_tui.analysis.level_shifts import level_shifts, shared_shift
from metric_tui.analysis.status import flags
from metric_tui.analysis.targets import Target, additive_outlook

WEEK = (0.10, 0.12, 0.08, 0.05, 0.0, -0.25, -0.30)


def daily_counts(
    draw: random.Random, length: int, *, noise: float = 0.08, ar: float = 0.3, shifts: int = 0
) -> list[float]:
    """Counts with a weekly rhythm, noise that lasts, a slowly wandering level, and new levels."""
    level, lasting = math.log(1000), 0.0
    steps = {draw.randrange(10, length - 5): draw.choice((-1, 1)) for _ in range(shifts)}
    result = []
    for place in range(length):
        level += draw.gauss(0, 0.005) + draw.uniform(0.5, 1.5) * steps.get(place, 0)
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


def test_independent_series_with_one_week_are_rarely_called_linked() -> None:
    """3 to 7 in a hundred at a nominal 5; taken raw it would be 80 and more."""
    draw = random.Random(14)
    alarms = [
        measure(
            daily_counts(draw, 180, ar=0.6), daily_counts(draw, 180, ar=0.6), edges=1, alpha=0.05
        ).verdict
        == "evidence"
        for _ in range(400)
    ]
    assert 0.02 <= mean(alarms) <= 0.07


def test_a_year_of_days_finds_a_moderate_link() -> None:
    draw = random.Random(15)

    def found(length: int) -> float:
        hits = 0
        for _ in range(30):
            driver = daily_counts(draw, length + 3)
            parent = daily_counts(draw, length)
            moved = [y * (x / 1000) ** 0.4 for x, y in zip(driver, parent, strict=False)]
            hits += measure(driver[3:], moved, edges=3).verdict == "evidence"
        return hits / 30

    assert found(365) >= 0.9
    assert found(120) <= 0.9


def test_shifts_of_unrelated_series_are_rarely_called_a_link() -> None:
    """One and more shifts in each series, which taken as they are give 17 in a hundred."""
    draw = random.Random(16)
    for shifts in (1, 3):
        alarms = [
            measure(
                daily_counts(draw, 365, shifts=shifts),
                daily_counts(draw, 365, shifts=shifts),
                edges=1,
                alpha=0.05,
            ).verdict
            == "evidence"
            for _ in range(200)
        ]
        assert 0.015 <= mean(alarms) <= 0.075


def test_unrelated_shifts_coincide_no_more_often_than_said() -> None:
    draw = random.Random(17)
    window = GRAINS[0].window
    chances = []
    for _ in range(400):
        driver, parent = (
            level_shifts(tuple(daily_counts(draw, 365, shifts=2)), window) for _ in range(2)
        )
        for shift in parent[:1]:
            both = shared_shift(driver, shift, points=365)
            chances.append(both.chance if both else 1.0)
    assert mean(chance <= 0.05 for chance in chances) <= 0.07
    assert mean(chance <= 0.2 for chance in chances) >= 0.1


def test_a_shift_that_comes_along_is_found() -> None:
    draw = random.Random(18)
    window = GRAINS[0].window
    hits = 0
    for _ in range(100):
        at = draw.randrange(60, 300)
        series = [
            [value * (0.6 if place >= at else 1) for place, value in enumerate(each)]
            for each in (daily_counts(draw, 365), daily_counts(draw, 365))
        ]
        driver, parent = (level_shifts(tuple(each), window) for each in series)
        step = max(parent, key=lambda shift: abs(shift.size), default=None)
        both = shared_shift(driver, step, points=365, sign=1) if step else None
        hits += both is not None and both.chance <= 0.01
    assert hits >= 90
