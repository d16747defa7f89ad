"""Which metrics may be shared out over segments, and as what."""

import pytest

from metric_tui.definitions.quotients import part_name, share_of, with_mean_parts
from metric_tui.definitions.tree import MetricTree
from metric_tui.loading.load import load

TREE = """
version: 1
name: Shop
store: shop.db
sources:
  orders:
    table: orders
    agg_time_dimension: at
    entities: {buyer: buyer_id}
metrics:
  orders: {agg: count}
  value: {agg: sum, expr: amount}
  refunds: {agg: sum, expr: refund}
  buyers: {agg: count_distinct, expr: buyer}
  slowest: {agg: max, expr: seconds}
  mean_value: {agg: average, expr: amount}
  net: {type: derived, expr: value - 2 * refunds}
  basket: {type: ratio, numerator: value, denominator: orders}
  refund_rate: {type: ratio, numerator: {metric: orders, filter: refund > 0}, denominator: orders}
  keep_rate: {type: derived, expr: 1 - refund_rate}
  per_hundred: {type: derived, expr: 100 * value / orders}
  value_again: {type: derived, expr: orders * basket}
  per_buyer: {type: ratio, numerator: orders, denominator: buyers}
  sum_of_ratios: {type: derived, expr: basket + per_buyer}
  before: {type: derived, expr: orders - earlier, input_metrics: [{name: orders}, {name: orders, alias: earlier, offset_window: 7 days}]}
tree: {focus: net}
"""


@pytest.fixture(scope="module")
def tree() -> MetricTree:
    return with_mean_parts(load(TREE, name="shop").require_tree())


def test_a_count_and_a_sum_are_sums_over_rows(tree: MetricTree) -> None:
    for name in ("orders", "value"):
        share = share_of(tree, name)
        assert share is not None
        assert share.is_sum
        assert share.top.terms == {(name, ()): 1.0}


def test_a_difference_keeps_the_weight_of_each_part(tree: MetricTree) -> None:
    share = share_of(tree, "net")
    assert share is not None
    assert share.is_sum
    assert share.top.terms == {("value", ()): 1.0, ("refunds", ()): -2.0}


def test_a_filtered_numerator_is_another_term_than_its_denominator(tree: MetricTree) -> None:
    share = share_of(tree, "refund_rate")
    assert share is not None
    assert share.is_quotient
    ((_, filters),) = share.top.terms
    assert [fragment.text for fragment in filters] == ["refund > 0"]
    assert share.bottom.terms == {("orders", ()): 1.0}


def test_one_minus_a_rate_has_the_rates_denominator(tree: MetricTree) -> None:
    share = share_of(tree, "keep_rate")
    assert share is not None
    assert share.bottom.terms == {("orders", ()): 1.0}
    assert sorted(share.top.terms.values()) == [-1.0, 1.0]


def test_an_average_is_its_sum_over_its_count(tree: MetricTree) -> None:
    share = share_of(tree, "mean_value")
    assert share is not None
    assert share.is_quotient
    assert list(share.top.terms) == [(part_name("mean_value", "sum"), ())]
    assert list(share.bottom.terms) == [(part_name("mean_value", "count"), ())]


def test_a_rate_times_its_own_denominator_is_its_numerator(tree: MetricTree) -> None:
    share = share_of(tree, "value_again")
    assert share is not None
    assert share.is_sum
    assert share.top.terms == {("value", ()): 1.0}


def test_a_factor_stays_with_the_numerator(tree: MetricTree) -> None:
    share = share_of(tree, "per_hundred")
    assert share is not None
    assert share.top.terms == {("value", ()): 100.0}


@pytest.mark.parametrize("name", ["buyers", "slowest", "per_buyer", "sum_of_ratios", "before"])
def test_what_overlaps_or_does_not_add_is_left_alone(tree: MetricTree, name: str) -> None:
    assert share_of(tree, name) is None
