"""`check --data`: what only the data can say against a tree file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

TREE = """
version: 1
name: Shop
store: events.db
settings: {{grain: day}}
sources:
  events: {{table: events, agg_time_dimension: at, event_column: event, entities: {{buyer: buyer}}, dimensions: {{country: country}}}}
metrics:
  orders: {{agg: count, event: order, owner: a@b.c, guardrails: [returns], components: {components}}}
  orders_pt: {{agg: count, event: order, filter: "country = 'PT'"}}
  orders_other: {{agg: count, event: order, filter: "country <> 'PT'"}}
  returns: {{agg: count, event: return, direction: down}}
tree: {{focus: orders}}
"""

ROWS = [
    ("2026-01-01T08:00:00Z", "order", 1, "PT"),
    ("2026-01-01T09:00:00Z", "order", 2, "ES"),
    ("2026-01-02T09:00:00Z", "order", 2, None),
    ("2026-01-02T10:00:00Z", "return", 2, "ES"),
    ("2026-01-03T10:00:00Z", "order", 2, "ES"),
]


def checked(
    tmp_path: Path,
    small_store: Callable[..., Path],
    run: Callable[..., Any],
    components: str,
    rows: Any,
) -> Any:
    small_store("at TEXT, event TEXT, buyer INTEGER, country TEXT", rows)
    path = tmp_path / "shop.yaml"
    path.write_text(TREE.format(components=components))
    return run("check", "--data", path)


def test_a_slice_that_misses_the_nulls_does_not_close(
    tmp_path: Path, small_store: Callable[..., Path], run: Callable[..., Any]
) -> None:
    ran = checked(tmp_path, small_store, run, "orders_pt + orders_other", ROWS)
    assert ran.code == 1
    assert "open-relation" in ran.out
    assert "in 1 of 2 periods, by 1 in 2026-01-02" in ran.out


def test_a_relation_that_closes_is_fine(
    tmp_path: Path, small_store: Callable[..., Path], run: Callable[..., Any]
) -> None:
    rows = [row for row in ROWS if row[3] is not None or row[1] == "return"]
    ran = checked(tmp_path, small_store, run, "orders_pt + orders_other", rows)
    assert (ran.code, "open-relation" in ran.out) == (0, False)


def test_rows_without_a_readable_time_are_counted(
    tmp_path: Path, small_store: Callable[..., Path], run: Callable[..., Any]
) -> None:
    rows = [*ROWS, ("soon", "order", 3, "PT"), ("yesterday", "order", 3, "PT")]
    ran = checked(tmp_path, small_store, run, "[]", rows)
    assert ran.code == 1
    assert "2 rows of `events` have no time that can be read" in ran.out


def test_rows_without_a_time_yet_are_told_and_are_no_fault(
    tmp_path: Path, small_store: Callable[..., Path], run: Callable[..., Any]
) -> None:
    rows = [*ROWS, (None, "order", 3, "PT")]
    ran = checked(tmp_path, small_store, run, "[]", rows)
    told = "info[no-time-yet]: 1 row of `events` has no time yet (`at` is null), so no period counts it"
    assert (ran.code, told in ran.out) == (0, True)
    counted = run("check", "--data", "--format", "json", tmp_path / "shop.yaml")
    document = json.loads(counted.out)
    (entry,) = (e for e in document["files"][0]["problems"] if e["code"] == "no-time-yet")
    assert entry["severity"] == "info"
    levels = [e["severity"] for e in document["files"][0]["problems"]]
    assert (document["errors"], document["warnings"]) == (0, levels.count("warning"))
    assert "::notice " in run("check", "--data", "--format", "github", tmp_path / "shop.yaml").out


def test_a_leaf_that_is_never_measured_is_named(
    tmp_path: Path, small_store: Callable[..., Path], run: Callable[..., Any]
) -> None:
    ran = checked(tmp_path, small_store, run, "[]", [row for row in ROWS if row[1] == "order"])
    assert ran.code == 1
    assert "`returns` has no value in any of 2 periods" in ran.out
