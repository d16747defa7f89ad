"""Puts drawn rows into stores of every engine and asks them."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from metric_tui.analysis.answers import answer
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.open import open_engine
from metric_tui.engines.sql.run import SqlMeasures
from metric_tui.engines.store import Store as OpenStore
from metric_tui.loading.load import load
from metric_tui.planning.answer import Answer
from metric_tui.planning.question import Question
from tests.oracle.drawing import COLUMNS, Drawn, Store, tree_of, written

TYPES = {
    "amount": ("REAL", "DOUBLE"),
    "flag": ("INTEGER", "BIGINT"),
    "level": ("INTEGER", "BIGINT"),
}

TIMES = {
    "seconds": ("INTEGER", "BIGINT"),
    "milliseconds": ("INTEGER", "BIGINT"),
    "native": ("TEXT", "TIMESTAMP"),
    "native_dates": ("TEXT", "DATE"),
}


def write_sqlite(store: Store, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in _statements(store, 0):
            connection.execute(statement)


def write_duckdb(store: Store, path: Path) -> None:
    with duckdb.connect(str(path)) as connection:
        for statement in _statements(store, 1):
            connection.execute(statement)


def _statements(store: Store, engine: int) -> Iterator[str]:
    time = TIMES.get(store.form, ("TEXT", "VARCHAR"))
    for name, rows in store.rows.items():
        types = {"at": time, **TYPES}
        columns = ", ".join(f'"{c}" {types.get(c, ("TEXT", "VARCHAR"))[engine]}' for c in COLUMNS)
        yield f"CREATE TABLE {name} ({columns})"
        if rows:
            listed = ", ".join(f"({_values(row, store.form)})" for row in rows)
            yield f"INSERT INTO {name} VALUES {listed}"
    yield 'CREATE TABLE people ("user" TEXT, country TEXT, joined TEXT)'
    for person, country in store.countries.items():
        home = "NULL" if country is None else repr(country)
        yield f"INSERT INTO people VALUES ({person!r}, {home}, '2020-01-01')"


def _values(row: Mapping[str, Any], form: str) -> str:
    cells = [written(row["at"], form), *(row[name] for name in COLUMNS[1:])]
    return ", ".join("NULL" if cell is None else repr(cell) for cell in cells)


def loaded(
    store: Store, metrics: Mapping[str, Any], watermark: datetime | None = None
) -> MetricTree:
    """The tree through its file's text; JSON is YAML."""
    tree = tree_of(store, metrics)
    if watermark is not None:
        tree["settings"]["watermark"] = watermark.isoformat()
    found = load(json.dumps(tree), name="drawn.yaml")
    assert not found.errors, [problem.message for problem in found.errors]
    return found.require_tree()


WRITERS = {"sqlite": (write_sqlite, "events.db"), "duckdb": (write_duckdb, "events.duckdb")}


@contextmanager
def opened(
    store: Store,
    metrics: Mapping[str, Any],
    folder: Path,
    engine: str,
    *,
    watermark: datetime | None = None,
) -> Iterator[OpenStore]:
    write, name = WRITERS[engine]
    path = folder / name
    path.unlink(missing_ok=True)
    write(store, path)
    found = OpenStore(
        open_engine(str(path), beside=folder / "tree.yaml"), loaded(store, metrics, watermark)
    )
    try:
        yield found
    finally:
        found.engine.close()


def ask(store: OpenStore, question: Question) -> Answer:
    return answer(question, store, SqlMeasures(store), revision=1)


def answers(drawn: Drawn, folder: Path, engine: str) -> Answer:
    with opened(drawn.store, drawn.metrics, folder, engine) as store:
        return ask(store, drawn.question)
