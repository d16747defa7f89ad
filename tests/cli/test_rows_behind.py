"""`metric-tui sql` and `metric-tui events`."""

import csv
import io
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.small_tree import TREE, write_tree


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path)


def test_the_printed_sql_computes_the_number(run: Run, tree: Path, tmp_path: Path) -> None:
    ran = run("sql", tree, "gross", "--last", 2)
    assert (ran.code, ran.err) == (0, "")
    with closing(sqlite3.connect(tmp_path / "events.db")) as connection:
        rows = connection.execute(ran.out).fetchall()
    # bucket, rows, sum: 8 June has 3 bookings of 11 nights, 15 June 2 of 8
    assert [row[:3] for row in rows] == [(0, 3, 11), (1, 2, 8)]


def test_each_statement_names_the_metrics_that_read_it(run: Run, tree: Path) -> None:
    out = run("sql", tree, "nights", "--last", 2, "--where", "platform=o'x").out
    assert "0 = 2026-06-08, 1 = 2026-06-15" in out
    assert "-- gross\n" in out
    assert "-- cancelled\n" in out
    assert "'o''x'" in out


def test_events_are_the_latest_rows_behind_the_last_period(run: Run, tree: Path) -> None:
    ran = run("events", tree, "nights", "--last", 1, "--format", "json", "--limit", 5)
    assert (ran.code, ran.err) == (0, "")
    assert [(row["happened"], row["event"]) for row in json.loads(ran.out)] == [
        ("2026-06-17T10:00:00Z", "booked"),
        ("2026-06-15T10:00:00Z", "booked"),
    ]


def test_more_rows_than_the_limit_are_said_on_stderr(run: Run, tree: Path) -> None:
    ran = run("events", tree, "gross", "--limit", 1, "--format", "csv")
    assert len(list(csv.reader(io.StringIO(ran.out)))) == 2
    assert "there are more" in ran.err


def test_one_entity_is_followed_through_all_its_events(run: Run, tree: Path) -> None:
    ran = run("events", tree, "gross", "--entity", 2, "--format", "json")
    assert [row["event"] for row in json.loads(ran.out)] == ["booked", "cancelled", "booked"]


def test_a_table_is_aligned_and_has_no_control_characters(run: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path)
    with closing(sqlite3.connect(tmp_path / "events.db")) as connection, connection:
        connection.execute("UPDATE events SET platform = char(27) || '[31mred' WHERE user_id = 3")
    out = run("events", tree, "gross", "--last", 1).out
    assert "\x1b" not in out
    head, *rows = out.splitlines()
    place = head.index("user_id")
    assert [row[place] for row in rows] == ["3", "1"]


def test_a_metric_without_rows_of_its_own_is_refused(run: Run, tmp_path: Path) -> None:
    tree = write_tree(tmp_path, TREE + "")
    tree.write_text(
        TREE.replace("  secret:", "  constant: {type: derived, expr: 2 + 3}\n  secret:"),
        encoding="utf-8",
    )
    ran = run("events", tree, "constant")
    assert (ran.code, ran.out) == (1, "")
    assert "no rows of its own" in ran.err


@pytest.mark.parametrize("command", ["sql", "events"])
def test_an_unknown_metric_is_refused(run: Run, tree: Path, command: str) -> None:
    ran = run(command, tree, "nigths")
    assert (ran.code, ran.out) == (1, "")
    assert "no metric is named `nigths`" in ran.err
