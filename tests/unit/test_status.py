import math
import random

import pytest

from metric_tui.analysis.forecast import COARSE, amounts, block_starts, paths, rates, track
from metric_tui.analysis.status import flags, judge

WEEK = [100.0, 110.0, 120.0, 115.0, 105.0, 60.0, 50.0]


def weeks(count: int, noise: float = 0.03, seed: int = 1) -> list[float | None]:
    draw = random.Random(seed)
    return [value * math.exp(draw.gauss(0, noise)) for _ in range(count) for value in WEEK]


def test_a_drop_is_flagged_on_its_day() -> None:
    days = weeks(20)
    days[120] = 0.6 * (days[120] or 0.0)
    found = flags(amounts(days))
    assert [flag.place for flag in found if flag.place >= 115 and flag.is_strong] == [120]
    assert next(flag for flag in found if flag.place == 120).score < -3.5


def test_the_weekend_is_not_a_drop() -> None:
    assert len(flags(amounts(weeks(20, noise=0.05)))) <= 5


def test_a_series_shorter_than_six_weeks_has_no_flags() -> None:
    days = weeks(6)
    days[41] = 1.0
    assert flags(amounts(days)) == ()
    assert len(flags(amounts([*days, 1.0]))) == 1


def test_the_third_flag_of_one_sign_is_a_level_shift_and_the_last() -> None:
    days = weeks(20)
    shifted = [value if i < 100 or value is None else value * 3 for i, value in enumerate(days)]
    found = [flag for flag in flags(amounts(shifted)) if flag.place >= 100]
    assert [(flag.place, flag.is_level_shift) for flag in found[:3]] == [
        (100, False),
        (101, False),
        (102, True),
    ]
    assert all(flag.place > 110 for flag in found[3:])


def test_any_change_of_a_constant_series_is_flagged() -> None:
    days: list[float | None] = [7.0] * 60
    days[50] = 8.0
    assert [(flag.place, flag.score) for flag in flags(amounts(days))] == [(50, math.inf)]


def test_a_sparse_series_is_not_a_constant_one() -> None:
    draw = random.Random(3)
    days: list[float | None] = [float(draw.random() < 0.15) for _ in range(200)]
    assert len(flags(amounts(days))) <= 40 // 2


def test_a_missing_day_is_not_flagged_and_carries_the_state_on() -> None:
    days = weeks(20)
    days[100] = None
    with_gap, without = track(amounts(days)), track(amounts(weeks(20)))
    assert with_gap.scores[100] is None
    assert with_gap.errors[100] is None
    assert with_gap.errors[99] == without.errors[99]
    assert all(flag.place != 100 for flag in flags(amounts(days)))


def test_missing_days_at_the_start_only_make_the_start_longer() -> None:
    days: list[float | None] = [*[None] * 5, *weeks(10)]
    scores = track(amounts(days)).scores
    assert next(i for i, score in enumerate(scores) if score is not None) == 5 + 42


def test_weekly_data_are_scored_after_twenty_points() -> None:
    values: list[float | None] = [100.0 + (i * 7) % 5 for i in range(30)]
    values[25] = 160.0
    assert [flag.place for flag in flags(amounts(values), COARSE)] == [25]
    scores = track(amounts(values), COARSE).scores
    assert next(i for i, s in enumerate(scores) if s is not None) == 20


def test_a_rate_of_few_trials_has_no_score() -> None:
    assert rates([1.0, 15.0, None, 40.0], [29.0, 30.0, 50.0, 30.0]) == [
        None,
        pytest.approx(0.0, abs=0.04),
        None,
        None,
    ]


def test_negative_money_is_taken_as_it_is() -> None:
    assert amounts([-1.0, None, 2.0]) == [-1.0, None, 2.0]
    assert amounts([0.0, None]) == [0.0, None]


def test_an_empty_series_has_a_state() -> None:
    state = track([])
    assert (state.errors, state.level, state.is_ready) == ((), 0.0, False)
    assert track([None] * 90).is_ready is False


def test_paths_repeat_and_follow_the_week() -> None:
    days = amounts(weeks(20, noise=0.01))
    state = track(days)
    errors = [error for error in state.errors if error is not None]
    starts = block_starts(len(errors), 14)
    assert starts == block_starts(len(errors), 14)
    found = paths(state, errors, starts, 14, len(days))
    assert len(found) == 400
    middle = [sorted(math.expm1(path[i]) for path in found)[200] for i in range(7)]
    assert middle == pytest.approx(WEEK, rel=0.05)


def test_paths_with_no_errors_repeat_the_state() -> None:
    state = track([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0] * 8)
    assert paths(state, [0.0], [[0, 0]], 8, 56)[0] == pytest.approx([1, 2, 3, 4, 5, 6, 7, 1])


@pytest.mark.parametrize(
    ("change", "direction", "expected"),
    [
        (2.0, "up", "good"),
        (-2.0, "up", "bad"),
        (-2.0, "down", "good"),
        (2.0, "hold", "bad"),
        (0.0, "up", "neutral"),
        (2.0, None, "neutral"),
        (None, "up", "neutral"),
        (0.1, "hold", "neutral"),
    ],
)
def test_direction_says_what_is_good(change: float | None, direction: str, expected: str) -> None:
    assert judge(change, direction, tolerance=0.5) == expected  # type: ignore[arg-type]
