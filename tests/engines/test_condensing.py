"""What is condensed in a process of its own is what is condensed here."""

from collections.abc import Iterator
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
from metric_tui.engines.rollup.logs.condensing import TooMixed
from metric_tui.engines.rollup.process import Process
from metric_tui.engines.rollup.wanted import wanted_tracks
from metric_tui.engines.store import Store
from tests.engines.rollup_stores import opened, tree_of, write_store
from tests.engines.test_logs import rows


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
