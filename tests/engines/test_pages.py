"""Rows taken from the pages of a file are the rows that SQLite hands out."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metric_tui.engines.rollup.pages import file as pages_file
from metric_tui.engines.rollup.pages.coding import Coder
from metric_tui.engines.rollup.pages.file import PageFile, Unreadable
from metric_tui.engines.rollup.pages.records import Records, records
from metric_tui.engines.rollup.pages.varints import one_varint, varints

pytestmark = pytest.mark.usefixtures("either_reader")

Row = tuple[Any, ...]

CELLS = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from([0, 1, -1, 127, 128, -129, 2**15, 2**23, -(2**31), 2**31, 2**47, 2**62]),
    st.floats(allow_nan=False),
    st.text(max_size=80),
    st.binary(max_size=80),
)


def encoded(value: int) -> bytes:
    """A varint, written from the file format's words."""
    bits = value % 2**64
    if bits >= 2**56:
        head = bits >> 8
        return bytes((head >> 7 * i) & 0x7F | 0x80 for i in range(7, -1, -1)) + bytes([bits & 0xFF])
    groups = [bits & 0x7F]
    while bits := bits >> 7:
        groups.append(bits & 0x7F | 0x80)
    return bytes(reversed(groups))


@given(st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(0, 20_000), min_size=1))
def test_numbers_of_any_length_are_read(values: list[int]) -> None:
    data = b"".join(map(encoded, values))
    places = np.cumsum([0, *(len(encoded(value)) for value in values)])
    found, ends = varints(np.frombuffer(data + bytes(9), dtype=np.uint8), places[:-1])
    assert found.tolist() == values
    assert ends.tolist() == places[1:].tolist()
    assert [one_varint(data, int(place)) for place in places[:-1]] == values


@contextmanager
def page_file(path: Path) -> Iterator[PageFile]:
    with closing(sqlite3.connect(path)) as connection:
        file = PageFile(path, connection)
        try:
            yield file
        finally:
            file.close()


def read(file: PageFile, low: int, high: int, columns: Sequence[int]) -> Records:
    with file.still():
        pages = file.read(file.leaves(file.root("rows"), low, high))
    return records(pages, file.usable, columns)


def rows_of(found: Records, low: int, high: int) -> list[Row]:
    return [
        (int(number), *(values.python(row) for values in found.columns.values()))
        for row, number in enumerate(found.numbers)
        if low < number <= high
    ]


def write(path: Path, rows: Sequence[Row], *, page: int = 512, unread: str = "") -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA page_size = {page}")
        connection.execute(f"CREATE TABLE rows (a, b, c {unread})")
        connection.execute("CREATE INDEX others ON rows (a)")
        connection.executemany("INSERT INTO rows (rowid, a, b, c) VALUES (?, ?, ?, ?)", rows)
        connection.commit()


@settings(deadline=None)
@given(
    rows=st.dictionaries(
        st.integers(1, 400) | st.integers(-(2**63), 2**63 - 1),
        st.tuples(CELLS, CELLS, CELLS),
        max_size=120,
    ),
    gone=st.integers(2, 9),
    page=st.sampled_from([512, 1024, 65_536]),
    ends=st.tuples(st.integers(-500, 500), st.integers(-500, 500)),
)
def test_rows_are_those_that_sqlite_hands_out(
    rows: dict[int, Row], gone: int, page: int, ends: tuple[int, int]
) -> None:
    low, high = sorted(ends)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        write(path, [(number, *row) for number, row in rows.items()], page=page)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(f"DELETE FROM rows WHERE rowid % {gone} = 0")
            connection.commit()
            expected = connection.execute(
                "SELECT rowid, a, b, c FROM rows WHERE rowid > ? AND rowid <= ? ORDER BY rowid",
                (low, high),
            ).fetchall()
        with page_file(path) as file:
            found = read(file, low, high, [0, 1, 2])
            assert rows_of(found, low, high) == expected


def test_a_table_of_several_levels_gives_each_stretch_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    rows = [(3 * n, n, f"text {n}" * (n % 5), n / 7) for n in range(1, 6_000)]
    write(path, rows)
    with page_file(path) as file:
        for low in range(0, 18_500, 1_000):
            found = rows_of(read(file, low, low + 1_000, [0, 1, 2]), low, low + 1_000)
            assert found == [row for row in rows if low < row[0] <= low + 1_000]


def test_numbers_and_fractions_come_many_at_once(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    wholes = [0, 1, 2, -1, 300, -70_000, 2**31, -(2**40), 2**55, -(2**63)]
    write(path, [(n, whole, whole / 3, 2.5) for n, whole in enumerate(wholes, 1)])
    with page_file(path) as file:
        columns = read(file, 0, 100, [0, 1]).columns
        every = np.arange(len(wholes))
        assert columns[0].integers(every).tolist() == wholes
        fractions = every[1:]  # SQLite keeps 0.0 of a column without a type as it is
        assert columns[1].floats(fractions).tolist() == [whole / 3 for whole in wholes[1:]]


def test_rows_longer_than_a_page_are_left_to_sql(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write(path, [(1, "short", 1, 1), (2, "long" * 200, 1, 1)])
    with page_file(path) as file, pytest.raises(Unreadable, match="longer than a page"):
        read(file, 0, 2, [0])


def test_pages_too_many_to_be_held_are_left_to_sql(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write(path, [(n, "wide" * 50, 1, 1) for n in range(1, 100)], page=4_096)
    with page_file(path) as file, patch.object(pages_file, "MOST_BYTES", 8_192):
        with pytest.raises(Unreadable, match="wide rows"):
            read(file, 0, 99, [0])
        assert len(rows_of(read(file, 0, 3, [0]), 0, 3)) == 3


def test_rows_older_than_a_column_are_left_to_sql(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write(path, [(1, 1, 1, 1)])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE rows ADD COLUMN d DEFAULT 7")
    with page_file(path) as file:
        assert rows_of(read(file, 0, 1, [2]), 0, 1) == [(1, 1)]
        with pytest.raises(Unreadable, match="before a column"):
            read(file, 0, 1, [3])


def test_text_of_another_encoding_is_left_to_sql(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA encoding = 'UTF-16'")
        connection.execute("CREATE TABLE rows (a)")
        with pytest.raises(Unreadable, match="encoding"):
            PageFile(path, connection)


def test_what_stands_in_a_log_is_left_to_sql(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write(path, [(1, 1, 1, 1)])
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("INSERT INTO rows VALUES (2, 2, 2)")
        writer.commit()
        with page_file(path) as file, pytest.raises(Unreadable, match="log"), file.still():
            pass
    with page_file(path) as file:
        assert len(rows_of(read(file, 0, 9, [0]), 0, 9)) == 2


@pytest.mark.parametrize("change", ["VACUUM", "ALTER TABLE rows ADD COLUMN d", "DROP TABLE rows"])
def test_tables_that_move_are_left_to_sql(tmp_path: Path, change: str) -> None:
    path = tmp_path / "store.db"
    write(path, [(1, 1, 1, 1)])
    with page_file(path) as file, closing(sqlite3.connect(path)) as writer:
        writer.execute("INSERT INTO rows VALUES (2, 2, 2)")
        writer.commit()
        assert len(rows_of(read(file, 0, 9, [0]), 0, 9)) == 2
        writer.execute(change)
        with pytest.raises(Unreadable, match="moved"), file.still():
            pass


def test_nobody_writes_while_pages_are_read(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write(path, [(1, 1, 1, 1)])
    with page_file(path) as file, closing(sqlite3.connect(path, timeout=0)) as writer:
        writer.execute("DELETE FROM rows")
        with file.still(), pytest.raises(sqlite3.OperationalError, match="locked"):
            writer.commit()
        writer.commit()
        assert rows_of(read(file, 0, 9, [0]), 0, 9) == []


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=30), min_size=1, max_size=4))
def test_rows_share_a_code_just_where_they_share_a_value(batches: list[list[Any]]) -> None:
    coder = Coder()
    with TemporaryDirectory() as folder:
        for number, cells in enumerate(batches):
            path = Path(folder) / f"{number}.db"
            write(path, [(n, cell, 0, 0) for n, cell in enumerate(cells, 1)], page=65_536)
            with page_file(path) as file:
                codes = coder.codes(read(file, 0, 100, [0]).columns[0])
            found = [coder.values[code] for code in codes]
            assert [(type(v), v) for v in found] == [(type(v), v) for v in cells]
    named = [(type(value), repr(value)) for value in coder.values]
    assert len(set(named)) == len(named)


def test_a_column_of_too_many_values_is_not_numbered(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write(path, [(n, f"session {n}", n % 3, "x" * 600) for n in range(1, 20_000)], page=4_096)
    with page_file(path) as file:
        found = read(file, 0, 20_000, [0, 1, 2])
        assert len(Coder().codes(found.columns[1])) == 19_999
        with pytest.raises(Unreadable, match="too many"):
            Coder().codes(found.columns[0])
        with pytest.raises(Unreadable, match="too long"):
            Coder().codes(found.columns[2])


def test_whole_numbers_of_a_column_of_fractions_are_fractions(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write(path, [(1, 0, 0, 3.0), (2, 0, 0, 3.5)], unread="REAL")
    with page_file(path) as file:
        values = read(file, 0, 9, [2]).columns[2]
        coder = Coder(is_real=True)
        found = [coder.values[code] for code in coder.codes(values)]
        assert [(type(value), value) for value in found] == [(float, 3.0), (float, 3.5)]
