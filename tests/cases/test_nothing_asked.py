"""What a file does not have to say because it is known: sources, entities and event columns.

Signups and visits stand in two tables. Weeks of 6 and 13 January 2025: members 1, 2, 3 signed up in
the first and 4 in the second. 1 and 2 visited in the week after, 3 in the third week after, 4 in the
week after; 9 visited and never signed up.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from metric_tui.loading.load import load
from tests.conftest import Run

SIGNUPS = (("2025-01-06", 1), ("2025-01-08", 2), ("2025-01-09", 3), ("2025-01-14", 4))
VISITS = (
    ("2025-01-13", 1), ("2025-01-15", 2), ("2025-01-16", 9), ("2025-01-21", 4), ("2025-01-28", 3),
    ("2025-02-03", 1),
)  # fmt: skip
SOURCES = """
  s: {table: s, agg_time_dimension: happened, entities: ENTITIES}
  v: {table: v, agg_time_dimension: happened, entities: ENTITIES}"""
METRICS = """
  signups: {source: s, agg: count_distinct, expr: EXPR}
  active: {source: v, agg: count_distinct, expr: EXPR}
  rows: {source: v, agg: count}
  week1: {type: retention, start: signups, return: active, unit: week, offset: 1}
  converted: {type: conversion, base_metric: signups, conversion_metric: active, window: 14 days}
  passed: {type: funnel, steps: [signups, {metric: active, label: Came back}], window: 14 days}
  counted: {type: funnel, steps: [signups, active], window: 14 days, calculation: count}
  fresh: {type: lifecycle, input_metric: active, state: new}
  so_far: {type: cumulative, input_metric: active}"""
WEEKS = {
    "week1": [2 / 3, 1.0],
    "converted": [2 / 3, 1.0],
    "passed": [2 / 3, 1.0],
    "counted": [2, 1],
    # nothing is known of visits before the first one
    "fresh": [None, 3],
    "so_far": [None, 3],
}
"""In the weeks of 6 and 13 January, counted by hand from the rows above."""


def tree_of(sources: str, metrics: str, focus: str, store: str = "case.db") -> str:
    settings = "settings: {grain: week}"
    return f"version: 1\nstore: {store}\n{settings}\nsources:{sources}\nmetrics:{metrics}\ntree: {{focus: {focus}}}\n"


def write_stores(folder: Path, tables: Mapping[str, tuple[str, Iterable[Any]]]) -> None:
    """The same tables as a SQLite and as a DuckDB store."""
    with closing(sqlite3.connect(folder / "case.db")) as store, store:
        for name, (columns, rows) in tables.items():
            marks = ", ".join("?" * len(columns.split(",")))
            store.execute(f"CREATE TABLE {name} ({columns})")
            store.executemany(f"INSERT INTO {name} VALUES ({marks})", rows)
    with duckdb.connect(str(folder / "case.duckdb")) as duck:
        for name, (columns, rows) in tables.items():
            marks = ", ".join("?" * len(columns.split(",")))
            duck.execute(f"CREATE TABLE {name} ({columns})")
            duck.executemany(f"INSERT INTO {name} VALUES ({marks})", list(rows))


def weeks_of(run: Run, tree: Path, *more: str) -> dict[str, list[float | None]]:
    """Every metric's values in the two weeks, whole."""
    asked = ("--start", "2025-01-06", "--end", "2025-01-19", "--format", "json", *more)
    shown = run("show", tree, *NAMES, *asked)
    assert shown.code == 0, (shown.err, shown.out)
    found = json.loads(shown.out)["metrics"]
    return {each["metric"]: [p["value"] for p in each["series"]] for each in found}


NAMES = tuple(WEEKS)
TWO_TABLES = {"s": ("happened TEXT, u INTEGER, t INTEGER", [(at, u, 1) for at, u in SIGNUPS]),
              "v": ("happened TEXT, u INTEGER, t INTEGER", [(at, u, 1) for at, u in VISITS])}  # fmt: skip


@pytest.mark.parametrize(
    ("entities", "expr"),
    [("{user: u}", "u"), ("{user: u}", "user"), ("{user: u, team: t}", "user"), ("{}", "u")],
    ids=["one entity", "by its name", "of two the one that is counted", "a column alone"],
)
@pytest.mark.parametrize("path", ["plain SQL", "rollups", "duckdb"])
def test_metrics_bring_their_source_and_entity(
    run: Run, tmp_path: Path, entities: str, expr: str, path: str
) -> None:
    write_stores(tmp_path, TWO_TABLES)
    store = "case.duckdb" if path == "duckdb" else "case.db"
    text = tree_of(SOURCES, METRICS, "week1", store).replace("ENTITIES", entities)
    tree = tmp_path / "tree.yaml"
    tree.write_text(text.replace("EXPR", expr), encoding="utf-8")
    checked = run("check", tree)
    assert checked.code == 0, checked.out
    if path == "rollups":
        assert run("refresh", tree).code == 0
    found = weeks_of(run, tree, *(["--no-rollup"] if path == "plain SQL" else []))
    assert found == {name: pytest.approx(values) for name, values in WEEKS.items()}
    # what metrics are computed from does not lie loose
    assert "orphan-metric]: `signups`" not in checked.out + checked.err


def test_what_is_not_clear_is_asked(run: Run, tmp_path: Path) -> None:
    write_stores(tmp_path, TWO_TABLES)
    metrics = """
  signups: {source: s, agg: count}
  active: {source: v, agg: count}
  week1: {type: retention, start: signups, return: active, unit: week}
  named: {type: retention, start: opened, return: active, unit: week}
  mixed: {type: funnel, entity: user, steps: [opened, active]}"""
    text = tree_of(SOURCES, metrics, "week1").replace("ENTITIES", "{user: u, team: t}")
    found = {problem.metric: problem.message for problem in load(text, name="t").errors}
    assert found == {
        "week1": "`week1` needs `entity`: source `s` has several",
        "named": "`named` needs `source`: the tree has several",
        "mixed": "`mixed` needs `source`: the tree has several",
    }


def test_a_step_by_one_word_is_the_event_that_a_metric_of_that_name_counts(
    run: Run, tmp_path: Path
) -> None:
    rows = [
        ("2025-01-06", "a", 1, 0), ("2025-01-07", "b", 1, 0),
        ("2025-01-06", "a", 2, 1), ("2025-01-08", "b", 2, 0), ("2025-01-20", "b", 3, 0),
    ]  # fmt: skip
    write_stores(tmp_path, {"e": ("happened TEXT, event TEXT, u INTEGER, bot INTEGER", rows)})
    sources = "\n  e: {table: e, agg_time_dimension: happened, entities: {user: u}}"
    metrics = """
  a: {agg: count, event: a, filter: bot = 0}
  people: {agg: count, event: a, filter: bot = 0}
  words: {type: funnel, steps: [a, b], calculation: count}
  metric: {type: funnel, steps: [{metric: a}, b], calculation: count}
  other: {type: funnel, steps: [people, b], calculation: count}"""
    tree = tmp_path / "tree.yaml"
    tree.write_text(tree_of(sources, metrics, "words"), encoding="utf-8")
    shown = run("show", tree, "words", "metric", "other", "--start", "2025-01-06", "--end",
                "2025-01-12", "--format", "json")  # fmt: skip
    values = {m["metric"]: m["series"][0]["value"] for m in json.loads(shown.out)["metrics"]}
    # 1 and 2 had the event, and 2 is a bot
    assert values == {"words": 2, "metric": 1, "other": 1}


EVENTS = [("2025-01-06", "a", "x", 1), ("2025-01-07", "b", "a", 1), ("2025-01-08", "a", "a", 2), ("2025-01-20", "b", "b", 1)]  # fmt: skip


@pytest.mark.parametrize("path", ["plain SQL", "rollups", "duckdb"])
@pytest.mark.parametrize(
    ("first", "second", "found", "value"),
    [
        ("event", "name", "event", 2),
        ("name", "event", "event", 2),
        ("name", "event_type", "event_type", 2),
        ("event_type", "event_name", "event_name", 2),
        ("other", "name", "name", 2),
        ("Event", "kind", "Event", 2),
    ],
)
def test_the_column_of_event_names_is_found_and_said(
    run: Run, tmp_path: Path, first: str, second: str, found: str, value: int, path: str
) -> None:
    write_stores(
        tmp_path, {"e": (f"happened TEXT, {first} TEXT, {second} TEXT, u INTEGER", EVENTS)}
    )
    store = "case.duckdb" if path == "duckdb" else "case.db"
    sources = "\n  e: {table: e, agg_time_dimension: happened, entities: {user: u}}"
    metrics = "\n  m: {agg: count, event: a}\n  all: {agg: count}"
    tree = tmp_path / "tree.yaml"
    tree.write_text(tree_of(sources, metrics, "m", store), encoding="utf-8")
    checked = run("check", tree)
    assert checked.code == 0
    assert f"events of source `e` are looked for in its column `{found}`" in checked.out
    if path == "rollups":
        assert run("refresh", tree).code == 0
    shown = run("show", tree, "m", "all", "--start", "2025-01-06", "--end", "2025-01-12", "--format", "json")  # fmt: skip
    values = {m["metric"]: m["series"][0]["value"] for m in json.loads(shown.out)["metrics"]}
    assert values == {"m": value, "all": 3}


def test_a_given_column_is_never_replaced(run: Run, tmp_path: Path) -> None:
    rows = [("2025-01-06", "a", "b"), ("2025-01-07", "a", "a"), ("2025-01-20", "b", "b")]
    write_stores(tmp_path, {"e": ("happened TEXT, event TEXT, kind TEXT", rows)})
    sources = "\n  e: {table: e, agg_time_dimension: happened, event_column: kind}"
    tree = tmp_path / "tree.yaml"
    tree.write_text(tree_of(sources, "\n  m: {agg: count, event: a}", "m"), encoding="utf-8")
    shown = run("show", tree, "m", "--start", "2025-01-06", "--end", "2025-01-12", "--format", "json")  # fmt: skip
    assert json.loads(shown.out)["metrics"][0]["series"][0]["value"] == 1
    assert "looked for" not in run("check", tree).out


def test_without_such_a_column_it_is_asked_for(run: Run, tmp_path: Path) -> None:
    rows = [("2025-01-06", "a", "b"), ("2025-01-20", "b", "b")]
    write_stores(tmp_path, {"e": ("happened TEXT, events TEXT, kind TEXT", rows)})
    sources = "\n  e: {table: e, agg_time_dimension: happened}"
    metrics = "\n  m: {agg: count, event: a}\n  all: {agg: count}"
    tree = tmp_path / "tree.yaml"
    tree.write_text(tree_of(sources, metrics, "m"), encoding="utf-8")
    checked = run("check", tree)
    assert checked.code == 2
    assert "source `e` has no `event_column` to look for `a` in" in checked.out
    assert "the columns are happened, events, kind" in checked.out
    shown = run("show", tree, "all", "--start", "2025-01-06", "--end", "2025-01-12", "--format", "json")  # fmt: skip
    assert json.loads(shown.out)["metrics"][0]["series"][0]["value"] == 1


def test_a_column_called_name_is_no_event_where_no_metric_asks_for_one(
    run: Run, tmp_path: Path
) -> None:
    write_stores(tmp_path, {"c": ("happened TEXT, name TEXT", [("2025-01-06", "Ana"), ("2025-01-20", "Bo")])})  # fmt: skip
    sources = "\n  c: {table: c, agg_time_dimension: happened}"
    tree = tmp_path / "tree.yaml"
    tree.write_text(tree_of(sources, "\n  m: {agg: count}", "m"), encoding="utf-8")
    checked = run("check", tree)
    assert checked.code == 0
    assert "looked for" not in checked.out
