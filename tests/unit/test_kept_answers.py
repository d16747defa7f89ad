"""Answers kept on disk: the same as computed, and never of an older file or store."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from metric_tui.analysis import kept_answers
from metric_tui.analysis.foreseen import foreseen_questions
from metric_tui.analysis.kept_answers import KeptAnswers
from metric_tui.base.places import cache_directory
from metric_tui.cli.refresh import refresh
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


def test_what_refresh_computes_is_there_for_the_explorer(tree: Path) -> None:
    assert CliRunner().invoke(refresh, [str(tree)], standalone_mode=False).exit_code == 0
    workspace = Workspace.open(tree)
    try:
        questions = foreseen_questions(workspace._store)
        with patch("metric_tui.analysis.answers.answer", side_effect=AssertionError):
            found = [workspace.answer(question) for question in questions]
    finally:
        workspace.close()
    plain = Workspace.open(tree, rollup=False)
    try:
        assert found == [plain.answer(question) for question in questions]
    finally:
        plain.close()


def test_a_store_written_while_answers_are_computed_keeps_none_of_them(tree: Path) -> None:
    workspace = Workspace.open(tree)
    try:
        keep = KeptAnswers().keeper(TREE, workspace._store.engine)
        found = workspace.answer(WEEK)
        kept()[0].unlink()
        with closing(sqlite3.connect(tree.with_name("events.db"))) as connection, connection:
            connection.execute("UPDATE events SET nights = nights + 1")
        keep(found)
        assert kept() == []
    finally:
        workspace.close()


def test_one_tree_asked_all_day_leaves_room_for_the_others(tree: Path, tmp_path: Path) -> None:
    answers = KeptAnswers()
    workspace = Workspace.open(tree)
    found = workspace.answer(WEEK)
    workspace.close()

    def places(text: str, count: int) -> list[Path]:
        return [
            answers.path(text=text, store="", fingerprint=str(number), question=WEEK)
            for number in range(count)
        ]

    other, *_ = places("other", 1)
    answers.write(other, found)
    for number, place in enumerate(places("asked", 12)):
        with (
            patch.object(kept_answers, "FILES_OF_A_TREE", 8),
            patch.object(kept_answers, "FILES_KEPT", 100),
        ):
            answers.write(place, found)
        os.utime(place, (number + 10, number + 10))
    os.utime(other, (1, 1))
    left = [place.exists() for place in places("asked", 12)]
    assert other.exists()
    assert left == sorted(left)
    assert 6 <= sum(left) <= 8
    with patch.object(kept_answers, "FILES_KEPT", 8):
        answers.write(places("third", 1)[0], found)
    assert not other.exists()
