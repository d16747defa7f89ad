"""A BLOB in a dimension is a segment that every format prints and a filter can name."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from metric_tui.base.series import blob_text, bytes_of
from tests.conftest import Run

TREE = """
version: 1
name: t
store: STORE
settings: {grain: week}
sources: {e: {table: e, agg_time_dimension: happened, dimensions: {d: d}}}
metrics: {n: {agg: count}}
tree: {focus: n}
"""
WEEK = ("--start", "2025-01-06", "--end", "2025-01-12")


@pytest.fixture(params=["case.db", "case.duckdb"])
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Three BLOBs of two values, two of them alike, and a row after the week."""
    raw = [b"\xff\x00", b"a'b", b"\xff\x00"]
    rows = [(f"2025-01-0{6 + i}T10:00:00Z", value) for i, value in enumerate(raw)]
    rows.append(("2025-01-20T10:00:00Z", b""))
    if request.param == "case.db":
        with closing(sqlite3.connect(tmp_path / "case.db")) as store, store:
            store.execute("CREATE TABLE e (happened TEXT, d)")
            store.executemany("INSERT INTO e VALUES (?, ?)", rows)
    else:
        with duckdb.connect(str(tmp_path / "case.duckdb")) as duck:
            duck.execute("CREATE TABLE e (happened TEXT, d BLOB)")
            duck.executemany("INSERT INTO e VALUES (?, ?)", rows)
    path = tmp_path / "case.yaml"
    path.write_text(TREE.replace("STORE", request.param))
    return path


@pytest.mark.parametrize("output", ["tree", "table", "csv", "md", "json"])
def test_every_format_prints_it(run: Run, tree: Path, output: str) -> None:
    ran = run("show", tree, "n", "--by", "d", *WEEK, "--format", output)
    assert ran.code == 0, ran.err
    if output != "md":
        assert "x'ff00'" in ran.out


def test_its_segments_add_up_and_each_can_be_named(run: Run, tree: Path) -> None:
    shown = run("show", tree, "n", "--by", "d", *WEEK, "--format", "json")
    (metric,) = json.loads(shown.out)["metrics"]
    parts = {part["where"]["d"]: part["value"] for part in metric["segments"]}
    assert parts == {"x'ff00'": 2.0, "x'612762'": 1.0}
    for name, value in parts.items():
        for sign, expected in (("=", value), ("!=", 3.0 - value)):
            ran = run("show", tree, "n", "--where", f"d{sign}{name}", *WEEK, "--format", "json")
            assert json.loads(ran.out)["metrics"][0]["value"] == expected


def test_text_that_looks_like_a_blob_is_read_back() -> None:
    assert bytes_of(blob_text(b"\x00\xffz")) == b"\x00\xffz"
    assert bytes_of(blob_text(b"")) == b""
    assert bytes_of("x'f'") is None
    assert bytes_of("xff00") is None
