"""A target is for the question it was set for; key results go by mature periods of their own grain."""

import json
import sqlite3
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from metric_tui.analysis.goals import Goal
from metric_tui.analysis.key_results import KeyResultStanding
from metric_tui.definitions.edges import Target
from metric_tui.loading.document import read_document
from metric_tui.loading.entries import with_target
from metric_tui.loading.load import load
from metric_tui.planning.conditions import condition_texts, is_same, parse_conditions
from metric_tui.planning.question import Question
from metric_tui.presentation.glyphs import UNICODE
from metric_tui.presentation.goal_lines import goal_lines
from metric_tui.presentation.metric_chart import chart_data
from metric_tui.presentation.pieces import plain
from metric_tui.workspace import Workspace
from tests.conftest import Run

TREE = """\
version: 1
name: Shop
store: events.db
settings: {timezone: UTC, grain: week}
sources:
  events:
    table: events
    agg_time_dimension: happened
    event_column: event
    entities: {user: user_id}
    dimensions: {country: country, platform: platform}
metrics:
  orders: {agg: count, event: order, target: {value: 1000, by: 2026-12-31, from: 2026-01-01}, guardrails: [returns], owner: a, components: web + other}
  web: {agg: count, event: order, filter: "platform = 'web'", target: {value: 32, grain: month, where: ["country=FR", "platform=web"]}, owner: a}
  other: {agg: count, event: order, filter: "platform <> 'web'", owner: a}
  returns: {agg: count, event: return, direction: down, target: {value: 5, grain: month}, owner: a}
  bought: {type: conversion, entity: user, base_metric: orders, conversion_metric: returns, window: 20 days, unit: percent, direction: down, owner: a}
tree: {focus: orders}
objectives:
  - objective: Sell
    key_results:
      - {metric: orders, from: 0, to: 100, by: 2026-12-31}
      - {metric: orders, from: 0, to: 100, by: 2026-12-31, grain: week}
      - {metric: bought, from: 0.6, to: 0.2, by: 2026-12-31, grain: week}
      - {metric: returns, to: 40, by: 2026-12-31}
"""

FIRST, LAST = date(2026, 3, 1), date(2026, 6, 10)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Two orders a day, one of them from the web in France; every Monday's first one returns."""
    rows: list[tuple[str, str, str, str, int]] = []
    for place in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=place)
        rows.append((f"{day}T09:00:00Z", "order", "FR", "web", 2 * place))
        rows.append((f"{day}T10:00:00Z", "order", "DE", "app", 2 * place + 1))
        if day.weekday() == 0:
            rows.append((f"{day}T11:00:00Z", "return", "FR", "web", 2 * place))
    with closing(sqlite3.connect(tmp_path / "events.db")) as store, store:
        store.execute(
            "CREATE TABLE events (happened TEXT, event TEXT, country TEXT, platform TEXT, user_id INT)"
        )
        store.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?)", rows)
    path = tmp_path / "shop.yaml"
    path.write_text(TREE, encoding="utf-8")
    return path


def standing(
    tree: Path, *where: str, grain: Any = "week"
) -> tuple[dict[str, Goal], tuple[KeyResultStanding, ...]]:
    question = Question(grain=grain, where=parse_conditions(where))
    with closing(Workspace.open(tree)) as workspace:
        goals = workspace.goals(question)
        return {goal.metric: goal for goal in goals}, workspace.key_results(question)


def test_a_target_is_for_the_whole_unless_it_says_otherwise(tree: Path) -> None:
    goals, _ = standing(tree)
    assert goals["orders"].outlook.status != "not_judged"
    assert goals["orders"].outlook.actual == 2 * ((LAST - FIRST).days)
    assert goals["web"].reason == "target is for country=FR and platform=web"
    for where in (["country=FR"], ["country!=DE"], ["platform=web"]):
        goals, _ = standing(tree, *where)
        for name in ("orders", "returns"):
            assert goals[name].outlook.status == "not_judged"
            assert goals[name].reason == "target is for the whole"
            assert (goals[name].outlook.actual, goals[name].outlook.pace) == (None, None)


@pytest.mark.parametrize("order", [1, -1])
def test_a_target_of_its_own_filter_is_judged_under_it(tree: Path, order: int) -> None:
    goals, _ = standing(tree, *["country=FR", "platform=web"][::order])
    # nine whole days of June
    assert goals["web"].outlook.actual == 9
    assert goals["web"].reason is None
    assert goals["web"].outlook.status in ("on_track", "likely", "at_risk", "off_track")


def test_under_a_filter_every_format_says_so(run: Run, tree: Path) -> None:
    ran = run("show", tree, "--where", "country=FR", "--format", "json")
    found = {each["metric"]: each for each in json.loads(ran.out)["metrics"]}
    assert found["orders"]["status"] == "not_judged"
    assert found["orders"]["target"]["not_judged"] == "target is for the whole"
    assert found["orders"]["target"]["pace"] is None
    assert found["web"]["target"]["where"] == ["country=FR", "platform=web"]
    for form in ("tree", "table", "md"):
        text = run("show", tree, "--where", "country=FR", "--format", form).out
        assert "target is for the whole" in text
        assert "off track" not in text
        assert "pace" not in text.replace("| pace |", "")
    assert "key result is for the whole" in text
    row = next(
        line
        for line in run("show", tree, "--where", "country=FR").out.splitlines()
        if line.startswith("▾ Orders")
    )
    assert row.endswith("◌ target is for the whole")


def test_chart_and_targets_screen_show_a_target_under_its_own_filter_alone(tree: Path) -> None:
    with closing(Workspace.open(tree)) as workspace:
        drawn = []
        for where in ((), ("country=FR",), ("platform=web", "country=FR")):
            question = Question(grain="month", where=parse_conditions(where))
            chart = chart_data(workspace.tree, workspace.answer(question), "web")
            drawn.append(chart and chart.target)
        assert drawn == [None, None, 32.0]
        question = Question(grain="week", where=parse_conditions(["country=FR"]))
        goals, results = workspace.goals(question), workspace.key_results(question)
        lines = [plain(each) for each in goal_lines(workspace.tree, goals, results, 80, UNICODE)]
    assert any("Orders" in line and "target is for the whole" in line for line in lines)
    assert sum("key result is for the whole" in line for line in lines) == 4
    assert not any("pace" in line or "met in" in line for line in lines)


@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter"])
def test_key_results_go_by_their_own_grain(tree: Path, grain: str) -> None:
    _, results = standing(tree, grain=grain)
    by_month, by_week, bought, returns = results
    # May has 31 days, a week 7, with two orders each
    assert (by_month.current, by_month.period and by_month.period.label) == (62.0, "2026-05-01")
    assert (by_week.current, by_week.period and by_week.period.label) == (14.0, "2026-06-01")
    assert by_week.progress.done == pytest.approx(0.14)
    # the windows of orders up to 21 May are over: of the week of 11 May one of 14 came back
    assert (bought.current, bought.period and bought.period.label) == (1 / 14, "2026-05-11")
    assert bought.progress.is_met
    # its target's grain; four Mondays in May, at most 40 are meant to come back
    assert (returns.grain, returns.current, returns.progress.is_met) == ("month", 4.0, True)


def test_a_key_result_without_a_mature_period_says_so(tree: Path) -> None:
    text = TREE.replace(
        "by: 2026-12-31, grain: week}\n      - {metric: bought",
        "by: 2026-12-31, grain: year}\n      - {metric: bought",
    )
    tree.write_text(text, encoding="utf-8")
    with closing(Workspace.open(tree)) as workspace:
        question = workspace.default_question()
        results = workspace.key_results(question)
        lines = goal_lines(workspace.tree, (), results, 80, UNICODE)
    assert results[1].current is None
    assert any("no mature year yet" in plain(line) for line in lines)


def problems_of(target: str, metric: str = "orders") -> list[tuple[str, str, str | None, int]]:
    text = TREE.replace("{value: 1000, by: 2026-12-31, from: 2026-01-01}", target)
    loaded = load(text, name="shop.yaml")
    assert loaded.require_tree().metrics[metric].type == "simple", "it is computed all the same"
    return [
        (each.code, each.message, each.hint, each.span.line if each.span else 0)
        for each in loaded.problems
        if each.severity == "error"
    ]


def test_a_sum_up_to_a_date_must_say_from_when_on() -> None:
    assert problems_of("{value: 1000, by: 2026-12-31}") == [
        (
            "unclear-target",
            "`target` does not say whether 1,000 is for each period or for all days together",
            "add `grain: week` for each week, or `from: 2026-01-01` for all days from then on",
            13,
        )
    ]
    for clear in (
        "{value: 1000, by: 2026-12-31, from: 2026-01-01}",
        "{value: 1000, by: 2026-12-31, grain: month}",
        "1000",
    ):
        assert problems_of(clear) == []


@pytest.mark.parametrize(
    ("where", "message", "hint"),
    [
        ("[contry=FR]", "`orders` has no dimension `contry`", "did you mean `country`?"),
        (
            "[FR]",
            "`FR` is no filter",
            "write `platform=ios`, `country!=FR`, or `country=` for null",
        ),
    ],
)
def test_the_filter_of_a_target_is_checked(where: str, message: str, hint: str) -> None:
    found = problems_of(f"{{value: 9, grain: week, where: {where}}}")
    assert [each[:3] for each in found] == [("unclear-target", message, hint)]


def test_an_unclear_target_is_not_judged_and_stops_nothing(run: Run, tree: Path) -> None:
    tree.write_text(TREE.replace("by: 2026-12-31, from: 2026-01-01}", "by: 2026-12-31}"))
    ran = run("show", tree, "--format", "json")
    orders = json.loads(ran.out)["metrics"][0]
    # 1 to 7 June
    assert (ran.code, orders["value"], orders["error"]) == (0, 14.0, None)
    assert orders["target"]["not_judged"] == "target needs `grain` or `from`"
    assert "hit" not in run("show", tree).out
    assert run("check", tree).code == 2


def test_filters_are_the_same_in_any_order_and_as_written_again() -> None:
    one = parse_conditions(["country=FR", "platform!=ios", "country=DE", "source="])
    other = parse_conditions(["platform!=ios", "source=", "country=DE", "country=FR"])
    assert is_same(one, other)
    assert is_same(parse_conditions(condition_texts(one)), one)
    assert not is_same(one, parse_conditions(["country=FR", "platform!=ios", "source="]))
    assert not is_same(parse_conditions(["country=FR"]), parse_conditions(["country!=FR"]))


def test_a_targets_filter_is_written_as_it_is_read() -> None:
    target = Target(value=5.0, grain="week", where=("country=FR", "platform=web"))
    text = with_target(read_document(TREE), "other", target)
    assert 'target: {value: 5, grain: week, where: ["country=FR", "platform=web"]}' in text or (
        "target: {value: 5, grain: week, where: [country=FR, platform=web]}" in text
    )
    assert load(text, name="a").require_tree().metrics["other"].target == target
    bare = with_target(read_document(text), "other", Target(value=5.0, grain="week"))
    assert load(bare, name="a").require_tree().metrics["other"].target == Target(
        value=5.0, grain="week"
    )
