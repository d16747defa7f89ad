"""What plain SQL answers by day, where no rows are kept, serves every grain and range then."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from metric_tui.analysis.answers import answer
from metric_tui.definitions.asks import MeasureAsk
from metric_tui.engines.rollup import close_all, measures_for, refresh
from metric_tui.engines.sql.run import SqlMeasures
from metric_tui.planning.question import Question
from tests.engines.rollup_stores import (
    append,
    opened,
    tree_of,
    unequal_answers,
    without_logs,
    write_store,
)

FIRST = datetime(2026, 3, 2, tzinfo=UTC)
TEXT = """
version: 1
settings: {timezone: America/New_York, grain: week}
sources:
  events:
    table: events
    agg_time_dimension: at
    event_column: event
    entities: {user: user_id}
    dimensions: {platform: platform}
metrics:
  opens: {agg: count, event: open}
  buys: {agg: count, event: buy}
  visits: {type: sessions, entity: user, gap: 6 hours}
  length: {type: sessions, entity: user, gap: 6 hours, calculation: average_duration}
  bounced: {type: sessions, entity: user, gap: 6 hours, calculation: bounce_rate}
  bought: {type: conversion, entity: user, base_metric: opens, conversion_metric: buys, window: 3 days}
  each: {type: sessions, entity: user, gap: 6 hours, calculation: per_entity}
tree: {focus: visits}
"""
SUMMED = ("visits", "length", "bounced", "bought")


def rows(first: int, count: int) -> list[tuple[Any, ...]]:
    return [
        (
            (FIRST + timedelta(hours=3 * i + (i * 7919) % 11)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            ("open", "buy", "open")[i % 3],
            i % 7 + i // 90,
            ("ios", "web", None)[i % 5 % 3],
            1,
            None,
            0,
        )
        for i in range(first, first + count)
    ]


@pytest.fixture(autouse=True)
def no_logs() -> Iterator[None]:
    with without_logs():
        yield


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    found = tmp_path / "store.db"
    write_store(found, rows(0, 700))
    with opened(found, tree_of(TEXT)) as store:
        refresh(store)
    yield found
    close_all()


def asked_of_sql(path: Path, question: Question) -> list[int]:
    """How many spans each statement of plain SQL was asked for."""
    asked: list[int] = []
    scans = SqlMeasures.scans

    def noted(self: SqlMeasures, asks: Iterable[MeasureAsk]) -> Any:
        wanted = tuple(asks)
        asked.extend(len(ask.spans) for ask in wanted)
        return scans(self, wanted)

    with opened(path, tree_of(TEXT)) as store, patch.object(SqlMeasures, "scans", noted):
        assert answer(question, store, measures_for(store), revision=0).is_whole
    return asked


def about(grain: Any, *, by: tuple[str, ...] = (), last: int = 4) -> Question:
    return Question(grain=grain, last=last, by=by, metrics=SUMMED)


@pytest.mark.parametrize("by", [(), ("platform",)])
def test_other_grains_of_days_already_read_ask_nothing(path: Path, by: tuple[str, ...]) -> None:
    assert max(asked_of_sql(path, about("week", by=by, last=12))) >= 12 * 7
    days = Question(
        grain="day", start=date(2026, 5, 4), end=date(2026, 5, 24), by=by, metrics=SUMMED
    )
    assert asked_of_sql(path, days) == []
    assert asked_of_sql(path, about("month", by=by, last=1)) == []
    with opened(path, tree_of(TEXT)) as store:
        questions = [about(grain, by=by) for grain in ("day", "week", "month")]
        assert unequal_answers(store, questions) == []


def test_only_days_not_read_before_are_asked_for(path: Path) -> None:
    asked_of_sql(path, about("week", last=4))
    begun = Question(
        grain="week", start=date(2026, 3, 16), end=date(2026, 5, 24), metrics=("visits",)
    )
    (spans,) = asked_of_sql(path, begun)
    assert 0 < spans < 10 * 7


def test_later_events_cost_the_days_they_touch(path: Path) -> None:
    asked_of_sql(path, about("week", last=8))
    append(path, rows(700, 60))
    with opened(path, tree_of(TEXT)) as store:
        refresh(store)
    fresh = asked_of_sql(path, Question(grain="week", last=8, metrics=("visits", "bounced")))
    assert 0 < max(fresh) < 14
    with opened(path, tree_of(TEXT)) as store:
        assert unequal_answers(store, [about("week", last=8), about("month")]) == []


def test_what_does_not_add_up_is_asked_by_period(path: Path) -> None:
    asked_of_sql(path, Question(grain="day", last=60, metrics=("each",)))
    assert 5 in asked_of_sql(path, Question(grain="week", last=4, metrics=("each",)))
    with opened(path, tree_of(TEXT)) as store:
        assert unequal_answers(store, [Question(grain="week")]) == []
