"""A row passes one step of a funnel at most, whichever steps it could pass.

Page views and carts of a week. By hand, in order of time and then as written:
ann   pv 10:00, pv 10:00                one instant, two rows
bob   pv 10:00                          a single row
cleo  pv 10:00, cart 10:00, pv 12:00
dan   cart 09:00, pv 10:00, cart 10:00
eve   pv 10:00, pv 10:00, pv 10:00
fay   pv 10:00, pv on the 8th 10:00:01  a second after the window of two days
"""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import Run

ROWS = [
    ("2025-01-06T10:00:00Z", "pv", "ann", "web"),
    ("2025-01-06T10:00:00Z", "pv", "ann", "ios"),
    ("2025-01-06T10:00:00Z", "pv", "bob", "web"),
    ("2025-01-06T10:00:00Z", "pv", "cleo", "ios"),
    ("2025-01-06T10:00:00Z", "cart", "cleo", "ios"),
    ("2025-01-06T12:00:00Z", "pv", "cleo", "ios"),
    ("2025-01-06T09:00:00Z", "cart", "dan", "web"),
    ("2025-01-06T10:00:00Z", "pv", "dan", "web"),
    ("2025-01-06T10:00:00Z", "cart", "dan", "web"),
    ("2025-01-06T10:00:00Z", "pv", "eve", "ios"),
    ("2025-01-06T10:00:00Z", "pv", "eve", "ios"),
    ("2025-01-06T10:00:00Z", "pv", "eve", "ios"),
    ("2025-01-06T10:00:00Z", "pv", "fay", "web"),
    ("2025-01-08T10:00:01Z", "pv", "fay", "web"),
    ("2025-01-20T10:00:00Z", "other", "zoe", "web"),
]

FUNNELS: Mapping[str, tuple[str, int]] = {
    # ann, cleo and eve; fay too late
    "twice": ("[pv, pv]", 3),
    "thrice": ("[pv, pv, pv]", 1),
    # cleo: 10:00, cart of the same instant, 12:00; dan has one view
    "there_and_back": ("[pv, cart, pv]", 1),
    # whoever has a view and something else at or after it: ann, cleo, dan, eve
    "then_any": ("[pv, {event: [pv, cart]}]", 4),
    # dan enters by his cart of 09:00; ann, cleo and eve by a view
    "any_then_view": ("[{event: [pv, cart]}, pv]", 4),
    # the filter lets each of ann's two rows pass one of the steps
    "web_then_ios": ('[{event: pv, filter: "platform = \'web\'"}, {event: pv, filter: "platform = \'ios\'"}]', 1),
    "ios_then_web": ('[{event: pv, filter: "platform = \'ios\'"}, {event: pv, filter: "platform = \'web\'"}]', 1),
    # rows of steps that share none may be of one instant in any order
    "cart_then_view": ("[cart, pv]", 2),
}  # fmt: skip


def tree_of(store: str) -> str:
    metrics = "".join(
        f"  {name}: {{type: funnel, entity: user, steps: {steps}, window: 2 days,"
        f" calculation: count}}\n"
        for name, (steps, _) in FUNNELS.items()
    )
    return (
        f"version: 1\nname: t\nstore: {store}\nsettings: {{grain: week}}\nsources:\n"
        "  e: {table: e, agg_time_dimension: happened, event_column: event, entities: {user: u},"
        f" dimensions: {{platform: platform}}}}\nmetrics:\n{metrics}tree: {{focus: twice}}\n"
    )


@pytest.fixture
def trees(tmp_path: Path) -> Mapping[str, Path]:
    """The tree over a SQLite and a DuckDB store."""
    with closing(sqlite3.connect(tmp_path / "case.db")) as store, store:
        store.execute("CREATE TABLE e (happened TEXT, event TEXT, u TEXT, platform TEXT)")
        store.executemany("INSERT INTO e VALUES (?, ?, ?, ?)", ROWS)
    with duckdb.connect(str(tmp_path / "case.duckdb")) as duck:
        duck.execute("CREATE TABLE e (happened TEXT, event TEXT, u TEXT, platform TEXT)")
        duck.executemany("INSERT INTO e VALUES (?, ?, ?, ?)", ROWS)
    found = {}
    for name in ("case.db", "case.duckdb"):
        found[name] = tmp_path / f"{name}.yaml"
        found[name].write_text(tree_of(name))
    return found


def counts(run: Run, tree: Path, *more: str) -> dict[str, Any]:
    ran = run("show", tree, *FUNNELS, "--start", "2025-01-06", "--end", "2025-01-12",
              "--format", "json", *more)  # fmt: skip
    assert ran.code == 0, ran.err
    return {each["metric"]: each for each in json.loads(ran.out)["metrics"]}


EXPECTED = {name: float(count) for name, (_, count) in FUNNELS.items()}


@pytest.mark.parametrize("store", ["case.db", "case.duckdb"])
def test_no_row_passes_two_steps(run: Run, trees: Mapping[str, Path], store: str) -> None:
    found = counts(run, trees[store])
    assert {name: each["value"] for name, each in found.items()} == EXPECTED


def test_rollups_say_the_same(run: Run, trees: Mapping[str, Path]) -> None:
    assert run("refresh", trees["case.db"]).code == 0
    found = counts(run, trees["case.db"])
    assert {name: each["value"] for name, each in found.items()} == EXPECTED


@pytest.mark.parametrize("store", ["case.db", "case.duckdb"])
def test_a_breakdown_is_that_of_the_row_of_entry(
    run: Run, trees: Mapping[str, Path], store: str
) -> None:
    found = counts(run, trees[store], "--by", "platform")["twice"]
    parts = {part["where"]["platform"]: part["value"] for part in found["segments"]}
    # ann enters by her first row, on the web
    assert parts == {"web": 1.0, "ios": 2.0}
