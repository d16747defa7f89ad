"""Answers kept on disk: the same as computed, and never of an older file or store."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from metric_tui.base.places import cache_directory
from metric_tui.planning.question import Question
from metric_tui.workspace import Workspace
from tests.small_tree import TREE, write_tree

WEEK = Question(grain="week", by=("platform",))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_tree(tmp_path)


def answered(tree: Path, *, rollup: bool = True) -> object:
    workspace = Workspace.open(tree, rollup=rollup)
    try:
        return workspace.answer(WEEK)
    finally:
        workspace.close()


def kept() -> list[Path]:
    return sorted((cache_directory() / "answers").glob("*.json"))


def test_what_is_read_back_equals_what_was_computed(tree: Path) -> None:
    first = answered(tree)
    assert len(kept()) == 1
    assert answered(tree) == first == answered(tree, rollup=False)


def test_a_written_store_is_asked_again(tree: Path) -> None:
    first = answered(tree)
    with closing(sqlite3.connect(tree.with_name("events.db"))) as connection, connection:
        connection.execute("UPDATE events SET nights = nights + 1")
    assert answered(tree) != first
    assert len(kept()) == 2


def test_an_edited_tree_is_asked_again(tree: Path) -> None:
    answered(tree)
    tree.write_text(TREE.replace("unit: nights", "unit: night"))
    answered(tree)
    assert len(kept()) == 2


def test_a_damaged_answer_costs_only_a_computation(tree: Path) -> None:
    first = answered(tree)
    for damage in ("", "{", "[]", '{"grain": "week"}', "\0"):
        kept()[0].write_text(damage)
        assert answered(tree) == first


def test_plain_sql_keeps_nothing(tree: Path) -> None:
    answered(tree, rollup=False)
    assert kept() == []


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read only to root")
def test_a_cache_that_cannot_be_written_is_no_error(tree: Path) -> None:
    cache_directory().mkdir(parents=True)
    cache_directory().chmod(0o500)
    answered(tree)
