import itertools
import math
from collections.abc import Mapping

import pytest

from metric_tui.analysis.contribution import Driver, Explanation, explain
from metric_tui.analysis.explanation import over_segments
from metric_tui.analysis.lmdi import lmdi_contributions, log_mean
from metric_tui.analysis.quadrature import gauss_legendre
from metric_tui.analysis.shapley import coalition_weights, owen_of_table, shapley_of_table
from metric_tui.base.formulas import parse_formula

Pair = tuple[float | None, float | None]


def driver(
    name: str,
    values: Pair,
    formula: str | None = None,
    *drivers: Driver,
    formula_before: str | None = None,
) -> Driver:
    return Driver(
        name=name,
        before=values[0],
        after=values[1],
        formula=parse_formula(formula) if formula else None,
        formula_before=parse_formula(formula_before) if formula_before else None,
        drivers=drivers,
    )


def flat(formula: str, values: Mapping[str, Pair], focus: Pair | None = None) -> Driver:
    parsed = parse_formula(formula)
    ends = focus or tuple(parsed.evaluate({n: v[i] for n, v in values.items()}) for i in (0, 1))
    return driver("focus", (ends[0], ends[1]), formula, *(driver(n, v) for n, v in values.items()))


def amounts(explanation: Explanation) -> dict[str, float | None]:
    return {place.name: place.contribution for place in explanation.contributions}


def close(expected: Mapping[str, float]) -> object:
    return pytest.approx(dict(expected), rel=1e-9, abs=1e-9)


def leaf_names(node: Driver) -> list[str]:
    if not node.drivers:
        return [node.name]
    return [name for child in node.drivers for name in leaf_names(child)]


def orders(node: Driver) -> list[list[str]]:
    """Every order of the leaves in which each group's leaves stay together."""
    if not node.drivers:
        return [[node.name]]
    return [
        [leaf for part in parts for leaf in part]
        for arrangement in itertools.permutations(node.drivers)
        for parts in itertools.product(*(orders(child) for child in arrangement))
    ]


def value(node: Driver, state: Mapping[str, float]) -> float:
    if node.formula is None:
        return state[node.name]
    found = node.formula.evaluate({child.name: value(child, state) for child in node.drivers})
    assert found is not None
    return found


def leaves(node: Driver) -> list[Driver]:
    return [node] if not node.drivers else [x for child in node.drivers for x in leaves(child)]


def by_orders(root: Driver) -> dict[str, float]:
    """The definition itself: each leaf's mean step over all allowed orders."""
    before = {leaf.name: leaf.before or 0.0 for leaf in leaves(root)}
    after = {leaf.name: leaf.after or 0.0 for leaf in leaves(root)}
    sums = dict.fromkeys(before, 0.0)
    all_orders = orders(root)
    for order in all_orders:
        state = dict(before)
        for name in order:
            start = value(root, state)
            state[name] = after[name]
            sums[name] += value(root, state) - start
    return {name: total / len(all_orders) for name, total in sums.items()}


def tree(formula: str, *groups: tuple[str, str, Mapping[str, tuple[float, float]]]) -> Driver:
    """Two levels, with every node's value computed from its leaves."""
    nodes = []
    for name, inner, values in groups:
        parsed = parse_formula(inner)
        ends = tuple(parsed.evaluate({n: v[i] for n, v in values.items()}) for i in (0, 1))
        nodes.append(
            driver(name, (ends[0], ends[1]), inner, *(driver(n, v) for n, v in values.items()))
        )
    parsed = parse_formula(formula)
    ends = (
        parsed.evaluate({node.name: node.before for node in nodes}),
        parsed.evaluate({node.name: node.after for node in nodes}),
    )
    return driver("focus", ends, formula, *nodes)


TREES = {
    "multilinear": tree(
        "a * b - c",
        ("a", "p + q", {"p": (1.0, 4.0), "q": (2.0, 1.0)}),
        ("b", "r * s", {"r": (3.0, 2.0), "s": (5.0, 6.0)}),
        ("c", "t", {"t": (7.0, 9.0)}),
    ),
    "curved denominator": tree(
        "a / b",
        ("a", "p - q", {"p": (500.0, 620.0), "q": (420.0, 505.0)}),
        ("b", "r * s", {"r": (200.0, 260.0), "s": (1.5, 1.4)}),
    ),
    "curved twice": tree(
        "a * (1 - b / a) + abs(c)",
        ("a", "p / q", {"p": (5.0, 6.0), "q": (4.0, 5.0)}),
        ("b", "r / s", {"r": (2.0, 2.5), "s": (1.5, 1.4)}),
        ("c", "t - u", {"t": (2.0, 2.5), "u": (1.5, 4.0)}),
    ),
    "offset inside a curved driver": tree(
        "a / b",
        ("a", "p", {"p": (5.0, 6.0)}),
        ("b", "r + s", {"r": (2.0, 3.0), "s": (4.0, 3.0)}),
    ),
    "offset inside an affine driver": tree(
        "a / b",
        ("a", "r + s", {"r": (2.0, 3.0), "s": (4.0, 3.0)}),
        ("b", "p", {"p": (5.0, 6.0)}),
    ),
}


@pytest.mark.parametrize("name", TREES)
def test_leaves_get_their_mean_step_over_all_orders_that_keep_groups_together(name: str) -> None:
    explanation = explain(TREES[name])
    expected = by_orders(TREES[name])
    assert {n: a for n, a in amounts(explanation).items() if n in expected} == close(expected)
    assert explanation.adds_up
    assert explanation.status == "ok"


def test_a_third_level_splits_the_second_inside_its_own_group() -> None:
    inner = driver(
        "b",
        (6.0, 9.0),
        "r * s",
        driver("r", (3.0, 3.0), "v + w", driver("v", (1.0, 2.0)), driver("w", (2.0, 1.0))),
        driver("s", (2.0, 3.0), "x / y", driver("x", (4.0, 9.0)), driver("y", (2.0, 3.0))),
    )
    root = driver("focus", (2.0, 2.0), "a / b", driver("a", (12.0, 18.0)), inner)
    explanation = explain(root)
    found = amounts(explanation)
    assert {n: found[n] for n in "avwxy"} == close(by_orders(root))
    assert explanation.adds_up


def test_opening_a_level_changes_nothing_above_it() -> None:
    opened = TREES["curved twice"]
    closed = driver(
        "focus",
        (opened.before, opened.after),
        "a * (1 - b / a) + abs(c)",
        *(driver(child.name, (child.before, child.after)) for child in opened.drivers),
    )
    first = {p.path: p.contribution for p in explain(opened).contributions if p.level == 1}
    assert first == {p.path: p.contribution for p in explain(closed).contributions}


def test_of_parent_is_in_the_parents_own_unit() -> None:
    explanation = explain(TREES["multilinear"])
    rows = {place.name: place for place in explanation.contributions}
    assert rows["p"].of_parent == pytest.approx(3.0)
    assert rows["q"].of_parent == pytest.approx(-1.0)
    assert rows["a"].of_parent == rows["a"].contribution


def test_a_focus_without_a_value_has_no_contributions() -> None:
    for values, status in (((None, 5.0), "base_undefined"), ((5.0, None), "current_undefined")):
        explanation = explain(
            driver("focus", values, "a / b", driver("a", (0.0, 5.0)), driver("b", (0.0, 1.0)))
        )
        assert explanation.status == status
        assert explanation.change is None
        assert amounts(explanation) == {"a": None, "b": None}


def test_a_driver_null_in_one_period_gets_nothing_and_volume_gets_all() -> None:
    root = driver(
        "revenue",
        (0.0, 600.0),
        "orders * aov",
        driver("orders", (0.0, 10.0)),
        driver("aov", (None, 60.0), "x / y", driver("x", (0.0, 600.0)), driver("y", (0.0, 10.0))),
    )
    explanation = explain(root)
    assert amounts(explanation) == {"orders": 600.0, "aov": 0.0, "x": 0.0, "y": 0.0}
    assert explanation.adds_up
    assert explanation.contributions[1].status == "base_undefined"
    assert explanation.contributions[2].of_parent is None


def test_a_null_that_the_formula_makes_a_number_of_is_a_change() -> None:
    root = flat("coalesce(a, 0) + b", {"a": (None, 5.0), "b": (1.0, 2.0)})
    assert amounts(explain(root)) == close({"a": 5.0, "b": 1.0})


def test_only_the_nulls_that_hide_the_node_are_filled() -> None:
    values: dict[str, Pair] = {"a": (None, 5.0), "b": (0.0, 2.0), "c": (None, 3.0)}
    explanation = explain(flat("coalesce(a, 0) + b * c", values, (0.0, 11.0)))
    assert amounts(explanation) == close({"a": 5.0, "b": 6.0, "c": 0.0})
    assert explanation.residual == 0.0


def test_a_changed_curved_formula_carries_deeper_levels() -> None:
    inner = driver("a", (6.0, 9.0), "p * q", driver("p", (2.0, 3.0)), driver("q", (3.0, 3.0)))
    root = driver(
        "focus",
        (3.0, 8.0),
        "a - b / c",
        inner,
        driver("b", (2.0, 3.0), "r + s", driver("r", (1.0, 1.0)), driver("s", (1.0, 2.0))),
        driver("c", (4.0, 3.0)),
        formula_before="a / b",
    )
    explanation = explain(root)
    assert explanation.adds_up
    rows = {place.name: place for place in explanation.contributions}
    assert rows["q"].contribution == 0.0
    assert rows["p"].contribution == pytest.approx(rows["a"].contribution)
    assert rows["s"].contribution == pytest.approx(rows["b"].contribution)
    # by hand for `a`, half of the orders have the later formula: its mean slope over them
    assert explanation.definition != 0.0


def test_a_long_way_with_a_pole_is_given_up() -> None:
    names = [f"x{i}" for i in range(14)]
    text = f"1 / ({' + '.join(names[:7])}) / ({' + '.join(names[7:])})"
    values: dict[str, Pair] = {n: (1.0, -1.0 - i / 10) for i, n in enumerate(names)}
    explanation = explain(flat(text, values))
    assert explanation.status == "denominator_crosses_zero"


def test_a_driver_null_in_both_periods_is_marked_and_gets_nothing() -> None:
    root = flat("coalesce(a, 0) + b", {"a": (None, None), "b": (1.0, 2.0)})
    explanation = explain(root)
    assert amounts(explanation) == close({"a": 0.0, "b": 1.0})
    assert explanation.contributions[0].is_not_applicable


def test_a_mix_that_divides_by_zero_is_split_along_the_straight_way_and_flagged() -> None:
    explanation = explain(flat("a / (b - c)", {"a": (4.0, 9.0), "b": (3.0, 5.0), "c": (2.0, 3.0)}))
    assert explanation.status == "aumann_shapley"
    assert explanation.adds_up
    # by hand: the way is b - c = 1 + t and a = 4 + 5t
    a = 5 * math.log(2)
    step = -(5 * math.log(2) - 1 / 2)
    assert amounts(explanation) == close({"a": a, "b": 2 * step, "c": -step})


def test_drivers_below_a_flagged_node_sum_to_their_own() -> None:
    root = driver(
        "focus",
        (4.0, 4.5),
        "a / (b - c)",
        driver("a", (4.0, 9.0), "p * q", driver("p", (2.0, 3.0)), driver("q", (2.0, 3.0))),
        driver("b", (3.0, 5.0), "r + s", driver("r", (1.0, 2.0)), driver("s", (2.0, 3.0))),
        driver("c", (2.0, 3.0)),
    )
    explanation = explain(root)
    assert explanation.status == "aumann_shapley"
    assert explanation.adds_up


def test_a_denominator_that_changes_sign_has_no_split() -> None:
    explanation = explain(flat("a / (b - c)", {"a": (4.0, 9.0), "b": (3.0, 2.0), "c": (2.0, 3.0)}))
    assert explanation.status == "denominator_crosses_zero"
    assert amounts(explanation) == {"a": None, "b": None, "c": None}
    assert explanation.change == -13.0


def test_a_sign_change_below_leaves_the_levels_above_alone() -> None:
    root = driver(
        "focus",
        (3.0, -8.0),
        "k + m",
        driver("k", (-1.0, 1.0)),
        driver("m", (4.0, -9.0), "a / b", driver("a", (4.0, 9.0)), driver("b", (1.0, -1.0))),
    )
    explanation = explain(root)
    assert explanation.status == "ok"
    assert amounts(explanation) == {"k": 2.0, "m": -13.0, "a": None, "b": None}
    assert explanation.contributions[1].status == "denominator_crosses_zero"


def test_two_places_of_one_metric_are_two_players_and_their_sum_is_told() -> None:
    root = driver(
        "focus",
        (6.0, 20.0),
        "x * y",
        driver("x", (2.0, 4.0), "visits", driver("visits", (2.0, 4.0))),
        driver("y", (3.0, 5.0), "visits + 1", driver("visits", (2.0, 4.0))),
    )
    explanation = explain(root)
    assert [place.path for place in explanation.contributions if place.name == "visits"] == [
        ("focus", "x", "visits"),
        ("focus", "y", "visits"),
    ]
    assert explanation.totals()["visits"] == pytest.approx(14.0)


def test_what_the_formula_does_not_give_is_its_own_player() -> None:
    root = flat("a + b", {"a": (60.0, 70.0), "b": (38.0, 40.0)}, (100.0, 115.0))
    explanation = explain(root)
    assert amounts(explanation) == close({"a": 10.0, "b": 2.0})
    assert explanation.residual == pytest.approx(3.0)
    assert explanation.has_residual_warning
    assert explanation.adds_up
    small = explain(flat("a + b", {"a": (60.0, 70.0), "b": (40.0, 45.0)}, (100.1, 115.2)))
    assert small.residual == pytest.approx(0.1)
    assert not small.has_residual_warning


def test_a_residual_below_a_curved_parent_is_carried_too() -> None:
    root = driver(
        "focus",
        (2.0, 3.0),
        "a / b",
        driver("a", (10.0, 12.0)),
        driver("b", (5.0, 4.0), "r + s", driver("r", (2.0, 1.0)), driver("s", (2.0, 2.0))),
    )
    explanation = explain(root)
    rows = {place.name: place for place in explanation.contributions}
    assert rows["b"].residual == 0.0
    assert explanation.adds_up
    uneven = driver("b", (5.0, 4.0), "r + s", driver("r", (2.0, 1.0)), driver("s", (2.0, 1.0)))
    explanation = explain(driver("focus", (2.0, 3.0), "a / b", driver("a", (10.0, 12.0)), uneven))
    rows = {place.name: place for place in explanation.contributions}
    assert rows["b"].residual is not None
    assert rows["b"].residual < 0
    assert explanation.adds_up


def test_rounding_is_not_a_residual() -> None:
    explanation = explain(flat("a + b", {"a": (0.1, 0.2), "b": (0.2, 0.3)}, (0.3, 0.5)))
    assert explanation.residual == 0.0


def test_a_changed_formula_is_its_own_player() -> None:
    root = driver(
        "focus",
        (6.0, 13.0),
        "a * b + c",
        driver("a", (2.0, 3.0)),
        driver("b", (3.0, 4.0)),
        driver("c", (5.0, 1.0)),
        formula_before="a * b",
    )
    explanation = explain(root)
    # c counts only once the later formula holds: each of the two orders gives half
    assert amounts(explanation) == close({"a": 3.5, "b": 2.5, "c": -2.0})
    assert explanation.definition == pytest.approx(3.0)
    assert explanation.adds_up


def test_a_changed_formula_with_a_division_still_adds_up() -> None:
    root = driver(
        "focus",
        (2.0, 4.0),
        "a / c",
        driver("a", (6.0, 8.0)),
        driver("b", (3.0, 4.0)),
        driver("c", (0.0, 2.0)),
        formula_before="a / b",
    )
    explanation = explain(root)
    assert explanation.adds_up
    # the later formula has no value while `c` is 0, on any way from one period to the other
    assert explanation.status == "denominator_crosses_zero"
    sound = driver(
        "focus",
        (2.0, 4.0),
        "a / c",
        driver("a", (6.0, 8.0)),
        driver("b", (3.0, 4.0)),
        driver("c", (1.0, 2.0)),
        formula_before="a / b",
    )
    explanation = explain(sound)
    assert explanation.status == "ok"
    assert explanation.adds_up
    assert explanation.definition != 0.0


def test_an_empty_branch_in_both_periods_has_nothing_to_explain() -> None:
    values: dict[str, Pair] = {"orders": (0.0, 0.0), "aov": (None, None)}
    explanation = explain(flat("orders * aov", values, (0.0, 0.0)))
    assert explanation.status == "ok"
    assert amounts(explanation) == {"orders": 0.0, "aov": 0.0}
    assert explanation.contributions[1].is_not_applicable


def test_a_pole_below_a_curved_parent_is_given_up_quickly() -> None:
    inner = driver(
        "b",
        (1.0, 1.0),
        "a / (p - q) * (q + 1) / (q + 1)",
        *(driver(n, v) for n, v in {"a": (1.0, 2.0), "p": (3.0, 4.0), "q": (2.0, 2.0)}.items()),
    )
    names = [f"x{i}" for i in range(11)]
    others = (driver(n, (1.0 + i, 3.0 + i)) for i, n in enumerate(names))
    text = f"1 / (b + {' + '.join(names)})"
    ends = 1 / (1 + sum(1.0 + i for i in range(11))), 1 / (1 + sum(3.0 + i for i in range(11)))
    explanation = explain(driver("focus", ends, text, inner, *others))
    assert explanation.status == "ok"
    assert explanation.adds_up


def test_shares_are_blank_where_opposite_parts_exceed_the_change() -> None:
    fair = explain(flat("a + b", {"a": (1.0, 4.0), "b": (1.0, 2.0)}))
    assert [place.share for place in fair.contributions] == [0.75, 0.25]
    blank = explain(flat("a + b", {"a": (1.0, 9.0), "b": (9.0, 2.0)}))
    assert [place.share for place in blank.contributions] == [None, None]
    flat_change = explain(flat("a + b", {"a": (1.0, 1.0), "b": (9.0, 9.0)}))
    assert [place.share for place in flat_change.contributions] == [None, None]


def test_more_than_twelve_curved_drivers_are_flagged_and_add_up() -> None:
    names = [f"x{i}" for i in range(16)]
    text = f"({' + '.join(names[:8])}) / ({' + '.join(names[8:])})"
    values: dict[str, Pair] = {n: (10.0 + i, 12.0 + (i * 7) % 5) for i, n in enumerate(names)}
    explanation = explain(flat(text, values))
    assert explanation.status == "aumann_shapley"
    assert explanation.adds_up


def test_a_bend_on_the_way_is_closed_in_on() -> None:
    names = [f"x{i}" for i in range(14)]
    text = f"least({' + '.join(names[:7])}, {' + '.join(names[7:])})"
    values: dict[str, Pair] = {n: (1.0, 2.0 if i < 7 else 1.5) for i, n in enumerate(names)}
    values["x0"] = (0.0, 3.3)
    explanation = explain(flat(text, values))
    assert explanation.status == "aumann_shapley"
    assert explanation.adds_up


def test_sixty_multilinear_drivers_are_exact() -> None:
    names = [f"x{i}" for i in range(60)]
    pairs = [f"{names[i]} * {names[i + 1]}" for i in range(0, 60, 2)]
    values = {n: (1.0 + i, 2.0 + (i * 3) % 7) for i, n in enumerate(names)}
    explanation = explain(flat(" + ".join(pairs), values))
    found = amounts(explanation)
    for i in range(0, 60, 2):
        (a0, a1), (b0, b1) = values[names[i]], values[names[i + 1]]
        assert found[names[i]] == pytest.approx((a1 - a0) * (b0 + b1) / 2)
    assert explanation.status == "ok"


def test_a_driver_outside_the_formula_gets_nothing() -> None:
    root = driver(
        "focus",
        (1.0, 2.0),
        "a",
        driver("a", (1.0, 2.0)),
        driver("b", (1.0, 5.0), "c", driver("c", (1.0, 5.0))),
    )
    assert amounts(explain(root)) == {"a": 1.0, "b": 0.0, "c": 0.0}


def test_a_tree_that_cannot_be_meant_is_refused() -> None:
    with pytest.raises(ValueError, match="no driver for b"):
        driver("focus", (1.0, 2.0), "a + b", driver("a", (1.0, 2.0)))
    with pytest.raises(ValueError, match="twice"):
        driver("focus", (1.0, 2.0), "a", driver("a", (1.0, 2.0)), driver("a", (1.0, 2.0)))
    with pytest.raises(ValueError, match="no formula"):
        driver("focus", (1.0, 2.0), None, driver("a", (1.0, 2.0)))


def test_a_leaf_alone_explains_nothing_and_adds_up() -> None:
    explanation = explain(driver("focus", (1.0, 2.0)))
    assert explanation.contributions == ()
    assert explanation.adds_up
    assert explain(driver("focus", (None, 2.0))).status == "base_undefined"


def test_gauss_points_integrate_polynomials_exactly() -> None:
    for count in (1, 2, 3, 8, 16, 31):
        points, weights = gauss_legendre(count)
        for degree in range(2 * count):
            total = math.fsum(w * t**degree for w, t in zip(weights, points, strict=True))
            assert total == pytest.approx(1 / (degree + 1), rel=1e-12)


def test_the_glove_game_has_its_published_value() -> None:
    # one left glove (player 0), two right ones: Shapley (4/6, 1/6, 1/6)
    table = [0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]
    assert shapley_of_table(table, 3) == pytest.approx([4 / 6, 1 / 6, 1 / 6])
    assert sum(coalition_weights(5)) == pytest.approx(1.0)
    alone = owen_of_table(table, [[0], [1], [2]])
    assert [alone[i] for i in range(3)] == pytest.approx([4 / 6, 1 / 6, 1 / 6])


def test_a_log_mean_split_refuses_what_it_cannot_take() -> None:
    with pytest.raises(ValueError, match="negative values: b"):
        lmdi_contributions({"a": 1.0, "b": -1.0}, {"a": 1.0, "b": 1.0})
    with pytest.raises(ValueError, match="same factors"):
        lmdi_contributions({"a": 1.0}, {"b": 1.0})
    assert lmdi_contributions({"a": 0.0, "b": 0.0}, {"a": 2.0, "b": 3.0}) == {"a": 3.0, "b": 3.0}
    assert log_mean(2.0, 2.0) == 2.0
    assert log_mean(1.0 + 1e-9, 1.0) == pytest.approx(1.0 + 5e-10, abs=1e-15)


def test_places_are_summed_over_segments() -> None:
    one = explain(flat("a * b", {"a": (1.0, 2.0), "b": (3.0, 3.0)}))
    two = explain(flat("a * b", {"a": (2.0, 2.0), "b": (3.0, 4.0)}))
    none = explain(flat("a * b", {"a": (None, 2.0), "b": (3.0, 4.0)}))
    summed = over_segments([one, two])
    assert summed == {("focus", "a"): 3.0, ("focus", "b"): 2.0}
    assert over_segments([one, none, two])[("focus", "a")] is None
