"""A fragment means the same on every engine: both evaluate it over a table of odd values."""

import json
import math
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, get_args

import duckdb
import pytest

from metric_tui.definitions.fragments import FUNCTIONS, Call, Column, Json, Literal, Node, walk
from metric_tui.engines.dialects.base import Dialect
from metric_tui.engines.dialects.duckdb import DuckdbDialect, JsonText
from metric_tui.engines.dialects.sqlite import SqliteDialect
from metric_tui.loading.fragments import parse_fragment

COLUMNS = 'id INTEGER, n INTEGER, d INTEGER, r DOUBLE, t TEXT, "at" TEXT, j TEXT'
ROWS: tuple[tuple[Any, ...], ...] = (
    (1, 7, 2, 2.5, "Ana", "2026-06-30T23:59:59Z", '{"a": 1, "b": {"c": "x"}, "f": true}'),
    (2, -7, 2, -2.5, "ANA ", "2026-01-01 00:00:00", '{"a": 2.5, "b": {"c": "ÿ"}, "f": false}'),
    (3, 7, 0, 0.0, "", "2024-02-29", '{"a": null, "b": {}, "f": null}'),
    (4, 0, -3, 1e12, "100%_x", "2025-12-29T01:02:03.500Z", '{"a": 12, "s": "12", "l": [5, 6]}'),
    (5, None, 1, None, None, None, None),
    (6, 1, None, 0.5, "Zoë o'Hara", "2026-03-29T01:30:00Z", '{"a": -3, "b": {"c": ""}}'),
    (7, 2147483648, 7, -0.4, " x ", "2026-10-25T00:30:00Z", "{}"),
)

FRAGMENTS = (
    *("1", "2.5", "'o''x'", "NULL", "TRUE", "FALSE", "n", "t"),
    *("-n", "+n", "NOT n = 7", "NOT (t IS NULL)"),
    *("n + d", "n - d", "n * r", "n / d", "n / 2", "r / d", "n / 2.0", "r / 0", "n % d"),
    *("t || 'x'", "t || t", "n || ''", "'<' || t || '>'"),
    *("n = 7", "n != 7", "n <> 7", "n < d", "n <= d", "n > r", "n >= r", "t = 'Ana'"),
    *("n = 7 AND r > 0", "n = 7 OR r > 0", "NOT (n = 7 AND d = 2) OR t IS NULL"),
    *("n IN (7, 0)", "n NOT IN (7, 0)", "t IN ('Ana', '')", "t NOT IN ('Ana')", "n IN (7, NULL)"),
    *("n BETWEEN 0 AND 7", "n NOT BETWEEN 0 AND 7", "at BETWEEN '2026-01-01' AND '2026-07-01'"),
    *(
        "t LIKE 'a%'",
        "t LIKE '%n_'",
        "t NOT LIKE 'a%'",
        "t LIKE 'ANA'",
        "t LIKE 'zoë%'",
        "t LIKE 'ZOË%'",
    ),
    *("t IS NULL", "t IS NOT NULL", "n IS d", "n IS NOT d", "n IS 7", "t IS NOT ''"),
    *("CASE WHEN n > 0 THEN 'up' WHEN n < 0 THEN 'down' END", "CASE n WHEN 7 THEN 1 ELSE 0 END"),
    *("CAST(r AS INTEGER)", "CAST(n AS REAL)", "CAST(n AS TEXT)", "CAST(d AS TEXT) || 'x'"),
    *("COALESCE(n, 0)", "COALESCE(t, 'none')", "NULLIF(n, 7)", "NULLIF(t, '')", "ABS(n)"),
    *("ABS(r)", "ROUND(r)", "ROUND(r, 1)", "LENGTH(t)", "LOWER(t)", "UPPER(t)", "TRIM(t)"),
    *("SUBSTR(t, 2)", "SUBSTR(t, 1, 2)", "SUBSTR(t, -2)", "INSTR(t, 'a')", "REPLACE(t, 'a', 'b')"),
    *("SUBSTR(n, 1, 1)", "LENGTH(n)", "UPPER(n)", "n LIKE '7%'", "TRIM(n)", "INSTR(n, '7')"),
    *("MIN(n, d)", "MAX(n, d)", "MIN(n, d, 3)", "MAX(r, 1)"),
    *("j ->> '$.a'", "j ->> '$.b.c'", "json_extract(j, '$.f')", "j -> '$.b'", "j ->> '$.l[1]'"),
    *("(j ->> '$.a') + 1", "(j ->> '$.a') > 1", "(j ->> '$.f') = 1", "(j ->> '$.b.c') = 'x'"),
    *("COALESCE(j ->> '$.b.c', 'none')", "(j ->> '$.a') IS NULL", "(j ->> '$.a') IN (1, -3)"),
    *("(j ->> '$.a') BETWEEN 1 AND 3", "CAST(j ->> '$.a' AS REAL)", "ABS(j ->> '$.a')"),
    *("(j ->> '$.a') > n", "n <= (j ->> '$.a')", "(j ->> '$.b.c') = t", "-(j ->> '$.a')"),
    *("COALESCE(j ->> '$.a', 0)", "NULLIF(j ->> '$.a', 1)", "MIN(j ->> '$.a', 5)"),
    *("CASE WHEN n > 0 THEN j ->> '$.a' ELSE 0 END", "CASE j ->> '$.a' WHEN 1 THEN 'one' END"),
    *("j -> '$.a'", "j -> '$.f'", "j -> '$.l'", "ROUND(j ->> '$.a')", "SUBSTR(j ->> '$.s', 2)"),
    *("LENGTH(j ->> '$.b.c')", "CASE WHEN (j ->> '$.f') = 1 THEN 'yes' ELSE 'no' END"),
    *("strftime('%Y', at)", "strftime('%m', at)", "strftime('%d', at)", "strftime('%H', at)"),
    *("unixepoch(at)", "julianday(at)", "strftime('%s', at)", "EXTRACT(EPOCH FROM at)"),
    *("unixepoch(n)", "unixepoch(t)", "julianday(r)", "(unixepoch(at) - n) / 60"),
    *("unixepoch(j ->> '$.a')", "unixepoch(COALESCE(t, at))"),
    *("strftime('%M', at)", "strftime('%w', at)", "date(at)", "EXTRACT(year FROM at)"),
)


def rendered(fragment: str, dialect: Dialect) -> str:
    """The fragment's value, of a JSON value the one that keeps its type."""
    node = parse_fragment(fragment).node
    text = dialect.render(node, lambda column: dialect.quote(column.name))
    return dialect.group_key(text)


def comparable(value: Any) -> Any:
    """Truth is 1 or 0, numbers are floats, the rest as it is."""
    if isinstance(value, (bool, int, float)):
        return None if math.isnan(value) else float(value)
    return value


def json_value(text: str | None) -> Any:
    return None if text is None else json.loads(text)


@pytest.fixture(scope="module")
def lite() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"CREATE TABLE odd ({COLUMNS})")
        connection.executemany("INSERT INTO odd VALUES (?, ?, ?, ?, ?, ?, ?)", ROWS)
        yield connection


@pytest.fixture(scope="module")
def duck() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"CREATE TABLE odd ({COLUMNS.replace('INTEGER', 'BIGINT')})")
        connection.executemany("INSERT INTO odd VALUES (?, ?, ?, ?, ?, ?, ?)", ROWS)
        yield connection


def values(rows: Sequence[tuple[Any, ...]]) -> list[Any]:
    return [comparable(row[0]) for row in rows]


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_both_engines_agree(
    fragment: str, lite: sqlite3.Connection, duck: duckdb.DuckDBPyConnection
) -> None:
    reference = f"SELECT {rendered(fragment, SqliteDialect())} FROM odd ORDER BY id"
    statement = f"SELECT {rendered(fragment, DuckdbDialect())} FROM odd ORDER BY id"
    expected = values(lite.execute(reference).fetchall())
    relation = duck.sql(statement)
    read = json_value if str(relation.types[0]) == "JSON" else comparable
    assert [comparable(read(row[0])) for row in relation.fetchall()] == expected


def test_every_kind_of_node_and_every_function_is_tried() -> None:
    nodes = [node for text in FRAGMENTS for node in walk(parse_fragment(text).node)]
    assert {type(node) for node in nodes} == set(get_args(Node))
    assert {node.name for node in nodes if isinstance(node, Call)} == set(FUNCTIONS)


@pytest.mark.parametrize("dialect", [SqliteDialect(), DuckdbDialect()], ids=lambda d: d.name)
def test_names_and_texts_are_quoted_never_pasted(dialect: Dialect) -> None:
    hostile = '"; DROP TABLE odd; --'
    node = Column(hostile)
    assert dialect.render(node, lambda column: dialect.quote(column.name)) == (
        '"""; DROP TABLE odd; --"'
    )
    assert dialect.render(Literal("o'x'); --"), lambda column: "") == "'o''x''); --'"


def test_a_json_key_with_quotes_stays_one_key(lite: sqlite3.Connection) -> None:
    text = SqliteDialect().render(Json(Literal('{"a.b": 5}'), ("a.b",)), lambda column: "")
    assert lite.execute(f"SELECT {text}").fetchone() == (5,)
    assert isinstance(DuckdbDialect().render(Json(Literal("{}"), ("a",)), lambda c: ""), JsonText)
