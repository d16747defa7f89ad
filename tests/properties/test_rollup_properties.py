"""Rollups equal plain SQL on random stores, questions, appends, late events and deletions."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from metric_tui.base.errors import Cancelled
from metric_tui.base.periods import Grain
from metric_tui.base.series import Cell
from metric_tui.definitions.asks import Condition
from metric_tui.engines.rollup import close_all, roll, scan, worker
from metric_tui.engines.rollup.logs import merging
from metric_tui.engines.rollup.pages import roll as pages_roll
from metric_tui.engines.rollup.refreshing import refresh
from metric_tui.planning.question import Question
from tests.engines.rollup_stores import (
    Row,
    append,
    change,
    compared,
    opened,
    read_by_pages,
    tree_of,
    unequal_answers,
    write_store,
)

ZONES = ("UTC", "Europe/Lisbon", "America/New_York", "Asia/Kolkata")
FIRST = datetime(2026, 3, 20, tzinfo=UTC)

NUMBERS = st.integers(1, 12)
USERS = {
    "numbers": st.none() | NUMBERS,
    "texts": st.none() | NUMBERS.map(lambda number: f'u-{number}, "x"'),
    "mixed": st.none() | NUMBERS | NUMBERS.map(str),
}


def moments(minutes: int) -> str:
    return (FIRST + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_later(seconds: int) -> datetime:
    return FIRST + timedelta(seconds=seconds)


def rows_of(users: st.SearchStrategy[Any]) -> st.SearchStrategy[Row]:
    return st.tuples(
        st.integers(0, 60 * 24 * 24).map(moments),
        st.sampled_from(["open", "open", "buy", "refund", "other", None]),
        users,
        st.sampled_from(["ios", "android", "", None]),
        st.sampled_from([1, 2, "1", None]),
        st.sampled_from([1, 2.5, 3, 7, 100, None]),
        st.sampled_from([0, 0, 0, 1]),
    )


@st.composite
def stores(draw: st.DrawFn) -> tuple[str, list[Row], list[Row]]:
    """A zone, rows there at first, and rows that come later, some of them late."""
    row = rows_of(USERS[draw(st.sampled_from(sorted(USERS)))])
    first = draw(st.lists(row, min_size=1, max_size=60))
    if draw(st.booleans()):
        first.sort(key=lambda entry: str(entry[0]))
    return draw(st.sampled_from(ZONES)), first, draw(st.lists(row, max_size=20))


GRAINS: tuple[Grain, ...] = ("day", "week", "month", "total", "hour")
CHOICES: dict[str, tuple[Cell, ...]] = {
    "platform": ("ios", "", None),
    "plan": ("1", 2, None),
    "size": ("0-2", "6+", None),
}


@st.composite
def questions(draw: st.DrawFn) -> Question:
    dimension = draw(st.sampled_from(sorted(CHOICES)))
    condition = Condition(
        dimension=dimension,
        operator=draw(st.sampled_from(["=", "!="])),
        choices=tuple(draw(st.sets(st.sampled_from(CHOICES[dimension]), min_size=1))),
    )
    return Question(
        grain=draw(st.sampled_from(GRAINS)),
        last=draw(st.integers(1, 6)),
        compare=draw(st.sampled_from(["previous", "none"])),
        where=(condition,) if draw(st.booleans()) else (),
        by=tuple(draw(st.sets(st.sampled_from(sorted(CHOICES)), max_size=2))),
        running=draw(st.booleans()),
        as_of=draw(st.none() | st.integers(0, 60 * 60 * 24 * 24).map(seconds_later)),
    )


@pytest.fixture(autouse=True)
def small_chunks() -> Iterator[None]:
    with (
        patch.object(worker, "CHUNK_ROWS", 7),
        patch.object(scan, "LOOKAHEAD_DAYS", 3),
        patch.object(roll, "WORTH_A_SET", 2),
        patch.object(merging, "MOST_PARTS", 2),
    ):
        yield


@pytest.fixture(params=["read by SQL", "read by pages"], autouse=True)
def way_of_reading(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.param == "read by SQL":
        yield
        return
    with read_by_pages(), patch.object(pages_roll, "HELD_ROWS", 5):
        yield


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


RELAXED = settings(
    max_examples=20,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@RELAXED
@given(stores(), st.lists(questions(), min_size=1, max_size=3))
def test_partials_say_what_plain_sql_says(
    drawn: tuple[str, list[Row], list[Row]], asked: list[Question]
) -> None:
    zone, first, later = drawn
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        write_store(path, first, entity="INTEGER" if zone == "UTC" else "")
        with opened(path, tree_of(zone=zone)) as store:
            refresh(store)
            compared(store, [*asked, Question(grain="day")])
        append(path, later)
        with opened(path, tree_of(zone=zone)) as store:
            assert compared(store, asked) == 0 or not later
            refresh(store)
            compared(store, [*asked, Question(grain="day")])


@RELAXED
@given(
    stores(),
    st.lists(questions(), min_size=1, max_size=2),
    st.lists(st.sampled_from(["append", "refresh", "ask"]), min_size=2, max_size=6),
)
def test_kept_answers_are_those_of_the_store_as_it_is(
    drawn: tuple[str, list[Row], list[Row]], asked: list[Question], steps: list[str]
) -> None:
    zone, first, later = drawn
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        write_store(path, first, entity="INTEGER" if zone == "UTC" else "")
        rest = iter(later)
        for step in ("refresh", "ask", *steps, "ask"):
            with opened(path, tree_of(zone=zone)) as store:
                if step == "append":
                    append(path, [row for row, _ in zip(rest, range(5), strict=False)])
                elif step == "refresh":
                    refresh(store)
                else:
                    assert unequal_answers(store, [*asked, Question(grain="week")]) == []
        close_all()


@RELAXED
@given(stores(), st.integers(1, 60), questions())
def test_deleted_rows_cost_a_rebuild(
    drawn: tuple[str, list[Row], list[Row]], deleted: int, asked: Question
) -> None:
    zone, first, later = drawn
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        write_store(path, first, entity="INTEGER" if zone == "UTC" else "")
        with opened(path, tree_of(zone=zone)) as store:
            refresh(store)
        change(path, f"DELETE FROM events WHERE id % 7 = {deleted % 7}")
        append(path, [*later, first[0]])
        with opened(path, tree_of(zone=zone)) as store:
            refresh(store)
            compared(store, [asked, Question(grain="week")])


@RELAXED
@given(stores(), st.integers(0, 12), questions())
def test_a_killed_build_leaves_what_was_there(
    drawn: tuple[str, list[Row], list[Row]], steps: int, asked: Question
) -> None:
    zone, first, later = drawn
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "store.db"
        write_store(path, first, entity="INTEGER" if zone == "UTC" else "")
        with opened(path, tree_of(zone=zone)) as store:
            refresh(store)
        append(path, [*later, *first])
        left = iter([False] * steps)
        read: list[bool] = []
        with opened(path, tree_of(zone=zone)) as store:
            try:
                refresh(store, cancelled=lambda: next(left, True), read=lambda: read.append(True))
            except Cancelled:
                # what is made of what was read may be missing, and all is answered without
                assert compared(store, [asked]) == 0 or read
            refresh(store)
            compared(store, [asked, Question(grain="day")])
