"""Rollups read from pages are those read by SQL, whatever a store holds."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from metric_tui.engines.rollup import close_all, refresh, worker
from metric_tui.engines.rollup.pages import Unreadable, either
from metric_tui.engines.rollup.pages import roll as pages_roll
from tests.engines.rollup_stores import (
    TREE,
    Row,
    append,
    change,
    compared,
    opened,
    read_by_pages,
    tree_of,
    write_store,
)
from tests.engines.test_rollup import ASKED, ENTITIES, TIMES, rows

pytestmark = pytest.mark.usefixtures("either_reader")

# plain SQL takes a while for all metrics, and these read every track and lens
QUESTIONS = (ASKED[0], ASKED[3])


@pytest.fixture(autouse=True)
def small_chunks() -> Iterator[None]:
    with patch.object(worker, "CHUNK_ROWS", 60), patch.object(pages_roll, "HELD_ROWS", 40):
        yield
    close_all()


def stretches(path: Path, *, zone: str = "Europe/Lisbon", at_least: int = 50) -> list[bool]:
    """Of every stretch, whether pages were read; all numbers are those of plain SQL."""
    with opened(path, tree_of(zone=zone)) as store, read_by_pages() as found:
        refresh(store)
        assert compared(store, QUESTIONS) >= at_least
    return found


CONVERTED_BY_SQL = {"offset", "months", "whole-number months", "whole-number days"}
"""Forms that rollups have SQL convert, row by row; `test_rollup.py` holds their numbers."""


@pytest.mark.parametrize("form", sorted(set(TIMES) - CONVERTED_BY_SQL))
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_every_form_of_time_that_sorts_like_time_is_read_from_pages(
    tmp_path: Path, form: str, zone: str
) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows(time=TIMES[form]))
    assert stretches(path, zone=zone) == [True] * 7


def test_times_with_offsets_are_left_to_sql(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows(time=TIMES["offset"]))
    assert stretches(path) == []


@pytest.mark.parametrize("kind", sorted(ENTITIES))
@pytest.mark.parametrize("declared", ["", "INTEGER", "TEXT", "REAL"])
def test_every_kind_of_entity_is_counted_alike(tmp_path: Path, kind: str, declared: str) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows(entity=ENTITIES[kind]), entity=declared)
    assert stretches(path) == [True] * 7


def changed(rows: Sequence[Row], place: int, column: int, value: Any) -> list[Row]:
    found = list(rows)
    found[place] = (*found[place][:column], value, *found[place][column + 1 :])
    return found


ODD: dict[str, tuple[int, Any]] = {
    "time of another form": (0, "2026-03-05 10:00:00"),
    "time that is none": (0, "soon"),
    "time that is a number": (0, 1_772_000_000),
    "text among amounts": (5, "much"),
    "a huge amount": (5, 2**53 + 1),
    "a blob as an amount": (5, b"3"),
    "a blob as a platform": (3, b"ios"),
    "a number as an event": (1, 7),
    "an event longer than a page": (1, "o" * 5_000),
    "a platform longer than is numbered": (3, "i" * 600),
    "a plan that is a fraction": (4, 1.5),
}


@pytest.mark.parametrize("odd", sorted(ODD))
def test_odd_values_change_nothing(tmp_path: Path, odd: str) -> None:
    path = tmp_path / "store.db"
    write_store(path, changed(rows(), 130, *ODD[odd]))
    stretches(path, at_least=20)


def test_one_odd_stretch_is_left_to_sql_and_the_others_are_not(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, changed(rows(), 130, *ODD["a huge amount"]))
    assert stretches(path) == [True, True, False, True, True, True, True]


def test_a_table_that_keeps_failing_is_not_tried_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows())
    with (
        patch.object(either, "MOST_FAILURES", 2),
        patch.object(pages_roll.PageRoller, "read", side_effect=Unreadable("no")) as tried,
    ):
        assert not any(stretches(path))
    assert tried.call_count == 2


def test_rows_in_any_order_of_time_give_the_same(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    shuffled = sorted(rows(), key=lambda row: hash((row[0], row[2])) % 1_009)
    write_store(path, shuffled)
    with patch.object(pages_roll, "MOST_HELD_ROWS", 130):
        assert all(stretches(path))


def test_later_rows_join_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows()[:250])
    assert all(stretches(path))
    append(path, [*rows()[250:], *rows()[10:30]])
    assert all(stretches(path))


def test_gaps_and_low_row_numbers_are_read(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows())
    change(path, "UPDATE events SET id = id * 1000003 - 5000000000")
    change(path, "DELETE FROM events WHERE id % 3 = 0")
    assert all(stretches(path))


def test_a_column_added_later_is_left_to_sql_where_rows_lack_it(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "CREATE TABLE events (id INTEGER PRIMARY KEY, at, event TEXT, user_id, platform TEXT,"
            " plan, is_test INTEGER DEFAULT 0)"
        )
        connection.executemany(
            "INSERT INTO events (at, event, user_id, platform, plan, is_test)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [(*row[:5], row[6]) for row in rows()[:200]],
        )
        connection.execute("ALTER TABLE events ADD COLUMN amount DEFAULT 4")
        connection.commit()
    append(path, rows()[200:])
    found = stretches(path)
    # a page may hold rows from before and after
    assert found[:4] == [False] * 4
    assert found[5:] == [True] * 2


def test_a_declared_type_that_is_no_word_is_left_to_sql(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows())
    change(path, 'ALTER TABLE events ADD COLUMN note "check"')
    assert stretches(path) == []


@pytest.mark.parametrize(
    ("column", "added"), [("id", ""), ("amount", "ALTER TABLE events ADD twice AS (amount * 2)")]
)
def test_row_numbers_and_computed_columns_are_left_to_sql(
    tmp_path: Path, column: str, added: str
) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows())
    if added:
        change(path, added)
    tree = f"{TREE.partition('metrics:')[0]}metrics:\n  top: {{agg: max, expr: {column}}}\n"
    with opened(path, tree_of(f"{tree}tree: {{focus: top}}")) as store, read_by_pages() as found:
        refresh(store)
        assert compared(store, QUESTIONS) > 1
    assert found == []
