"""What-if: arithmetic followed exactly, by hand-computed numbers."""

import math

import pytest

from metric_tui.analysis.levers import Lever
from metric_tui.analysis.root import root
from metric_tui.analysis.scenario import Model
from metric_tui.base.errors import QuestionError
from metric_tui.loading.load import load

TREE = """
version: 1
name: Shop
store: shop.db
sources: {orders: {table: orders, agg_time_dimension: at, entities: {buyer: buyer_id}}}
metrics:
  profit: {type: derived, expr: revenue - cost, guardrails: [cost_share]}
  revenue:
    agg: sum
    expr: amount
    components:
      by order: orders * basket
      by buyer: buyers * spend
  cost: {agg: sum, expr: cost}
  orders: {agg: count}
  buyers: {agg: count_distinct, expr: buyer}
  basket: {type: ratio, numerator: revenue, denominator: orders}
  spend: {type: ratio, numerator: revenue, denominator: buyers}
  cost_share: {type: ratio, numerator: cost, denominator: revenue, direction: down}
  mood: {agg: average, expr: mood}
tree: {focus: profit}
"""

VALUES = {
    "profit": 70.0, "revenue": 100.0, "cost": 30.0, "orders": 20.0, "buyers": 10.0,
    "basket": 5.0, "spend": 10.0, "cost_share": 0.3, "mood": 4.0,
}  # fmt: skip


@pytest.fixture
def model() -> Model:
    return Model(load(TREE, name="shop").require_tree(), VALUES, {})


def test_a_lever_runs_up_to_the_focus_and_over_to_the_guardrail(model: Model) -> None:
    after = model.under((Lever.parse("orders", "+10%"),))
    assert after["revenue"] == pytest.approx(110.0)
    assert after["profit"] == pytest.approx(80.0)
    assert after["cost_share"] == pytest.approx(30 / 110)
    assert after["mood"] == 4.0


def test_a_lever_of_another_view_is_followed_through_that_view(model: Model) -> None:
    after = model.under((Lever.parse("spend", "12"),))
    assert after["revenue"] == pytest.approx(120.0)
    assert after["profit"] == pytest.approx(90.0)


def test_levers_of_two_views_of_one_metric_are_refused(model: Model) -> None:
    with pytest.raises(QuestionError, match="different views of `revenue`"):
        model.under((Lever.parse("spend", "12"), Lever.parse("orders", "+1")))


def test_what_the_formula_did_not_explain_stays(model: Model) -> None:
    values = {**VALUES, "revenue": 103.0, "profit": 73.0}
    after = Model(model.tree, values, {}).under((Lever.parse("basket", "+1"),))
    assert after["revenue"] == pytest.approx(123.0)
    assert after["profit"] == pytest.approx(93.0)


def test_a_lever_on_a_metric_with_components_wins_over_them(model: Model) -> None:
    after = model.under((Lever.parse("revenue", "200"),))
    assert after["revenue"] == 200.0
    assert after["orders"] == 20.0
    assert after["profit"] == pytest.approx(170.0)


def test_a_goal_is_solved_for_one_driver(model: Model) -> None:
    lever = model.solve("profit", 100.0, "basket")
    assert lever.amount == pytest.approx(130 / 20)
    assert model.under((lever,))["profit"] == pytest.approx(100.0)


def test_a_goal_that_does_not_depend_on_the_driver_is_refused(model: Model) -> None:
    with pytest.raises(QuestionError, match="does not depend on `mood`"):
        model.solve("profit", 100.0, "mood")


def test_sensitivities_are_ranked_by_what_one_percent_does(model: Model) -> None:
    found = dict(model.sensitivities("profit"))
    assert found["orders"] == pytest.approx(1.0)
    assert found["basket"] == pytest.approx(1.0)
    assert found["cost"] == pytest.approx(-0.3)


@pytest.mark.parametrize(
    ("text", "value"),
    [("+10%", 110.0), ("-10%", 90.0), ("+5", 105.0), ("-5", 95.0), ("=7", 7.0), ("7.5", 7.5)],
)
def test_levers_are_read_as_people_write_them(text: str, value: float) -> None:
    assert Lever.parse("x", text).applied(100.0) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "ten", "10%", "+-3", "=5%", "1e", "+10%%"])
def test_what_is_no_lever_is_refused(text: str) -> None:
    with pytest.raises(QuestionError, match="is no change"):
        Lever.parse("x", text)


def test_a_sign_that_changes_over_a_pole_is_no_goal() -> None:
    # 7 / x is -2 at -3.5 alone: beyond the pole at 0, where nothing is looked for
    with pytest.raises(QuestionError, match="no value of `x`"):
        root(lambda x: 7 / x + 2 if x else math.nan, 2.0, "y", "x")
    assert root(lambda x: 7 / x - 10 if x else math.nan, 2.0, "y", "x") == pytest.approx(0.7)
    assert root(lambda x: x**3 + 8, 2.0, "y", "x") == pytest.approx(-2.0)
    with pytest.raises(QuestionError, match="does not depend"):
        root(lambda x: 1.0, 2.0, "y", "x")
