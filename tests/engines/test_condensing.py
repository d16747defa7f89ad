"""What is condensed in a process of its own, or after a few rows more, is what is condensed here."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from metric_tui.base.errors import Cancelled
from metric_tui.engines.rollup import build, close_all, is_complete, refresh
from metric_tui.engines.rollup.build import Builder
from metric_tui.engines.rollup.cache import Cache, row_id
from metric_tui.engines.rollup.files import cache_path
from metric_tui.engines.rollup.logs import keeping
from metric_tui.engines.rollup.logs.condensing import (
    BASES,
    CONVERTED,
    DEPTHS,
    TooMixed,
    depths,
    sessions,
)
from metric_tui.engines.rollup.logs.reading import unpacked
from metric_tui.engines.rollup.process import Process
from metric_tui.engines.rollup.wanted import wanted_tracks
from metric_tui.engines.store import Store
from metric_tui.planning.question import Question
from tests.engines.rollup_stores import Row, append, compared, opened, tree_of, write_store
from tests.engines.test_logs import IOS, ORDERED, rows


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    path = tmp_path / "store.db"
    write_store(path, rows(700, seed=19, days=80))
    with opened(path, tree_of()) as found:
        yield found
    close_all()


def condensed(store: Store) -> dict[tuple[str, int], Any]:
    """What stands in the rows of condensed tracks, by the track's key and block."""
    path = cache_path(store)
    assert path is not None
    cache = Cache.for_reading(path)
    assert cache is not None
    found: dict[tuple[str, int], Any] = {}
    for space, tracks in wanted_tracks(store)[0].items():
        for track in tracks:
            if track.made_of and track.made_of[0].shape == "log":
                kept = cache.track(space, track)
                assert kept is not None
                low, high = (row_id(kept.number + more, 0, 0) for more in (0, 1))
                for number, parts in cache.rows_between("sets", low, high - 1):
                    found[track.key(space.key), number - low] = parts
    cache.close()
    return found


@pytest.fixture
def here(store: Store) -> dict[tuple[str, int], Any]:
    refresh(store, rebuild=True)
    found = condensed(store)
    assert len(found) > 20
    return found


def test_it_is_the_same_in_a_process_of_its_own(
    store: Store, here: dict[tuple[str, int], Any]
) -> None:
    with (
        patch.object(build, "ROWS_FOR_WORKERS", 10),
        patch.object(keeping, "keep_condensed", side_effect=AssertionError),
    ):
        refresh(store, rebuild=True)
    assert is_complete(store, also_derived=True)
    assert condensed(store) == here


def test_it_is_made_here_where_the_process_dies(
    store: Store, here: dict[tuple[str, int], Any]
) -> None:
    def broken(module: str, answers: Any) -> Process:
        return Process("metric_tui.no_such_module", answers)

    with patch.object(build, "ROWS_FOR_WORKERS", 10), patch.object(keeping, "Process", broken):
        refresh(store, rebuild=True)
    assert condensed(store) == here


def test_what_is_not_worth_it_there_is_left_out(store: Store) -> None:
    def mixed(*_: Any) -> Iterator[Any]:
        raise TooMixed
        yield

    with (
        patch.object(build, "ROWS_FOR_WORKERS", 10),
        patch.object(keeping.Condensing, "_blocks", mixed),
    ):
        refresh(store, rebuild=True)
    assert condensed(store) == {}
    assert is_complete(store, also_derived=True)


def test_stopping_ends_the_process(store: Store) -> None:
    started: list[Process] = []
    process = Process.__init__

    def noted(own: Process, *given: Any) -> None:
        process(own, *given)
        started.append(own)

    is_read: list[bool] = []
    with (
        patch.object(build, "ROWS_FOR_WORKERS", 10),
        patch.object(Process, "__init__", noted),
        patch.object(Builder, "_derive"),
        pytest.raises(Cancelled),
    ):
        refresh(store, read=lambda: is_read.append(True), cancelled=lambda: bool(is_read))
    assert started
    assert all(own._process.poll() is not None for own in started)


def of_few_cells(row: Row) -> Row:
    """The same row, of some users always in one cell, so that whole sessions are."""
    at, event, user, *_, is_test = row
    return (at, event, user, "ios", 1, 1, is_test) if user % 2 else row


def kinds(store: Store) -> Counter[tuple[Any, ...]]:
    """The condensed rows of funnels and conversions, in whatever order groups were met."""
    found: Counter[tuple[Any, ...]] = Counter()
    for (key, place), parts in condensed(store).items():
        for part, (groups, counts, wholes) in parts.items():
            if part in (DEPTHS, BASES, CONVERTED):
                columns = [unpacked(whole, sum(counts)).tolist() for whole in wholes]
                days = [day for day, count in enumerate(counts) for _ in range(count)]
                for day, cell, *values in zip(days, *columns, strict=True):
                    found[key, place, part, day, groups[cell], *values] += 1
    return found


def restless() -> list[Row]:
    """Rows of two users who pause for hours only, for days on end; one changes between cells."""
    start = datetime(2026, 4, 1, tzinfo=UTC)
    return [
        ((start + timedelta(hours=4 * step)).strftime("%Y-%m-%dT%H:%M:%SZ"), "open", user, platform, 1, 1, 0)
        for step in range(60)
        for user, platform in ((51, "ios"), (52, "ios" if step % 7 else "android"))
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_rows_that_come_change_what_they_touch(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    every = [*map(of_few_cells, rows(900, seed=seed, days=75)), *restless()]
    every.sort(key=lambda row: str(row[0]))
    late = sorted(chance.sample(range(len(every)), 60))
    waiting = [every[place] for place in late]
    steady = [row for place, row in enumerate(every) if place not in set(late)]
    path = tmp_path / "store.db"
    cuts = [500, *sorted(chance.sample(range(510, len(steady)), 5)), len(steady)]
    write_store(path, steady[: cuts[0]])
    questions = [
        question.about(*ORDERED)
        for question in (
            Question(grain="day", last=75),
            Question(grain="week", by=("platform",)),
            Question(grain="month", where=(IOS,)),
        )
    ]
    gone_over, from_day = depths._gone_over, sessions._from_day
    used: Counter[str] = Counter()

    def noted_members(*given: Any) -> Any:
        used["members"] += 1
        return gone_over(*given)

    def noted_days(*given: Any) -> Any:
        found = from_day(*given)
        used["block" if found is None else "days"] += 1
        return found

    with (
        patch.object(depths, "_gone_over", noted_members),
        patch.object(sessions, "_from_day", noted_days),
    ):
        for begin, end in pairwise(cuts):
            with opened(path, tree_of()) as store:
                refresh(store)
                compared(store, questions)
            # a few rows come a day or two late, and one much later
            fresh = [row for row in waiting if str(row[0]) < str(steady[end - 1][0])]
            near = fresh[-3:] if end < len(steady) else fresh
            waiting = [row for row in waiting if row not in near]
            append(path, [*steady[begin:end], *near])
        with opened(path, tree_of()) as store:
            refresh(store)
            compared(store, questions)
            found = kinds(store)
            refresh(store, rebuild=True)
            assert found == kinds(store)
            assert len(found) > 500
    assert used["members"] > 3
    assert used["days"] > 1
    close_all()
