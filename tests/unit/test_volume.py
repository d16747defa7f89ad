"""Days that miss events: found where chance cannot explain them, and nowhere else."""

import math
import random
from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metric_tui.base.volume import (
    GAP_PART,
    IMPROBABLE,
    LONGEST_RUN,
    REACH,
    WEEK,
    gap_places,
    is_improbable,
    poisson_at_most,
    usual_counts,
)

RHYTHM = (1.2, 1.15, 1.1, 1.1, 1.05, 0.75, 0.65)
"""A quiet weekly rhythm; its mean is 1."""


def drawn(draw: random.Random, mean: float) -> float:
    """A Poisson number, by the times between events."""
    count, time = 0, draw.expovariate(1.0)
    while time <= mean:
        count += 1
        time += draw.expovariate(1.0)
    return float(count)


def quiet(seed: int, rate: float, days: int) -> Iterator[float]:
    draw = random.Random(seed)
    return (drawn(draw, rate * RHYTHM[day % WEEK]) for day in range(days))


def holed(seed: int, rate: float, length: int, part: float, *, start: int = 100) -> list[float]:
    """Thirty weeks with a hole in which a part of the events is left."""
    draw = random.Random(seed)
    return [
        drawn(draw, rate * RHYTHM[day % WEEK] * (part if start <= day < start + length else 1))
        for day in range(210)
    ]


@pytest.mark.parametrize(("rate", "stores"), [(1, 12), (3, 12), (7, 12), (10, 12), (100, 4)])
def test_quiet_days_are_gaps_in_under_one_of_a_thousand(rate: float, stores: int) -> None:
    found = sum(len(gap_places(tuple(quiet(seed, rate, 730)))) for seed in range(stores))
    assert found <= stores * 730 * IMPROBABLE


@pytest.mark.parametrize(
    ("rate", "length", "part", "least"),
    [
        (3, 1, 0.0, 0.0),
        (1, 14, 0.0, 0.7),
        (3, 7, 0.0, 0.9),
        (3, 12, 0.1, 0.7),
        (5, 3, 0.0, 0.7),
        (10, 1, 0.0, 0.8),
        (15, 1, 0.0, 0.95),
        (15, 12, 0.1, 0.95),
        (100, 1, 0.0, 1.0),
        (100, 12, 0.1, 1.0),
        (100, 21, 0.0, 1.0),
    ],
)
def test_real_holes_are_found(rate: float, length: int, part: float, least: float) -> None:
    told = [gap_places(tuple(holed(seed, rate, length, part))) for seed in range(40)]
    inside = [any(100 <= place < 100 + length for place in places) for places in told]
    assert sum(inside) >= least * len(inside)


def test_an_empty_day_of_a_sparse_log_is_no_gap() -> None:
    counts = [3.0, 4.0, 2.0, 3.0, 3.0, 2.0, 4.0] * 12
    for place in range(20, 60):
        assert gap_places((*counts[:place], 0.0, *counts[place + 1 :])) == ()


def test_days_in_a_row_are_judged_together() -> None:
    """Of a log with three a day two empty days come by chance in 1 of 400, three in 1 of 8,000."""
    counts = [3.0] * 84
    for length, is_gap in ((1, False), (2, False), (3, True), (4, True)):
        holes = (*counts[:40], *[0.0] * length, *counts[40 + length :])
        assert (math.exp(-3 * length) < IMPROBABLE / length) is is_gap
        assert gap_places(holes) == (tuple(range(40, 40 + length)) if is_gap else ())


def test_weekends_without_events_neither_are_gaps_nor_end_one() -> None:
    week = [3.0] * 5 + [0.0] * 2
    counts = week * 12
    assert gap_places(tuple(counts)) == ()
    # Thursday, Friday and Monday
    holes = [*counts[:38], 0.0, 0.0, 0.0, 0.0, 0.0, *counts[43:]]
    assert gap_places(tuple(holes)) == (38, 39, 42)


def test_a_fall_to_a_tenth_is_a_hole_and_one_by_half_is_none() -> None:
    counts = [100.0] * 84
    assert gap_places((*counts[:40], *[10.0] * 12, *counts[52:])) == tuple(range(40, 52))
    assert gap_places((*counts[:40], *[50.0] * 12, *counts[52:])) == ()
    assert gap_places((*counts[:40], 20.0, *counts[41:])) == (40,)
    assert gap_places((*counts[:40], 21.0, *counts[41:])) == ()


def test_a_start_a_lasting_fall_and_one_spike_are_no_hole() -> None:
    assert gap_places((*[2.0] * 42, *[100.0] * 42)) == ()
    assert gap_places((*[100.0] * 42, *[2.0] * 42)) == ()
    spike = [4.0] * 84
    spike[40] = 900.0
    assert gap_places(tuple(spike)) == ()


def test_what_falls_at_the_newest_end_is_a_hole_until_it_lasts() -> None:
    for days in (1, 7):
        counts = [*[100.0] * 56, *[0.0] * days]
        assert gap_places(tuple(counts)) == tuple(range(56, 56 + days))


@given(
    count=st.integers(min_value=0, max_value=30),
    mean=st.fractions(min_value=Fraction(1, 100), max_value=40, max_denominator=100),
)
def test_the_probability_is_the_sum_of_its_terms(count: int, mean: Fraction) -> None:
    terms = Fraction(1)
    term = Fraction(1)
    for k in range(1, count + 1):
        term = term * mean / k
        terms += term
    expected = float(terms) * math.exp(-float(mean))
    assert poisson_at_most(float(count), float(mean)) == pytest.approx(expected, rel=1e-9)


def test_few_of_very_many_are_improbable_without_a_sum() -> None:
    for usual in (50.0, 60.0, 200.0, 1e9):
        most = GAP_PART * usual
        assert is_improbable(most, usual, among=LONGEST_RUN)
    assert poisson_at_most(10.0, 50.0) < IMPROBABLE / LONGEST_RUN / 1000


@given(
    st.lists(st.integers(min_value=0, max_value=12), min_size=2 * REACH + 40, max_size=200),
    st.integers(min_value=0, max_value=30),
)
def test_what_lies_further_than_its_reach_does_not_change_a_day(
    counts: list[int], cut: int
) -> None:
    values = [7.0, *map(float, counts)]
    whole = set(gap_places(tuple(values)))
    # the first event is among what is cut off, so its weeks are not looked at either
    begin = min(cut, len(values) - 2 * REACH - 8)
    part = {place + begin for place in gap_places(tuple(values[begin : len(values)]))}
    inner = range(begin + REACH + WEEK, len(values) - REACH)
    first = next((place for place in range(begin, len(values)) if values[place]), 0)
    if first == begin:
        assert {p for p in part if p in inner} == {p for p in whole if p in inner}


def test_the_usual_is_what_the_weeks_before_and_after_have() -> None:
    counts = [10.0] * 35 + [0.0] + [20.0] * 35
    assert usual_counts(counts, 35, first=0) == (10.0, 20.0)
    assert usual_counts(counts[:36], 35, first=0) == (10.0, 10.0)
    assert usual_counts(counts, 6, first=0) is None
    assert usual_counts([10.0] * 20, 14, first=0) is None
    assert usual_counts([10.0] * 21, 21 - 7, first=0) is None
    # of few events the mean counts, in which one day of many weighs little
    sparse = [0.0] * 64
    sparse[7], sparse[14], sparse[49] = 1.0, 2.0, 900.0
    assert usual_counts(sparse, 28, first=0) == (0.75, 0.75)


def test_a_day_of_many_in_a_sparse_log_makes_no_gap_of_those_around() -> None:
    for seed in range(6):
        counts = list(quiet(seed, 1, 120))
        counts[-8], counts[-20] = 60.0, 40.0
        assert gap_places(tuple(counts)) == ()
