"""What is going to be asked is computed beforehand and kept."""

from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from metric_tui.analysis.answers import answer
from metric_tui.analysis.foreseen import (
    compute_foreseen,
    filtered_questions,
    foreseen_questions,
    neighbours,
)
from metric_tui.analysis.why import why
from metric_tui.analysis.why_question import WhyQuestion
from metric_tui.base.errors import Cancelled
from metric_tui.definitions.asks import Condition, FaultMeasure
from metric_tui.engines.rollup import close_all, measures_for, refresh
from metric_tui.engines.sql.run import SqlMeasures
from metric_tui.planning.frame import frame_of
from metric_tui.planning.question import Question
from tests.engines.rollup_stores import opened, tree_of, write_store

ROWS = [
    (f"2026-03-{day:02d}T10:00:00Z", event, day % 5, "ios", 1, day, 0)
    for day in range(1, 29)
    for event in ("open", "buy")
]


def test_the_first_question_comes_first_then_other_grains_then_breakdowns(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    # of one dimension there are more values than rollups keep
    write_store(path, [(*row[:4], place, *row[5:]) for place, row in enumerate(ROWS * 2)])
    with opened(path, tree_of()) as store:
        refresh(store)
        first, *others = foreseen_questions(store)
    assert first == Question(grain="day")
    assert [(question.grain, question.by) for question in others] == [
        ("week", ()), ("month", ()), ("quarter", ()),
        ("day", ("platform",)), ("day", ("size",)), ("day", ()), ("day", ()),
        ("hour", ()),
    ]  # fmt: skip
    assert [question.compare for question in others[-4:-2]] == [first.compare, "year_ago"]
    assert [question.last for question in others[-3:]] == [None, 39, None]


def test_the_largest_segments_are_foreseen_as_filters(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    names = [*"abcdef", None]
    # `a` has most revenue, and what has no platform more than that
    rows = [
        (f"2026-03-{day:02d}T10:00:00Z", "buy", 1, name, 1, 100 * (place == 6) + 10 - place, 0)
        for day in range(1, 29)
        for place, name in enumerate(names)
    ]
    write_store(path, rows)
    with opened(path, tree_of()) as store:
        refresh(store)
        questions = [*filtered_questions(store, measures_for(store))]
    close_all()
    chosen = [str(condition) for question in questions for condition in question.where]
    assert [text for text in chosen if text.startswith("platform")] == [
        "platform=a", "platform=b", "platform=c", "platform=d", "platform=e",
    ]  # fmt: skip
    assert {question.grain for question in questions} == {"day"}


def test_what_was_foreseen_is_not_asked_of_the_store_again(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, ROWS)
    with opened(path, tree_of()) as store:
        refresh(store)
        compute_foreseen(store, measures_for(store))

    def nothing(asks: Any) -> tuple[()]:
        assert not list(asks)
        return ()

    with opened(path, tree_of()) as store, patch.object(SqlMeasures, "scans", side_effect=nothing):
        filtered = [*filtered_questions(store, measures_for(store))]
        assert filtered
        for question in (*foreseen_questions(store), *filtered):
            assert answer(question, store, measures_for(store), revision=0).is_whole
        assert why(WhyQuestion(metric="revenue", grain="day"), store, measures_for(store)).values
    close_all()


def test_it_can_be_stopped(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, ROWS)
    with opened(path, tree_of()) as store, pytest.raises(Cancelled):
        compute_foreseen(store, SqlMeasures(store, lambda: True))


def test_rows_and_cells_of_earlier_weeks_have_been_read_beforehand(tmp_path: Path) -> None:
    """Three dimensions crossed are no partials, nor is whether a row repeats another."""
    path = tmp_path / "store.db"
    rows = [
        (at, event, user, "ios" if place % 4 < 2 else "web", place % 3, amount % 7, test)
        for place, (at, event, user, _, _, amount, test) in enumerate(ROWS)
    ]
    write_store(path, [*rows, rows[20]])
    question = WhyQuestion(metric="revenue", grain="week", as_of=date(2026, 3, 15))
    with opened(path, tree_of()) as store:
        refresh(store)
        expected = why(question, store, SqlMeasures(store))
        compute_foreseen(store, measures_for(store))
    scanned: list[Any] = []

    def seen(asks: Any) -> tuple[()]:
        scanned.extend(asks)
        return ()

    with opened(path, tree_of()) as store, patch.object(SqlMeasures, "scans", side_effect=seen):
        found = why(question, store, measures_for(store))
    close_all()
    assert "duplicates" in {finding.code for finding in expected.health}
    crossed = [split for split in expected.splits if split.table and len(split.table.rows) > 1]
    assert [split.dimension for split in crossed] == ["platform", "plan", "size"]
    assert expected.slices is not None
    assert (found.health, found.slices) == (expected.health, expected.slices)
    assert not [ask for ask in scanned if isinstance(ask.measure, FaultMeasure) or ask.slice.by]


def near(question: Question, **more: Any) -> list[str]:
    """What one key makes of a question about events from 1 January to 28 March 2026 noon."""
    tree = tree_of(zone="UTC")
    noon = datetime(2026, 3, 28, 12, tzinfo=UTC)
    frame = frame_of(question, noon, tree.settings.calendar, first=datetime(2026, 1, 1, tzinfo=UTC))
    found = neighbours(question, frame, tree, **{"dimensions": (), "values": {}, **more})
    assert question not in found
    return [told(question, each) for each in found]


def told(before: Question, after: Question) -> str:
    """What of a question has changed."""
    names = [field.name for field in fields(Question)]
    changed = [name for name in names if getattr(before, name) != getattr(after, name)]
    return " ".join(f"{name}={listed(getattr(after, name))}" for name in changed)


def listed(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def test_neighbours_are_what_one_key_makes_likeliest_first() -> None:
    found = near(
        Question(grain="week", last=4),
        dimensions=("plan", "platform"),
        values={"plan": ("a", "b")},
    )
    assert found == [
        "by=plan",
        "start=2026-02-16 end=2026-03-15 last=None",
        "grain=day last=None", "grain=month last=None", "grain=quarter last=None",
        "compare=year_ago",
        "last=6", "last=3",
        "where=plan=a", "where=plan=b",
        "by=platform",
        "where=plan!=a",
        "compare=none",
        "grain=year last=None",
        "grain=hour last=None",
    ]  # fmt: skip


def test_neighbours_of_a_question_that_was_changed_take_its_changes_back() -> None:
    where = (
        Condition(dimension="plan", operator="=", choices=("a",)),
        Condition(dimension="platform", operator="=", choices=("ios",)),
    )
    question = Question(
        grain="week", start=date(2026, 2, 2), end=date(2026, 3, 8), compare="none", where=where,
        by=("size",),
    )  # fmt: skip
    found = near(question, dimensions=("plan",), values={"plan": ("b",)})
    assert "start=2026-01-26 end=2026-03-01" in found
    assert "start=2026-02-09 end=2026-03-15" in found
    assert {"compare=previous", "compare=year_ago", "where=", "by=", "by=plan"} <= {*found}
    # dates stay when the grain changes, and filters of other dimensions when one is chosen
    assert {"grain=month", "where=platform=ios,plan=b"} <= {*found}


def test_neighbours_end_with_the_last_day_that_is_whole() -> None:
    question = Question(grain="day", start=date(2026, 3, 20), end=date(2026, 3, 26))
    assert "start=None end=None last=7" in near(question)
    newest = Question(grain="day", last=7)
    assert [text for text in near(newest) if "2026-03-28" in text] == []
    assert "start=2026-03-20 end=2026-03-26 last=None" in near(newest)


def test_there_are_only_so_many_neighbours() -> None:
    names = tuple("abcdefghijklmnopqrstuvwxyz")
    assert len(near(Question(grain="week"), dimensions=names)) == 24
