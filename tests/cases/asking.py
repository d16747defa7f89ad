"""Trees written as mappings, asked through the real path: text, loader, workspace, command line."""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import yaml

from metric_tui.loading.load import load
from metric_tui.planning.answer import Answer
from metric_tui.planning.question import Question
from metric_tui.workspace import Workspace
from tests.conftest import Run

Tree = dict[str, Any]
Cells = dict[tuple[Any, ...], Any]
"""Values by period and group; `("2020-01-01", "us")`. A total's period is None."""

SHARED = Path(__file__).parents[2].parent / "shared"


def write_tree(tree: Tree, path: Path) -> Path:
    """A tree as a file that has no errors."""
    text = yaml.dump(tree, sort_keys=False)
    errors = [problem.message for problem in load(text, name=path.name).errors]
    assert not errors, errors
    path.write_text(text)
    return path


def answer_of(path: Path, store: Path, question: Question) -> Answer:
    """A question's answer, through the workspace."""
    workspace = Workspace.open(path, store=str(store))
    try:
        return workspace.answer(question)
    finally:
        workspace.close()


def cells_of(answer: Answer, metric: str) -> Cells:
    """A metric's values by period, and by group where the question has a breakdown."""
    found = answer.metrics[metric]
    assert found.error is None, found.error
    assert found.not_sliced is None, found.not_sliced
    labels = _labels(answer)
    if not answer.question.by:
        return {(label,): value for label, value in zip(labels, found.total.values, strict=True)}
    return {
        (label, *segment.group): value
        for segment in found.segments
        for label, value in zip(labels, segment.values.values, strict=True)
    }


def _labels(answer: Answer) -> list[str | None]:
    if answer.question.grain == "total":
        return [None]
    return [period.label for period in answer.frame.periods]


def shown_cells(
    run: Run, path: Path, store: Path, question: Question, metrics: Sequence[str]
) -> Mapping[str, Cells]:
    """The same through `metric-tui show --format json`."""
    line = ["show", path, *metrics, "--store", store, "--format", "json", "--compare", "none"]
    line += ["--grain", question.grain]
    line += [part for name in question.by for part in ("--by", name)]
    for option, day in (("--start", question.start), ("--end", question.end)):
        line += [option, day.isoformat()] if day is not None else []
    ran = run(*line)
    assert ran.code == 0, ran.err
    document = json.loads(ran.out)
    return {entry["metric"]: _shown(entry, question) for entry in document["metrics"]}


def _shown(entry: Mapping[str, Any], question: Question) -> Cells:
    parts = [((), entry["series"])]
    if question.by:
        parts = [
            (tuple(part["where"][name] for name in question.by), part["series"])
            for part in entry["segments"]
        ]
    return {
        (None if question.grain == "total" else point["period"], *group): point["value"]
        for group, series in parts
        for point in series
    }


def copy_to_duckdb(source: Path, target: Path) -> Path:
    """The tables of a SQLite store in a new DuckDB file, rows in the same order."""
    with closing(sqlite3.connect(source)) as read, duckdb.connect(str(target)) as write:
        names = [
            row[0] for row in read.execute("SELECT name FROM sqlite_master WHERE type='table'")
        ]
        for name in names:
            columns = read.execute(f'PRAGMA table_info("{name}")').fetchall()
            declared = ", ".join(f'"{column[1]}" {_duckdb_type(column[2])}' for column in columns)
            write.execute(f'CREATE TABLE "{name}" ({declared})')
            rows = read.execute(f'SELECT * FROM "{name}" ORDER BY rowid').fetchall()
            marks = ", ".join("?" * len(columns))
            if rows:
                write.executemany(f'INSERT INTO "{name}" VALUES ({marks})', rows)
    return target


def _duckdb_type(declared: str) -> str:
    return {"INTEGER": "BIGINT", "REAL": "DOUBLE"}.get(declared.upper(), "VARCHAR")
