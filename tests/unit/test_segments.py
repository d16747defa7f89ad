import random
from collections.abc import Hashable, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metric_tui.analysis.rate_segments import split_ratio
from metric_tui.analysis.segments import (
    Pairs,
    SegmentTable,
    fold,
    list_distinct,
    split_count_times_mean,
    split_sum,
)
from metric_tui.analysis.slices import (
    Cells,
    TopSlices,
    tables_of_ratio,
    tables_of_sum,
    top_slices_of_ratio,
    top_slices_of_sum,
)
from tests.counting import calls_of

Effects = dict[Hashable, tuple[float | None, float | None]]


def effects(table: SegmentTable) -> Effects:
    return {row.segment: (row.rate_effect, row.mix_effect) for row in table.rows}


def test_a_sum_is_split_by_differences_and_null_is_a_segment() -> None:
    table = split_sum({"PT": 5.0, None: 2.0, "gone": 4.0}, {"PT": 9.0, None: 1.0, "came": 3.0})
    assert [(row.segment, row.contribution, row.standing) for row in table.rows] == [
        ("PT", 4.0, "both"),
        ("gone", -4.0, "lost"),
        ("came", 3.0, "new"),
        (None, -1.0, "both"),
    ]
    assert (table.before, table.after, table.change) == (11.0, 13.0, 2.0)
    assert table.adds_up
    assert table.rows[0].share_before == pytest.approx(5 / 11)


def test_volume_takes_all_of_a_segment_without_rows_in_one_period() -> None:
    table = split_count_times_mean({"a": (10.0, 2.0)}, {"a": (18.0, 3.0), "b": (7.0, 1.0)})
    found = {row.segment: (row.volume_effect, row.rate_effect) for row in table.rows}
    assert found["a"] == pytest.approx((5.5, 2.5))
    assert found["b"] == (7.0, 0.0)


def test_a_new_segment_and_a_lost_one_have_mix_alone() -> None:
    table = split_ratio(
        {"a": (50.0, 100.0), "b": (10.0, 100.0)}, {"a": (60.0, 100.0), "c": (9.0, 100.0)}
    )
    centre = (0.3 + 0.345) / 2
    rows = effects(table)
    assert rows["c"] == pytest.approx((0.0, 0.5 * (0.09 - centre)))
    assert rows["b"] == pytest.approx((0.0, -0.5 * (0.1 - centre)))
    assert {row.segment: row.standing for row in table.rows} == {
        "a": "both", "b": "lost", "c": "new",
    }  # fmt: skip
    assert table.adds_up


def test_a_numerator_without_a_denominator_is_mix_and_the_table_adds_up() -> None:
    table = split_ratio(
        {"a": (5.0, 10.0), "odd": (3.0, 0.0)}, {"a": (6.0, 10.0), "odd": (1.0, 5.0)}
    )
    assert table.adds_up
    assert effects(table)["odd"][0] == 0.0


def test_a_rate_without_a_denominator_in_one_period_has_no_contributions() -> None:
    table = split_ratio({"a": (0.0, 0.0)}, {"a": (6.0, 10.0)})
    assert (table.status, table.before, table.after) == ("base_undefined", None, 0.6)
    assert table.rows[0].contribution is None
    assert split_ratio({"a": (1.0, 2.0)}, {}).status == "current_undefined"
    assert split_ratio({}, {}).status == "base_undefined"


def test_simpson_is_told() -> None:
    """Das Gupta's example 5.3 in small: each rate rises while the total falls."""
    before: Pairs = {"high": (80.0, 100.0), "low": (10.0, 100.0)}
    after: Pairs = {"high": (17.0, 20.0), "low": (27.0, 180.0)}
    assert split_ratio(before, after).has_simpson_reversal
    assert not split_ratio(before, before).has_simpson_reversal


def test_folding_keeps_the_sum() -> None:
    table = split_ratio(
        {name: (float(i), 10.0) for i, name in enumerate("abcdefg")},
        {name: (float(i * 2 % 7), 10.0 + i) for i, name in enumerate("abcdefg")},
    )
    folded = fold(table, keep=3)
    assert folded.rows[-1].segment == "other (4 more)"
    assert folded.adds_up
    assert fold(table, keep=6) == table


def test_distinct_counts_are_shown_and_not_added() -> None:
    table = list_distinct({"a": 5.0, "b": 4.0}, {"a": 6.0, "b": 6.0}, totals=(7.0, 9.0))
    assert not table.is_additive
    assert not table.adds_up
    assert table.change == 2.0
    assert [row.contribution for row in table.rows] == [2.0, 1.0]
    assert fold(table, keep=0).rows[0].contribution is None


COUNTS = st.floats(0, 1e4).map(lambda value: round(value, 1))
SEGMENTS = st.dictionaries(st.sampled_from([*"abcdef", None]), st.tuples(COUNTS, COUNTS))


@settings(deadline=None)
@given(SEGMENTS, SEGMENTS)
def test_rate_tables_always_add_up(
    before: Mapping[Hashable, tuple[float, float]], after: Mapping[Hashable, tuple[float, float]]
) -> None:
    table = split_ratio(before, after)
    if table.status != "ok":
        return
    assert table.adds_up
    assert fold(table, keep=2).adds_up
    for row in table.rows:
        parts = (row.rate_effect or 0.0) + (row.mix_effect or 0.0)
        scale = max(1.0, abs(parts), *(abs(r or 0.0) for r in (row.before, row.after)))
        assert abs(parts - (row.contribution or 0.0)) <= 1e-9 * scale


@settings(deadline=None)
@given(SEGMENTS, SEGMENTS)
def test_swapping_periods_turns_the_signs_of_both_effects(
    before: Mapping[Hashable, tuple[float, float]], after: Mapping[Hashable, tuple[float, float]]
) -> None:
    forward, backward = effects(split_ratio(before, after)), effects(split_ratio(after, before))
    for segment, pair in forward.items():
        for one, other in zip(pair, backward[segment], strict=True):
            assert (one is None) == (other is None)
            assert (one or 0.0) == pytest.approx(-(other or 0.0), rel=1e-6, abs=1e-6)


@settings(deadline=None)
@given(SEGMENTS, SEGMENTS)
def test_volume_and_rate_sum_to_the_change(
    before: Mapping[Hashable, tuple[float, float]], after: Mapping[Hashable, tuple[float, float]]
) -> None:
    table = split_count_times_mean(before, after)
    assert table.adds_up
    for row in table.rows:
        parts = (row.volume_effect or 0.0) + (row.rate_effect or 0.0)
        assert parts == pytest.approx(row.contribution, rel=1e-6, abs=1e-6)


DIMENSIONS = ("country", "platform", "plan")


def cells_with(change: Mapping[tuple[str, str, str], float]) -> Cells:
    """100 successes of 1,000 in every cell, but for what is changed later."""
    return {
        (c, p, q): (100.0, 1000.0, 100.0 + change.get((c, p, q), 0.0), 1000.0)
        for c in ("PT", "ES", "FR")
        for p in ("ios", "web")
        for q in ("free", "paid")
    }


def places(top: TopSlices) -> list[dict[str, Hashable]]:
    return [dict(row.where) for row in top.rows]


def test_a_fall_in_one_platform_of_one_country_is_found_as_that() -> None:
    cells = cells_with({("PT", "ios", "free"): -50.0, ("PT", "ios", "paid"): -50.0})
    for top in (
        top_slices_of_sum(DIMENSIONS, cells),
        top_slices_of_ratio(DIMENSIONS, cells, are_counts=True),
        top_slices_of_ratio(DIMENSIONS, cells, are_counts=False),
    ):
        assert places(top)[0] == {"country": "PT", "platform": "ios"}
        assert len(top.rows) <= 5
        # its two halves say nothing more
        assert {"country": "PT", "platform": "ios", "plan": "free"} not in places(top)


def test_a_fall_of_one_whole_value_is_said_in_one_word() -> None:
    cells = cells_with({(c, "ios", q): -30.0 for c in ("PT", "ES", "FR") for q in ("free", "paid")})
    top = top_slices_of_ratio(DIMENSIONS, cells, are_counts=True)
    assert places(top)[0] == {"platform": "ios"}
    assert all(len(place) == 1 for place in places(top)[:2])


def test_overlapping_rows_are_marked() -> None:
    cells = cells_with({("PT", "ios", "free"): -80.0, ("ES", "web", "paid"): 60.0})
    assert top_slices_of_sum(DIMENSIONS, cells).has_overlaps


def test_a_slice_holds_the_sum_of_its_cells() -> None:
    cells = cells_with({("PT", "ios", "free"): -50.0})
    row = next(r for r in top_slices_of_sum(DIMENSIONS, cells).rows if len(r.where) == 3)
    assert (row.before, row.after, row.contribution) == (100.0, 50.0, -50.0)
    assert row.unexpected_difference == pytest.approx(-50.0)


def test_every_dimensions_table_adds_up() -> None:
    cells = cells_with({("PT", "ios", "free"): -50.0, ("FR", "web", "paid"): 20.0})
    for tables in (tables_of_sum(DIMENSIONS, cells), tables_of_ratio(DIMENSIONS, cells)):
        assert list(tables) == list(DIMENSIONS)
        assert all(table.adds_up for table in tables.values())


def test_nothing_to_rank_gives_no_rows() -> None:
    assert top_slices_of_sum(DIMENSIONS, {}).rows == ()
    assert top_slices_of_ratio(DIMENSIONS, {}, are_counts=True).rows == ()


def test_two_thousand_cells_are_rolled_up_quickly() -> None:
    draw = random.Random(5)
    sizes = (20, 10, 4, 3)
    cells: Cells = {
        (a, b, c, d): (draw.random() * 9, draw.random() * 90, draw.random() * 9, draw.random() * 90)
        for a in range(sizes[0])
        for b in range(sizes[1])
        for c in range(sizes[2])
        for d in range(sizes[3])
    }
    found: list[int] = []
    calls = calls_of(
        lambda: found.append(
            len(top_slices_of_ratio(("a", "b", "c", "d"), cells, are_counts=True).rows)
        )
    )
    assert found == [5]
    assert calls < 300_000


def test_a_slice_without_a_rate_in_one_period_has_no_unexpected_difference() -> None:
    cells: Cells = {("new",): (0.0, 0.0, 30.0, 100.0), ("old",): (10.0, 100.0, 10.0, 100.0)}
    rows = {row.where[0][1]: row for row in top_slices_of_ratio("d", cells, are_counts=True).rows}
    assert rows["new"].unexpected_difference is None
    assert rows["new"].before is None


def test_the_halves_of_what_is_already_told_are_not_shown() -> None:
    """France on iOS rose by what the others fell there; France says it all, not its plans."""
    cells = dict(cells_with({(c, "ios", q): -40.0 for c in ("PT", "ES") for q in ("free", "paid")}))
    for plan in ("free", "paid"):
        cells["FR", "ios", plan] = (100.0, 1000.0, 180.0, 1000.0)
    shown = places(top_slices_of_sum(DIMENSIONS, cells))
    assert shown[:3] == [{"country": "FR"}, {"country": "ES"}, {"country": "PT"}]
    assert not any(place.get("platform") == "ios" and "country" in place for place in shown)
