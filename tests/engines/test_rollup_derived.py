"""Arrivals and weeks, made of each day's sets, hold after whatever comes later."""

import marshal
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyroaring import BitMap

from metric_tui.base.errors import Cancelled
from metric_tui.definitions.asks import Condition
from metric_tui.engines.rollup import close_all, describe, is_complete
from metric_tui.engines.rollup.cache import row_id
from metric_tui.engines.rollup.files import cache_path
from metric_tui.engines.rollup.refreshing import refresh
from metric_tui.engines.rollup.wanted import wanted_tracks
from metric_tui.planning.question import Question
from tests.engines.rollup_stores import Row, append, compared, opened, tree_of, write_store

TREE = """
version: 1
settings: {timezone: ZONE, grain: week, week_start: WEEK_START}
sources:
  events:
    table: events
    agg_time_dimension: at
    event_column: event
    entities: {user: user_id}
    dimensions:
      platform: platform
      plan: plan
metrics:
  active: {agg: count_distinct, expr: user, event: open}
  buyers: {agg: count_distinct, expr: user, event: buy}
  rolling: {type: cumulative, input_metric: active, window: 28 days}
  LIFECYCLE
  back_after_a_week: {type: retention, start: buy, return: open, unit: week, offset: 1}
  back_in_days: {type: retention, start: [open, buy], return: open, brackets: [[1, 2], [5, 9]]}
  back_ever: {type: retention, start: buy, return: buy, unit: month, criteria: on_or_after}
tree: {focus: active}
"""
LIFECYCLE = """
  new: {type: lifecycle, input_metric: active, state: new}
  kept: {type: lifecycle, input_metric: active, state: retained}
  back: {type: lifecycle, input_metric: active, state: resurrected}
  gone: {type: lifecycle, input_metric: active, state: churned}
  asleep: {type: lifecycle, input_metric: active, state: dormant}
"""
FIRST, DAYS = datetime(2026, 1, 14, tzinfo=UTC), 110


def tree_text(*, week_start: str = "monday", lifecycle: str = LIFECYCLE) -> str:
    return TREE.replace("WEEK_START", week_start).replace("  LIFECYCLE\n", lifecycle)


def rows_between(first: int, last: int, count: int, seed: int) -> list[Row]:
    """Events of few users, in the order of their times."""
    chosen = random.Random(seed)
    days = sorted(chosen.uniform(first, last) for _ in range(count))
    return [
        (
            (FIRST + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            chosen.choice(["open", "open", "buy"]),
            chosen.randrange(60),
            chosen.choice(["ios", "android", "web", None]),
            chosen.choice([1, "1", "pro"]),
            1,
            0,
        )
        for day in days
    ]


def filtered(operator: str, *choices: str) -> tuple[Condition, ...]:
    return (Condition(dimension="platform", operator=operator, choices=choices),)  # type: ignore[arg-type]


QUESTIONS = (
    Question(grain="week", last=20),
    Question(grain="day", last=40, by=("platform",)),
    Question(grain="month", where=filtered("=", "ios"), by=("plan",)),
    Question(grain="week", last=6, where=filtered("!=", "web")),
    Question(grain="week", last=6, where=filtered("=", "ios", "android"), by=("plan",)),
)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield
    close_all()


def refreshed_and_compared(path: Path, text: str) -> None:
    with opened(path, tree_of(text)) as store:
        refresh(store)
        (source,) = describe(store).sources
        assert source.built == source.partials
        assert compared(store, QUESTIONS) > 0


LATER = {
    "the last day": (DAYS - 1, DAYS),
    "the days after": (DAYS, DAYS + 5),
    "a month later": (DAYS + 30, DAYS + 40),
    "the last block": (DAYS - 9, DAYS),
    "an early day": (3, 4),
    "before all": (-40, -35),
    "everywhere": (-5, DAYS + 5),
}


@pytest.mark.parametrize("when", LATER)
@pytest.mark.parametrize("week_start", ["monday", "sunday"])
def test_later_events_change_them_as_they_change_plain_sql(
    tmp_path: Path, when: str, week_start: str
) -> None:
    path, text = tmp_path / "store.db", tree_text(week_start=week_start)
    write_store(path, rows_between(0, DAYS, 900, seed=1), entity="INTEGER")
    refreshed_and_compared(path, text)
    first, last = LATER[when]
    append(path, rows_between(first, last, 25, seed=2))
    refreshed_and_compared(path, text)
    assert derived(path, text) == derived_anew(path, text)


def test_many_small_refreshes_leave_what_one_would(tmp_path: Path) -> None:
    path, text = tmp_path / "store.db", tree_text()
    chosen = random.Random(3)
    write_store(path, rows_between(0, 30, 200, seed=4), entity="INTEGER")
    for step in range(12):
        with opened(path, tree_of(text)) as store:
            refresh(store)
        day = 30 + 7 * step
        late = chosen.choice([day, day, day - 3, day - 20, chosen.randrange(day)])
        append(path, rows_between(late, day + 7, 30, seed=step))
    refreshed_and_compared(path, text)
    assert derived(path, text) == derived_anew(path, text)


def test_a_set_that_another_tree_brought_further_makes_them_anew(tmp_path: Path) -> None:
    path, text = tmp_path / "store.db", tree_text()
    other = tree_text(week_start="sunday", lifecycle="")
    write_store(path, rows_between(0, DAYS, 600, seed=5), entity="INTEGER")
    refreshed_and_compared(path, text)
    append(path, rows_between(10, DAYS, 40, seed=6))
    with opened(path, tree_of(other)) as store:
        refresh(store)
        compared(store, QUESTIONS)
    with opened(path, tree_of(text)) as store:
        # the arrivals of the lifecycle lag behind, and nothing is read of them
        assert compared(store, QUESTIONS) > 0
    append(path, rows_between(DAYS, DAYS + 3, 20, seed=7))
    refreshed_and_compared(path, text)
    assert derived(path, text) == derived_anew(path, text)


def derived(path: Path, text: str) -> dict[tuple[str, str, int], Any]:
    """What stands in the rows of the derived tracks, by the track's key, table and place."""
    found = {}
    with opened(path, tree_of(text)) as store:
        cache = cache_path(store)
        assert cache is not None
        wanted, _ = wanted_tracks(store)
        with closing(sqlite3.connect(cache)) as connection:
            for space, tracks in wanted.items():
                for track in tracks:
                    key = track.key(space.key)
                    number = connection.execute(
                        "SELECT id FROM tracks WHERE key = ?", (key,)
                    ).fetchone()[0]
                    low, high = row_id(number, 0, 0), row_id(number + 1, 0, 0)
                    for table in ("sets", "blocks") if track.is_derived else ():
                        for identifier, data in connection.execute(
                            f"SELECT id, data FROM {table} WHERE id >= ? AND id < ?", (low, high)
                        ):
                            row = marshal.loads(data)
                            if table == "sets":
                                row = {g: set(BitMap.deserialize(e)) for g, e in row.items()}
                            found[key, table, identifier - low] = row
    assert found
    return found


def derived_anew(path: Path, text: str) -> dict[tuple[str, str, int], Any]:
    """The same after everything was read anew."""
    with opened(path, tree_of(text)) as store:
        refresh(store, rebuild=True)
    return derived(path, text)


def test_everything_is_answered_before_they_are_made(tmp_path: Path) -> None:
    path, text = tmp_path / "store.db", tree_text()
    write_store(path, rows_between(0, DAYS, 600, seed=7), entity="INTEGER")
    answered: list[int] = []
    with opened(path, tree_of(text)) as store:

        def ask() -> None:
            answered.append(compared(store, QUESTIONS))
            assert is_complete(store)
            (source,) = describe(store).sources
            assert source.built < source.partials

        refresh(store, read=ask)
        assert answered == [compared(store, QUESTIONS)]
    assert answered[0] > 50
    assert derived(path, text) == derived_anew(path, text)


def test_another_refresh_between_reading_and_making_them_is_respected(tmp_path: Path) -> None:
    path, text = tmp_path / "store.db", tree_text()
    write_store(path, rows_between(0, DAYS, 600, seed=8), entity="INTEGER")

    def another() -> None:
        append(path, rows_between(5, DAYS, 40, seed=9))
        with opened(path, tree_of(text)) as store:
            refresh(store)

    with opened(path, tree_of(text)) as store:
        refresh(store, read=another)
    refreshed_and_compared(path, text)
    assert derived(path, text) == derived_anew(path, text)


def test_one_stopped_while_they_are_made_makes_them_next_time(tmp_path: Path) -> None:
    path, text = tmp_path / "store.db", tree_text()
    write_store(path, rows_between(0, DAYS, 600, seed=10), entity="INTEGER")
    is_read: list[bool] = []
    with opened(path, tree_of(text)) as store:
        with pytest.raises(Cancelled):
            refresh(store, read=lambda: is_read.append(True), cancelled=lambda: bool(is_read))
        assert compared(store, QUESTIONS) > 50
        assert is_complete(store)
        assert not is_complete(store, also_derived=True)
    append(path, rows_between(DAYS - 2, DAYS, 3, seed=11))
    refreshed_and_compared(path, text)
    assert derived(path, text) == derived_anew(path, text)
