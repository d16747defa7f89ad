"""What a formula leaves unexplained stands on the metric, in every format."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from metric_tui.planning.answer import Identity
from tests.conftest import Run

TREE = """
version: 1
name: t
store: case.db
settings: {grain: week}
sources: {e: {table: e, agg_time_dimension: happened, dimensions: {platform: platform}}}
metrics:
  opens: {agg: count, components: ios + web}
  ios: {label: iOS, agg: count, filter: "platform = 'ios'"}
  web: {label: Web, agg: count, filter: "platform = 'web'"}
tree: {focus: opens}
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """In the week of 6 January 5 iOS, 3 web and 23 others; in the week before 4 iOS and 2 web."""
    days = [("2024-12-30", "ios", 4), ("2024-12-30", "web", 2), ("2025-01-07", "ios", 5),
            ("2025-01-07", "web", 3), ("2025-01-08", "tv", 23), ("2025-01-20", "web", 1)]  # fmt: skip
    with closing(sqlite3.connect(tmp_path / "case.db")) as store, store:
        store.execute("CREATE TABLE e (happened TEXT, platform TEXT)")
        for day, platform, count in days:
            store.executemany("INSERT INTO e VALUES (?, ?)", [(day, platform)] * count)
    path = tmp_path / "case.yaml"
    path.write_text(TREE)
    return path


WEEK = ("--start", "2025-01-06", "--end", "2025-01-12")
BEFORE = ("--start", "2024-12-30", "--end", "2025-01-05")


@pytest.mark.parametrize("output", ["tree", "table", "md"])
def test_it_is_told_with_the_formula(run: Run, tree: Path, output: str) -> None:
    told = run("show", tree, *WEEK, "--format", output).out
    assert "Opens: +23 not in iOS + Web" in told
    assert "not in" not in run("show", tree, *BEFORE, "--format", output).out


def test_the_row_has_the_amount(run: Run, tree: Path) -> None:
    (row,) = [text for text in run("show", tree, *WEEK).out.splitlines() if "▾ Opens" in text]
    assert row.rstrip().endswith("◌ +23 unexplained")


def test_json_has_it_as_before(run: Run, tree: Path) -> None:
    shown = json.loads(run("show", tree, *WEEK, "--format", "json").out)
    (identity,) = shown["metrics"][0]["identity"]
    assert (identity["computed"], identity["residual"]) == (8.0, 23.0)


def test_rounding_is_nothing_left_over() -> None:
    def left(residual: float | None, value: float | None) -> float | None:
        return Identity(view="v", formula="a", computed=(1.0,), residual=(residual,)).left_over(
            value
        )

    assert left(1e-7, 1e3) is None
    assert left(1e-5, 1e3) == 1e-5
    assert left(1e-9, 0.0) is None
    assert left(None, 1.0) is None
