"""Rows are counted while something else is done."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from metric_tui.engines.rollup.counting import RowCount

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"


@pytest.fixture
def store(tmp_path: Path) -> str:
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE events (event_id INTEGER PRIMARY KEY)")
        connection.executemany("INSERT INTO events VALUES (?)", [(i,) for i in range(7)])
    return str(path)


def test_the_number_is_known_later(store: str) -> None:
    assert RowCount(store, "SELECT COUNT(*) FROM events").result() == 7


def test_a_refusal_is_no_number(store: str) -> None:
    assert RowCount(store, "SELECT COUNT(*) FROM nowhere").result() is None


def test_it_can_be_given_up(store: str) -> None:
    count = RowCount(store, ENDLESS)
    count.stop()
    assert count.result() is None


def test_giving_up_what_is_over_changes_nothing(store: str) -> None:
    count = RowCount(store, "SELECT COUNT(*) FROM events")
    assert count.result() == 7
    count.stop()
    assert count.result() == 7
