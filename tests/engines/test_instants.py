"""Times as numbers in expressions, `unixepoch(x)` and its like: right, and equal on every engine."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import pytest

from metric_tui.definitions.fragments import Instant
from metric_tui.engines.dialects.base import Dialect
from metric_tui.engines.dialects.duckdb import DuckdbDialect
from metric_tui.engines.dialects.sqlite import SqliteDialect
from metric_tui.loading.fragments import FragmentError, parse_fragment
from tests.conftest import Run

TEN = int(datetime(2025, 1, 2, 10, tzinfo=UTC).timestamp())
MIDNIGHT = TEN - 36_000

READ: dict[str | float, int] = {
    "2025-01-02": MIDNIGHT,
    "2025-01-02T10:00": TEN,
    "2025-01-02T10:00Z": TEN,
    "2025-01-02T10:00:00": TEN,
    "2025-01-02 10:00:00": TEN,
    "2025-01-02 10:00:00 Z": TEN,
    "2025-01-02T10:00:00.999999": TEN,
    "2025-01-02T10:00:00.999999999Z": TEN,
    "2025-01-02T11:30:00+01:30": TEN,
    "2025-01-02T11:30:00+0130": TEN,
    "2025-01-02T11:00:00+01": TEN,
    "2025-01-02 05:00:00.5 -05:00": TEN,
    "1969-12-31T23:59:59.5Z": -1,
    "2024-02-29": int(datetime(2024, 2, 29, tzinfo=UTC).timestamp()),
    "20250102": MIDNIGHT,
    "202501": MIDNIGHT - 86_400,
    "2460677.5": MIDNIGHT,
    "1735812000": TEN,
    "-5": -5,
    20250102: MIDNIGHT,
    202501: MIDNIGHT - 86_400,
    2460677.5: MIDNIGHT,
    TEN: TEN,
    TEN + 0.75: TEN,
    TEN * 1_000 + 999: TEN,
    TEN * 1_000_000: TEN,
    TEN * 1_000_000_000: TEN,
    0: 0,
    3600: 3600,
    -1.5: -2,
}
"""Values and the whole seconds since 1970 that each stands for."""

UNREAD = (
    None, "", " ", "x", "now", "10:00", "2025-1-2", "2025/01/02", "2025-02-30", "2025-02-29",
    "2025-13-01", "2025-01-02T24:00:00", "2025-01-02T10:00:60", "2025-01-02T10", "2025-01-02T10:0000",
    "2025-01-02T10:00:00+15:00", "2025-01-02 junk", "20250230", "1e9", "inf", "nan", "Jan 2 2025",
    "2025-01-02T10:00:00 ", "2025-01-02  10:00", 1e30, 20250230,
)  # fmt: skip


def sqlite_of(value: Any, text: str) -> Any:
    with closing(sqlite3.connect(":memory:")) as store:
        store.execute("CREATE TABLE t (x)")
        store.execute("INSERT INTO t VALUES (?)", (value,))
        return store.execute(f"SELECT {_sql(SqliteDialect(), text)} FROM t").fetchone()[0]


def duckdb_of(value: Any, text: str, kind: str | None = None) -> Any:
    kinds = {str: "VARCHAR", int: "BIGINT", float: "DOUBLE"}
    with duckdb.connect() as store:
        store.execute(f"CREATE TABLE t (x {kind or kinds.get(type(value), 'VARCHAR')})")
        store.execute("INSERT INTO t VALUES (?)", (value,))
        found = store.execute(f"SELECT {_sql(DuckdbDialect(), text)} FROM t").fetchone()
        return found[0] if found else "no row"


def _sql(dialect: Dialect, text: str) -> str:
    return dialect.render(parse_fragment(text).node, lambda column: column.name)


@pytest.mark.parametrize("value", READ, ids=repr)
def test_any_form_of_a_time_is_read_as_whole_seconds(value: str | float) -> None:
    for text in ("unixepoch(x)", "EXTRACT(EPOCH FROM x)", "strftime('%s', x)"):
        assert sqlite_of(value, text) == READ[value]
        assert duckdb_of(value, text) == READ[value]
        assert type(duckdb_of(value, text)) is type(sqlite_of(value, text)) is int


@pytest.mark.parametrize("value", READ, ids=repr)
def test_julian_days_are_equal_and_near_what_sqlite_says_itself(value: str | float) -> None:
    found = sqlite_of(value, "julianday(x)")
    assert duckdb_of(value, "julianday(x)") == found
    # to the second that is cut off
    assert (found - 2440587.5) * 86_400 == pytest.approx(READ[value], abs=1)


@pytest.mark.parametrize("text", ["2025-01-02", "2025-01-02T10:00:00.123", "1960-02-29 23:59:59"])
def test_julian_days_of_plain_text_are_those_of_sqlite(text: str) -> None:
    with closing(sqlite3.connect(":memory:")) as store:
        ((own, seconds),) = store.execute("SELECT julianday(?1), strftime('%s', ?1)", (text,))
    assert sqlite_of(text, "julianday(x)") == pytest.approx(own, abs=1e-8)
    assert sqlite_of(text, "unixepoch(x)") == int(seconds)


@pytest.mark.parametrize("value", UNREAD, ids=repr)
def test_what_is_no_time_is_null_on_every_engine(value: str | float | None) -> None:
    for text in ("unixepoch(x)", "julianday(x)"):
        assert sqlite_of(value, text) is None
        assert duckdb_of(value, text) is None


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("TIMESTAMP", "2025-01-02 10:00:00.75"),
        ("TIMESTAMP_S", "2025-01-02 10:00:00"),
        ("TIMESTAMP_MS", "2025-01-02 10:00:00.75"),
        ("TIMESTAMP_NS", "2025-01-02 10:00:00.75"),
        ("TIMESTAMPTZ", "2025-01-02 12:00:00+02"),
        ("DECIMAL(20, 2)", f"{TEN}.75"),
        ("HUGEINT", str(TEN * 1000)),
    ],
)
def test_types_of_duckdb_are_read(kind: str, value: str) -> None:
    assert duckdb_of(value, "unixepoch(x)", kind) == TEN


def test_dates_of_duckdb_are_read() -> None:
    assert duckdb_of("2025-01-02", "unixepoch(x)", "DATE") == MIDNIGHT
    assert duckdb_of("10:00:00", "unixepoch(x)", "TIME") is None
    assert duckdb_of(None, "unixepoch(x)", "TIMESTAMP") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("unixepoch('now')", "not the time of asking"),
        ("EXTRACT(EPOCH FROM 'now')", "not the time of asking"),
        ("strftime('%s', 'NOW')", "not the time of asking"),
        ("unixepoch(x, 'auto')", "takes 1 argument"),
        ("julianday()", "takes 1 argument"),
        ("julianda(x)", "is not a function"),
        ("EXTRACT(epochs FROM x)", "cannot read `epochs`"),
    ],
)
def test_what_is_no_duration_is_refused(text: str, words: str) -> None:
    with pytest.raises(FragmentError) as error:
        parse_fragment(text)
    assert words in error.value.message


def test_the_spellings_mean_the_same() -> None:
    spelt = ("unixepoch(x)", "UNIXEPOCH( x )", "extract(epoch from x)", "strftime('%s', x)")
    nodes = {type(parse_fragment(text).node) for text in spelt}
    assert nodes == {Instant}


TICKETS = [
    (1, "2025-01-02T10:00:00", "2025-01-03T12:00:00", "ana"),
    (2, "2025-01-30T10:00:00Z", "2025-02-03T10:00:00Z", "bo"),
    (3, "2025-02-10", None, "ana"),
    (4, "2025-02-11T01:00:00+01:00", "2025-02-12T02:00:00", "bo"),
    (5, "2025-02-11T00:00:00", "2025-02-12T00:00:00", "ana"),
    (6, "soon", "2025-02-13T00:00:00", "ana"),
]
HOURS = {1: [26.0], 2: [96.0, 26.0, 24.0]}
"""From opening to closing, by the month of closing, worked out by hand; ticket 6 has no opening."""

TREE = """
version: 1
store: {store}
settings: {{grain: month, watermark: 2025-02-28}}
sources: {{t: {{table: t, agg_time_dimension: closed_at, entities: {{who: who}}}}}}
metrics:
  half: {{agg: median, expr: "(EXTRACT(EPOCH FROM closed_at) - EXTRACT(EPOCH FROM opened_at)) / 3600.0", unit: hours}}
  mean: {{agg: average, expr: "(julianday(closed_at) - julianday(opened_at)) * 24", unit: hours}}
  days: {{agg: average, expr: "julianday(closed_at) - julianday(opened_at)", unit: days}}
  longest: {{agg: max, expr: "(strftime('%s', closed_at) - strftime('%s', opened_at)) / 3600", unit: hours}}
  total: {{agg: sum, expr: unixepoch(closed_at) - unixepoch(opened_at), unit: seconds}}
  quick: {{agg: count, filter: unixepoch(closed_at) - unixepoch(opened_at) <= 26 * 3600}}
  share: {{type: ratio, numerator: quick, denominator: all}}
  all: {{agg: count}}
tree: {{focus: half}}
"""
ASKED = {
    "half": {1: 26.0, 2: median(HOURS[2])},
    "mean": {1: 26.0, 2: 146 / 3},
    "days": {1: 26 / 24, 2: 146 / 72},
    "longest": {1: 26, 2: 96},
    "total": {1: 93_600, 2: 525_600},
    "quick": {1: 1, 2: 2},
    "share": {1: 1.0, 2: 0.5},
}


@pytest.mark.parametrize("path", ["plain SQL", "rollups", "duckdb"])
def test_a_duration_is_one_line_of_yaml(run: Run, tmp_path: Path, path: str) -> None:
    columns = "id INTEGER, opened_at TEXT, closed_at TEXT, who TEXT"
    with closing(sqlite3.connect(tmp_path / "case.db")) as store, store:
        store.execute(f"CREATE TABLE t ({columns})")
        store.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", TICKETS)
    with duckdb.connect(str(tmp_path / "case.duckdb")) as duck:
        duck.execute(f"CREATE TABLE t ({columns})")
        duck.executemany("INSERT INTO t VALUES (?, ?, ?, ?)", TICKETS)
    tree = tmp_path / "tree.yaml"
    name = "case.duckdb" if path == "duckdb" else "case.db"
    tree.write_text(TREE.format(store=name), encoding="utf-8")
    if path == "rollups":
        assert run("refresh", tree).code == 0
    more = ["--no-rollup"] if path == "plain SQL" else []
    asked = ("--start", "2025-01-01", "--end", "2025-02-28")
    shown = run("show", tree, *ASKED, *asked, "--format", "json", *more)
    assert shown.code == 0, shown.err
    found = {
        each["metric"]: {place: p["value"] for place, p in enumerate(each["series"], 1)}
        for each in json.loads(shown.out)["metrics"]
    }
    assert found == {metric: pytest.approx(values) for metric, values in ASKED.items()}
    text = run("show", tree, "half", "days", "total", *asked, *more).out
    # 26 hours, 146 / 72 days and 525,600 seconds, as durations
    assert "26h 00m" in text
    assert "2d 00h" in text
    assert "6d 02h" in text
