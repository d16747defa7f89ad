"""A table is joined only where it has one row for each key.

Seven orders of ann (3), bob (2), cleo (1) and of nobody (1). `history` has two rows for ann and
bob each, so that a join would count 7 - 1 + 3 + 2 = 11 orders; `users` has one row for each.
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

ORDERS: list[tuple[str | None, ...]] = [
    ("2025-01-06", who) for who in ("ann", "ann", "bob", "cleo", None)
]
ORDERS += [("2025-01-08", "ann"), ("2025-01-09", "bob"), ("2025-01-20", "cleo")]
USERS: list[tuple[str | None, ...]] = [
    ("2024-01-01", "ann", "pro"),
    ("2024-01-01", "bob", "free"),
    ("2024-01-01", "cleo", "free"),
]
HISTORY: list[tuple[str | None, ...]] = [
    *USERS,
    ("2025-01-07", "ann", "free"),
    ("2025-01-07", "bob", "pro"),
]
# rows without a key join nothing, however many there are
HISTORY += [("2025-01-07", None, "pro"), ("2025-01-08", None, "free")]

TREE = """
version: 1
store: STORE
settings: {grain: week}
sources:
  orders: {table: orders, agg_time_dimension: happened, entities: {user: u}}
  users:
    table: TABLE
    agg_time_dimension: since
    primary_entity: user
    entities: {user: u}
    dimensions: {plan: plan}
metrics:
  orders: {source: orders, agg: count}
  pro_orders: {source: orders, agg: count, filter: "user__plan = 'pro'"}
tree: {focus: orders}
"""
WEEK = ("--start", "2025-01-06", "--end", "2025-01-12", "--format", "json")
REFUSED = (
    "`users` has several rows for one `user`, so its dimensions would count rows twice:"
    " 2 of 3 keys, 2 rows for `ann`"
)


@pytest.fixture(params=["case.db", "case.duckdb"])
def trees(request: pytest.FixtureRequest, tmp_path: Path) -> Mapping[str, Path]:
    """By table that is joined, a tree over the store."""
    tables = {"orders": ("happened TEXT, u TEXT", ORDERS)}
    tables |= {"users": ("since TEXT, u TEXT, plan TEXT", USERS)}
    tables |= {"history": ("since TEXT, u TEXT, plan TEXT", HISTORY)}
    opened: Any = sqlite3 if request.param == "case.db" else duckdb
    with closing(opened.connect(str(tmp_path / request.param))) as store:
        for name, (columns, rows) in tables.items():
            store.execute(f"CREATE TABLE {name} ({columns})")
            store.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(rows[0]))})", rows)
        store.commit()
    found = {}
    for table in ("users", "history"):
        found[table] = tmp_path / f"{table}.yaml"
        text = TREE.replace("STORE", request.param).replace("TABLE", table)
        found[table].write_text(text)
    return found


def asked(run: Run, tree: Path, *words: str) -> dict[str, Any]:
    return {
        each["metric"]: each for each in json.loads(run("show", tree, *words, *WEEK).out)["metrics"]
    }


def test_one_row_a_key_is_joined(run: Run, trees: Mapping[str, Path]) -> None:
    found = asked(run, trees["users"], "orders", "pro_orders", "--by", "user__plan")
    parts = {part["where"]["user__plan"]: part["value"] for part in found["orders"]["segments"]}
    assert parts == {"pro": 3.0, "free": 3.0, None: 1.0}
    assert found["pro_orders"]["value"] == 3.0
    filtered = asked(run, trees["users"], "orders", "--where", "user__plan=free")
    assert filtered["orders"]["value"] == 3.0


@pytest.mark.parametrize("output", ["tree", "table", "md"])
def test_a_breakdown_by_several_rows_a_key_is_refused_with_a_word(
    run: Run, trees: Mapping[str, Path], output: str
) -> None:
    found = asked(run, trees["history"], "orders", "--by", "user__plan")["orders"]
    assert (found["value"], found["segments"], found["not_sliced"]) == (7.0, [], REFUSED)
    week = WEEK[:-2]
    told = run(
        "show", trees["history"], "orders", "--by", "user__plan", *week, "--format", output
    ).out
    assert " ".join(told.replace("\\", "").split()).count(REFUSED) == 1


def test_a_filter_on_several_rows_a_key_is_refused(run: Run, trees: Mapping[str, Path]) -> None:
    ran = run("show", trees["history"], "orders", "--where", "user__plan=pro", *WEEK)
    assert ran.code == 1
    assert f"error: {REFUSED}" in ran.err
    assert "hint: give `users` an `sql` that keeps one row for each `user`" in ran.err


def test_what_does_not_need_the_join_is_computed(run: Run, trees: Mapping[str, Path]) -> None:
    found = asked(run, trees["history"], "orders", "pro_orders")
    assert (found["orders"]["value"], found["orders"]["error"]) == (7.0, None)
    assert (found["pro_orders"]["value"], found["pro_orders"]["error"]) == (None, REFUSED)


def test_check_tells_it_once(run: Run, trees: Mapping[str, Path]) -> None:
    told = run("check", "--data", trees["history"])
    assert (told.out + told.err).count("uneven-segments") == 1
    assert REFUSED in told.out + told.err
    sound = run("check", "--data", trees["users"])
    assert "uneven-segments" not in sound.out + sound.err
