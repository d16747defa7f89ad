"""What logs are counted with, against plain Python."""

import math
import statistics
from collections.abc import Iterator, Sequence
from itertools import accumulate

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from metric_tui.engines.rollup import kernels
from metric_tui.engines.rollup.logs.members import (
    distinct_counts,
    first_rows,
    numbered_densely,
)
from metric_tui.engines.rollup.logs.packing import packed_arrays
from metric_tui.engines.rollup.logs.parts import MOST_UNIT, Whole, planes_for
from metric_tui.engines.rollup.logs.percentiles import percentiles
from metric_tui.engines.rollup.logs.reading import narrowed, unpacked

# numbers close together are marked in a field, those far apart are sorted
MEMBERS = st.lists(st.integers(0, 9) | st.integers(2**31, 2**32 - 1), max_size=40)


@pytest.fixture(params=["compiled", "by numpy"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if request.param == "by numpy":
        monkeypatch.setenv(kernels.SWITCH, "0")
    elif kernels.library() is None:
        pytest.skip("installed without a C compiler")
    kernels.library.cache_clear()
    yield
    monkeypatch.undo()
    kernels.library.cache_clear()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(MEMBERS, max_size=4))
def test_first_rows_are_those_a_set_has_not_seen(way: None, parts: list[list[int]]) -> None:
    seen: set[int] = set()
    expected = [
        [place for place, member in enumerate(part) if is_added(seen, member)] for part in parts
    ]
    found = first_rows([np.array(part, dtype=np.uint32) for part in parts])
    assert [sorted(rows.tolist()) for rows in found] == expected


def is_added(seen: set[int], member: int) -> bool:
    before = len(seen)
    seen.add(member)
    return len(seen) > before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MEMBERS, st.integers(1, 4))
def test_distinct_counts_are_sizes_of_sets(way: None, members: list[int], count: int) -> None:
    groups = [member % count for member in members]
    where = np.array(groups if count > 1 else [], dtype=np.int64)
    found = distinct_counts(where, np.array(members, dtype=np.uint32), count)
    pairs = set(zip(groups, members, strict=True))
    assert found.tolist() == [sum(own == group for own, _ in pairs) for group in range(count)]


@given(MEMBERS, MEMBERS)
def test_members_numbered_densely_are_equal_where_they_were(
    left: list[int], right: list[int]
) -> None:
    columns = (np.array(members, dtype=np.uint32) for members in (left, right))
    found = [number for column in numbered_densely(*columns) for number in column.tolist()]
    pairs = set(zip(left + right, found, strict=True))
    assert len(pairs) == len(set(left + right)) == len(set(found))
    assert max(found, default=0) < 2**16 + 256 * len(found)


def packed(numbers: Sequence[int]) -> Whole:
    """A column in plain Python."""
    least = min(numbers)
    unit = MOST_UNIT if math.gcd(MOST_UNIT, *(n - least for n in numbers)) == MOST_UNIT else 1
    offsets = [(number - least) // unit for number in numbers]
    width = planes_for(max(offsets))
    planes = [bytes(offset >> 8 * plane & 255 for offset in offsets) for plane in range(width)]
    return least, unit, width, b"".join(planes)


COLUMN = st.lists(
    st.integers(-(2**31), 2**31) | st.integers(-(2**63), 2**63 - 1), min_size=1
) | st.lists(st.integers(-5, 5).map(lambda number: 1000 * number), min_size=1)


@given(st.lists(COLUMN, min_size=1, max_size=4))
def test_numbers_come_back_as_they_were_packed(columns: list[list[int]]) -> None:
    wholes = [packed(numbers) for numbers in columns]
    for numbers, whole in zip(columns, wholes, strict=True):
        assert unpacked(whole, len(numbers)).tolist() == numbers
    own = np.array([number for numbers in columns for number in numbers], dtype=np.int64)
    bounds = [0, *accumulate(map(len, columns))]
    assert packed_arrays(own, bounds) == wholes
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "pack_numbers", lambda numbers, bounds: None)
        assert packed_arrays(own, bounds) == wholes


def percentile_of(values: list[int], share: float, *, discrete: bool) -> float:
    """That of one group among others, which is the same of whole, floating and far numbers."""
    cells, places = np.array([0] * len(values) + [1, 3]), np.array([1, -1, 2, 0])
    own = np.array([*values, 7, 9])
    whole = percentiles(own, cells, places, 3, share, discrete=discrete)
    floating = percentiles(own.astype(np.float64), cells, places, 3, share, discrete=discrete)
    far = percentiles(own * 2**32, cells, places, 3, share, discrete=discrete) / 2**32
    assert np.allclose(whole, floating, equal_nan=True)
    assert np.allclose(whole, far, equal_nan=True)
    alone = [
        percentiles(np.array(values) * unit, np.array([]), None, 1, share, discrete=discrete) / unit
        for unit in (1, 2**32)
    ]
    assert np.allclose(alone, whole[1])
    assert whole[0] == 9
    assert math.isnan(whole[2])
    return float(whole[1])


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1) | st.sampled_from([-(2**31) - 1, -(2**31), 2**31]))
)
@example([-(2**63), 1])
def test_narrowed_numbers_are_the_same(numbers: list[int]) -> None:
    assert narrowed(np.array(numbers, dtype=np.int64)).tolist() == numbers


@given(st.lists(st.integers(-100, 100), min_size=2), st.integers(1, 99))
def test_percentiles_are_those_of_the_standard_library(values: list[int], share: int) -> None:
    expected = statistics.quantiles(values, n=100, method="inclusive")[share - 1]
    found = percentile_of(values, share / 100, discrete=False)
    assert math.isclose(found, expected, abs_tol=1e-9)


@given(st.lists(st.integers(-100, 100), min_size=1), st.integers(0, 100))
def test_a_discrete_percentile_is_the_least_value_with_so_many_up_to_it(
    values: list[int], share: int
) -> None:
    found = percentile_of(values, share / 100, discrete=True)
    enough = [v for v in values if 100 * sum(w <= v for w in values) >= share * len(values)]
    assert found == min(enough)
