"""`metric-tui import`: what lands in the store, and what is refused as a whole."""

import gzip
import io
import json
import os
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Any
from unittest.mock import patch

import pytest

from metric_tui.ingest.importing import table
from metric_tui.ingest.importing.survey import Survey
from metric_tui.ingest.importing.table import Table
from tests.conftest import Run

EVENTS = """occurred_at,event,user_id,amount,zip,is_test
2026-01-01T10:00:00Z,open,1,,01234,true
2026-01-01T11:00:00Z,buy,2,3.5,11111,false
2026-01-02T11:00:00Z,buy,2,7,,true
"""


def rows(store: Path, table: str = "events", what: str = "*") -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(store)) as connection:
        return connection.execute(f"SELECT {what} FROM {table} ORDER BY rowid").fetchall()


def columns(store: Path, table: str = "events") -> dict[str, str]:
    with closing(sqlite3.connect(store)) as connection:
        return {row[1]: row[2] for row in connection.execute(f"PRAGMA table_info({table})")}


def indexes(store: Path) -> set[tuple[bool, tuple[str, ...]]]:
    """Of `events`: whether it is unique, and its columns."""
    with closing(sqlite3.connect(store)) as connection:
        return {
            (bool(unique), tuple(r[2] for r in connection.execute(f"PRAGMA index_info('{name}')")))
            for _, name, unique, *_ in connection.execute("PRAGMA index_list(events)").fetchall()
        }


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "events.csv"
    path.write_text(EVENTS)
    return path


def written(folder: Path, text: str, name: str = "more.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


EXPECTED = [
    ("2026-01-01T10:00:00Z", "open", 1, None, "01234", 1),
    ("2026-01-01T11:00:00Z", "buy", 2, 3.5, "11111", 0),
    ("2026-01-02T11:00:00Z", "buy", 2, 7.0, None, 1),
]


def test_values_have_the_types_that_all_rows_of_a_column_have(
    run: Run, file: Path, store: Path
) -> None:
    done = run("import", file, "--store", store)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"3 rows into {store}, table events (new)\n")
    assert rows(store) == EXPECTED
    assert columns(store) == {
        "occurred_at": "TEXT", "event": "TEXT", "user_id": "INTEGER", "amount": "REAL",
        "zip": "TEXT", "is_test": "INTEGER",
    }  # fmt: skip


def test_what_a_metric_asks_for_is_indexed(run: Run, file: Path, store: Path) -> None:
    for _ in range(2):
        run("import", file, "--store", store)
    assert indexes(store) == {(False, ("occurred_at",)), (False, ("event", "occurred_at"))}


@pytest.mark.parametrize("way", ["gzip", "standard input", "gzipped standard input"])
def test_files_come_packed_and_by_standard_input(
    run: Run, tmp_path: Path, store: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = gzip.compress(EVENTS.encode()) if "gzip" in way else EVENTS.encode()
    name: object = "-"
    if way == "gzip":
        # what a file is called does not matter
        name = tmp_path / "events.data"
        (tmp_path / "events.data").write_bytes(data)
    else:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert run("import", name, "--store", store).code == 0
    assert rows(store) == EXPECTED


def test_json_lines_keep_their_types_and_what_is_nested_stays_json(
    run: Run, tmp_path: Path, store: Path
) -> None:
    lines = [
        {"ts": 1767262000, "event": "open", "code": "007", "properties": {"a": {"b": [1, 2]}}},
        {"ts": 1767262060, "event": "buy", "amount": 2, "ok": True},
        {"ts": 1767262120, "event": "buy", "amount": 2.5, "code": None},
    ]
    text = "\n".join(map(json.dumps, lines)) + "\n\n"
    done = run("import", written(tmp_path, text, "e.ndjson"), "--store", store)
    assert done.code == 0
    assert "times: epoch seconds" in done.out
    assert rows(store) == [
        (1767262000, "open", "007", '{"a":{"b":[1,2]}}', None, None),
        (1767262060, "buy", None, None, 2.0, 1),
        (1767262120, "buy", None, None, 2.5, None),
    ]
    assert rows(store, what="properties ->> '$.a.b[1]'")[0] == (2,)
    listed = written(tmp_path, json.dumps(lines, indent=2), "e.json")
    assert run("import", listed, "--store", store, "--table", "listed").code == 0
    assert rows(store, "listed") == rows(store)


def test_parquet_is_read_as_duckdb_reads_it(run: Run, tmp_path: Path, store: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "e.parquet"
    duckdb.sql(
        "SELECT TIMESTAMP '2026-01-01 10:00:00.5' + INTERVAL (n) HOUR AS at, n AS user_id,"
        " n / 4 AS amount, CAST(n AS DECIMAL(9, 2)) AS price, n % 2 = 0 AS even,"
        " {'k': n} AS properties, DATE '2026-01-01' AS day FROM range(5) t(n)"
    ).write_parquet(str(path))
    assert run("import", path, "--store", store).code == 0
    assert rows(store)[1] == (
        "2026-01-01T11:00:00.500000Z", 1, 0.25, 1, 0, '{"k":1}', "2026-01-01",
    )  # fmt: skip


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters_quotes_and_marks_are_understood(
    run: Run, tmp_path: Path, store: Path, delimiter: str
) -> None:
    text = '\ufeffday,"a ""name"""\n2026-01-01,"two\nlines"\n\n2026-01-02,x\n'
    path = written(tmp_path, text.replace(",", delimiter))
    assert run("import", path, "--store", store).code == 0
    assert rows(store) == [("2026-01-01", "two\nlines"), ("2026-01-02", "x")]
    assert list(columns(store)) == ["day", 'a "name"']


def test_rows_whose_key_is_there_are_left_out(
    run: Run, file: Path, tmp_path: Path, store: Path
) -> None:
    key = ("--key", "occurred_at", "--key", "user_id")
    run("import", file, "--store", store, *key)
    more = written(tmp_path, EVENTS + "2026-01-03T11:00:00Z,buy,3,1,,true\n")
    done = run("import", more, "--store", store, *key)
    assert done.out.startswith(
        f"1 rows into {store}, table events; 3 left out, whose key was there\n"
    )
    assert rows(store)[:3] == EXPECTED
    assert len(rows(store)) == 4
    assert (True, ("occurred_at", "user_id")) in indexes(store)


def test_later_files_may_have_more_columns_and_fewer(
    run: Run, file: Path, tmp_path: Path, store: Path
) -> None:
    run("import", file, "--store", store)
    more = written(tmp_path, "EVENT,occurred_at,country\nopen,2026-01-05T00:00:00Z,PT\n")
    done = run("import", more, "--store", store)
    assert "country      text  (new)" in done.out
    assert rows(store)[3] == ("2026-01-05T00:00:00Z", "open", None, None, None, None, "PT")


def test_several_files_share_the_types_of_all(run: Run, tmp_path: Path, store: Path) -> None:
    first = written(tmp_path, "at,code\n2026-01-01,7\n", "1.csv")
    second = written(tmp_path, "at,code\n2026-01-02,x7\n", "2.csv")
    assert run("import", first, second, "--store", store).code == 0
    assert rows(store, what="code") == [("7",), ("x7",)]


TIMES: dict[str, tuple[Sequence[str], Sequence[str], Sequence[object]]] = {
    "offsets are brought to one": (
        ["2026-01-01T10:00:00+02:00", "2026-01-01T10:00:00-01:00"],
        (),
        ["2026-01-01T08:00:00Z", "2026-01-01T11:00:00Z"],
    ),
    "a mixture becomes one form": (
        ["2026-01-01 10:00:00", "1767262000"],
        (),
        ["2026-01-01T10:00:00Z", "2026-01-01T10:06:40Z"],
    ),
    "a layout that is named": (
        ["1.2.2026 10:00", "13.2.2026 11:30"],
        ("--time", "at", "--time-format", "%d.%m.%Y %H:%M"),
        ["2026-02-01T10:00:00Z", "2026-02-13T11:30:00Z"],
    ),
    "times of a zone": (
        ["2026-07-01 10:00", "2026-01-01 10:00"],
        ("--timezone", "Europe/Lisbon"),
        ["2026-07-01 09:00:00", "2026-01-01 10:00:00"],
    ),
    "epochs as they are": (["1767262000", "1767262060"], (), [1767262000, 1767262060]),
}


@pytest.mark.parametrize("name", TIMES)
def test_times_sort_in_the_store(run: Run, tmp_path: Path, store: Path, name: str) -> None:
    given, options, expected = TIMES[name]
    path = written(tmp_path, "\n".join(["at,n", *(f"{time},1" for time in given)]))
    done = run("import", path, "--store", store, *options)
    assert (done.code, done.err) == (0, "")
    assert rows(store, what="at") == [(time,) for time in expected]


@pytest.mark.parametrize(
    ("there", "comes", "expected"),
    [
        ("2026-01-01T10:00:00Z", "1767262000", "2026-01-01T10:06:40Z"),
        ("2026-01-01 10:00:00", "2026-01-02T10:00:00Z", "2026-01-02 10:00:00"),
        ("1767262000", "2026-01-02T10:00:00.5Z", 1767348000.5),
        ("1767262000123", "2026-01-02 10:00:00", 1767348000000),
    ],
)
def test_times_come_in_the_form_of_those_that_are_there(
    run: Run, tmp_path: Path, store: Path, there: str, comes: str, expected: object
) -> None:
    run("import", written(tmp_path, f"at,n\n{there},1\n"), "--store", store)
    assert run("import", written(tmp_path, f"at,n\n{comes},1\n"), "--store", store).code == 0
    assert rows(store, what="at")[1] == (expected,)


BASE = "at,n,amount\n2026-01-01,1,2.5\n"

MIXTURES = {
    "days where moments come": ("2026-01-01", "2026-01-05T15:00:00Z", (), "holds days, and the file moments"),
    "moments where days come": ("2026-01-05T15:00:00Z", "2026-01-01", (), "say by --timezone where days begin"),
    "a layout of moments where days are": (
        "2026-01-01", "5.1.2026 15:00", ("--time", "at", "--time-format", "%d.%m.%Y %H:%M"),
        "holds days, and the file moments",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MIXTURES)
def test_days_and_moments_do_not_meet_in_one_column(
    run: Run, tmp_path: Path, store: Path, name: str
) -> None:
    there, comes, options, message = MIXTURES[name]
    run("import", written(tmp_path, f"at,n\n{there},1\n"), "--store", store)
    done = run("import", written(tmp_path, f"at,n\n{comes},1\n"), "--store", store, *options)
    assert done.code == 2
    assert message in done.err
    assert rows(store, what="at") == [(there,)]


def test_days_become_moments_where_a_zone_says_when_they_begin(
    run: Run, tmp_path: Path, store: Path
) -> None:
    run("import", written(tmp_path, "at,n\n2026-07-01T15:00:00Z,1\n"), "--store", store)
    more = written(tmp_path, "at,n\n2026-07-02,1\n")
    run("import", more, "--store", store, "--timezone", "Europe/Lisbon")
    assert rows(store, what="at")[1] == ("2026-07-01T23:00:00Z",)


def test_days_in_a_layout_stay_days(run: Run, tmp_path: Path, store: Path) -> None:
    path = written(tmp_path, "at,n\n31.1.2026,1\n")
    run("import", path, "--store", store, "--time", "at", "--time-format", "%d.%m.%Y")
    assert rows(store, what="at") == [("2026-01-31",)]


def test_times_beside_those_with_offsets_are_of_their_zone(
    run: Run, tmp_path: Path, store: Path
) -> None:
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("CREATE TABLE events (at TEXT, n INT)")
        connection.execute("INSERT INTO events VALUES ('2024-01-01T10:00:00-05:00', 1)")
    more = written(tmp_path, "at,n\n2024-01-02 01:00:00,1\n")
    run("import", more, "--store", store, "--timezone", "America/New_York")
    assert rows(store, what="at")[1] == ("2024-01-02T06:00:00Z",)


def test_epochs_are_no_text_where_a_column_makes_text_of_them(
    run: Run, tmp_path: Path, store: Path
) -> None:
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("CREATE TABLE events (at TEXT, event TEXT)")
    run("import", written(tmp_path, "at,event\n1704103200,x\n"), "--store", store)
    assert rows(store, what="at") == [("2024-01-01T10:00:00Z",)]


@pytest.mark.parametrize(
    "value",
    ["0000-00-00 00:00:00", "2024-02-30 10:00:00", "2024-01-01 25:00:00", "0001-01-01T00:00:00Z",
     "17041896001234567890", "20240230", "2024", "350"],
)  # fmt: skip
def test_what_no_event_can_have_is_no_time(
    run: Run, tmp_path: Path, store: Path, value: str
) -> None:
    path = written(tmp_path, f"event,at\nx,{value}\n")
    done = run("import", path, "--store", store, "--time", "at")
    assert done.code == 2
    assert f"more.csv:2: `at` is `{value}`, which is no time" in done.err


@pytest.mark.parametrize("value", [1704189600123456, 1704189600123456789, 20240102])
def test_finer_epochs_and_whole_number_days_are_times_as_they_are(
    run: Run, tmp_path: Path, store: Path, value: int
) -> None:
    path = written(tmp_path, f"event,at\nx,{value}\n")
    assert run("import", path, "--store", store).code == 0
    assert rows(store, what="at, typeof(at)") == [(value, "integer")]
    assert (False, ("at",)) in indexes(store)


def test_days_as_numbers_join_a_column_of_dates(run: Run, tmp_path: Path, store: Path) -> None:
    run("import", written(tmp_path, "event,at\nx,2024-01-01\n"), "--store", store)
    run("import", written(tmp_path, "event,at\nx,20240102\n"), "--store", store)
    assert rows(store, what="at") == [("2024-01-01",), ("2024-01-02",)]


def test_a_moment_is_cut_to_the_milliseconds_of_its_column(
    run: Run, tmp_path: Path, store: Path
) -> None:
    run("import", written(tmp_path, "event,at\nx,1736157600000\n"), "--store", store)
    late = "event,at\nx,2025-01-06T23:59:59.999999+00:00\n"
    run("import", written(tmp_path, late), "--store", store)
    assert rows(store, what="at") == [(1736157600000,), (1736207999999,)]


def test_a_duration_is_not_taken_for_the_time(run: Run, tmp_path: Path, store: Path) -> None:
    path = written(tmp_path, "event,when,load_time\nx,2024-01-01T10:00:00Z,350\n")
    run("import", path, "--store", store)
    assert indexes(store) == {(False, ("when",)), (False, ("event", "when"))}


@pytest.mark.parametrize("count", [0, 1, 10_000])
def test_blank_lines_at_the_end_are_nothing(
    run: Run, tmp_path: Path, store: Path, count: int
) -> None:
    text = "at,n\n2026-01-01,0\n" + "2026-01-01,1\n" * (count - 1) + "\n\n"
    if not count:
        text = "at,n\n\n"
    done = run("import", written(tmp_path, text), "--store", store)
    assert done.code == (0 if count else 2)
    assert "Traceback" not in done.err
    if count:
        assert len(rows(store)) == count


def test_truth_among_numbers_is_1_and_0(run: Run, tmp_path: Path, store: Path) -> None:
    run("import", written(tmp_path, "at,ok\n2026-01-01,1\n"), "--store", store)
    run("import", written(tmp_path, "at,ok\n2026-01-01,true\n2026-01-01,0\n"), "--store", store)
    text = '{"at": "2026-01-01", "ok": true}\n{"at": "2026-01-01", "ok": 0}\n'
    run("import", written(tmp_path, text), "--store", store)
    assert [value for (value,) in rows(store, what="ok")] == [1, 1, 0, 1, 0]


def test_no_digit_of_a_name_made_of_digits_is_lost(run: Run, tmp_path: Path, store: Path) -> None:
    text = "at,id,version\n2026-01-01,123456789012345678,8.1\n2026-01-01,0.5,8.10\n"
    done = run("import", written(tmp_path, text), "--store", store, "--text", "version")
    assert done.code == 0
    assert rows(store, what="id, version") == [("123456789012345678", "8.1"), ("0.5", "8.10")]


@pytest.mark.parametrize("value", ["007", "12345678901234567890", "+1"])
def test_a_column_that_would_make_another_number_refuses_it(
    run: Run, tmp_path: Path, store: Path, value: str
) -> None:
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("CREATE TABLE events (id STRING, at DATETIME)")
    done = run("import", written(tmp_path, f"id,at\n{value},2026-01-01\n"), "--store", store)
    assert done.code == 2
    assert "would make another number" in done.err
    assert run("import", written(tmp_path, "id,at\nx7,2026-01-01\n"), "--store", store).code == 0
    assert rows(store) == [("x7", "2026-01-01")]


def test_whole_numbers_of_64_bits_are_whole(run: Run, tmp_path: Path, store: Path) -> None:
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, at TEXT)")
    path = written(tmp_path, "id,at\n1234567890123456790,2026-01-01\n")
    assert run("import", path, "--store", store).code == 0
    assert rows(store) == [(1234567890123456790, "2026-01-01")]


@pytest.mark.parametrize("value", ["nan", "Infinity", "1_000", "1.5", "x"])
def test_what_stays_as_it_is_is_not_refused(
    run: Run, tmp_path: Path, store: Path, value: str
) -> None:
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("CREATE TABLE events (id STRING, at DATETIME)")
    path = written(tmp_path, f"id,at\n{value},2026-01-01\nabc,2026-01-01\n")
    assert run("import", path, "--store", store).code == 0
    assert [str(found) for (found,) in rows(store, what="id")] == [value, "abc"]


@pytest.mark.parametrize("name", ["all is well", "a fault"])
def test_the_counter_is_off_its_line_when_something_is_said(
    run: Run, tmp_path: Path, store: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    text = BASE if name == "all is well" else "at,n\n2026-01-01,1\n2026-01-02\n"
    done = run("import", written(tmp_path, text), "--store", store)
    if name == "all is well":
        assert "100%" in done.err
        assert done.err.endswith("\n")
    else:
        assert "\r\x1b[Kerror: " in done.err


TABLES = {
    "without row numbers": ("CREATE TABLE events (id TEXT PRIMARY KEY, at TEXT) WITHOUT ROWID", ""),
    "a key of some rows": (
        "CREATE TABLE events (id TEXT, at TEXT); CREATE UNIQUE INDEX i ON events (id) WHERE id > 'm'",
        "",
    ),
    "a trigger": (
        "CREATE TABLE log (id); CREATE TABLE events (id TEXT, at TEXT); CREATE TRIGGER t AFTER INSERT"
        " ON events BEGIN INSERT INTO log VALUES (1); INSERT INTO log VALUES (2); END",
        "",
    ),
    "what it computes": (
        "CREATE TABLE events (id TEXT, at TEXT AS (id || 'x'))",
        "`events` computes `at` itself",
    ),
    "what must be there": (
        "CREATE TABLE events (id TEXT CHECK (id <> 'b'), at TEXT)",
        "more.csv:3: `events` refuses the row",
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables_of_any_kind(run: Run, tmp_path: Path, store: Path, name: str) -> None:
    made, message = TABLES[name]
    with closing(sqlite3.connect(store)) as connection:
        connection.executescript(made)
    path = written(tmp_path, "id,at\na,2026-01-01\nb,2026-01-02\n")
    done = run("import", path, "--store", store, "--key", "id")
    if message:
        assert (done.code, message in done.err) == (2, True), done
        return
    assert done.out.startswith(f"2 rows into {store}, table events\n"), done
    with closing(sqlite3.connect(store)) as connection:
        assert connection.execute("SELECT COUNT(*) FROM events").fetchone() == (2,)


def test_names_of_tables_may_be_in_any_script(run: Run, file: Path, store: Path) -> None:
    for _ in range(2):
        assert run("import", file, "--store", store, "--table", "ÉVÉNEMENTS").code == 0
    assert len(rows(store, "ÉVÉNEMENTS")) == 6


def test_parquet_files_are_taken_by_their_own_name_and_zone(
    run: Run, tmp_path: Path, store: Path
) -> None:
    duckdb = pytest.importorskip("duckdb")
    for number, name in enumerate(("e1.parquet", "e[1].parquet")):
        duckdb.sql(
            f"SELECT TIMESTAMPTZ '2024-01-01 10:00:00+02' AS at, {number} AS n, 'NaN'::DOUBLE AS x"
        ).write_parquet(str(tmp_path / name))
    assert run("import", tmp_path / "e[1].parquet", "--store", store).code == 0
    assert rows(store) == [("2024-01-01T08:00:00Z", 1, None)]


ODD_JSON = {
    "half a character": ('{"at": "2026-01-01", "s": "\\ud83d"}', 0, ""),
    "a line of its own": ('{"at": "2026-01-01", "s": "a\u2028b"}', 0, ""),
    "a number of 5,000 digits": ('{"at": ' + "9" * 5000 + "}", 2, "it is no JSON that can be read"),
    "very deep": ("[" * 100_000, 2, "it is no JSON that can be read"),
    "an element": ('[{"at": 1}, 2]', 2, "element 2 of the list is no object"),
    "many names": (
        "\n".join(json.dumps({"at": "2026-01-01", f"user_{n}": 1}) for n in range(3000)),
        2,
        "more than 2,000 names",
    ),
}


@pytest.mark.parametrize("name", ODD_JSON)
def test_odd_json_is_taken_or_told(run: Run, tmp_path: Path, store: Path, name: str) -> None:
    text, code, message = ODD_JSON[name]
    done = run("import", written(tmp_path, text, "odd.ndjson"), "--store", store)
    assert done.code == code, done
    assert message in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    "options",
    [("--encoding", "hex"), ("--encoding", "utf-16"), ("--time", "at", "--time-format", "%d.%d")],
)
def test_options_that_fit_no_file_are_told(
    run: Run, tmp_path: Path, store: Path, options: Sequence[str]
) -> None:
    done = run("import", written(tmp_path, "at,n\n1.1,1\n"), "--store", store, *options)
    assert done.code == 2
    assert done.err.startswith("error: ")
    assert not store.exists()


FAULTS: dict[str, tuple[str, Sequence[str], str]] = {
    "a short row": ("at,n\n2026-01-01,1\n2026-01-02\n", (), "more.csv:3: it has 1 value, and 2"),
    "no time": ("at,n\n2026-01-01,1\nyesterday,1\n", (), "more.csv:3: `at` is `yesterday`, which"),
    "not its layout": (
        "at,n\n1/2/26,1\n1/13/26,1\n",
        ("--time", "at", "--time-format", "%d/%m/%y"),
        "more.csv:3: `at` is `1/13/26`, which is no time as `%d/%m/%y` says",
    ),
    "no key": ("at,n\n2026-01-01,1\n2026-01-02,\n", ("--key", "n"), "more.csv:3: it has no `n`"),
    "no such key": ("at,n\n2026-01-01,1\n", ("--key", "id"), "no column is named `id`"),
    "no such time": ("at,n\n2026-01-01,1\n", ("--time", "ts"), "no column is named `ts`"),
    "a name twice": ("at,n,N\n2026-01-01,1,2\n", (), "names column `n` twice"),
    "no name": ("at,\n2026-01-01,1\n", (), "more.csv:1: column 2 has no name"),
    "no names": ("2026-01-01,1\n2026-01-02,1\n", (), "more.csv:1: `2026-01-01` is a value"),
    "no rows": ("", (), "there is no row in"),
    "no object": ('{"at": 1}\n[1]\n', (), "more.csv:2: it is no object"),
    "no JSON": ('{"at": 1}\n{"at": \n', (), "more.csv:2: it is no JSON"),
    "no encoding": ("at\n2026-01-01\n", ("--encoding", "klingon"), "no encoding is named"),
    "other columns": ("x\n1\n", (), "`events` has none of the columns of"),
    "text among numbers": (
        "at,amount\n2026-01-01,1\n2026-01-01,N/A\n2026-01-01,none\n",
        (),
        "more.csv:4: `amount` is `none`, and `events` holds numbers there",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_leaves_the_store_as_it_was(
    run: Run, tmp_path: Path, store: Path, name: str
) -> None:
    text, options, message = FAULTS[name]
    good, bad = written(tmp_path, BASE, "good.csv"), written(tmp_path, text)
    run("import", good, "--store", store)
    before = store.read_bytes()
    # what comes before the fault is not written either
    files = [bad] if name in ("other columns", "no rows", "not its layout") else [good, bad]
    done = run("import", *files, "--store", store, *options)
    assert done.code == 2, done
    assert message in done.err
    assert done.out == ""
    assert store.read_bytes() == before


def test_a_file_that_is_still_written_is_not_taken_in(
    run: Run, file: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Survey.look

    def looked(*given: Any) -> None:
        look(*given)
        with file.open("a") as more:
            more.write("2026-01-03T11:00:00Z,buy,two,1,,true\n")

    monkeypatch.setattr(Survey, "look", looked)
    done = run("import", file, "--store", store)
    assert done.code == 2
    assert "was changed while it was read" in done.err
    assert not store.exists()


def test_what_is_stopped_leaves_nothing(
    run: Run, file: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Table, "be_indexed", stopped)
    assert run("import", file, "--store", store).code == 130
    assert not store.exists()


def test_a_store_that_somebody_writes_is_told(run: Run, file: Path, store: Path) -> None:
    run("import", file, "--store", store)
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with patch.object(table, "PATIENCE", 0.0):
            done = run("import", file, "--store", store)
    assert done.code == 3
    assert "locked" in done.err


def test_pipes_are_read_once(run: Run, tmp_path: Path, store: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=lambda: pipe.write_text(EVENTS))
    writer.start()
    assert run("import", pipe, "--store", store).code == 0
    writer.join()
    assert rows(store) == EXPECTED


def test_text_that_is_named_stands_for_nothing(run: Run, tmp_path: Path, store: Path) -> None:
    path = written(tmp_path, "at,n\n2026-01-01,1\nNULL,N/A\n")
    done = run("import", path, "--store", store, "--null", "N/A", "--null", "NULL")
    assert done.code == 0
    assert rows(store) == [("2026-01-01", 1), (None, None)]


def test_a_store_that_was_not_there_is_not_there_after_a_fault(
    run: Run, tmp_path: Path, store: Path
) -> None:
    path = written(tmp_path, "at,n\n1/13/26,1\n")
    options = ("--time", "at", "--time-format", "%d/%m/%y")
    assert run("import", path, "--store", store, *options).code == 2
    assert not store.exists()


DATABASE = b"SQLite format 3\x00" + bytes(20)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04....", "cannot be read"),
        (DATABASE, "is a SQLite database"),
        (gzip.compress(DATABASE, mtime=0), "is a SQLite database"),
        (b"\x1f\x8bnothing", "cannot be read"),
        (gzip.compress(EVENTS.encode(), mtime=0)[:-20], "cannot be read"),
        (b"PAR1 but no more", "cannot be read"),
        ("at\n\xe9\n".encode("latin-1"), "is not utf-8 text"),
    ],
    ids=["zip", "database", "packed database", "no gzip", "cut gzip", "no parquet", "latin-1"],
)
def test_files_that_are_none_are_refused(
    run: Run, tmp_path: Path, store: Path, data: bytes, message: str
) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(data)
    done = run("import", path, "--store", store)
    assert done.code == 2
    assert "file.csv" in done.err
    assert message in done.err
    assert not store.exists()


def test_other_encodings_are_named(run: Run, tmp_path: Path, store: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("at,città\n2026-01-01,perché\n".encode("latin-1"))
    done = run("import", path, "--store", store)
    assert "--encoding" in done.err
    assert run("import", path, "--store", store, "--encoding", "latin-1").code == 0
    assert rows(store) == [("2026-01-01", "perché")]


def test_a_file_that_is_no_store_is_left_alone(run: Run, file: Path, store: Path) -> None:
    store.write_text("not a database, but somebody's text")
    done = run("import", file, "--store", store)
    assert done.code == 3
    assert store.read_text() == "not a database, but somebody's text"
    other = store.with_suffix(".duckdb")
    assert run("import", file, "--store", other).code == 3
    assert not other.exists()


def test_rows_that_share_a_key_already_are_told(run: Run, file: Path, store: Path) -> None:
    for _ in range(2):
        run("import", file, "--store", store)
    done = run("import", file, "--store", store, "--key", "occurred_at")
    assert done.code == 2
    assert "share their key already" in done.err
    assert len(rows(store)) == 6


def test_without_times_it_says_so(run: Run, tmp_path: Path, store: Path) -> None:
    done = run("import", written(tmp_path, "id,name\n1,x\n"), "--store", store)
    assert done.code == 0
    assert "no column holds times" in done.err


def test_what_was_imported_is_what_a_tree_measures(
    run: Run, file: Path, tmp_path: Path, store: Path
) -> None:
    run("import", file, "--store", store)
    tree = tmp_path / "tree.yaml"
    tree.write_text(
        "version: 1\nstore: store.db\nsettings: {grain: day}\n"
        "sources:\n  events: {table: events, agg_time_dimension: occurred_at,"
        " event_column: event, entities: {user: user_id}}\n"
        "metrics:\n  revenue: {agg: sum, event: buy, expr: amount}\ntree: {focus: revenue}\n"
    )
    done = run("show", tree, "--grain", "total", "--format", "json", "--running")
    assert json.loads(done.out)["metrics"][0]["value"] == 10.5
