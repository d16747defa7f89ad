import threading
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from metric_tui.base.errors import Cancelled, StoreError
from metric_tui.engines.duckdb import DuckdbEngine
from metric_tui.engines.open import open_engine

ENDLESS = "SELECT SUM(a.range * b.range) FROM range(10000000) AS a, range(10000000) AS b"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "events.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute('CREATE TABLE events (id INTEGER, "at" TIMESTAMP, amount DECIMAL(9, 2))')
        connection.execute("INSERT INTO events VALUES (1, '2026-06-01', 1.25), (2, NULL, NULL)")
    return path


@pytest.fixture
def engine(store: Path) -> Iterator[DuckdbEngine]:
    found = DuckdbEngine(store)
    yield found
    found.close()


def test_decimals_come_as_floats(engine: DuckdbEngine) -> None:
    found = engine.fetch("SELECT id, amount FROM events ORDER BY id")
    assert found.columns == ("id", "amount")
    assert list(found.rows) == [(1, 1.25), (2, None)]
    assert isinstance(found.rows[0][1], float)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO events VALUES (3, NULL, NULL)",
        "DELETE FROM events",
        "DROP TABLE events",
        "CREATE TABLE other (x INTEGER)",
    ],
)
def test_nothing_can_be_written(engine: DuckdbEngine, store: Path, statement: str) -> None:
    before = store.read_bytes()
    with pytest.raises(StoreError):
        engine.fetch(statement)
    assert store.read_bytes() == before


def test_no_other_file_can_be_read(engine: DuckdbEngine, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(StoreError):
        engine.fetch(f"SELECT * FROM read_csv('{secret}')")


def test_another_thread_stops_a_query(engine: DuckdbEngine) -> None:
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


def test_threads_ask_at_the_same_time(engine: DuckdbEngine) -> None:
    found: list[int] = []

    def work() -> None:
        found.append(engine.fetch("SELECT COUNT(*) FROM events").rows[0][0])

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == [2, 2, 2, 2]


def test_a_closed_engine_opens_again(engine: DuckdbEngine) -> None:
    engine.fetch("SELECT 1")
    engine.close()
    assert engine.fetch("SELECT COUNT(*) FROM events").rows[0] == (2,)


def test_tables_and_columns_are_named_as_declared(engine: DuckdbEngine) -> None:
    assert engine.tables() == ("events",)
    assert [(column.name, column.type) for column in engine.columns("events")] == [
        ("id", "INTEGER"),
        ("at", "TIMESTAMP"),
        ("amount", "DECIMAL(9,2)"),
    ]
    assert engine.columns("nowhere") == ()


def test_the_fingerprint_changes_with_the_content(store: Path) -> None:
    engine = DuckdbEngine(store)
    before = engine.fingerprint()
    with duckdb.connect(str(store)) as connection:
        connection.execute("INSERT INTO events SELECT range, NULL, NULL FROM range(100000)")
    assert engine.fingerprint() != before


def test_parquet_files_are_the_table_events(tmp_path: Path) -> None:
    for part in (1, 2):
        path = tmp_path / f"part{part}.parquet"
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"COPY (SELECT {part} AS id) TO '{path}' (FORMAT parquet)")
    engine = open_engine("part*.parquet", beside=tmp_path / "tree.yaml")
    try:
        assert engine.name == "duckdb"
        assert engine.tables() == ("events",)
        assert engine.fetch("SELECT SUM(id) FROM events").rows[0] == (3,)
    finally:
        engine.close()


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    path.write_bytes(b"not a database at all" * 999)
    for found, words in ((path, "cannot be opened"), (tmp_path / "y.duckdb", "there is no store")):
        engine = DuckdbEngine(found)
        with pytest.raises(StoreError, match=words):
            engine.fetch("SELECT 1")
        engine.close()
