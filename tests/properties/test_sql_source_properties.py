"""A source that joins a table to itself gives what a table with the rows of the join gives.

The rows are joined in plain Python, and asked as a table without any copy; the source is asked by
plain SQL, beside rollups, and of DuckDB, before and after somebody has written to the store.
"""

import sqlite3
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metric_tui.engines.rollup import close_all
from metric_tui.planning.answer import Answer
from metric_tui.planning.conditions import parse_conditions
from metric_tui.planning.question import Question
from metric_tui.workspace import Workspace

Row = tuple[int | None, str, str | None, float | None]

FIRST = datetime(2026, 3, 25, tzinfo=UTC)
COLUMNS = {"user_id": ("INTEGER", "BIGINT"), "ts": ("TEXT", "VARCHAR"), "kind": ("TEXT", "VARCHAR"),
           "amount": ("REAL", "DOUBLE")}  # fmt: skip
SELECT = """
SELECT e.user_id, e.ts, e.kind, e.amount, CASE WHEN m.n > 1 THEN 'many' ELSE 'one' END AS role
FROM events e
JOIN (SELECT user_id, substr(ts, 1, 7) AS month, COUNT(*) AS n
      FROM events WHERE kind IN ('ask', 'answer') GROUP BY 1, 2) m
  ON m.user_id = e.user_id AND m.month = substr(e.ts, 1, 7)
"""
METRICS: dict[str, Any] = {
    "rows": {"agg": "count"},
    "users": {"agg": "count_distinct"},
    "amount": {"agg": "sum", "expr": "amount"},
    "middle": {"agg": "median", "expr": "amount"},
    "of_many": {"agg": "count_distinct", "filter": "role = 'many'"},
    "asked": {"agg": "count", "filter": "kind = 'ask'"},
    "rate": {"type": "ratio", "numerator": "amount", "denominator": "rows"},
    "weekly": {"type": "cumulative", "input_metric": "users", "window": "7 days"},
    "new": {"type": "lifecycle", "input_metric": "users", "state": "new"},
}

ROWS = st.tuples(
    st.none() | st.integers(1, 5),
    st.integers(0, 60 * 24 * 20).map(
        lambda minutes: (FIRST + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    ),
    st.sampled_from(["ask", "answer", "vote", None]),
    st.none() | st.integers(-4, 40).map(lambda number: number / 4),
)


def joined(rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """The rows of the SELECT."""
    counted: Counter[tuple[int | None, str]] = Counter(
        (user, ts[:7]) for user, ts, kind, _ in rows if kind in ("ask", "answer") and user
    )
    return [
        (*row, "many" if counted[row[0], row[1][:7]] > 1 else "one")
        for row in rows
        if counted[row[0], row[1][:7]]
    ]


def write_sqlite(path: Path, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"CREATE TABLE IF NOT EXISTS events ({', '.join(columns)})")
        marks = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO events VALUES ({marks})", rows)


def write_duckdb(path: Path, rows: Sequence[Row]) -> None:
    columns = ", ".join(f"{name} {types[1]}" for name, types in COLUMNS.items())
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE TABLE events ({columns})")
        connection.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", rows)


def tree(folder: Path, name: str, store: str, rows: dict[str, str]) -> Path:
    source = {"agg_time_dimension": "ts", "entities": {"user": "user_id"}, **rows,
              "dimensions": {"role": "role", "kind": "kind"}}  # fmt: skip
    document = {
        "version": 1,
        "name": "Roles",
        "store": store,
        "settings": {"timezone": "Europe/Lisbon", "grain": "week"},
        "sources": {"roles": source},
        "metrics": METRICS,
        "tree": {"focus": "rows"},
    }
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


def told(answer: Answer) -> dict[str, Any]:
    """Every value of an answer, rounded beyond what adding in another order changes."""
    assert not [each.error for each in answer.metrics.values() if each.error]
    return {
        name: (
            [value and round(value, 9) for value in each.total.values],
            {
                segment.group: [value and round(value, 9) for value in segment.values.values]
                for segment in each.segments
            },
        )
        for name, each in answer.metrics.items()
    }


QUESTIONS = st.builds(
    lambda grain, last, by, where: Question(
        grain=grain,
        last=None if grain == "total" else last,
        compare="none",
        running=grain != "total",
        by=by,
        where=parse_conditions(where),
        metrics=tuple(METRICS),
    ),
    st.sampled_from(["day", "week", "month", "total"]),
    st.integers(1, 5),
    st.sampled_from([(), ("role",), ("kind",), ("role", "kind")]),
    st.sampled_from([(), ("role=many",), ("kind!=vote",), ("kind=",)]),
)


@given(first=st.lists(ROWS, min_size=1, max_size=30), more=st.lists(ROWS, max_size=8),
       asked=st.lists(QUESTIONS, min_size=1, max_size=3))  # fmt: skip
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_self_join_is_asked_like_a_table_of_its_rows(
    first: list[Row], more: list[Row], asked: list[Question]
) -> None:
    # something must be joined, or there is no range to ask about
    first = [(1, "2026-03-28T10:00:00Z", "ask", 1.0), *first]
    with tempfile.TemporaryDirectory() as name, patch.dict("os.environ", XDG_CACHE_HOME=name):
        folder = Path(name)
        write_sqlite(folder / "live.db", _typed(), first)
        source = tree(folder, "source", "live.db", {"sql": SELECT})
        kept, plain = Workspace.open(source), Workspace.open(source, rollup=False)
        try:
            for turn, rows in enumerate((first, [*first, *more])):
                if turn and more:
                    write_sqlite(folder / "live.db", _typed(), more)
                kept.reload()
                plain.reload()
                kept.refresh()
                expected = _answers(folder, turn, rows, asked)
                assert [told(kept.answer(question)) for question in asked] == expected
                assert [told(plain.answer(question)) for question in asked] == expected
                assert _of_duckdb(folder, turn, rows, asked) == expected
        finally:
            kept.close()
            plain.close()
            close_all()


def _typed() -> list[str]:
    return [f"{name} {types[0]}" for name, types in COLUMNS.items()]


def _answers(
    folder: Path, turn: int, rows: Sequence[Row], asked: Sequence[Question]
) -> list[dict[str, Any]]:
    """What a table that holds the joined rows gives."""
    write_sqlite(folder / f"joined{turn}.db", [*_typed(), "role"], joined(rows))
    table = tree(folder, f"table{turn}", f"joined{turn}.db", {"table": "events"})
    return _asked(table, asked)


def _of_duckdb(
    folder: Path, turn: int, rows: Sequence[Row], asked: Sequence[Question]
) -> list[dict[str, Any]]:
    write_duckdb(folder / f"live{turn}.duckdb", rows)
    return _asked(tree(folder, f"duck{turn}", f"live{turn}.duckdb", {"sql": SELECT}), asked)


def _asked(path: Path, asked: Sequence[Question]) -> list[dict[str, Any]]:
    workspace = Workspace.open(path, rollup=False)
    try:
        return [told(workspace.answer(question)) for question in asked]
    finally:
        workspace.close()
