"""The answer by two routes: each case's question to the product, and its SQL to SQLite."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from metric_tui.base.series import Group
from metric_tui.ingest.bundled import bundled_tree, bundled_trees
from metric_tui.loading.load import load_file
from metric_tui.planning.answer import Values
from metric_tui.planning.conditions import parse_conditions
from metric_tui.planning.question import Question
from metric_tui.workspace import Workspace

HERE = Path(__file__).parent

Key = tuple[Any, ...]
"""A period's name, then one value per dimension."""


@cache
def case_file(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return found


def cases() -> Iterator[Any]:
    for path in sorted(HERE.glob("*.yaml")):
        file = case_file(path)
        for case in file["cases"]:
            asked = {**file["question"], **case.get("question", {})}
            name = "-".join([*case["metrics"], asked["grain"], *(asked.get("by") or ())])
            yield pytest.param(file["tree"], file["given"], case, asked, id=f"{path.stem}:{name}")


def question_of(case: Mapping[str, Any], asked: Mapping[str, Any]) -> Question:
    return Question(
        grain=asked["grain"],
        start=asked["start"],
        end=asked["end"],
        compare="none",
        metrics=tuple(case["metrics"]),
        by=tuple(asked.get("by") or ()),
        where=parse_conditions(asked.get("where") or ()),
    )


def answered(workspace: Workspace, question: Question) -> dict[Key, float | None]:
    answer = workspace.answer(question)
    labels = [period.label for period in answer.frame.periods]
    (found,) = answer.metrics.values()
    assert found.error is None
    assert found.not_sliced is None
    rows: list[tuple[Group, Values]] = [((), found.total)]
    if question.by:
        rows = [(segment.group, segment.values) for segment in found.segments]
    return {
        (label, *group): value
        for group, values in rows
        for label, value in zip(labels, values.values, strict=True)
    }


def checked(store: Path, sql: str, asked: Mapping[str, Any]) -> dict[Key, float | None]:
    bounds = {"start": str(asked["start"]), "end": str(asked["end"])}
    with closing(sqlite3.connect(store)) as connection:
        return {tuple(row[:-1]): row[-1] for row in connection.execute(sql, bounds)}


@pytest.mark.parametrize(("tree", "given", "case", "asked"), cases())
def test_a_question_equals_its_sql(
    tree: str,
    given: str,
    case: Mapping[str, Any],
    asked: Mapping[str, Any],
    sample_stores: Mapping[str, Path],
) -> None:
    store = sample_stores[tree]
    workspace = Workspace.open(bundled_tree(tree), store=str(store))
    try:
        found = answered(workspace, question_of(case, asked))
    finally:
        workspace.close()
    expected = checked(store, given + case["check_sql"], asked)
    assert expected, "the SQL finds nothing to compare with"
    assert expected.keys() <= found.keys()
    for key, value in found.items():
        wanted = expected.get(key, case.get("missing"))
        if asked.get("by") and value is None and key not in expected:
            continue  # a group that has not begun yet
        assert value == pytest.approx(wanted, rel=1e-9), key


@pytest.mark.parametrize("tree", bundled_trees(), ids=lambda path: path.stem)
def test_every_metric_of_a_bundled_tree_has_a_case(tree: Path) -> None:
    metrics = set(load_file(tree).require_tree().metrics)
    files = [case_file(path) for path in HERE.glob("*.yaml")]
    covered = {
        name
        for file in files
        if file["tree"] == tree.stem
        for case in file["cases"]
        for name in case["metrics"]
    }
    assert metrics - covered == set()
