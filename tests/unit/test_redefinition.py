"""What a changed definition did (E9): its own player in every place, and the places built from two files."""

from dataclasses import replace

import pytest

from metric_tui.analysis.contribution import Driver, explain
from metric_tui.analysis.drivers import Drivers, Measured, redefined_metrics
from metric_tui.analysis.why_question import WhyQuestion
from metric_tui.base.formulas import parse_formula
from metric_tui.loading.load import load

Pair = tuple[float | None, float | None]


def place(
    name: str, values: Pair, formula: str = "", *drivers: Driver, redefined: float = 0.0
) -> Driver:
    return Driver(
        name=name,
        before=values[0],
        after=values[1],
        formula=parse_formula(formula) if formula else None,
        drivers=drivers,
        redefined=redefined,
    )


@pytest.mark.parametrize("formula", ["a * b + c", "a / b + c", "c - a / (b + c)"])
def test_a_leaf_is_split_as_if_definition_and_data_were_its_drivers(formula: str) -> None:
    a, b, c = (6.0, 9.0), (2.0, 4.0), (5.0, 1.0)
    ends = tuple(parse_formula(formula).evaluate({"a": a[i], "b": b[i], "c": c[i]}) for i in (0, 1))
    others = (place("b", b), place("c", c))
    told = explain(place("f", (ends[0], ends[1]), formula, place("a", a, redefined=4.0), *others))
    # 9 - 6 = 4 by the definition and -1 by the data
    spelled = place(
        "a", a, "definition + data", place("definition", (0.0, 4.0)), place("data", (6.0, 5.0))
    )
    expected = explain(place("f", (ends[0], ends[1]), formula, spelled, *others)).totals()
    rows = {row.name: row for row in told.contributions}
    assert told.adds_up
    assert rows["a"].contribution == pytest.approx(expected["a"])
    assert rows["a"].definition == pytest.approx(expected["definition"])
    assert rows["a"].residual == 0.0
    assert told.by_definitions == pytest.approx(expected["definition"])


def test_beyond_the_formula_it_stands_apart_from_what_is_unexplained() -> None:
    # 10 = 2 * 3 + 4 became 21 = 3 * 5 + 6; of the 2 more beyond the formula 1.5 are the definition
    found = explain(
        place(
            "f", (10.0, 21.0), "a * b", place("a", (2.0, 3.0)), place("b", (3.0, 5.0)),
            redefined=1.5,
        )
    )  # fmt: skip
    assert found.totals() == {"a": pytest.approx(4.0), "b": pytest.approx(5.0)}
    assert (found.definition, found.residual) == pytest.approx((1.5, 0.5))
    assert found.adds_up
    assert found.has_residual_warning


def test_a_definition_that_explains_all_is_no_residual() -> None:
    found = explain(place("f", (10.0, 21.0), "a", place("a", (12.0, 21.0)), redefined=2.0))
    assert (found.definition, found.residual) == pytest.approx((2.0, 0.0))
    assert not found.has_residual_warning


def test_the_explained_metric_may_itself_be_a_leaf() -> None:
    found = explain(place("f", (2.0, 2.0), redefined=1.0))
    assert (found.change, found.definition, found.residual) == (0.0, 1.0, 0.0)
    assert explain(place("f", (None, 2.0), redefined=1.0)).status == "base_undefined"


HEAD = "version: 1\nname: T\nsources: {e: {table: e, agg_time_dimension: at}}\nmetrics:\n"
LEAVES = "".join(f"  {name}: {{agg: count}}\n" for name in "abcde")


def measured(focus: str, **values: Pair) -> Measured:
    tree = load(f"{HEAD}  f: {focus}\n{LEAVES}tree: {{focus: f}}\n", name="t.yaml").require_tree()
    return Measured(tree=tree, values=values)


def built(later: Measured, earlier: Measured) -> Driver:
    return Drivers(WhyQuestion(metric="f", grain="week"), later, earlier).focus()


def test_what_both_files_agree_on_is_told_by_the_later_one() -> None:
    # taken apart in another way, with drivers that are measured in another way: no change of `f`
    later = measured("{agg: count, components: a + b}", f=(3.0, 4.0), a=(1.0, 1.0), b=(2.0, 3.0))
    earlier = measured("{agg: count, components: a * c}", f=(3.0, 4.0), a=(9.0, 9.0), c=(7.0, 7.0))
    assert redefined_metrics(later, earlier) == ("a",)
    found = built(later, earlier)
    assert found.formula_before is None
    assert [(each.name, each.before, each.redefined) for each in found.drivers] == [
        ("a", 1.0, 0.0),
        ("b", 2.0, 0.0),
    ]


def test_a_changed_formula_has_the_drivers_of_both() -> None:
    later = measured("{type: derived, expr: a - b}", f=(2.0, 3.0), a=(5.0, 7.0), b=(3.0, 4.0))
    earlier = measured(
        "{type: derived, expr: a + c}", f=(9.0, 9.0), a=(5.0, 7.0), b=(3.0, 4.0), c=(4.0, 2.0)
    )
    found = built(later, earlier)
    assert (found.before, found.after) == (9.0, 3.0)
    assert found.formula_before == parse_formula("a + c")
    # `c` is known to the earlier file alone, as it is not below the later one's metric
    assert [(each.name, each.before, each.after) for each in found.drivers] == [
        ("a", 5.0, 7.0),
        ("b", 3.0, 4.0),
        ("c", 4.0, 2.0),
    ]
    explained = explain(found)
    # each driver of one formula counts in half of the orders
    assert explained.totals() == pytest.approx({"a": 2.0, "b": -0.5, "c": -1.0})
    assert explained.definition == pytest.approx((-3.0 - 4.0 - 4.0 - 2.0) / 2)
    assert explained.adds_up


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        # the mean over both periods of what the later definition gives more
        ((2.0, 5.0), (3.0, 8.0), (1.0 + 3.0) / 2),
        # where one of them has no value in a period, the other period alone
        ((2.0, None), (3.0, 8.0), 1.0),
        ((2.0, 5.0), (None, 8.0), 3.0),
        # in neither nobody can say
        ((2.0, None), (None, 8.0), 0.0),
    ],
)
def test_a_leaf_is_measured_four_times(was: Pair, now: Pair, expected: float) -> None:
    found = built(measured("{agg: count}", f=now), measured("{agg: count}", f=was))
    assert (found.before, found.after) == (was[0], now[1])
    assert found.redefined == expected


def test_with_drivers_only_what_lies_beyond_them_is_its_own() -> None:
    formula = "{agg: count, components: a + b}"
    later = measured(formula, f=(10.0, 20.0), a=(4.0, 9.0), b=(6.0, 11.0))
    earlier = measured(formula, f=(5.0, 12.0), a=(1.0, 3.0), b=(6.0, 11.0))
    found = built(later, earlier)
    # 5 and 8 less by the earlier file: 3 and 6 of it in `a`, nothing in `b`, 2 and 2 beyond both
    assert [each.redefined for each in found.drivers] == [(3.0 + 6.0) / 2, 0.0]
    assert found.redefined == 2.0
    explained = explain(found)
    assert explained.adds_up
    assert explained.by_definitions == pytest.approx(4.5 + 2.0)
    assert (explained.totals(), explained.residual) == ({"a": 8.0, "b": 5.0}, 0.0)
    # where each formula gives all in its own period there is nothing beyond it
    closed = replace(earlier, values={**earlier.values, "f": (7.0, 12.0)})
    assert built(later, closed).redefined == 0.0


def test_a_driver_that_the_earlier_file_lacks_is_told_by_the_later_one() -> None:
    later = measured("{type: derived, expr: a + b}", f=(3.0, 7.0), a=(1.0, 2.0), b=(2.0, 5.0))
    earlier = measured("{type: derived, expr: a}", f=(1.0, 2.0), a=(1.0, 2.0))
    driver = built(later, earlier).drivers[1]
    assert (driver.name, driver.before, driver.after, driver.redefined) == ("b", 2.0, 5.0, 0.0)
    same = replace(later, values=dict(later.values))
    assert built(later, same).formula_before is None
