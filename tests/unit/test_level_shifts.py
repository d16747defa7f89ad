"""Where a series takes a new level, and how often unrelated ones do so together."""

import math
import random

import pytest

from metric_tui.analysis.level_shifts import (
    LevelShift,
    StepWindow,
    level_shifts,
    shared_shift,
    without_season,
)
from metric_tui.analysis.whitening import clipped

DAYS = StepWindow(7, 14, 5)
WEEKS = StepWindow(1, 4, 2)
WEEK = (1.0, 1.1, 1.2, 1.1, 1.0, 0.7, 0.6)


def days(count: int, *, at: int, factor: float, seed: int = 3) -> tuple[float, ...]:
    """Daily counts with a weekly rhythm whose level is `factor` times as high from `at` on."""
    draw = random.Random(seed)
    return tuple(
        1000 * WEEK[i % 7] * (factor if i >= at else 1.0) * math.exp(draw.gauss(0, 0.08))
        for i in range(count)
    )


@pytest.mark.parametrize("at", [40, 183, 359])
def test_a_step_is_found_on_its_day_with_its_size(at: int) -> None:
    (found,) = level_shifts(days(365, at=at, factor=0.5), DAYS)
    assert found.place == at
    assert found.size == pytest.approx(math.log(0.5), abs=0.12)


def test_two_weeks_after_it_are_enough_by_week_and_one_is_not() -> None:
    draw = random.Random(4)
    weeks = [100 * math.exp(draw.gauss(0, 0.05)) for _ in range(60)]
    weeks[58:] = [value * 0.2 for value in weeks[58:]]
    assert [shift.place for shift in level_shifts(tuple(weeks), WEEKS)] == [58]
    assert level_shifts(tuple(weeks[:59]), WEEKS) == ()


def test_one_bad_day_is_no_level() -> None:
    series = list(days(200, at=999, factor=1.0))
    series[120] *= 0.05
    assert level_shifts(tuple(series), DAYS) == ()


def test_a_price_that_changed_once_has_one_shift() -> None:
    (found,) = level_shifts((5.0,) * 80 + (6.0,) * 80, DAYS)
    assert found.place == 80
    assert found.size == pytest.approx(math.log(6 / 5))
    assert level_shifts((5.0,) * 160, DAYS) == ()


def test_missing_points_hide_no_step() -> None:
    series: list[float | None] = [
        None if i % 9 == 4 else value for i, value in enumerate(days(300, at=150, factor=0.6))
    ]
    assert [shift.place for shift in level_shifts(tuple(series), DAYS)] == [150]


def test_a_short_series_and_an_empty_one_have_none() -> None:
    assert level_shifts((), DAYS) == ()
    assert level_shifts(days(55, at=30, factor=0.3), DAYS) == ()
    assert level_shifts((None,) * 100, DAYS) == ()


def test_the_week_is_taken_out_and_the_level_stays() -> None:
    flat = without_season([WEEK[i % 7] + (1.0 if i >= 35 else 0.0) for i in range(70)], 7)
    assert max(v for v in flat[7:28] if v is not None) == pytest.approx(
        min(v for v in flat[7:28] if v is not None)
    )
    assert without_season([1.0, None, 3.0], 1) == [1.0, None, 3.0]


def test_the_chance_of_a_coincidence_is_counted() -> None:
    parent = LevelShift(50, -1.0)
    drivers = [LevelShift(20, 0.5), LevelShift(48, -0.7)]
    # two shifts, within two places to either side of 100
    found = shared_shift(drivers, parent, points=100)
    assert found is not None
    assert found.driver.place == 48
    assert found.chance == pytest.approx(2 * 5 / 100)
    # at a lag of two places they are on the same one
    led = shared_shift(drivers, parent, points=100, lag=2)
    assert led is not None
    assert led.chance == pytest.approx(2 * 1 / 100)
    # an expected sign halves it, and only shifts of that sign count
    same = shared_shift(drivers, parent, points=100, lag=2, sign=1)
    assert same is not None
    assert same.chance == pytest.approx(2 * 1 / 100 / 2)
    other = shared_shift(drivers, parent, points=100, lag=2, sign=-1)
    assert other is not None
    assert other.driver.place == 20
    assert other.chance == pytest.approx(2 * 57 / 100 / 2)
    assert shared_shift(drivers[:1], parent, points=100, sign=1) is None
    assert shared_shift([], parent, points=100) is None


def test_a_chance_is_never_above_one() -> None:
    found = shared_shift([LevelShift(1, 1.0)], LevelShift(90, 1.0), points=100)
    assert found is not None
    assert found.chance == 1.0


def test_a_point_far_off_is_drawn_in_and_the_others_stay() -> None:
    values = [1.0, -1.0, None, 1.0, -1.0, 40.0]
    assert clipped(values) == [1.0, -1.0, None, 1.0, -1.0, pytest.approx(3 * 1.4826)]
    assert clipped([0.0, 0.0, 0.0, 9.0]) == [0.0, 0.0, 0.0, 9.0]
    assert clipped([None]) == [None]
