"""A release that rolls out is recognised, and ranked by its rate instead of its volume."""

from collections.abc import Hashable, Mapping

import pytest

from metric_tui.analysis.rollouts import Rollout, Sizes, at_equal_size, rollout_of
from metric_tui.analysis.slice_ranking import Measures, Place, TopSlices
from metric_tui.analysis.slices import Cells, top_slices_of_ratio, top_slices_of_sum


@pytest.mark.parametrize(
    ("sizes", "rollout"),
    [
        pytest.param(
            {"8.1": (1000.0, 20.0), "8.2": (0.0, 1050.0), "8.0": (30.0, 0.0), None: (500.0, 900.0)},
            Rollout(came=("8.2",), went=("8.1",)),
            id="a release with a crumb of an older one, and rows that carry no version",
        ),
        pytest.param(
            {"a": (600.0, 100.0), "b": (400.0, 150.0), "c": (0.0, 500.0), "d": (10.0, 300.0)},
            Rollout(came=("c", "d"), went=("a", "b")),
            id="two for two",
        ),
        pytest.param(
            {"ios": (500.0, 550.0), "web": (500.0, 450.0)}, None, id="values that only moved"
        ),
        pytest.param(
            {"plans": (360.0, 320.0), "card": (0.0, 330.0)}, None, id="a value that is added"
        ),
        pytest.param({"PT": (500.0, 0.0), "ES": (500.0, 520.0)}, None, id="a value that is lost"),
        pytest.param(
            {"8.1": (1000.0, 950.0), "8.2": (0.0, 60.0)}, None, id="a release for one in twenty"
        ),
        pytest.param({"web": (100.0, 900.0), "ios": (900.0, 100.0)}, None, id="nothing is new"),
        pytest.param({None: (100.0, 0.0), "x": (0.0, 100.0)}, None, id="a dimension that begins"),
        pytest.param({}, None, id="nothing"),
    ],
)
def test_only_values_that_take_the_place_of_others_are_a_rollout(
    sizes: Sizes, rollout: Rollout | None
) -> None:
    assert rollout_of(sizes) == rollout


DIMENSIONS = ("version", "country")
ROLLING = frozenset({"version"})


def released(rates: Mapping[str, float], *, growth: float = 1.0) -> Cells:
    """1,000 trials a country on 8.1 at a rate of .2, then as many on 8.2 at these rates."""
    cells: dict[tuple[Hashable, ...], tuple[float, float, float, float]] = {}
    for country, rate in rates.items():
        cells["8.1", country] = (200.0, 1000.0, 0.0, 0.0)
        cells["8.2", country] = (0.0, 0.0, 1000.0 * growth * rate, 1000.0 * growth)
    return cells


def places(top: TopSlices) -> list[dict[str, Hashable]]:
    return [dict(row.where) for row in top.rows]


def test_a_release_that_changed_no_rate_says_nothing() -> None:
    cells = {
        **released({"PT": 0.2, "ES": 0.2}, growth=1.2),
        ("web", "PT"): (200.0, 1000.0, 260.0, 1000.0),
        ("web", "ES"): (200.0, 1000.0, 200.0, 1000.0),
    }
    tops = (
        top_slices_of_sum(DIMENSIONS, cells, rolling=ROLLING),
        top_slices_of_ratio(DIMENSIONS, cells, are_counts=True, rolling=ROLLING),
        top_slices_of_ratio(DIMENSIONS, cells, are_counts=False, rolling=ROLLING),
    )
    for top in tops[1:]:
        assert places(top)[0] in ({"version": "web", "country": "PT"}, {"country": "PT"})
    for top in tops:
        new = [row for row in top.rows if ("version", "8.2") in row.where]
        assert all(abs(row.beyond_size) <= abs(top.rows[0].beyond_size) for row in new)
        assert not any(("version", "8.1") in row.where for row in top.rows)
    # without the rollout known, its volume stands first
    assert {"version": "8.2"} in places(top_slices_of_sum(DIMENSIONS, cells))[:2]


def test_a_release_that_failed_in_one_country_is_named_with_it() -> None:
    cells = released({"PT": 0.2, "ES": 0.2, "FR": 0.05})
    for are_counts in (True, False):
        top = top_slices_of_ratio(DIMENSIONS, cells, are_counts=are_counts, rolling=ROLLING)
        assert places(top)[0] in ({"country": "FR"}, {"country": "FR", "version": "8.2"})
        assert top.rows[0].contribution == pytest.approx((0.05 - 0.2) / 3)


def test_what_is_new_is_held_against_what_it_replaced_at_its_later_size() -> None:
    slices: dict[Place, Measures] = {
        (("version", "8.0"),): (10.0, 100.0, 0.0, 0.0),
        (("version", "8.1"),): (60.0, 100.0, 20.0, 100.0),
        (("version", "8.2"),): (0.0, 0.0, 30.0, 300.0),
        (("version", None),): (5.0, 50.0, 5.0, 50.0),
        (("country", "PT"),): (70.0, 200.0, 50.0, 400.0),
    }
    total = (75.0, 250.0, 55.0, 450.0)
    found = at_equal_size(slices, ROLLING, total)
    scale = 250 / 450
    # 70 of 200 were replaced: a rate of .35
    assert found[("version", "8.2"),] == pytest.approx(
        (0.35 * 300 * scale, 300 * scale, 30.0, 300.0)
    )
    # what was there before keeps its own rate
    assert found[("version", "8.1"),] == pytest.approx(
        (0.6 * 100 * scale, 100 * scale, 20.0, 100.0)
    )
    assert found[("version", "8.0"),] == (0.0, 0.0, 0.0, 0.0)
    assert found[("version", None),] == slices[("version", None),]
    assert found[("country", "PT"),] == slices[("country", "PT"),]


def test_a_slice_with_nothing_to_be_held_against_is_left_out() -> None:
    slices: dict[Place, Measures] = {
        (("country", "NO"), ("version", "8.2")): (0.0, 0.0, 30.0, 300.0)
    }
    assert at_equal_size(slices, ROLLING, (75.0, 250.0, 55.0, 450.0)) == {}
    assert at_equal_size(slices, (), (75.0, 250.0, 55.0, 450.0)) == slices
