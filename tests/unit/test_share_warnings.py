"""A what-if that asks a share to be more than all, or less than nothing, is told as such."""

import pytest

from metric_tui.analysis.levers import Lever
from metric_tui.analysis.scenario import Model
from metric_tui.analysis.supposing import Supposition
from metric_tui.loading.load import load
from metric_tui.presentation.glyphs import ASCII, UNICODE
from metric_tui.presentation.pieces import plain
from metric_tui.presentation.scenario_lines import scenario_document, scenario_lines
from metric_tui.presentation.scenario_markdown import scenario_markdown
from metric_tui.presentation.share_warnings import share_warnings
from metric_tui.presentation.what_if_lines import outcome_lines

TREE = """\
version: 1
sources: {events: {table: events, agg_time_dimension: at, entities: {user: who}}}
metrics:
  orders: {agg: count, components: visits * checkout_rate}
  visits: {agg: count}
  checkout_rate: {type: ratio, numerator: orders, denominator: visits}
  per_visit: {type: ratio, numerator: visits, denominator: orders}
  keep_rate: {type: derived, expr: kept / visits}
  growth_rate: {type: derived, expr: (visits - kept) / kept}
  kept: {agg: count}
  back: {type: retention, entity: user, start: [visits], return: [visits], unit: week}
tree: {focus: orders}
"""

VALUES = {
    "orders": 40.0, "visits": 100.0, "checkout_rate": 0.4, "per_visit": 0.9, "keep_rate": 0.5,
    "growth_rate": 0.5, "kept": 50.0, "back": 0.2,
}  # fmt: skip


def model(**values: float | None) -> Model:
    tree = load(TREE, name="t.yaml").require_tree()
    return Model(tree, {**VALUES, **values}, {})


def warned(levers: tuple[Lever, ...], **values: float | None) -> list[str]:
    asked = model(**values)
    everything = {*asked.tree.in_tree_order(), *(lever.metric for lever in levers)}
    moved = [Supposition(asked, levers).outcome(name) for name in sorted(everything)]
    return [each.text for each in share_warnings(asked, moved, UNICODE)]


def test_the_goal_that_takes_more_than_everybody_is_told() -> None:
    # 120 orders of 100 visits
    lever = model().solve("orders", 120.0, "checkout_rate")
    assert warned((lever,)) == [
        "Checkout rate would have to be 120%, and no share can be more than 100%"
    ]
    # all of them is the most
    assert warned((model().solve("orders", 100.0, "checkout_rate"),)) == []
    assert warned((model().solve("orders", 0.0, "checkout_rate"),)) == []
    assert warned((model().solve("orders", -10.0, "checkout_rate"),)) == [
        "Checkout rate would have to be −10.0%, and no share can be less than 0%"
    ]


@pytest.mark.parametrize(
    ("metric", "is_told"),
    [
        ("back", True),
        ("keep_rate", True),
        # a growth may be anything, and what is no percentage may be over 1
        ("growth_rate", False),
        ("per_visit", False),
        ("visits", False),
    ],
)
def test_only_shares_of_a_whole_are_bounded(metric: str, is_told: bool) -> None:
    assert bool(warned((Lever(metric, "set", 1.5),))) == is_told


def test_what_is_beyond_already_is_no_share() -> None:
    lever = Lever("checkout_rate", "set", 1.5)
    assert warned((lever,), checkout_rate=1.2) == []
    assert warned((lever,), checkout_rate=None) == []
    assert warned((lever,), checkout_rate=1.0) != []


def test_every_front_tells_it() -> None:
    asked, lever = model(), Lever("checkout_rate", "set", 1.2)
    outcomes = asked.outcomes((lever,))
    told = "Checkout rate would have to be 120%, and no share can be more than 100%"
    texts = (
        "\n".join(map(plain, scenario_lines(asked, (lever,), outcomes, "now", 120, UNICODE))),
        scenario_markdown(asked, (lever,), outcomes, "now", UNICODE),
        "\n".join(map(plain, outcome_lines(Supposition(asked, (lever,)), (), 7, 120, UNICODE))),
    )
    for text in texts:
        assert f"◌ {told}" in text
    document = scenario_document(asked, (lever,), outcomes, "now")
    assert document["warnings"] == [{"metric": "checkout_rate", "value": 1.2, "text": told}]
    narrow = [plain(each) for each in scenario_lines(asked, (lever,), outcomes, "", 40, ASCII)]
    start = next(place for place, row in enumerate(narrow) if "have to be" in row)
    assert [len(row) <= 40 for row in narrow[start : start + 3]] == [True] * 3
    assert "".join(narrow).isascii()
    sound = scenario_document(asked, (), asked.outcomes(()), "now")
    assert sound["warnings"] == []
