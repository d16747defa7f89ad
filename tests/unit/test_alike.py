"""What may be compared, and how: scores in points, immature periods not at all."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from metric_tui.analysis.why_question import WhyQuestion
from metric_tui.definitions.scores import is_score
from metric_tui.loading.load import load
from metric_tui.presentation.glyphs import UNICODE
from metric_tui.presentation.numbers import change_text, number_style
from metric_tui.presentation.why_lines import why_lines
from metric_tui.presentation.why_words import summary
from metric_tui.workspace import Workspace
from tests.conftest import Run

TREE = """\
version: 1
name: Shop
store: events.db
settings: {timezone: UTC, grain: week}
sources:
  events: {table: events, agg_time_dimension: happened, event_column: event, entities: {user: user_id}}
metrics:
  surveys: {agg: count, event: survey, owner: a, influences: [nps, nps_points, profit, bought]}
  promoters: {agg: count, event: survey, filter: amount >= 9, hidden: true}
  detractors: {agg: count, event: survey, filter: amount <= 6, hidden: true}
  nps: {type: derived, expr: 100 * (promoters - detractors) / surveys, components: [], target: {value: 60, by: 2026-12-31, from: 2026-06-01}}
  nps_points: {agg: average, event: survey, expr: amount, unit: points, format: ".1f"}
  profit: {agg: sum, event: [survey, refund], expr: amount - 8, unit: EUR, format: ",.0f"}
  bought: {type: conversion, entity: user, base_metric: surveys, conversion_metric: orders, window: 7 days, unit: percent}
  orders: {agg: count, event: order, hidden: true}
tree: {focus: surveys}
"""

ROWS = (
    # week of 1 June: two promoters, one detractor, one between: NPS 25, mean 8, profit 0
    *(("2026-06-02T09:00:00Z", "survey", user, amount) for user, amount in enumerate((9, 10, 5, 8))),
    # week of 8 June: three promoters, one detractor: NPS 50, mean 8.5, profit 2
    *(("2026-06-09T09:00:00Z", "survey", user, amount) for user, amount in enumerate((10, 9, 10, 5))),
    # the refund makes its profit -2
    ("2026-06-10T09:00:00Z", "refund", 1, 4),
    *(("2026-06-03T10:00:00Z", "order", user, 1) for user in (0, 1)),
    ("2026-06-10T10:00:00Z", "order", 0, 1),
    # the week of 8 June is over, but what it led to may still come
    ("2026-06-15T09:00:00Z", "survey", 9, 9),
)  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "events.db")) as store, store:
        store.execute("CREATE TABLE events (happened TEXT, event TEXT, user_id INT, amount REAL)")
        store.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", ROWS)
    path = tmp_path / "shop.yaml"
    path.write_text(TREE, encoding="utf-8")
    return path


def metrics_of(run: Run, tree: Path) -> dict[str, Any]:
    document = json.loads(run("show", tree, "--format", "json").out)
    return {each["metric"]: each for each in document["metrics"]}


def row_of(run: Run, tree: Path, label: str, form: str) -> str:
    text = run("show", tree, "--format", form).out
    return next(line for line in text.splitlines() if label in line)


@pytest.mark.parametrize("form", ["tree", "table", "md"])
def test_scores_change_in_points(run: Run, tree: Path, form: str) -> None:
    # 25 and then 50: twice as much would say nothing
    assert "+25" in row_of(run, tree, "Nps", form)
    assert "+0.5pt" in row_of(run, tree, "Nps points", form)
    # from 0 to −2
    assert "▼ −€2" in row_of(run, tree, "Profit", form)
    for label in ("Nps", "Nps points", "Profit"):
        assert "%" not in row_of(run, tree, label, form)


def test_json_has_no_ratio_of_a_score(run: Run, tree: Path) -> None:
    found = metrics_of(run, tree)
    assert [found["nps"][key] for key in ("value", "comparison", "change", "change_ratio")] == [
        50.0, 25.0, 25.0, None,
    ]  # fmt: skip
    assert found["nps_points"]["change_ratio"] is None
    assert (found["profit"]["change"], found["profit"]["change_ratio"]) == (-2.0, None)
    # 4 surveys each week: an amount has a ratio
    assert found["surveys"]["change_ratio"] == 0.0


def test_a_score_has_no_pace(run: Run, tree: Path) -> None:
    target = metrics_of(run, tree)["nps"]["target"]
    assert (target["pace"], target["required_growth"]) == (None, None)
    assert target["actual"] == pytest.approx(100 * (5 - 2) / 8)
    assert "pace" not in run("show", tree).out


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("100 * (a - b) / c", True),
        ("a / c - b / c", True),
        ("a - b", False),  # a net amount
        ("1 - a / b", False),  # the other share
        ("a / (b - c)", False),  # never below zero where the denominator is not
        ("(a - b) / 7", False),  # an amount a day
        ("a / b", False),
    ],
)
def test_a_rate_that_may_be_negative_is_a_score(formula: str, expected: bool) -> None:
    counts = "".join(f"  {name}: {{agg: count}}\n" for name in "abc")
    text = f"version: 1\nsources: {{e: {{table: t, agg_time_dimension: d}}}}\nmetrics:\n{counts}  m: {{type: derived, expr: {formula}, components: []}}\ntree: m\n"
    metric = load(text, name="a").require_tree().metrics["m"]
    assert is_score(metric) == expected
    # 20 and then 25
    shown = change_text(25.0, 20.0, number_style(metric), UNICODE)
    assert shown == ("▲ +5" if expected else "▲ +25%")


def test_what_was_negative_somewhere_is_told_in_its_unit(tree: Path) -> None:
    profit = load(TREE, name="a").require_tree().metrics["profit"]
    always_positive = number_style(profit, (10.0, 20.0))
    assert change_text(20.0, 10.0, always_positive, UNICODE) == "▲ +100%"
    once_negative = number_style(profit, (-5.0, 10.0, 20.0, None))
    assert change_text(20.0, 10.0, once_negative, UNICODE) == "▲ +€10"


@pytest.mark.parametrize("form", ["tree", "table", "md"])
def test_an_immature_period_is_not_compared(run: Run, tree: Path, form: str) -> None:
    # 1 of 4 so far against 2 of 4, which had all of their time
    row = row_of(run, tree, "Bought", form)
    assert "25.0" in row
    assert "·" in row
    assert "immature" in run("show", tree, "--format", form).out
    assert not any(sign in row for sign in ("▼", "▲", "worse", "better", "pp"))


def test_json_compares_no_immature_period(run: Run, tree: Path) -> None:
    bought = metrics_of(run, tree)["bought"]
    assert (bought["value"], bought["comparison"]) == (0.25, 0.5)
    assert (bought["change"], bought["change_ratio"]) == (None, None)
    assert bought["notes"] == ["immature", "small"]


def test_an_explanation_judges_no_immature_period(tree: Path) -> None:
    with closing(Workspace.open(tree)) as workspace:
        asked = WhyQuestion(metric="bought", grain="week")
        found = workspace.why(asked)
        surveys = workspace.why(replace(asked, metric="surveys"))
    assert (found.is_immature, surveys.is_immature) == (True, False)
    assert any("not alike" in sentence for sentence in summary(found, UNICODE))
    roles = {piece.role for row in why_lines(found, 100, UNICODE) for piece in row}
    assert not roles & {"good", "bad"}
