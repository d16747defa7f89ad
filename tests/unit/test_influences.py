import math
import random
from collections.abc import Sequence

import pytest

from metric_tui.analysis.influences import WEEKS, Influence, measure, moved_with
from metric_tui.analysis.student import (
    critical_correlation,
    critical_t,
    incomplete_beta,
    two_sided,
)
from metric_tui.analysis.whitening import autocovariances, own_past, whitened

WEEK = (1.0, 1.1, 1.2, 1.1, 1.0, 0.7, 0.6)


def linked(
    count: int, *, lag: int = 3, effect: float = 0.7, seed: int = 1, sign: int = 1
) -> tuple[list[float], list[float]]:
    """A driver and a parent that follows it, both with a week of their own."""
    draw = random.Random(seed)
    shocks = [draw.gauss(0, 0.1) for _ in range(count + lag)]
    driver = [100 * WEEK[i % 7] * math.exp(shocks[i + lag]) for i in range(count)]
    parent = [
        500 * WEEK[(i + 2) % 7] * math.exp(sign * effect * shocks[i] + draw.gauss(0, 0.05))
        for i in range(count)
    ]
    return driver, parent


def test_a_link_is_found_at_its_lag_with_its_size() -> None:
    driver, parent = linked(365)
    found = measure(driver, parent, edges=5, expected="up")
    assert (found.verdict, found.lag, found.n, found.agrees) == ("evidence", 3, 365, True)
    assert found.correlation is not None
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.correlation < found.high
    assert found.slope is not None
    assert found.slope[0] < 0.7 < found.slope[2] + 0.15


def test_a_link_against_the_expected_sign_is_told() -> None:
    driver, parent = linked(365, sign=-1)
    found = measure(driver, parent, edges=1, expected="up")
    assert (found.verdict, found.agrees) == ("evidence", False)
    assert measure(driver, parent, edges=1, expected="down").agrees is True
    assert measure(driver, parent, edges=1).agrees is None


def test_an_edges_own_lag_is_the_only_one_looked_at() -> None:
    driver, parent = linked(365)
    assert measure(driver, parent, edges=1, lag=3).verdict == "evidence"
    other = measure(driver, parent, edges=1, lag=9)
    assert (other.verdict, other.lag) == ("no_clear_link", 9)


def test_a_shared_week_is_no_link() -> None:
    draw = random.Random(5)
    one, other = (
        [100 * WEEK[i % 7] * math.exp(draw.gauss(0, 0.1)) for i in range(365)] for _ in range(2)
    )
    found = measure(one, other, edges=1)
    assert found.verdict == "no_clear_link"
    assert found.agrees is None
    assert moved_with(found, driver=(1.0, 2.0), parent_before=1.0) is None


def test_more_edges_raise_the_bar() -> None:
    driver, parent = linked(120)
    one, many = (measure(driver, parent, edges=edges).critical for edges in (1, 50))
    assert one is not None
    assert many is not None
    assert one < many
    assert one == pytest.approx(critical_correlation(0.01 / 15, 120 - 3 - 14))


def test_under_ninety_complete_days_is_too_short() -> None:
    driver, parent = linked(90)
    assert measure(driver, parent, edges=1).verdict != "too_short"
    assert measure(driver[:89], parent[:89], edges=1).verdict == "too_short"
    assert measure([], [], edges=1).verdict == "too_short"


def test_weeks_need_sixty() -> None:
    driver, parent = linked(59)
    assert measure(driver, parent, edges=1, sampling=WEEKS).verdict == "too_short"
    driver, parent = linked(80)
    assert measure(driver, parent, edges=1, sampling=WEEKS).lag in range(7)


def with_gaps(values: Sequence[float], every: int) -> list[float | None]:
    return [None if i % every == 5 else value for i, value in enumerate(values)]


def test_a_few_gaps_are_dropped_and_many_refused() -> None:
    driver, parent = linked(365)
    few = measure(with_gaps(driver, 25), parent, edges=1)
    assert (few.verdict, few.lag) == ("evidence", 3)
    assert few.n < 365
    many = measure(with_gaps(driver, 8), parent, edges=1)
    assert (many.verdict, many.reason) == ("refused", "too_many_gaps")
    later: list[float | None] = [*[None] * 100, *driver]
    assert measure(later, [*[1.0] * 100, *parent], edges=1).verdict == "evidence"


def test_a_mechanical_link_and_a_constant_are_refused() -> None:
    driver, parent = linked(120)
    mechanical = measure(driver, parent, edges=1, is_computed_from_parent=True)
    assert (mechanical.verdict, mechanical.reason) == ("refused", "computed_from_parent")
    constant = measure([1.0] * 120, parent, edges=1)
    assert (constant.verdict, constant.reason) == ("refused", "constant")


def test_a_series_with_zeros_is_taken_as_it_is() -> None:
    driver, parent = linked(200)
    driver[10] = 0.0
    found = measure(driver, parent, edges=1)
    assert (found.driver_is_log, found.parent_is_log) == (False, True)


def test_what_moved_with_the_driver_is_a_range_in_the_parents_unit() -> None:
    found = Influence(
        verdict="evidence", slope=(0.4, 0.5, 0.6), driver_is_log=True, parent_is_log=True
    )
    moved = moved_with(found, driver=(100.0, 121.0), parent_before=50.0)
    assert moved is not None
    assert moved == pytest.approx([50 * (1.21**slope - 1) for slope in (0.4, 0.5, 0.6)])
    fallen = moved_with(found, driver=(121.0, 100.0), parent_before=50.0)
    assert fallen is not None
    assert list(fallen) == sorted(fallen)
    assert moved_with(found, driver=(0.0, 100.0), parent_before=50.0) is None
    plain = Influence(verdict="evidence", slope=(1.0, 2.0, 3.0))
    assert moved_with(plain, driver=(1.0, 3.0), parent_before=9.0) == (2.0, 4.0, 6.0)


def test_whitening_takes_out_the_week_and_the_past() -> None:
    draw = random.Random(9)
    lasting, values = 0.0, []
    for i in range(2000):
        lasting = 0.8 * lasting + draw.gauss(0, 1)
        values.append(lasting + 10 * WEEK[i % 7])
    left = [value for value in whitened(values, 7) if value is not None]
    assert len(left) == 2000 - 1 - 8
    spread = autocovariances(left, 7)
    assert all(abs(each / spread[0]) < 0.08 for each in spread[1:])


def test_past_weights_solve_the_yule_walker_equations() -> None:
    covariances = [3.0, 2.0, 1.1, 0.7]
    weights = own_past(covariances)
    for lag in range(1, 4):
        told = sum(w * covariances[abs(lag - 1 - i)] for i, w in enumerate(weights))
        assert told == pytest.approx(covariances[lag])
    assert own_past([0.0, 0.0, 0.0]) == [0.0, 0.0]


def test_student_has_its_published_quantiles() -> None:
    published = [
        (0.05, 10, 2.228),
        (0.01, 30, 2.750),
        (0.001, 5, 6.869),
        (0.1, 1, 6.314),
        (0.05, 120, 1.980),
    ]
    for alpha, freedom, value in published:
        assert critical_t(alpha, freedom) == pytest.approx(value, abs=6e-4)
    # with two degrees of freedom the distribution has a closed form
    assert two_sided(3.0, 2) == pytest.approx(1 - 3 / math.sqrt(11))
    assert incomplete_beta(1, 1, 0.3) == pytest.approx(0.3)
    assert incomplete_beta(2, 3, 0.0) == 0.0
    assert incomplete_beta(2, 3, 1.0) == 1.0
    assert critical_correlation(0.05, 12) == pytest.approx(0.576, abs=1e-3)
    assert critical_correlation(0.05, 2) == 1.0


def test_the_same_week_again_and_again_is_constant() -> None:
    weekly = [100 * WEEK[i % 7] for i in range(200)]
    found = measure(weekly, [2 * value for value in weekly], edges=1)
    assert (found.verdict, found.reason) == ("refused", "constant")


def test_a_copy_is_evidence_and_a_lag_past_the_series_is_not_looked_at() -> None:
    driver, _ = linked(120)
    copy = measure(driver, driver, edges=1)
    assert (copy.verdict, copy.correlation, copy.low) == ("evidence", 1.0, 1.0)
    assert measure(driver, driver, edges=1, lag=500).verdict == "refused"
