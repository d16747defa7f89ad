"""Advice: what is said of a tree that works, when it is silent, and that nobody is nagged."""

import ast
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from metric_tui.base.problems import Problem
from metric_tui.definitions.metric import CATEGORIES
from metric_tui.loading.codes import DATA_WARNINGS, ERRORS, WARNINGS
from metric_tui.loading.lint.focus import scale_in
from metric_tui.loading.load import load
from metric_tui.loading.nearest import slip_of
from metric_tui.presentation.problem_groups import grouped
from metric_tui.presentation.problem_lines import problem_lines
from tests.conftest import ROOT

TODAY = date(2026, 6, 30)

SOURCES = """
version: 1
sources:
  events: {table: events, agg_time_dimension: at, event_column: event, entities: {user: user_id}}
"""


def found(body: str) -> tuple[Problem, ...]:
    return load(SOURCES + body, name="t.yaml", today=TODAY).problems


def codes(body: str) -> set[str]:
    return {problem.code for problem in found(body)}


def focused(definition: str, extra: str = "") -> str:
    """A tree with one focus over a few metrics of all sorts."""
    return f"""
metrics:
  f: {definition}
  users: {{agg: count_distinct, expr: user}}
  orders: {{agg: count, event: order}}
  revenue: {{agg: sum, expr: amount}}
  rate: {{type: ratio, numerator: orders, denominator: users}}
  basket: {{agg: average, expr: amount}}
  {extra}
tree: {{focus: f}}
"""


NEWCOMER = """
store: shop.db
metrics:
  revenue: {type: derived, expr: orders * basket}
  orders: {agg: count, event: order, components: visitors * orders_per_visitor}
  basket: {type: ratio, numerator: amount, denominator: orders}
  amount: {agg: sum, event: order, expr: amount}
  visitors: {agg: count_distinct, expr: user, event: visit}
  orders_per_visitor: {type: ratio, numerator: orders, denominator: visitors}
  new_users: {agg: count, event: signup}
  active_users: {agg: count_distinct, expr: user}
  week1: {type: retention, entity: user, start: signup, return: visit, unit: week}
  support_tickets: {agg: count, event: ticket, direction: down}
  refunds: {agg: count, event: refund, direction: down}
  refund_rate: {type: ratio, numerator: refunds, denominator: orders, direction: down}
tree: {focus: revenue}
"""
"""What somebody writes on the first day: twelve metrics, no owners, no meta, one source."""


def test_a_newcomer_hears_a_handful_of_things() -> None:
    advice = grouped(found(NEWCOMER))
    assert {problem.severity for problem in advice} == {"warning"}
    assert [problem.code for problem in advice] == [
        "no-counter-metric",
        "no-owner",
        "orphan-metric",
    ]
    assert advice[2].message == (
        "`new_users`, `active_users`, `week1`, `support_tickets`, `refunds` and `refund_rate`"
        " are reached from nowhere in the tree"
    )


def test_the_same_advice_names_all_it_is_about_and_has_all_places() -> None:
    body = focused("{type: derived, expr: orders + revenue, owner: a}")
    (owners,) = [p for p in grouped(found(body)) if p.code == "no-owner"]
    assert owners.message == "nobody answers for `orders` and `revenue`"
    lines = problem_lines(owners, file="t.yaml", text=SOURCES + body)
    rows = (SOURCES + body).splitlines()
    orders, revenue = (
        next(n for n, row in enumerate(rows, 1) if row.startswith(f"  {name}:"))
        for name in ("orders", "revenue")
    )
    assert lines == (
        "warning[no-owner]: nobody answers for `orders` and `revenue`",
        f" --> t.yaml:{orders}:3, {revenue}:3",
        " = hint: write `owner:` with a name or an address",
    )


def test_places_of_very_many_are_cut_and_the_names_are_not() -> None:
    extra = "\n  ".join(f"o{place}: {{agg: count}}" for place in range(20))
    body = focused("{type: derived, expr: orders + revenue, owner: a}", extra)
    (orphans,) = [p for p in grouped(found(body)) if p.code == "orphan-metric"]
    assert all(f"`o{place}`" in orphans.message for place in range(20))
    place = problem_lines(orphans, file="t.yaml", text="")[1]
    assert place.endswith(" more")
    assert place.count(":") == 1 + 1 + 7


def test_errors_and_what_differs_stay_apart() -> None:
    body = focused("{type: derived, expr: nope + nothing, owner: a}")
    before = found(body)
    assert len([p for p in before if p.severity == "error"]) == 2
    assert [p for p in grouped(before) if p.severity == "error"] == [
        p for p in before if p.severity == "error"
    ]


@pytest.mark.parametrize("ignore", ["no-owner", "[no-owner]", "[ratio-focus, no-owner]"])
def test_a_file_silences_a_rule_everywhere_and_a_metric_for_itself(ignore: str) -> None:
    definition = "{type: derived, expr: orders + revenue, owner: a}"
    everywhere = focused(definition) + f"meta: {{ignore: {ignore}, anything: 3}}"
    assert "no-owner" not in codes(everywhere)
    one = focused(definition).replace(
        "orders: {agg: count", f"orders: {{meta: {{ignore: {ignore}}}, agg: count"
    )
    assert [p.metric for p in found(one) if p.code == "no-owner"] == ["revenue"]


def test_every_warning_can_be_silenced_for_the_file() -> None:
    trees = [path.read_text() for path in (ROOT / "tests/bad_trees").glob("*.yaml")]
    ignore = ", ".join([*WARNINGS, *DATA_WARNINGS])
    heard = 0
    for text in trees:
        warned = {p.code for p in load(text, name="t", today=TODAY).problems} & set(WARNINGS)
        if not warned or "\nmeta:" in text:
            continue
        heard += len(warned)
        silent = load(f"{text.rstrip()}\nmeta: {{ignore: [{ignore}]}}\n", name="t", today=TODAY)
        assert [p for p in silent.problems if p.severity == "warning"] == []
    assert heard > 10


def test_an_unknown_code_is_told_and_silences_nothing() -> None:
    body = focused("{agg: count, owner: a, meta: {ignore: [no-countermetric]}}")
    (problem,) = [p for p in found(body) if p.code == "unknown-code"]
    assert problem.hint == "did you mean `no-counter-metric`?"
    assert problem.metric == "f"
    assert "no-counter-metric" in codes(body)


@pytest.mark.parametrize(
    ("definition", "scale"),
    [
        ("{agg: count}", 1),
        ("{agg: sum, expr: amount}", 1),
        ("{agg: median, expr: amount}", 0),
        ("{type: derived, expr: orders / users}", 0),
        ("{type: derived, expr: '100 * orders / NULLIF(users, 0)'}", 0),
        ("{type: derived, expr: revenue / 1000}", 1),
        ("{type: derived, expr: users * rate}", 1),
        ("{type: derived, expr: users * orders / users}", 1),
        ("{type: derived, expr: 1 - rate}", 0),
        ("{type: derived, expr: rate * basket}", 0),
        ("{type: derived, expr: orders - revenue + 5}", 1),
        ("{type: derived, expr: 'COALESCE(rate, basket)'}", 0),
        ("{type: derived, expr: rate / users}", -1),
        (
            "{type: derived, expr: orders / before - 1, input_metrics:"
            " [{name: orders, alias: before, offset_window: 7 days}]}",
            0,
        ),
        ("{type: cumulative, input_metric: basket, window: 28 days}", 0),
        ("{type: cumulative, input_metric: users, window: 28 days}", 1),
        (
            "{type: conversion, entity: user, base_metric: users, conversion_metric: orders, window: 7 days}",
            0,
        ),
        (
            "{type: conversion, entity: user, base_metric: users, conversion_metric: orders, window: 7 days,"
            " calculation: conversions}",
            1,
        ),
        ("{type: retention, start: signup, return: visit, unit: week}", 0),
        ("{type: funnel, steps: [a, b], window: 1 day}", 0),
        ("{type: funnel, steps: [a, b], window: 1 day, calculation: count}", 1),
        ("{type: lifecycle, input_metric: users, state: new}", 1),
        ("{type: sessions}", 1),
        ("{type: sessions, calculation: bounce_rate}", 0),
        ("{type: ratio, numerator: orders, denominator: users}", 0),
        ("{type: sql, sql: 'SELECT 1 AS day, 2 AS value'}", 1),
    ],
)
def test_a_focus_that_rises_when_less_is_done_is_told(definition: str, scale: float) -> None:
    body = focused(definition)
    tree = load(SOURCES + body, name="t").require_tree()
    assert scale_in(tree, "f") == scale
    assert ("ratio-focus" in codes(body)) == (scale <= 0)


def test_a_focus_nobody_drives_is_told() -> None:
    assert "undriven-focus" in codes(focused("{agg: count}"))
    assert "undriven-focus" in codes(focused("{agg: count, guardrails: [rate]}"))
    assert "undriven-focus" not in codes(focused("{agg: count, influences: [rate]}"))
    assert "undriven-focus" not in codes(focused("{agg: sum, expr: x, components: users * rate}"))


def test_a_focus_and_first_level_that_lag_are_told() -> None:
    lagging = focused(
        "{type: derived, expr: a + b, indicator: lagging, influences: [c]}",
        "\n  ".join(
            f"{name}: {{agg: count, event: {name}, indicator: lagging}}" for name in ("a", "b", "c")
        ),
    )
    (told,) = [p for p in found(lagging) if p.code == "only-lagging"]
    assert told.message == "the focus `f` and all its drivers lag"
    for old, new in (
        ("event: c, indicator: lagging", "event: c, indicator: leading"),
        ("event: c, indicator: lagging", "event: c"),
        ("a + b, indicator: lagging", "a + b"),
    ):
        assert "only-lagging" not in codes(lagging.replace(old, new))


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("retenton", "retention"),
        ("retnetion", "retention"),
        ("Retention", "retention"),
        ("active-users", "active_users"),
        ("Active users", "active_users"),
        ("aquisition", "acquisition"),
        ("monetisation", "monetization"),
        ("busines_specifc", "business_specific"),
        ("raech", "reach"),
        ("customers", "customer"),
        ("retention", None),
        ("supply", None),
        ("finance", None),
        ("operations", None),
        ("marketing", None),
        ("search", None),
        ("product_quality", None),
        ("", None),
        ("x" * 200, None),
    ],
)
def test_only_a_slip_of_a_known_category_is_told(word: str, meant: str | None) -> None:
    assert slip_of(word, CATEGORIES) == meant
    body = focused(f"{{agg: count, category: '{word}'}}")
    told = [p.hint for p in found(body) if p.code == "unknown-category"]
    assert told == ([f"did you mean `{meant}`?"] if meant else [])


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("10", {"undated-target"}),
        ("{value: 10, grain: week}", {"undated-target"}),
        ("{value: 10, by: 2026-06-29, from: 2026-01-01}", {"past-target"}),
        ("{value: 10, by: 2026-06-30, from: 2026-01-01}", set()),
        ("{value: 10, by: 2026-12-31, from: 2026-01-01}", set()),
    ],
)
def test_a_target_has_a_day_to_come(target: str, told: set[str]) -> None:
    body = focused(f"{{agg: count, target: {target}}}")
    assert {code for code in codes(body) if code.endswith("target")} == told
    undated = load(SOURCES + body, name="t").problems
    assert "past-target" not in {problem.code for problem in undated}


def test_an_eighth_target_is_one_too_many() -> None:
    def body(count: int) -> str:
        return focused(
            "{agg: count}",
            "\n  ".join(
                f"m{place}: {{agg: count, target: {{value: 1, by: 2026-12-31, grain: week}}}}"
                for place in range(count)
            ),
        )

    assert "too-many-targets" not in codes(body(7))
    (told,) = [p for p in found(body(9)) if p.code == "too-many-targets"]
    assert told.message == "9 metrics have targets, and more than 7 are no priorities"
    assert told.metric == "m7"


@pytest.mark.parametrize(
    ("metric", "start", "goal", "is_easy"),
    [
        ("orders", 10, 20, False),
        ("orders", 20, 10, True),
        ("refunds", 20, 10, False),
        ("refunds", 10, 20, True),
        ("level", 20, 10, False),
    ],
)
def test_a_key_result_that_is_met_from_the_start_is_told(
    metric: str, start: float, goal: float, is_easy: bool
) -> None:
    extra = "refunds: {agg: count, direction: down}\n  level: {agg: count, direction: hold}"
    objectives = f"""
objectives:
  - objective: More
    key_results: [{{metric: {metric}, from: {start}, to: {goal}, by: 2026-12-31}}]
"""
    body = focused("{agg: count}", extra) + objectives
    assert ("easy-target" in codes(body)) == is_easy


@pytest.mark.parametrize(
    ("metric", "is_vanity"),
    [
        ("{agg: count}", True),
        ("{agg: count_distinct, expr: user}", True),
        ("{agg: sum_boolean, expr: paid}", True),
        ("{agg: sum, expr: amount}", False),
        ("{agg: average, expr: amount}", False),
        ("{agg: min, expr: amount}", False),
    ],
)
def test_without_data_only_a_count_since_ever_is_vanity(metric: str, is_vanity: bool) -> None:
    body = focused("{type: cumulative, input_metric: counted}", f"counted: {metric}")
    assert ("vanity-metric" in codes(body)) == is_vanity
    for limit in ("window: 7 days", "grain_to_date: month"):
        limited = body.replace("input_metric: counted", f"input_metric: counted, {limit}")
        assert "vanity-metric" not in codes(limited)


SAID_BY = {"advice", "at_key", "at_value", "Problem", "DataFinding"}
"""The calls that name a problem's code."""

OF_NO_TREE = {"unreadable", "setting"}
"""A tree file that is not there, and what is wrong with the explorer's own configuration."""


def codes_said(path: Path) -> Iterator[str]:
    """The codes in a module: known ones wherever they stand, any other where it is a call's code."""
    known = {*ERRORS, *WARNINGS, *DATA_WARNINGS}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and node.value in known:
            yield str(node.value)
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            given = [each.value for each in node.keywords if each.arg == "code"]
            given += node.args[2:3] if name == "advice" else node.args[1:2]
            if name in SAID_BY:
                yield from (str(each.value) for each in given if isinstance(each, ast.Constant))


def test_every_code_that_is_said_is_in_the_tables_and_every_entry_is_said() -> None:
    package = ROOT / "metric_tui"
    said = {
        code
        for path in package.rglob("*.py")
        if path.name != "codes.py"
        for code in codes_said(path)
    }
    assert said - OF_NO_TREE == {*ERRORS, *WARNINGS, *DATA_WARNINGS}


def test_every_warning_says_why_and_no_code_stands_in_two_tables() -> None:
    assert len({*ERRORS, *WARNINGS, *DATA_WARNINGS}) == len(ERRORS) + len(WARNINGS) + len(
        DATA_WARNINGS
    )
    for advice in (*WARNINGS.values(), *DATA_WARNINGS.values()):
        assert advice.says
        assert advice.reason
