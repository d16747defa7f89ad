"""While nobody presses a key, what the next one may ask is computed from rollups."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any
from unittest.mock import patch

import pytest

import metric_tui.workspace.foreseeing as foreseeing
from metric_tui.analysis import answers
from metric_tui.engines import rollup
from metric_tui.engines.sql.run import SqlMeasures
from metric_tui.planning.question import Question
from metric_tui.workspace import Workspace
from tests.conftest import PATIENCE
from tests.small_tree import TREE, write_tree

WEEK = Question(grain="week", last=2)


def never() -> bool:
    return False


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    path = write_tree(tmp_path)
    execute(path, "CREATE INDEX times ON events (happened)")
    return path


@pytest.fixture
def workspace(tree: Path) -> Iterator[Workspace]:
    found = Workspace.open(tree)
    found.refresh()
    yield found
    found.close()


def execute(tree: Path, statement: str) -> None:
    with closing(sqlite3.connect(tree.parent / "events.db")) as connection, connection:
        connection.execute(statement)


def foresee(workspace: Workspace, question: Question = WEEK, **more: Any) -> set[Question]:
    """Ask a question, idle, and give what is known of others then."""
    workspace.answer(question)
    cancelled = more.pop("cancelled", never)
    workspace.foresee_around(question, "gross", "platform", cancelled)
    return known(workspace)


def known(workspace: Workspace) -> set[Question]:
    return {question for _, question in workspace._foreseen}


def plain(tree: Path, question: Question) -> Any:
    other = Workspace.open(tree, rollup=False)
    try:
        return other.answer(question).metrics
    finally:
        other.close()


def test_what_was_foreseen_is_there_when_it_is_asked(workspace: Workspace, tree: Path) -> None:
    found = foresee(workspace)
    assert {
        WEEK.sliced_by("platform"),
        replace(WEEK, grain="day", last=None),
        replace(WEEK, compare="year_ago"),
        replace(WEEK, last=3),
        replace(WEEK, last=1),
    } <= found
    assert "ios" in {str(c) for each in found for entry in each.where for c in entry.choices}
    with patch("metric_tui.analysis.answers.answer", side_effect=AssertionError):
        asked = {question: workspace.answer(question) for question in found}
    assert not known(workspace)
    for question, answered in asked.items():
        assert answered.question == question
        assert answered.revision == workspace.revision
        assert answered.metrics == plain(tree, question)


def test_segments_of_any_metric_are_there_when_they_are_asked(
    workspace: Workspace, tree: Path
) -> None:
    foresee(workspace)
    question = WEEK.sliced_by("platform").about("bookings", "nights")
    with patch("metric_tui.analysis.answers.answer", side_effect=AssertionError):
        found = workspace.answer(question)
    assert found.question == question
    assert dict(found.metrics) == dict(plain(tree, question))
    assert found.metrics["bookings"].segments


def test_what_was_foreseen_is_kept_on_disk_once_it_is_asked(
    workspace: Workspace, tree: Path
) -> None:
    question = replace(WEEK, compare="year_ago")
    assert question in foresee(workspace)
    assert not workspace.is_kept(question)
    workspace.answer(question)
    later = Workspace.open(tree)
    assert later.is_kept(question)
    later.close()


def test_it_is_foreseen_once_for_a_question_on_screen(workspace: Workspace) -> None:
    foresee(workspace)
    with patch.object(rollup, "measures_alone", wraps=rollup.measures_alone) as asked:
        foresee(workspace)
        assert asked.call_count == 0
        foresee(workspace, replace(WEEK, last=1))
        assert asked.call_count == 1


def test_a_question_that_is_not_answered_is_not_foreseen_around(workspace: Workspace) -> None:
    workspace.foresee_around(WEEK, "gross", "platform", never)
    assert not known(workspace)


class Stopping:
    """Says so, and counts, from some look on; may do something then."""

    def __init__(self, looks: int, do: Any = None) -> None:
        self.looks, self.do, self.after = looks, do, 0

    def __call__(self) -> bool:
        self.looks -= 1
        if self.looks == 0 and self.do is not None:
            self.do()
        self.after += self.looks < 0
        return self.looks <= 0 and self.do is None


def test_a_key_stops_it_between_two_measures_and_it_goes_on_afterwards(
    workspace: Workspace,
) -> None:
    stopping = Stopping(40)
    some = foresee(workspace, cancelled=stopping)
    assert stopping.after == 0
    assert len(some) > 0
    every = foresee(workspace)
    assert some < every


@pytest.mark.parametrize("how", ["cancel", "stop", "reload"])
def test_it_ends_with_a_new_question_with_leaving_and_with_another_file(
    workspace: Workspace, how: str
) -> None:
    stopping = Stopping(40, getattr(workspace, how))
    foresee(workspace, cancelled=stopping)
    assert stopping.looks == 0


def test_leaving_waits_for_the_measure_being_computed(tree: Path) -> None:
    workspace = Workspace.open(tree)
    workspace.refresh()
    workspace.answer(WEEK)
    begun, go_on = threading.Event(), threading.Event()

    looks: list[float] = []

    def held() -> bool:
        looks.append(monotonic())
        begun.set()
        go_on.wait(PATIENCE)
        return False

    idling = threading.Thread(
        target=workspace.foresee_around, args=(WEEK, "gross", "platform", held)
    )
    idling.start()
    assert begun.wait(PATIENCE)
    leaving = threading.Thread(target=workspace.close)
    leaving.start()
    leaving.join(0.1)
    assert leaving.is_alive()
    go_on.set()
    leaving.join(PATIENCE)
    idling.join(PATIENCE)
    assert not leaving.is_alive()
    assert not idling.is_alive()
    # it did not go on to the end
    assert len(looks) == 1


def test_what_a_write_came_between_is_not_kept(workspace: Workspace, tree: Path) -> None:
    workspace.answer(WEEK)
    whole = answers.answer

    def written_to(*args: Any, **named: Any) -> Any:
        found = whole(*args, **named)
        execute(tree, "INSERT INTO events VALUES ('2026-06-16T10:00:00Z', 'booked', 9, 'ios', 1)")
        return found

    with patch.object(answers, "answer", side_effect=written_to):
        assert foresee(workspace) == set()


@pytest.mark.parametrize("metrics", [(), ("gross",)])
def test_what_was_foreseen_before_a_write_is_not_given_after_it(
    workspace: Workspace, tree: Path, metrics: tuple[str, ...]
) -> None:
    question = WEEK.sliced_by("platform")
    assert question in foresee(workspace)
    # the explorer has not looked at the store since
    execute(tree, "INSERT INTO events VALUES ('2026-06-16T10:00:00Z', 'booked', 9, 'ios', 1)")
    asked = question.about(*metrics)
    assert dict(workspace.answer(asked).metrics) == dict(plain(tree, asked))
    later = Workspace.open(tree)
    assert dict(later.answer(asked).metrics) == dict(plain(tree, asked))
    later.close()


def without_rollups(tree: Path) -> Workspace:
    return Workspace.open(tree)


def told_not_to(tree: Path) -> Workspace:
    made = Workspace.open(tree)
    made.refresh()
    made.close()
    return Workspace.open(tree, rollup=False)


def older_than_the_store(tree: Path) -> Workspace:
    made = Workspace.open(tree)
    made.refresh()
    execute(tree, "INSERT INTO events VALUES ('2026-06-16T10:00:00Z', 'booked', 9, 'ios', 1)")
    return made


def being_read(tree: Path) -> Workspace:
    made = Workspace.open(tree)
    made.refresh()
    made._is_read.clear()
    return made


def without_an_index_on_time(tree: Path) -> Workspace:
    execute(tree, "DROP INDEX times")
    made = Workspace.open(tree)
    made.refresh()
    return made


@pytest.mark.parametrize(
    "opened",
    [without_rollups, told_not_to, older_than_the_store, being_read, without_an_index_on_time],
)
def test_nothing_is_foreseen_where_the_store_would_be_asked(opened: Any, tree: Path) -> None:
    workspace = opened(tree)
    try:
        assert foresee(workspace) == set()
    finally:
        workspace.close()


def test_what_rollups_do_not_answer_is_not_asked_of_the_store(tree: Path) -> None:
    text = TREE.replace(
        "dimensions: {platform: platform}",
        "dimensions: {platform: platform, half: {expr: nights / 2.0}}",
    )
    tree.write_text(text, encoding="utf-8")
    workspace = Workspace.open(tree)
    workspace.refresh()
    workspace.answer(WEEK)
    try:
        asked: list[Any] = []
        with patch.object(SqlMeasures, "tables", side_effect=asked.append):
            workspace.foresee_around(WEEK, "gross", "half", never)
        assert not asked
        assert WEEK.sliced_by("platform") in known(workspace)
        assert WEEK.sliced_by("half") not in known(workspace)
        half = replace(WEEK.sliced_by("half"), last=1)
        workspace.answer(half)
        with patch.object(SqlMeasures, "tables", side_effect=asked.append):
            workspace.foresee_around(half, "gross", "platform", never)
        assert not asked
        assert half.sliced_by() in known(workspace)
        assert replace(half, compare="year_ago") not in known(workspace)
    finally:
        workspace.close()


def test_only_so_much_stays_in_memory(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreseeing, "FORESEEN_KEPT", 3)
    assert len(foresee(workspace)) == 3
    monkeypatch.setattr(foreseeing, "FORESEEN_VALUES_KEPT", 1)
    assert foresee(workspace, replace(WEEK, last=1)) == set()
