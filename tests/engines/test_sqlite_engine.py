import hashlib
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from metric_tui.base.errors import Cancelled, StoreError
from metric_tui.engines.sqlite import SqliteEngine
from tests.conftest import SmallStore

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT MAX(i) FROM n"


@pytest.fixture
def store(small_store: SmallStore) -> Path:
    return small_store("id INTEGER, at TEXT", [(1, "2026-06-01"), (2, "2026-06-02")])


@pytest.fixture
def engine(store: Path) -> Iterator[SqliteEngine]:
    found = SqliteEngine(store)
    yield found
    found.close()


def test_rows_come_with_their_columns(engine: SqliteEngine) -> None:
    found = engine.fetch("SELECT id, at FROM events ORDER BY id")
    assert found.columns == ("id", "at")
    assert list(found.rows) == [(1, "2026-06-01"), (2, "2026-06-02")]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO events VALUES (3, 'x')",
        "DELETE FROM events",
        "DROP TABLE events",
        "CREATE TABLE other (x)",
        "PRAGMA user_version = 7",
        "VACUUM",
    ],
)
def test_nothing_can_be_written(engine: SqliteEngine, store: Path, statement: str) -> None:
    before = hashlib.sha256(store.read_bytes()).hexdigest()
    with pytest.raises(StoreError):
        engine.fetch(statement)
    assert hashlib.sha256(store.read_bytes()).hexdigest() == before
    assert [path.name for path in store.parent.glob("events.db*")] == ["events.db"]


def test_two_statements_are_refused(engine: SqliteEngine) -> None:
    with pytest.raises(StoreError):
        engine.fetch("SELECT 1; SELECT 2")


def test_another_thread_stops_a_query(engine: SqliteEngine) -> None:
    engine.fetch("SELECT 1")
    raised: list[BaseException] = []
    running = threading.Event()

    def work() -> None:
        engine.fetch("SELECT 1")
        running.set()
        try:
            engine.fetch(ENDLESS)
        except Cancelled as error:
            raised.append(error)

    worker = threading.Thread(target=work)
    worker.start()
    running.wait()
    while worker.is_alive():
        engine.interrupt()
        worker.join(0.02)
    assert [type(error) for error in raised] == [Cancelled]


def test_an_interrupted_engine_answers_the_next_query(engine: SqliteEngine) -> None:
    engine.fetch("SELECT 1")
    engine.interrupt()
    assert engine.fetch("SELECT COUNT(*) FROM events").rows[0] == (2,)


def test_every_thread_has_its_own_connection(engine: SqliteEngine) -> None:
    seen: list[int] = []

    def work() -> None:
        # a temporary database belongs to one connection, so its name is free in each
        engine.fetch("ATTACH ':memory:' AS private")
        seen.append(len(engine.fetch("PRAGMA database_list").rows))

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(seen) == 3


def test_a_closed_engine_opens_again(engine: SqliteEngine) -> None:
    engine.fetch("SELECT 1")
    engine.close()
    assert engine.fetch("SELECT COUNT(*) FROM events").rows[0] == (2,)


def test_tables_and_columns_are_named_as_declared(store: Path) -> None:
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("CREATE VIEW recent AS SELECT * FROM events")
        connection.execute('CREATE TABLE "odd ""name" ("a b" REAL, c)')
    engine = SqliteEngine(store)
    try:
        assert engine.tables() == ("events", 'odd "name', "recent")
        columns = engine.columns('odd "name')
        assert [(column.name, column.type) for column in columns] == [("a b", "REAL"), ("c", "")]
        assert engine.columns("nowhere") == ()
    finally:
        engine.close()


def test_the_fingerprint_changes_with_the_content(engine: SqliteEngine, store: Path) -> None:
    before = engine.fingerprint()
    assert engine.fingerprint() == before
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.executemany("INSERT INTO events VALUES (?, ?)", [(n, "x") for n in range(999)])
    assert engine.fingerprint() != before


def test_a_write_that_stays_in_the_wal_changes_the_fingerprint(store: Path) -> None:
    engine = SqliteEngine(store)
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("INSERT INTO events VALUES (3, 'x')")
        connection.commit()
        before = engine.fingerprint()
        connection.execute("INSERT INTO events VALUES (4, 'x')")
        connection.commit()
        assert engine.fingerprint() != before


def test_a_name_with_marks_of_urls_is_opened(small_store: SmallStore) -> None:
    engine = SqliteEngine(small_store("id INTEGER", [(1,)], name="a?b=c#d %41.db"))
    try:
        assert engine.fetch("SELECT id FROM events").rows == [(1,)]
    finally:
        engine.close()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "there is no store"),
        (lambda path: path.mkdir(), "is a directory"),
        (lambda path: path.write_bytes(b"not a database at all" * 99), "is not a SQLite database"),
    ],
    ids=["missing", "directory", "text"],
)
def test_what_is_no_store_is_named(tmp_path: Path, make: object, words: str) -> None:
    path = tmp_path / "x.db"
    make(path)  # type: ignore[operator]
    engine = SqliteEngine(path)
    try:
        with pytest.raises(StoreError, match=words):
            engine.fetch("SELECT 1")
    finally:
        engine.close()
