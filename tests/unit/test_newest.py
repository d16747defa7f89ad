"""The newest period is told first, as the whole answer tells it, while a large store is read."""

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from metric_tui.analysis.answers import answer
from metric_tui.analysis.newest import tell_newest
from metric_tui.base.errors import Cancelled
from metric_tui.engines import rollup
from metric_tui.engines.rollup.build import Builder
from metric_tui.engines.sql.indexes import finds_times
from metric_tui.engines.sql.run import SqlMeasures
from metric_tui.planning.answer import Answer
from metric_tui.planning.question import DateRange, Question
from metric_tui.workspace import Workspace, asking
from tests.conftest import PATIENCE
from tests.engines.rollup_stores import TREE, change, opened, tree_of, write_store

ROWS = [
    (f"2026-{month:02d}-{day:02d}T{hour:02d}:00:00Z", event, day % 5 + hour, platform, 1, day, 0)
    for month in (2, 3, 4, 5)
    for day in range(1, 29)
    for hour, platform in ((1, "ios"), (9, "android"))
    for event in ("open", "buy")
]
FAR = {"new", "kept", "back", "gone", "asleep", "ever"}
"""Metrics of the tree that look back over everything."""

QUESTIONS = (
    Question(grain="week"),
    Question(grain="week", last=5, by=("platform",)),
    Question(grain="day", start=date(2026, 4, 3), end=date(2026, 4, 20)),
    Question(grain="month", last=3, compare="year_ago"),
    Question(
        grain="day", last=9, compare=DateRange(date(2026, 3, 2), date(2026, 3, 10)), running=True
    ),
)


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    found = tmp_path / "store.db"
    write_store(found, ROWS)
    yield found
    rollup.close_all()


def newest_of(store: Any, question: Question) -> Answer | None:
    told: list[Answer] = []
    tell_newest(question, store, revision=4, tell=told.append, cancelled=lambda: False)
    return told[-1] if told else None


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
def test_it_says_what_the_whole_answer_says_of_that_period(path: Path, question: Question) -> None:
    with opened(path, tree_of()) as store:
        asked = question.about(*store.tree.metrics)
        found = newest_of(store, asked)
        whole = answer(asked, store, SqlMeasures(store), revision=4)
        assert found is not None
        assert (found.question, found.frame, found.revision) == (asked, whole.frame, 4)
        assert not found.is_whole
        assert set(store.tree.metrics) - set(found.metrics) == FAR
        for name, metric in found.metrics.items():
            complete = whole.metrics[name]
            # groups of earlier periods only are not known yet
            told = {segment.group: segment.values for segment in metric.segments}
            parts = {segment.group: segment.values for segment in complete.segments}
            assert told.keys() <= parts.keys()
            pairs = [(metric.total, complete.total), *((told[g], parts[g]) for g in told)]
            for ours, theirs in pairs:
                assert len(ours.values) == len(ours.notes) == len(theirs.values)
                assert (ours.value, ours.comparison) == (theirs.value, theirs.comparison), name
                for value, whole_value in zip(ours.values, theirs.values, strict=True):
                    assert value in (None, whole_value)


@pytest.mark.parametrize(
    "question", [Question(grain="total"), Question(grain="week", last=1), Question(grain="hour")]
)
def test_nothing_is_told_of_a_single_period_or_of_hours(path: Path, question: Question) -> None:
    with opened(path, tree_of()) as store:
        assert newest_of(store, question) is None


def test_it_stops_when_nobody_asks_any_more(path: Path) -> None:
    with opened(path, tree_of()) as store, pytest.raises(Cancelled):
        tell_newest(
            QUESTIONS[0], store, revision=0, tell=lambda known: None, cancelled=lambda: True
        )


def test_it_leaves_off_after_a_while_and_tells_what_it_has(path: Path) -> None:
    with opened(path, tree_of()) as store, patch("metric_tui.analysis.newest.MOST_SECONDS", -1):
        assert newest_of(store, QUESTIONS[0]) is None


def test_only_an_index_finds_a_stretch_of_time(path: Path) -> None:
    with opened(path, tree_of()) as store:
        assert not finds_times(store)
    change(path, "CREATE INDEX at ON events (at)")
    with opened(path, tree_of()) as store:
        assert finds_times(store)


@pytest.fixture
def workspace(path: Path) -> Iterator[Workspace]:
    change(path, "CREATE INDEX at ON events (at)")
    tree = path.parent / "tree.yaml"
    tree.write_text(f"store: store.db\n{TREE.replace('ZONE', 'UTC')}", encoding="utf-8")
    with patch.object(asking, "LARGE_BYTES", 0):
        found = Workspace.open(tree)
        yield found
        found.close()


def test_a_question_waits_for_the_reading_of_the_store(workspace: Workspace) -> None:
    may_read, told = threading.Event(), threading.Event()
    parts: list[Answer] = []
    refresh = rollup.refresh

    def slow(*given: Any, **named: Any) -> Any:
        assert may_read.wait(PATIENCE)
        return refresh(*given, **named)

    def tell(known: Answer) -> None:
        parts.append(known)
        told.set()

    with patch.object(rollup, "refresh", slow):
        reading = threading.Thread(target=workspace.refresh)
        reading.start()
        found: list[Answer] = []
        asked = threading.Thread(
            target=lambda: found.append(workspace.answer(Question(grain="week"), tell))
        )
        asked.start()
        assert told.wait(PATIENCE)
        assert not found
        may_read.set()
        reading.join(PATIENCE)
        asked.join(PATIENCE)
    assert found[0].is_whole
    assert not parts[-1].is_whole
    assert parts[-1].metrics["revenue"].total.value == found[0].metrics["revenue"].total.value


def test_a_question_that_waits_can_be_cancelled(workspace: Workspace) -> None:
    workspace._is_read.clear()
    told = threading.Event()
    refused: list[Exception] = []

    def ask() -> None:
        try:
            workspace.answer(Question(grain="week"), lambda known: told.set())
        except Cancelled as error:
            refused.append(error)

    asked = threading.Thread(target=ask)
    asked.start()
    assert told.wait(PATIENCE)
    workspace.cancel()
    asked.join(PATIENCE)
    assert len(refused) == 1
    workspace._is_read.set()


def test_what_was_stopped_after_the_reading_is_made_up_for_without_waiting(
    workspace: Workspace,
) -> None:
    with (
        patch.object(Builder, "derive", side_effect=Cancelled("stopped")),
        pytest.raises(Cancelled),
    ):
        workspace.refresh()
    assert workspace.wants_refresh
    parts: list[Answer] = []
    # it is read, so that a question is answered whole at once
    assert workspace.answer(Question(grain="week"), parts.append).is_whole
    assert all(part.is_whole for part in parts)
    workspace.refresh()
    assert not workspace.wants_refresh
