"""Whatever happens to rows that were read, the next refresh sees it, and no answer is from before."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metric_tui.engines.rollup import close_all, refresh
from metric_tui.engines.rollup.pages import content
from metric_tui.engines.rollup.pages.content import TablePages
from metric_tui.engines.rollup.pages.file import Unreadable
from metric_tui.engines.rollup.pages.snapshot import snapshot
from metric_tui.planning.question import Question
from tests.engines.rollup_stores import append, change, opened, tree_of, unequal_answers

TREE = """
version: 1
settings: {timezone: Europe/Lisbon, grain: week}
sources:
  events:
    table: events
    agg_time_dimension: at
    event_column: event
    entities: {user: user_id}
    dimensions: {plan: plan}
metrics:
  revenue: {agg: sum, expr: amount}
  users: {agg: count_distinct, expr: user}
  middle: {agg: median, expr: amount}
  back: {type: retention, start: open, return: buy, unit: week, offset: 1}
  visits: {type: sessions, entity: user, gap: 6 hours}
  odd: {agg: count, filter: "platform LIKE '%x'"}
tree: {focus: revenue}
"""
ROWS = 1_500
QUESTION = Question(grain="week", start=date(2026, 1, 5), end=date(2026, 4, 5), compare="previous")
"""Of all that is in the store."""


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    close_all()


def rows(first: int, count: int) -> list[tuple[Any, ...]]:
    """Rows of 90 days in turn; every hundredth is longer than a page."""
    return [
        (
            f"2026-{1 + i % 3:02d}-{1 + i % 28:02d}T{i % 24:02d}:00:00Z",
            ("open", "buy", "refund")[i % 3],
            i % 17,
            "i" * 9_000 if i % 100 == 7 else ("ios", "web")[i % 2],
            1 + i % 3,
            float(i % 11),
            0,
        )
        for i in range(first, first + count)
    ]


@pytest.fixture(params=["delete", "wal"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A store; in WAL mode a connection that stays open keeps every commit in the log."""
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as kept:
        kept.execute(f"PRAGMA journal_mode = {request.param}")
        kept.execute("PRAGMA wal_autocheckpoint = 0")
        kept.execute(
            "CREATE TABLE events (id INTEGER PRIMARY KEY, at, event TEXT, user_id, platform TEXT,"
            " plan, amount, is_test INTEGER DEFAULT 0)"
        )
        kept.commit()
        append(path, rows(0, ROWS))
        yield path


IN_PLACE = {
    "an amount": "UPDATE events SET amount = amount + 1000 WHERE id = 700",
    "forty amounts": "UPDATE events SET amount = amount + 1 WHERE id BETWEEN 701 AND 740",
    "the first row": "UPDATE events SET user_id = 99 WHERE id = 1",
    "the last row": "UPDATE events SET amount = 77 WHERE id = 1500",
    "a time": "UPDATE events SET at = '2026-02-14T12:00:00Z' WHERE id = 333",
    "a long row": "UPDATE events SET platform = substr(platform, 1, 8999) || 'x' WHERE id = 8",
    "a number of a row": "UPDATE events SET id = 9000 WHERE id = 44",
    "a row gone": "DELETE FROM events WHERE id = 900",
    "the last rows gone": "DELETE FROM events WHERE id > 1450",
    "a row replaced": "REPLACE INTO events VALUES (812, '2026-03-03', 'buy', 3, 'web', 1, 5.5, 0)",
    "as many added": "INSERT INTO events (id, at, event, user_id, amount) SELECT id + 5000, at,"
    " event, user_id, amount FROM events WHERE id <= 40",
}


@pytest.mark.parametrize("what", IN_PLACE)
def test_a_change_is_seen_and_answered_right(store: Path, what: str) -> None:
    tree = tree_of(TREE)
    with opened(store, tree) as before:
        refresh(before)
        assert unequal_answers(before, [QUESTION]) == []
    if what == "as many added":
        change(store, "DELETE FROM events WHERE id BETWEEN 400 AND 439")
    change(store, IN_PLACE[what])
    with opened(store, tree) as after:
        assert refresh(after).rows_read > 0
        assert unequal_answers(after, [QUESTION]) == []


def test_rows_added_are_all_that_is_read(store: Path) -> None:
    tree = tree_of(TREE)
    with opened(store, tree) as before:
        assert refresh(before).rows_read == ROWS
    for more in (1, 700, 3):
        append(store, rows(9_000, more))
        with opened(store, tree) as after:
            assert refresh(after).rows_read == more
            assert unequal_answers(after, [QUESTION]) == []
            assert refresh(after).outcome == "up to date"


def test_another_file_of_the_same_size_and_time_is_seen(tmp_path: Path) -> None:
    path, other = tmp_path / "store.db", tmp_path / "other.db"
    for each, amount in ((path, 1.0), (other, 2.0)):
        with closing(sqlite3.connect(each)) as connection:
            connection.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, at, event TEXT,"
                               " user_id, platform TEXT, plan, amount, is_test)")  # fmt: skip
            connection.commit()
        append(each, [(*row[:5], amount, 0) for row in rows(0, 300)])
    tree, stat = tree_of(TREE), path.stat()
    with opened(path, tree) as before:
        refresh(before)
        assert unequal_answers(before, [QUESTION]) == []
    # into the same file, and its time set back
    path.write_bytes(other.read_bytes())
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert path.stat().st_size == stat.st_size
    with opened(path, tree) as after:
        assert unequal_answers(after, [QUESTION]) == []
        assert refresh(after).rows_read == 300
        assert unequal_answers(after, [QUESTION]) == []


def test_vacuum_changes_no_answer(store: Path) -> None:
    tree = tree_of(TREE)
    change(store, "DELETE FROM events WHERE id % 3 = 0")
    with opened(store, tree) as before:
        refresh(before)
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("VACUUM")
    with opened(store, tree) as after:
        refresh(after)
        assert unequal_answers(after, [QUESTION]) == []


def test_two_commits_in_one_tick_of_the_clock_are_two_states(store: Path) -> None:
    with opened(store, tree_of(TREE)) as read:
        seen = {read.engine.fingerprint()}
        for _ in range(20):
            change(store, "UPDATE events SET amount = amount + 1 WHERE id = 5")
            seen.add(read.engine.fingerprint())
    assert len(seen) == 21


@contextmanager
def table_pages(path: Path) -> Iterator[TablePages]:
    with closing(sqlite3.connect(path)) as connection, snapshot(path, connection) as pages:
        yield TablePages(pages, "rows")


CHANGES = (
    "UPDATE rows SET a = a || 'x' WHERE id = ?",
    "UPDATE rows SET a = substr(a, 2) || 'q' WHERE id = ?",
    "DELETE FROM rows WHERE id = ?",
)


@settings(max_examples=25, deadline=None)
@given(
    lengths=st.lists(st.integers(0, 3_000), min_size=30, max_size=120),
    page=st.sampled_from([512, 1024, 4096]),
    is_logged=st.booleans(),
    statement=st.sampled_from(CHANGES),
    place=st.floats(0, 0.999),
    added=st.integers(0, 60),
)
def test_hashes_hold_for_added_rows_and_for_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], page: int, is_logged: bool,
    statement: str, place: float, added: int,
) -> None:  # fmt: skip
    path = tmp_path_factory.mktemp("pages") / "rows.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(f"PRAGMA page_size = {page}")
        if is_logged:
            db.execute("PRAGMA journal_mode = wal")
        db.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, a TEXT)")
        db.execute("CREATE INDEX by_a ON rows (a)")
        db.executemany("INSERT INTO rows (a) VALUES (?)", [("é" * n + "z",) for n in lengths])
        with table_pages(path) as before:
            _, known = before.hashed(len(lengths))
        db.executemany("INSERT INTO rows (a) VALUES (?)", [("n" * 40 * i,) for i in range(added)])
        with table_pages(path) as after:
            found, grown = after.hashed(len(lengths) + added, (known.leaves,))
        with table_pages(path) as after, patch.object(content, "PAGES_AT_ONCE", 3):
            _, at_once = after.hashed(len(lengths) + added)
        assert found == [known.digest]
        # what is hashed on from an earlier end is what is hashed in one go
        assert grown == at_once
        if known.after is None:
            return
        key = 1 + int(place * known.after)
        db.execute(statement, (key,))
        with table_pages(path) as after:
            found, _ = after.hashed(len(lengths) + added, (known.leaves,))
        assert found != [known.digest]


def test_what_is_no_table_of_sqlite_is_not_read_by_pages(tmp_path: Path) -> None:
    path = tmp_path / "rows.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE other (id INTEGER PRIMARY KEY)")
        db.commit()
    with pytest.raises(Unreadable, match="no such table"), table_pages(path):
        pass
    text = tmp_path / "text.db"
    shutil.copy(path, text)
    with closing(sqlite3.connect(path)) as db, snapshot(path, db):
        text.write_text("no database")
        with pytest.raises(Unreadable, match="another format"), snapshot(text, closing_none()):
            pass


def closing_none() -> sqlite3.Connection:
    """A connection to nothing, on which a transaction can be opened."""
    return sqlite3.connect(":memory:", isolation_level=None)
