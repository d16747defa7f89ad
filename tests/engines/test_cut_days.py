"""Spans that begin or end inside of days are answered from the rows of the days they cut."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metric_tui.analysis.answers import answer
from metric_tui.base.errors import Cancelled, StoreError
from metric_tui.definitions.asks import Condition
from metric_tui.engines.rollup import close_all, measures_for, refresh
from metric_tui.engines.rollup.alone import NeedsStore, RollupsAlone
from metric_tui.engines.rollup.answers import answers_path
from metric_tui.engines.rollup.cut_days import keeping, opening, reader
from metric_tui.engines.rollup.cut_days.cuts import Cuts
from metric_tui.engines.rollup.cut_days.keeping import days_path
from metric_tui.engines.rollup.cut_days.reader import RowReader
from metric_tui.engines.rollup.files import cache_path
from metric_tui.engines.rollup.shelves import shelf_at
from metric_tui.engines.sql.run import SqlMeasures
from metric_tui.engines.store import Store
from metric_tui.planning.question import Question
from tests.engines.rollup_stores import (
    Compared,
    append,
    compared,
    opened,
    tree_of,
    unequal_answers,
    write_store,
)
from tests.engines.test_rollup import FIRST, HOURS, NOON, TIMES, rows

BY_HOUR = Question(grain="hour", last=30).about("revenue", "active", "rolling", "new", "days_2")


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield
    close_all()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "store.db"
    write_store(found, rows())
    with opened(found, tree_of()) as store:
        refresh(store)
    return found


def days_read(store: Store, question: Question = BY_HOUR) -> int:
    """How many days are read from the store for a question, which is answered as plain SQL does."""
    found: list[int] = []
    read = RowReader.read

    def noted(self: RowReader, engine: Any, days: Iterable[int]) -> Any:
        wanted = list(days)
        found.extend(wanted)
        return read(self, engine, wanted)

    with patch.object(RowReader, "read", noted):
        fast = answer(question, store, measures_for(store), revision=0)
    plain = answer(question, store, SqlMeasures(store), revision=0)
    for name, metric in plain.metrics.items():
        assert fast.metrics[name].total.values == pytest.approx(metric.total.values), name
    return len(found)


@given(st.lists(st.integers(10, 20), max_size=8).map(sorted))
def test_places_number_days_and_parts_of_days_in_order(days: list[int]) -> None:
    cuts = Cuts(tuple(FIRST + timedelta(seconds=n) for n in range(len(days))), tuple(days))
    place = 5
    for day in range(5, 25):
        assert cuts.place(day) == place
        parts = range(days.count(day) + 1) if day in days else [None]
        for part in parts:
            assert cuts.spot(place) == (day, part)
            place += 1


def test_fractions_of_seconds_lie_on_the_side_of_a_bound_that_sql_puts_them(
    tmp_path: Path,
) -> None:
    path = tmp_path / "store.db"
    moments = [NOON + timedelta(microseconds=n) for n in (-1, -400, -500_000, 0, 1, 999_999)]
    write_store(path, [
        (moment.strftime("%Y-%m-%dT%H:%M:%S.%f"), "buy", n, "ios", 1, 2**n, 0)
        for n, moment in enumerate(moments)
    ])  # fmt: skip
    with opened(path, tree_of()) as store:
        refresh(store)
        for seconds in (-1, 0, 1):
            asked = Question(grain="day", as_of=NOON + timedelta(seconds=seconds), running=True)
            answers = Compared(store)
            answer(asked.about("revenue", "active"), store, answers, revision=0)
            answers.shelf.close()
            assert answers.differences == []


def test_a_day_is_read_once_for_all_measures_filters_and_breakdowns(path: Path) -> None:
    with opened(path, tree_of()) as store:
        # two days of hours, and those three days earlier where windows begin
        assert 2 <= days_read(store) <= 6
        assert days_read(store, BY_HOUR.sliced_by("platform")) == 0
        condition = Condition(dimension="plan", operator="=", choices=("1",))
        filtered = Question(grain="hour", last=30, where=(condition,))
        assert days_read(store, filtered.about("revenue", "rolling", "gone")) == 0


def test_the_next_process_takes_what_was_kept(path: Path) -> None:
    with opened(path, tree_of()) as store:
        assert days_read(store)
    close_all()
    with opened(path, tree_of()) as store:
        assert days_read(store, BY_HOUR.sliced_by("platform")) == 0


def test_what_was_kept_holds_for_days_that_nothing_new_touches(path: Path) -> None:
    with opened(path, tree_of()) as store:
        until = Question(grain="hour", last=30, as_of=NOON).about("revenue", "active")
        assert days_read(store, until)
    append(path, [(TIMES["iso"](NOON + timedelta(days=60)), "buy", 3, "ios", 1, 5, 0)])
    close_all()
    with opened(path, tree_of()) as store:
        refresh(store)
        assert days_read(store, until.sliced_by("platform")) == 0
    late = NOON - timedelta(hours=14)
    append(path, [(TIMES["iso"](late), "buy", 3, "ios", 1, 5, 0)])
    close_all()
    with opened(path, tree_of()) as store:
        refresh(store)
        assert days_read(store, until.sliced_by("platform")) > 0


def test_another_time_zone_reads_days_of_its_own(path: Path) -> None:
    with opened(path, tree_of()) as store:
        assert days_read(store)
    with opened(path, tree_of(zone="Asia/Kolkata")) as store:
        refresh(store)
        assert days_read(store)


def test_a_damaged_file_of_days_costs_only_time(path: Path) -> None:
    with opened(path, tree_of()) as store:
        cache = cache_path(store)
        assert cache is not None
        days_path(cache).write_bytes(b"this is no database" * 100)
        assert days_read(store)
        close_all()
        answers_path(cache).unlink()
        assert days_read(store)
        close_all()
        answers_path(cache).unlink()
        # the damaged file went when the days could not be written
        assert days_read(store) == 0


def test_few_days_stay_on_disk(path: Path) -> None:
    with opened(path, tree_of()) as store, patch.object(keeping, "MOST_BYTES", 1):
        cache = cache_path(store)
        assert cache is not None
        assert days_read(store)
        close_all()
        answers_path(cache).unlink()
        assert days_read(store)


def test_questions_by_hour_of_text_entities_are_answered_alike(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows(entity=lambda number: f"user {number}"))
    with opened(path, tree_of(zone="America/New_York")) as store:
        refresh(store)
        assert compared(store, HOURS) > 200


def test_few_days_stay_in_memory(path: Path) -> None:
    with opened(path, tree_of()) as store, patch.object(reader, "MOST_ROWS_HELD", 1):
        assert unequal_answers(store, HOURS) == []


def test_what_would_take_too_many_rows_is_left_to_plain_sql(path: Path) -> None:
    with opened(path, tree_of()) as store, patch.object(opening, "MOST_ROWS", 0):
        assert days_read(store) == 0


def test_sums_too_large_to_be_exact_are_left_to_plain_sql(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    first = [(f"2026-03-02T{hour:02d}:00:00Z", "buy", 1, "ios", 1, 2**53 + 1, 0)
             for hour in range(20)]  # fmt: skip
    write_store(path, first)
    with opened(path, tree_of()) as store:
        refresh(store)
        asked = Question(grain="hour", last=10).about("revenue", "largest")
        fast = answer(asked, store, measures_for(store), revision=0)
        plain = answer(asked, store, SqlMeasures(store), revision=0)
        assert fast.metrics == plain.metrics


def test_a_store_that_changes_while_days_are_read_is_answered_by_plain_sql(path: Path) -> None:
    read = RowReader.read
    fresh = [(TIMES["iso"](NOON + timedelta(days=19, hours=n)), "buy", 3, "ios", 1, 5, 0)
             for n in range(30)]  # fmt: skip

    def written(self: RowReader, *rest: Any) -> Any:
        found = read(self, *rest)
        if fresh:
            append(path, fresh)
            fresh.clear()
        return found

    with opened(path, tree_of()) as store:
        # a store remembers how far its rows reach
        answer(BY_HOUR, store, SqlMeasures(store), revision=0)
        with patch.object(RowReader, "read", written):
            fast = answer(BY_HOUR, store, measures_for(store), revision=0)
        assert not fresh
        plain = answer(BY_HOUR, store, SqlMeasures(store), revision=0)
        assert {n: m.total.values for n, m in fast.metrics.items()} == {
            n: m.total.values for n, m in plain.metrics.items()
        }
        cache = cache_path(store)
        assert cache is not None
        assert not days_path(cache).exists()


def test_others_get_answers_while_days_are_read(path: Path) -> None:
    read = RowReader.read
    told: list[object] = []

    with opened(path, tree_of()) as store:
        by_day = Question(grain="day").about("revenue")

        def ask() -> None:
            told.append(answer(by_day, store, measures_for(store), revision=0))

        def awaited(self: RowReader, *rest: Any) -> Any:
            other = Thread(target=ask)
            other.start()
            other.join(20)
            told.append("read")
            return read(self, *rest)

        with patch.object(RowReader, "read", awaited):
            assert days_read(store) > 0
        assert told[1] == "read"
        assert told[0] == answer(by_day, store, SqlMeasures(store), revision=0)


def test_rows_that_the_store_refuses_are_left_to_plain_sql(path: Path) -> None:
    with opened(path, tree_of()) as store:
        refused = patch.object(RowReader, "read", side_effect=StoreError("it is locked"))
        with refused as read:
            fast = answer(BY_HOUR, store, measures_for(store), revision=0)
        assert read.call_count > 0
        plain = answer(BY_HOUR, store, SqlMeasures(store), revision=0)
        assert fast.metrics == plain.metrics


def test_rollups_alone_do_not_read_the_store(path: Path) -> None:
    with opened(path, tree_of()) as store:
        cache = cache_path(store)
        assert cache is not None
        alone = RollupsAlone(store, shelf_at(cache), lambda: False)
        with pytest.raises(NeedsStore):
            answer(BY_HOUR, store, alone, revision=0)
        days_read(store)
        by_platform = BY_HOUR.sliced_by("platform")
        found = answer(by_platform, store, alone, revision=0)
        plain = answer(by_platform, store, SqlMeasures(store), revision=0)
        assert found.metrics["revenue"].total == plain.metrics["revenue"].total


def test_a_question_given_up_while_days_are_read_is_given_up(path: Path) -> None:
    with opened(path, tree_of()) as store:
        stopped = patch.object(RowReader, "read", side_effect=Cancelled("stopped"))
        with stopped as read, pytest.raises(Cancelled):
            answer(BY_HOUR, store, measures_for(store), revision=0)
        assert read.call_count == 1
