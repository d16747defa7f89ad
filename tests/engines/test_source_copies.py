"""The rows of an `sql:` source are read once for each state of the store, and are its rows.

`random()` in a SELECT shows whether its rows were read again: they then have other values.
"""

import hashlib
import os
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from metric_tui.base.errors import StoreError
from metric_tui.base.places import cache_directory
from metric_tui.engines import sqlite_copies
from metric_tui.engines.common import Engine
from metric_tui.engines.duckdb import DuckdbEngine
from metric_tui.engines.sqlite import SqliteEngine
from tests.conftest import SmallStore

DRAWN = 'SELECT id, "at", random() AS draw FROM events'


@pytest.fixture(autouse=True)
def _own_temporary_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))


@pytest.fixture
def store(small_store: SmallStore) -> Path:
    return small_store("id INTEGER, at TEXT", [(1, "2026-06-01"), (2, "2026-06-02")])


@pytest.fixture
def opened() -> Iterator[Callable[[Path], SqliteEngine]]:
    engines: list[SqliteEngine] = []

    def open_(path: Path) -> SqliteEngine:
        engines.append(SqliteEngine(path))
        return engines[-1]

    yield open_
    for engine in engines:
        engine.close()


def rows_of(engine: Engine, select: str, columns: str = "*", time_column: str = "at") -> list[Any]:
    """The rows of a SELECT as a source of it gives them."""
    text = engine.rows_of(select, source="drawn", time_column=time_column)
    return list(engine.fetch(f"SELECT {columns} FROM {text} AS s").rows)


def write(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_rows_are_read_once(store: Path, opened: Callable[[Path], SqliteEngine]) -> None:
    engine = opened(store)
    assert len({tuple(rows_of(engine, DRAWN)) for _ in range(3)}) == 1


def test_duckdb_reads_rows_once(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE events AS SELECT range AS id, '2026-06-01' AS at FROM range(9)"
        )
    engine = DuckdbEngine(path)
    try:
        assert len({tuple(rows_of(engine, DRAWN)) for _ in range(3)}) == 1
    finally:
        engine.close()


def test_threads_share_what_was_read(store: Path, opened: Callable[[Path], SqliteEngine]) -> None:
    engine, found = opened(store), []
    workers = [
        threading.Thread(target=lambda: found.append(tuple(rows_of(engine, DRAWN))))
        for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 4
    assert len(set(found)) == 1


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_write_is_seen_by_the_next_question(
    store: Path, opened: Callable[[Path], SqliteEngine], mode: str
) -> None:
    with closing(sqlite3.connect(store)) as writer:
        writer.execute(f"PRAGMA journal_mode = {mode}")
        engine = opened(store)
        before = rows_of(engine, DRAWN)
        assert rows_of(engine, DRAWN) == before
        writer.execute("INSERT INTO events VALUES (3, '2026-06-03')")
        writer.commit()
        assert [row[0] for row in rows_of(engine, DRAWN)] == [1, 2, 3]
        writer.execute("UPDATE events SET id = 9 WHERE id = 3")
        writer.commit()
        assert [row[0] for row in rows_of(engine, DRAWN)] == [1, 2, 9]


def test_another_process_finds_what_was_kept(
    store: Path, opened: Callable[[Path], SqliteEngine]
) -> None:
    first, second, third = opened(store), opened(store), opened(store)
    first.keep_copies()
    second.keep_copies()
    assert rows_of(first, DRAWN) == rows_of(second, DRAWN)
    # `--no-rollup` neither reads nor keeps
    assert rows_of(third, DRAWN) != rows_of(first, DRAWN)
    (kept,) = (cache_directory() / "rollups").glob("*-source-*.db")
    assert kept.stat().st_mode & 0o777 == 0o600
    write(store, "INSERT INTO events VALUES (3, '2026-06-03')")
    rows_of(second, DRAWN)
    (newer,) = (cache_directory() / "rollups").glob("*-source-*.db")
    assert newer != kept


def test_what_killed_processes_left_goes_and_what_others_make_stays(
    store: Path, opened: Callable[[Path], SqliteEngine]
) -> None:
    engine = opened(store)
    engine.keep_copies()
    rows_of(engine, DRAWN)
    (kept,) = (cache_directory() / "rollups").glob("*-source-*.db")
    being_made, abandoned = (kept.with_name(f"{kept.stem}-{n}-1.part") for n in (1, 2))
    for part in (being_made, abandoned):
        part.touch()
    os.utime(abandoned, (0, 0))
    write(store, "INSERT INTO events VALUES (3, '2026-06-03')")
    rows_of(engine, DRAWN)
    assert being_made.exists()
    assert not abandoned.exists()


def test_nothing_is_left_of_what_is_not_kept(
    store: Path, opened: Callable[[Path], SqliteEngine], tmp_path: Path
) -> None:
    engine = opened(store)
    rows_of(engine, DRAWN)
    assert list((tmp_path / "temporary").iterdir())
    engine.close()
    assert not list((tmp_path / "temporary").iterdir())


def test_the_store_is_only_read(store: Path, opened: Callable[[Path], SqliteEngine]) -> None:
    before = hashlib.sha256(store.read_bytes()).hexdigest()
    names = sorted(path.name for path in store.parent.glob("events*"))
    rows_of(opened(store), DRAWN)
    assert hashlib.sha256(store.read_bytes()).hexdigest() == before
    assert sorted(path.name for path in store.parent.glob("events*")) == names


def test_a_copy_that_is_damaged_is_made_again(
    store: Path, opened: Callable[[Path], SqliteEngine]
) -> None:
    first = opened(store)
    first.keep_copies()
    rows_of(first, DRAWN)
    (kept,) = (cache_directory() / "rollups").glob("*-source-*.db")
    kept.write_bytes(b"no database at all" * 400)
    second = opened(store)
    second.keep_copies()
    assert [row[0] for row in rows_of(second, DRAWN)] == [1, 2]
    assert kept.read_bytes().startswith(b"SQLite format 3")


def test_a_copy_that_others_may_write_is_made_again(
    store: Path, opened: Callable[[Path], SqliteEngine]
) -> None:
    first, second = opened(store), opened(store)
    first.keep_copies()
    second.keep_copies()
    before = rows_of(first, DRAWN)
    (kept,) = (cache_directory() / "rollups").glob("*-source-*.db")
    kept.chmod(0o666)
    assert rows_of(second, DRAWN) != before
    assert kept.stat().st_mode & 0o777 == 0o600


def test_rows_that_are_too_many_are_asked_of_the_store(
    store: Path, opened: Callable[[Path], SqliteEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRIC_TUI_CACHE_BYTES", "20000")
    long = "SELECT id, at, printf('%9999d', id) AS wide FROM events UNION ALL SELECT 3, '', zeroblob(90000)"
    for select in (long, f"SELECT * FROM ({long})"):
        assert rows_of(opened(store), select, "id") == [(1,), (2,), (3,)]


@pytest.mark.parametrize("place", ["missing", "a file"])
def test_a_cache_that_cannot_be_written_costs_only_time(
    store: Path,
    opened: Callable[[Path], SqliteEngine],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    place: str,
) -> None:
    (tmp_path / "file").write_text("")
    cache = tmp_path / ("file" if place == "a file" else "none/at/all")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    engine = opened(store)
    engine.keep_copies()
    assert [row[0] for row in rows_of(engine, DRAWN)] == [1, 2]


ODD = [
    (1, "2026-06-01", 7, "7", "a", 1.5),
    (2, "2026-06-02", "007", "007", "A", 2),
    (3, "2026-06-03", 7.0, "seven", "b ", "2.0"),
    (4, "2026-06-04", None, None, None, None),
    (5, "2026-06-05", b"7", "", "", b"\x00"),
]
SELECTS = {
    "types": "SELECT * FROM events",
    "expressions": "SELECT id, at, n + 0 AS n, t || '' AS t, x AS c, r * 1.0 AS r FROM events",
    "mixed by a union": "SELECT id, at, n, t, c, r FROM events UNION ALL SELECT id, at, t, n, r, c FROM events",
    "the same by a union": "SELECT * FROM events UNION SELECT * FROM events ORDER BY id",
    "a view": "SELECT * FROM mixed",
    "names twice": "SELECT a.*, b.* FROM events a JOIN events b ON a.id = b.id",
    "with a step": "WITH some AS (SELECT * FROM events WHERE id < 4) SELECT * FROM some",
    "a comment at the end": "SELECT * FROM events -- all of them",
    "nothing": "SELECT * FROM events WHERE 0",
}


@pytest.fixture
def odd(small_store: SmallStore) -> Path:
    rows = [(*row[:4], row[4], row[5], row[2]) for row in ODD]
    path = small_store("id INTEGER, at TEXT, n INTEGER, t TEXT, c, r REAL, x", rows)
    write(
        path,
        "CREATE VIEW mixed AS SELECT id, at, n, t FROM events UNION ALL SELECT id, at, t, n FROM events",
    )
    write(path, "CREATE TABLE keys (n INTEGER, t TEXT, x)")
    write(path, "INSERT INTO keys VALUES (7, '7', '7'), (7, '007', 7), (2, 'seven', 1.5)")
    return path


@pytest.mark.parametrize("select", SELECTS.values(), ids=SELECTS)
def test_a_copy_has_the_values_of_the_select(
    odd: Path, opened: Callable[[Path], SqliteEngine], select: str
) -> None:
    with closing(sqlite3.connect(odd)) as connection:
        expected = connection.execute(select).fetchall()
    found = rows_of(opened(odd), select)
    assert [[(type(cell), cell) for cell in row] for row in found] == [
        [(type(cell), cell) for cell in row] for row in expected
    ]


@pytest.mark.parametrize(
    "select", ["SELECT * FROM events", "SELECT * FROM events UNION SELECT * FROM events"]
)
@pytest.mark.parametrize("key", ["n", "t", "x"])
@pytest.mark.parametrize("column", ["n", "t", "c", "r"])
def test_a_copy_compares_as_the_select_does(
    odd: Path, opened: Callable[[Path], SqliteEngine], select: str, column: str, key: str
) -> None:
    join = f"SELECT s.id FROM {{}} AS s JOIN keys k ON k.{key} = s.{column} ORDER BY 1"
    with closing(sqlite3.connect(odd)) as connection:
        expected = connection.execute(join.format(f"({select})")).fetchall()
    engine = opened(odd)
    text = engine.rows_of(select, source="odd", time_column="at")
    assert list(engine.fetch(join.format(text)).rows) == expected


def test_columns_that_compare_by_a_rule_of_their_own_do_so(
    small_store: SmallStore, opened: Callable[[Path], SqliteEngine]
) -> None:
    path = small_store(
        "id INTEGER, at TEXT, name TEXT COLLATE NOCASE", [(1, "x", "A"), (2, "y", "a")]
    )
    engine = opened(path)
    text = engine.rows_of("SELECT name FROM events", source="names", time_column="at")
    assert engine.fetch(f"SELECT COUNT(DISTINCT name) FROM {text}").rows == [(1,)]
    assert engine.fetch(f"SELECT COUNT(*) FROM {text} AS s WHERE name = 'A'").rows == [(2,)]


def test_a_statement_may_read_more_sources_than_can_be_attached(
    store: Path, opened: Callable[[Path], SqliteEngine]
) -> None:
    engine = opened(store)
    texts = [
        engine.rows_of(f"SELECT id, at, {n} AS n FROM events", source=f"s{n}", time_column="at")
        for n in range(12)
    ]
    union = " UNION ALL ".join(f"SELECT n FROM {text}" for text in texts)
    assert engine.fetch(f"SELECT SUM(n), COUNT(*) FROM ({union})").rows == [(132, 24)]
    for n, text in enumerate(texts):
        assert engine.fetch(f"SELECT MAX(n) FROM {text}").rows == [(n,)]


def test_what_the_store_refuses_is_said(
    store: Path, opened: Callable[[Path], SqliteEngine]
) -> None:
    with pytest.raises(StoreError, match="no such column: nowhere"):
        rows_of(opened(store), "SELECT nowhere FROM events")


@pytest.mark.parametrize("version", [(3, 31, 0), (3, 35, 0)])
def test_older_sqlite_reads_the_same(
    odd: Path,
    opened: Callable[[Path], SqliteEngine],
    monkeypatch: pytest.MonkeyPatch,
    version: tuple[int, int, int],
) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", version)
    # without a copy the text itself is what runs
    monkeypatch.setattr(sqlite_copies, "_fill", _full)
    engine = opened(odd)
    text = engine.rows_of("SELECT id, n FROM events", source="odd", time_column="at")
    assert ("MATERIALIZED" in text) == (version >= (3, 35))
    assert engine.fetch(f"SELECT id FROM {text} AS s WHERE n = 7 ORDER BY 1").rows == [
        (1,),
        (2,),
        (3,),
    ]


def _full(*_: object) -> None:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    raise error
