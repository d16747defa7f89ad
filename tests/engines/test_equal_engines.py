"""SQLite and DuckDB give equal answers for the bundled trees, metric by metric."""

import csv
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from metric_tui.ingest.bundled import bundled_tree
from metric_tui.planning.answer import Answer, MetricAnswer, Values
from metric_tui.planning.conditions import parse_conditions
from metric_tui.planning.question import Question
from metric_tui.workspace import Workspace

TYPES = {"INTEGER": "BIGINT", "FLOAT": "DOUBLE", "REAL": "DOUBLE", "TEXT": "VARCHAR"}
NULL = "\\N"


def copied(store: Path, path: Path) -> Path:
    """The events of a SQLite store as a DuckDB file."""
    with closing(sqlite3.connect(store)) as connection:
        columns = connection.execute("PRAGMA table_info(events)").fetchall()
        types = {name: TYPES[kind.upper()] for _, name, kind, *_ in columns}
        rows = connection.execute("SELECT * FROM events").fetchall()
    text = path.with_suffix(".csv")
    with text.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(
            [NULL if cell is None else cell for cell in row] for row in rows
        )
    with duckdb.connect(str(path)) as duck:
        duck.execute(
            f"CREATE TABLE events AS SELECT * FROM read_csv('{text}', header=false,"
            f" nullstr='{NULL}', columns={types})"
        )
    return path


@pytest.fixture(scope="module")
def duckdb_stores(
    sample_stores: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, Path]:
    folder = tmp_path_factory.mktemp("duckdb")
    return {name: copied(store, folder / f"{name}.duckdb") for name, store in sample_stores.items()}


def question(**given: Any) -> Question:
    where = parse_conditions(given.pop("where", ()))
    return Question(where=where, **given)


QUESTIONS = {
    "weeks": question(grain="week", last=8),
    "weeks, running": question(grain="week", last=2, running=True, compare="year_ago"),
    "days over a clock change": question(
        grain="day", start=date(2026, 3, 25), end=date(2026, 4, 2), compare="none"
    ),
    "months": question(grain="month", last=4),
    "hours": question(grain="hour", start=date(2026, 3, 29), end=date(2026, 3, 29), compare="none"),
    "as of": question(grain="week", last=2, running=True, as_of=date(2026, 2, 18)),
    "total": question(grain="total", start=date(2026, 4, 1), end=date(2026, 5, 31)),
    "by platform": question(grain="week", last=3, by=("platform",)),
    "by two": question(grain="month", last=1, by=("country", "platform")),
    "where": question(grain="week", last=4, where=("platform=ios", "country!=FR")),
    "where null": question(grain="week", last=4, where=("country=",)),
}
OWN_DIMENSIONS = {
    "nights_booked": ("guest_type", "instant", "cancelled_by", "lead_days", "app_version"),
    "dau": ("source", "audience", "app_version"),
}


def answered(tree: str, store: Path, asked: Question) -> Answer:
    workspace = Workspace.open(bundled_tree(tree), store=str(store))
    try:
        every = tuple(workspace.tree.metrics)
        return workspace.answer(asked.about(*every))
    finally:
        workspace.close()


def assert_equal_values(lite: Values, duck: Values, place: str) -> None:
    assert duck.values == pytest.approx(lite.values, rel=1e-9), place
    assert duck.compared == pytest.approx(lite.compared, rel=1e-9), place
    assert duck.notes == lite.notes, place


def assert_equal_metrics(lite: MetricAnswer, duck: MetricAnswer) -> None:
    assert (duck.error, duck.not_sliced) == (lite.error, lite.not_sliced), lite.metric
    assert_equal_values(lite.total, duck.total, lite.metric)
    assert [segment.group for segment in duck.segments] == [
        segment.group for segment in lite.segments
    ], lite.metric
    for one, other in zip(lite.segments, duck.segments, strict=True):
        assert_equal_values(one.values, other.values, f"{lite.metric} {one.group}")


def assert_equal(lite: Answer, duck: Answer) -> None:
    assert duck.frame == lite.frame
    assert list(duck.metrics) == list(lite.metrics)
    for name, found in lite.metrics.items():
        assert_equal_metrics(found, duck.metrics[name])


@pytest.mark.parametrize("tree", OWN_DIMENSIONS)
@pytest.mark.parametrize("asked", QUESTIONS.values(), ids=QUESTIONS)
def test_both_engines_answer_alike(
    tree: str,
    asked: Question,
    sample_stores: Mapping[str, Path],
    duckdb_stores: Mapping[str, Path],
) -> None:
    lite = answered(tree, sample_stores[tree], asked)
    assert any(found.total.value for found in lite.metrics.values())
    assert_equal(lite, answered(tree, duckdb_stores[tree], asked))


@pytest.mark.parametrize(
    ("tree", "dimension"),
    [(tree, dimension) for tree, names in OWN_DIMENSIONS.items() for dimension in names],
)
def test_values_out_of_json_are_the_same_segments(
    tree: str,
    dimension: str,
    sample_stores: Mapping[str, Path],
    duckdb_stores: Mapping[str, Path],
) -> None:
    asked = Question(grain="month", last=1, by=(dimension,))
    lite = answered(tree, sample_stores[tree], asked)
    assert any(len(found.segments) > 1 for found in lite.metrics.values())
    assert_equal(lite, answered(tree, duckdb_stores[tree], asked))
