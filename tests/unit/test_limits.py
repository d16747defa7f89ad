"""Natural limits: what they rest on, where the last period lies, how both are said."""

from collections.abc import Sequence
from itertools import pairwise

import pytest

from metric_tui.analysis.limits import FEWEST, last_period, natural_limits
from metric_tui.base.series import Note, Value
from metric_tui.planning.answer import MetricAnswer, Values
from metric_tui.presentation.glyphs import ASCII, UNICODE
from metric_tui.presentation.limit_lines import limits_line
from metric_tui.presentation.numbers import COUNT, PERCENT
from metric_tui.presentation.pieces import plain

STEADY: list[Value] = [100.0, 104.0, 98.0, 102.0, 99.0, 101.0, 103.0]


def answer(values: Sequence[Value], notes: dict[int, Note] | None = None) -> MetricAnswer:
    given = notes or {}
    marks = tuple(
        frozenset({given[place]}) if place in given else frozenset[Note]()
        for place in range(len(values))
    )
    total = Values(values=tuple(values), compared=(None,) * len(values), notes=marks)
    return MetricAnswer(metric="m", total=total)


def test_natural_limits_are_the_mean_and_its_moving_ranges() -> None:
    values = [39.0, 41.0, 41.0, 41.0, 43.0, 55.0, 41.0, 42.0, 40.0, 41.0]
    mean = sum(values) / 10
    reach = 2.66 * sum(abs(b - a) for a, b in pairwise(values)) / 9
    limits = natural_limits(values)
    assert limits is not None
    assert (limits.mean, limits.lower, limits.upper) == pytest.approx(
        (mean, mean - reach, mean + reach)
    )
    assert limits.signals == (5,)


def test_eight_on_one_side_are_a_signal() -> None:
    values: list[float | None] = [9.0, 11.0] * 8 + [10.6] * 4 + [None] + [10.7] * 4 + [9.0] * 5
    limits = natural_limits(values)
    assert limits is not None
    assert 24 in limits.signals
    assert 22 not in limits.signals


def test_limits_need_two_values() -> None:
    assert natural_limits([None, 3.0]) is None
    constant = natural_limits([3.0, 3.0, 3.0])
    assert constant is not None
    assert constant.signals == ()


@pytest.mark.parametrize(
    ("last", "place"), [(150.0, "above"), (101.0, "inside"), (40.0, "below"), (0.0, "below")]
)
def test_the_last_period_is_held_against_those_before_it(last: float, place: str) -> None:
    found = last_period(answer([*STEADY, last]), "week")
    assert found is not None
    assert (found.place, found.periods) == (place, len(STEADY))
    # the moving ranges of the seven before it: 4, 6, 4, 3, 2, 2
    assert found.limits.upper == pytest.approx(sum(map(float, STEADY)) / 7 + 2.66 * 21 / 6)  # type: ignore[arg-type]


def test_what_is_not_whole_neither_makes_limits_nor_leaves_them() -> None:
    assert last_period(answer([*STEADY, 5.0], {7: "partial"}), "week") is None
    assert last_period(answer([*STEADY, 5.0], {7: "immature"}), "week") is None
    small = last_period(answer([*STEADY, 5.0], {7: "small"}), "week")
    assert small is not None
    assert small.place == "below"
    first = last_period(answer([1.0, *STEADY, 101.0], {0: "partial"}), "week")
    assert first is not None
    assert first.periods == len(STEADY)


def test_few_periods_or_none_have_no_limits() -> None:
    assert last_period(answer([*STEADY[:FEWEST], 101.0]), "week") is not None
    assert last_period(answer([*STEADY[: FEWEST - 1], 101.0]), "week") is None
    assert last_period(answer([*STEADY, None]), "week") is None
    assert last_period(answer([]), "week") is None


def test_what_is_never_negative_has_no_limit_below_zero() -> None:
    wild: list[Value] = [1.0, 9.0, 1.0, 9.0, 1.0, 9.0, 1.0]
    found = last_period(answer([*wild, 2.0]), "week")
    assert found is not None
    assert found.limits.lower == 0.0
    below = last_period(answer([*wild, -2.0]), "week")
    assert below is not None
    assert below.limits.lower < 0.0


@pytest.mark.parametrize(
    ("last", "text"),
    [
        (101.0, "natural limits 91.7 to 110"),
        (150.0, "▲ above its natural limits, 91.7 to 110"),
        (40.0, "▼ below its natural limits, 91.7 to 110"),
    ],
)
def test_limits_are_said_in_words_with_a_sign_only_outside(last: float, text: str) -> None:
    found = last_period(answer([*STEADY, last]), "week")
    assert found is not None
    assert plain(limits_line(found, COUNT, UNICODE)) == text
    assert plain(limits_line(found, PERCENT, ASCII)).isascii()


def test_an_hour_is_held_against_the_same_hour_of_other_days() -> None:
    # busy every evening, and busier each day by what moves it by itself
    days = [[10.0] * 23 + [evening] for evening in (500.0, 510.0, 490.0, 505.0, 495.0, 500.0)]
    hours = [value for day in days for value in day] + [10.0] * 23
    found = last_period(answer([*hours, 502.0]), "hour")
    assert found is not None
    assert (found.place, found.periods) == ("inside", 6)
    above = last_period(answer([*hours, 900.0]), "hour")
    assert above is not None
    assert above.place == "above"
    assert last_period(answer(hours[24:]), "hour") is None
