import math
import random

import pytest

from metric_tui.analysis.outlook import quantile
from metric_tui.analysis.targets import (
    Target,
    additive_outlook,
    key_result_progress,
    ratio_outlook,
    stock_outlook,
)


def days(count: int, mean: float = 100.0, noise: float = 0.05, seed: int = 2) -> list[float]:
    draw = random.Random(seed)
    return [
        mean * (1.0, 1.1, 1.2, 1.1, 1.0, 0.8, 0.8)[i % 7] * math.exp(draw.gauss(0, noise))
        for i in range(count)
    ]


def at_least(value: float) -> Target:
    return Target(value=value, is_lower_better=False)


def at_most(value: float) -> Target:
    return Target(value=value, is_lower_better=True)


HISTORY = days(180)


@pytest.mark.parametrize(
    ("value", "status"),
    [(2500.0, "on_track"), (3000.0, None), (4000.0, "off_track")],
)
def test_a_sum_is_judged_by_how_many_futures_reach_it(value: float, status: str | None) -> None:
    actual = sum(HISTORY[-10:])
    outlook = additive_outlook(
        at_least(value), days=HISTORY, actual=actual, elapsed=10, remaining=20
    )
    assert status in (None, outlook.status)
    assert outlook.probability is not None
    assert outlook.projected == pytest.approx(3000, rel=0.05)
    assert outlook.low is not None
    assert outlook.high is not None
    assert outlook.low < (outlook.projected or 0.0) < outlook.high
    assert outlook.pace == pytest.approx((outlook.projected or 0.0) / value)
    assert outlook.required == pytest.approx((value - actual) / 20)
    assert outlook.recent == pytest.approx(sum(HISTORY[-28:]) / 28)


def test_the_words_follow_the_probability() -> None:
    seen: dict[str, list[float]] = {}
    for value in range(2800, 3200, 10):
        outlook = additive_outlook(
            at_least(value), days=HISTORY, actual=sum(HISTORY[-10:]), elapsed=10, remaining=20
        )
        seen.setdefault(outlook.status, []).append(outlook.probability or 0.0)
    assert list(seen) == ["on_track", "likely", "at_risk", "off_track"]
    assert min(seen["on_track"]) >= 0.8
    assert min(seen["likely"]) >= 0.5 > max(seen["at_risk"])
    assert max(seen["off_track"]) < 0.2


def test_lower_is_better_turns_the_inequality() -> None:
    common = {"days": HISTORY, "actual": sum(HISTORY[-10:]), "elapsed": 10, "remaining": 20}
    up = additive_outlook(at_least(3000), **common)  # type: ignore[arg-type]
    down = additive_outlook(at_most(3000), **common)  # type: ignore[arg-type]
    assert (up.probability or 0.0) + (down.probability or 0.0) == pytest.approx(1.0)
    assert additive_outlook(at_most(4000), **common).status == "on_track"  # type: ignore[arg-type]


def test_the_same_question_has_the_same_answer() -> None:
    first, second = (
        additive_outlook(at_least(3000), days=HISTORY, actual=900, elapsed=10, remaining=20)
        for _ in range(2)
    )
    assert first == second


def test_a_date_gone_by_is_hit_or_missed() -> None:
    for target, status in (
        (at_least(100), "hit"),
        (at_least(101), "missed"),
        (at_most(99), "missed"),
    ):
        outlook = additive_outlook(target, days=HISTORY, actual=100.0, elapsed=30, remaining=0)
        assert (outlook.status, outlook.probability, outlook.projected) == (status, None, None)
        assert outlook.pace == pytest.approx(100 / target.value)


@pytest.mark.parametrize(
    ("target", "final", "status"),
    [
        (Target(value=100, is_lower_better=False, buffer=0.95), 100.0, "hit"),
        (Target(value=100, is_lower_better=False, buffer=0.95), 95.0, "close"),
        (Target(value=100, is_lower_better=False, buffer=0.95), 94.9, "missed"),
        (Target(value=100, is_lower_better=True, buffer=0.8), 125.0, "close"),
        (Target(value=100, is_lower_better=True, buffer=0.8), 125.1, "missed"),
        # of nothing there is no share
        (Target(value=0, is_lower_better=True, buffer=0.8), 0.1, "missed"),
        (Target(value=-10, is_lower_better=False, buffer=0.8), -10.1, "missed"),
        (Target(value=100, is_lower_better=False), 99.9, "missed"),
    ],
)
def test_a_final_value_within_the_buffer_is_just_short(
    target: Target, final: float, status: str
) -> None:
    outlook = additive_outlook(target, days=HISTORY, actual=final, elapsed=30, remaining=0)
    assert outlook.status == status


def test_before_the_first_day_there_is_the_last_period_alone() -> None:
    outlook = additive_outlook(
        at_least(3300), days=HISTORY, actual=0.0, elapsed=0, remaining=30, last_period=3000.0
    )
    assert outlook.status == "not_started"
    assert outlook.probability is None
    assert outlook.projected is None
    assert outlook.growth_on_last_period == pytest.approx(0.1)


def test_under_42_days_there_is_a_projection_and_no_probability() -> None:
    short = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0] * 5
    outlook = additive_outlook(at_least(500), days=short, actual=70.0, elapsed=7, remaining=3)
    assert (outlook.status, outlook.probability) == ("too_short", None)
    assert outlook.projected == pytest.approx(70 + 10 + 20 + 30)
    assert (
        additive_outlook(at_least(5), days=[4.0], actual=4.0, elapsed=1, remaining=2).projected
        == 12
    )


def test_a_target_of_zero_or_less_has_no_pace() -> None:
    drawn = random.Random(4)
    losses = [drawn.gauss(-10, 2) for _ in range(100)]
    outlook = additive_outlook(at_least(-400), days=losses, actual=-100.0, elapsed=10, remaining=20)
    assert outlook.pace is None
    assert outlook.status in ("on_track", "likely", "at_risk", "off_track")
    assert outlook.required_growth is None
    assert (
        additive_outlook(at_least(0), days=losses, actual=-9.0, elapsed=1, remaining=9).pace is None
    )


def test_a_ratio_divides_the_sums_and_its_parts_move_together() -> None:
    bottom = days(180, mean=1000, noise=0.3)
    draw = random.Random(8)
    top = [value * 0.2 * math.exp(draw.gauss(0, 0.02)) for value in bottom]
    actual = sum(top[-10:]), sum(bottom[-10:])
    outlook = ratio_outlook(
        at_least(0.19), numerators=top, denominators=bottom, actual=actual, elapsed=10, remaining=20
    )
    assert outlook.status == "on_track"
    assert outlook.projected == pytest.approx(0.2, rel=0.02)
    # independent draws of days this noisy would spread several times as far
    assert outlook.low is not None
    assert outlook.high is not None
    assert outlook.high - outlook.low < 0.03
    assert outlook.recent == pytest.approx(0.2, rel=0.02)
    assert outlook.required == pytest.approx(0.185, rel=0.05)
    done = ratio_outlook(
        at_least(0.19), numerators=top, denominators=bottom, actual=actual, elapsed=10, remaining=0
    )
    assert done.status == "hit"
    before = ratio_outlook(
        at_least(0.19),
        numerators=top,
        denominators=bottom,
        actual=(0.0, 0.0),
        elapsed=0,
        remaining=30,
        last_period=0.18,
    )
    assert (before.status, before.actual) == ("not_started", None)


def test_a_short_ratio_has_a_projection_alone() -> None:
    outlook = ratio_outlook(
        at_least(0.5),
        numerators=[1.0] * 7,
        denominators=[4.0] * 7,
        actual=(7.0, 28.0),
        elapsed=7,
        remaining=7,
    )
    assert outlook.status == "too_short"
    assert outlook.projected == pytest.approx(0.25)
    assert outlook.required == pytest.approx(0.75)
    nothing = ratio_outlook(
        at_least(0.5),
        numerators=[0.0],
        denominators=[0.0],
        actual=(0.0, 0.0),
        elapsed=1,
        remaining=2,
    )
    assert (nothing.actual, nothing.projected, nothing.required) == (None, None, None)


def test_a_stock_is_judged_on_its_date() -> None:
    outlook = stock_outlook(at_least(50), days=HISTORY, elapsed=10, remaining=20)
    assert outlook.status == "on_track"
    assert outlook.actual == HISTORY[-1]
    assert outlook.required_growth == pytest.approx(50 / HISTORY[-1] - 1)
    assert (
        stock_outlook(at_least(50), days=[None, 60.0, None], elapsed=3, remaining=0).status == "hit"
    )
    assert stock_outlook(at_least(50), days=[], elapsed=3, remaining=9).status == "not_started"
    short = stock_outlook(at_least(50), days=[40.0] * 9, elapsed=9, remaining=9)
    assert (short.status, short.projected) == ("too_short", 40.0)


def test_a_key_result_runs_from_its_start_to_its_goal() -> None:
    up = key_result_progress(start=0.18, goal=0.25, current=0.215, elapsed=50, total=100)
    assert (up.done, up.expected, up.is_met) == pytest.approx((0.5, 0.5, False))
    down = key_result_progress(start=10.0, goal=5.0, current=4.0, elapsed=120, total=100)
    assert (down.done, down.expected, down.is_met) == pytest.approx((1.2, 1.0, True))
    back = key_result_progress(start=10.0, goal=5.0, current=11.0, elapsed=0, total=100)
    assert back.done == pytest.approx(-0.2)
    assert key_result_progress(start=1, goal=2, current=None, elapsed=0, total=0).done is None
    assert key_result_progress(start=2, goal=2, current=2.5, elapsed=1, total=9).done == 1.0


def test_a_quantile_lies_between_its_neighbours() -> None:
    assert quantile([1.0, 2.0, 4.0], 0.5) == 2.0
    assert quantile([1.0, 2.0, 4.0], 0.75) == 3.0
    assert quantile([5.0], 0.9) == 5.0
