"""Targets months ahead are rated: by a calibrated band, and by the largest growth ever seen."""

import math
import random
from datetime import date, timedelta

import pytest

from metric_tui.analysis.far_ahead import far_forecast, largest_growth, weekly_sums
from metric_tui.analysis.goals import Goal
from metric_tui.analysis.outlook import Outlook, Target, quantile
from metric_tui.analysis.targets import additive_outlook, ratio_outlook, stock_outlook
from metric_tui.definitions import edges
from metric_tui.presentation.glyphs import UNICODE
from metric_tui.presentation.goal_lines import goal_lines
from metric_tui.presentation.pieces import plain
from tests.benchmarks.far_targets import coverages
from tests.tui.fake_workspace import small_tree

TARGET = Target(value=40_000.0, is_lower_better=False)


def band(weeks: list[float], ahead: float, *, at_end: bool = False) -> tuple[float, float, float]:
    found = far_forecast(weeks, ahead, at_end=at_end)
    assert found is not None
    futures = found.futures()
    assert futures == sorted(futures)
    low, middle, high = (quantile(futures, part) for part in (0.1, 0.5, 0.9))
    return low, middle, high


def test_a_series_that_never_moved_goes_on() -> None:
    assert band([700.0] * 40, 20) == pytest.approx((700.0, 700.0, 700.0))


def test_a_steady_growth_goes_on() -> None:
    # 1 % a week for 60 weeks: over the next 20 weeks the mean is about 1.01 ** 10.5 of the last
    weeks = [1000 * 1.01**place for place in range(60)]
    low, middle, high = band(weeks, 20)
    assert middle == pytest.approx(weeks[-1] * 1.01**10.5, rel=0.01)
    assert low == pytest.approx(high, rel=0.01)
    # and at the end of them 1.01 ** 20
    assert band(weeks, 20, at_end=True)[1] == pytest.approx(weeks[-1] * 1.01**20, rel=0.01)


def test_a_yearly_season_comes_again() -> None:
    # twice as much in each second half of 52 weeks, and 10 % more every year
    weeks = [1000 * (1 + (place % 52 >= 26)) * 1.1 ** (place // 52) for place in range(104)]
    # 26 weeks ahead of the end of a year are a first half, at 1.21 times the first one
    assert band(weeks, 26)[1] == pytest.approx(1000 * 1.21, rel=0.02)
    assert band(weeks, 52)[1] == pytest.approx(1000 * 1.21 * math.sqrt(2), rel=0.03)


def test_what_wanders_more_or_lies_further_ahead_has_a_wider_band() -> None:
    rng = random.Random(3)
    steps = [rng.gauss(0, 1) for _ in range(60)]
    widths = []
    for size in (0.01, 0.05):
        level, weeks = 0.0, []
        for step in steps:
            level += size * step
            weeks.append(1000 * math.exp(level))
        for ahead in (13, 40):
            low, _, high = band(weeks, ahead)
            widths.append(high / low)
    assert widths[0] < widths[1] < widths[3]
    assert widths[0] < widths[2] < widths[3]


def test_too_little_history_or_too_far_ahead_says_nothing() -> None:
    assert far_forecast([5.0] * 25, 20) is None
    assert far_forecast([0.0] * 30 + [5.0] * 25, 20) is None, "weeks before the first event"
    assert far_forecast([5.0] * 60, 54) is None
    assert far_forecast([5.0] * 60, 53) is not None


def test_bands_hold_as_often_as_they_say() -> None:
    found = coverages(4, seed=11)
    assert 0.75 <= found["all"] <= 0.85


def test_the_largest_growth_is_that_of_the_best_stretch() -> None:
    # 28 days of 10, then 30 of 12, 30 of 15 and 30 of 9
    days = [10.0] * 28 + [12.0] * 30 + [15.0] * 30 + [9.0] * 30
    # worked by hand with a second loop over all begins
    expected = max(
        sum(days[place : place + 30]) / 30 / (sum(days[place - 28 : place]) / 28) - 1
        for place in range(28, len(days) - 29)
    )
    assert largest_growth(days, 30) == pytest.approx(expected)
    assert largest_growth([10.0] * 28 + [12.0] * 30, 30) == pytest.approx(0.2)
    assert largest_growth(days, 91) is None
    assert largest_growth([0.0] * 60, 30) is None


def test_sums_are_of_whole_weeks_up_to_the_last_day() -> None:
    assert weekly_sums([1.0] * 3 + [2.0] * 7 + [None] + [3.0] * 6) == [14.0, 18.0]


def wavy(days: int, size: float = 100.0) -> list[float]:
    """A metric that moves about by itself, a little each day."""
    rng, level, found = random.Random(7), 0.0, []
    for _ in range(days):
        level += rng.gauss(0, 0.005)
        found.append(size * math.exp(level + rng.gauss(0, 0.05)))
    return found


def test_a_goal_of_a_year_is_rated_half_a_year_ahead() -> None:
    days = wavy(400)
    so_far, remaining = sum(days[-180:]), 185
    likely = additive_outlook(
        Target(value=so_far * 0.5 + so_far * 185 / 180, is_lower_better=False),
        days=days, actual=so_far, elapsed=180, remaining=remaining,
    )  # fmt: skip
    assert likely.is_far
    assert likely.probability is not None
    assert likely.low is not None
    assert likely.high is not None
    assert likely.low < (likely.projected or 0.0) < likely.high
    easy, hard = (
        additive_outlook(
            Target(value=so_far * part, is_lower_better=False),
            days=days, actual=so_far, elapsed=180, remaining=remaining,
        )
        for part in (1.5, 8.0)
    )  # fmt: skip
    assert (easy.status, hard.status) == ("on_track", "off_track")
    assert hard.is_out_of_reach
    assert not easy.is_out_of_reach
    assert hard.growth_seen == largest_growth(days, remaining)


def test_too_short_a_history_is_rated_by_growth_alone() -> None:
    # 25 weeks are too few for a band, but 28 days and a stretch of 70 lie behind
    days = [10.0] * 175
    outlook = additive_outlook(
        Target(value=5_000.0, is_lower_better=False),
        days=days, actual=1_000.0, elapsed=100, remaining=70,
    )  # fmt: skip
    assert (outlook.status, outlook.probability) == ("off_track", None)
    assert (outlook.growth_seen, outlook.is_out_of_reach) == (0.0, True)
    modest = additive_outlook(
        Target(value=1_600.0, is_lower_better=False),
        days=days, actual=1_000.0, elapsed=100, remaining=70,
    )  # fmt: skip
    assert modest.status == "too_far"


def test_rates_and_stocks_are_rated_far_ahead_too() -> None:
    bottoms = wavy(300)
    tops = [value * 0.2 for value in bottoms]
    for value, status in ((0.19, "on_track"), (0.21, "off_track")):
        outlook = ratio_outlook(
            Target(value=value, is_lower_better=False), numerators=tops, denominators=bottoms,
            actual=(sum(tops[-100:]), sum(bottoms[-100:])), elapsed=100, remaining=200,
        )  # fmt: skip
        assert (outlook.status, outlook.is_far) == (status, True)
    for value, status in ((20.0, "on_track"), (500.0, "off_track")):
        outlook = stock_outlook(
            Target(value=value, is_lower_better=False), days=wavy(300), elapsed=100, remaining=200
        )
        assert (outlook.status, outlook.is_far) == (status, True)


def test_the_words_say_why_it_is_out_of_reach() -> None:
    end = date(2026, 12, 31)
    goal = Goal(
        metric="nights_booked", target=edges.Target(value=50_000, by=end), grain=None,
        start=end - timedelta(days=364), end=end, elapsed=180,
        outlook=Outlook(
            status="off_track", actual=9_000.0, projected=18_000.0, low=15_000.0, high=22_000.0,
            probability=0.0, required_growth=3.57, growth_seen=0.4, is_far=True,
        ),
    )  # fmt: skip
    shown = " ".join(map(plain, goal_lines(small_tree(), [goal], [], 200, UNICODE)))
    assert (
        "needs +357% on the last 28 days · never more than +40% over so many days: out of reach"
        in shown
    )
    assert "met in 0% of 400 possible futures" in shown
