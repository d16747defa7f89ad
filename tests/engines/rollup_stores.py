"""Small stores and trees that the tests of rollups share, and the comparison of both answerers."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from metric_tui.analysis.answers import answer
from metric_tui.base.errors import QuestionError
from metric_tui.base.series import Table
from metric_tui.definitions.asks import MeasureAsk, VolumeMeasure
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.rollup import build, measures, measures_for, worker
from metric_tui.engines.rollup.answered import Answered
from metric_tui.engines.rollup.files import cache_path
from metric_tui.engines.rollup.logs import tracks
from metric_tui.engines.rollup.measures import RollupMeasures
from metric_tui.engines.rollup.roll import Batch
from metric_tui.engines.rollup.scan import Job
from metric_tui.engines.rollup.shelf import Shelf
from metric_tui.engines.sql.run import SqlMeasures, Told, nobody
from metric_tui.engines.sql.simple import Outcome
from metric_tui.engines.sqlite import SqliteEngine
from metric_tui.engines.store import Store
from metric_tui.loading.load import load
from metric_tui.planning.answer import MetricAnswer
from metric_tui.planning.question import Question

TREE = """
version: 1
settings: {timezone: ZONE, grain: day}
sources:
  events:
    table: events
    agg_time_dimension: at
    event_column: event
    entities: {user: user_id}
    dimensions:
      platform: platform
      plan: plan
      size: {expr: "amount", buckets: [2, 5]}
    filter: is_test = 0
metrics:
  revenue: {agg: sum, event: buy, expr: amount}
  buys: {agg: count, event: buy}
  all_rows: {agg: count}
  amounts: {agg: count, expr: amount}
  ios_buys: {agg: count, event: buy, filter: "platform = 'ios'"}
  price: {agg: average, event: [buy, refund], expr: amount}
  smallest: {agg: min, expr: amount}
  largest: {agg: max, event: buy, expr: amount}
  dear: {agg: sum_boolean, event: buy, expr: amount > 3}
  active: {agg: count_distinct, expr: user, event: open}
  everyone: {agg: count_distinct, expr: user}
  median: {agg: median, event: buy, expr: amount}
  per_user: {type: ratio, numerator: {metric: revenue, filter: "plan = 1"}, denominator: active}
  rolling: {type: cumulative, input_metric: active, window: 3 days}
  to_date: {type: cumulative, input_metric: revenue, grain_to_date: month}
  ever: {type: cumulative, input_metric: everyone}
  new: {type: lifecycle, input_metric: active, state: new}
  kept: {type: lifecycle, input_metric: active, state: retained}
  back: {type: lifecycle, input_metric: active, state: resurrected}
  gone: {type: lifecycle, input_metric: active, state: churned}
  asleep: {type: lifecycle, input_metric: active, state: dormant}
  week_1: {type: retention, start: buy, return: open, unit: week, offset: 1}
  day_0: {type: retention, start: buy, return: open, offset: 0}
  same: {type: retention, start: open, return: [open], offset: 0, recurring: true}
  days_2: {type: retention, start: [active], return: [active, buy], offset: 2, recurring: true}
  later: {type: retention, start: [open, buy], return: [buy], offset: 2, criteria: on_or_after}
  spans: {type: retention, start: open, return: open, brackets: [[1, 2], [5, 9]]}
  months: {type: retention, start: buy, return: other, unit: month, criteria: on_or_after}
  steps: {type: funnel, entity: user, steps: [open, buy, refund], window: 2 days}
  bought: {type: conversion, entity: user, base_metric: opens, conversion_metric: buys, window: 3 days}
  opens: {agg: count, event: open}
  visits: {type: sessions, entity: user, gap: 6 hours}
  length: {type: sessions, entity: user, gap: 6 hours, calculation: average_duration}
  single: {type: sessions, entity: user, event: open, gap: 40 hours, calculation: bounce_rate}
  each: {type: sessions, entity: user, gap: 20 minutes, calculation: per_entity}
  second: {type: funnel, entity: user, steps: [buy, [open, other]], window: 30 hours, step: 2}
  rate: {type: funnel, entity: user, steps: [open, open, buy], window: 9 days, calculation: conversion_rate}
  buyers: {type: conversion, entity: user, base_metric: opens, conversion_metric: who, window: 1 month}
  at_last: {type: conversion, entity: user, base_metric: opens, conversion_metric: buys}
  who: {agg: count_distinct, event: buy, expr: user}
  high: {agg: percentile, percentile: 0.9, expr: amount}
  one_of: {agg: percentile, percentile: 0.3, discrete: true, event: [buy, open], expr: amount, filter: "plan = 1"}
tree: {focus: revenue}
"""

COLUMNS = ("at", "event", "user_id", "platform", "plan", "amount", "is_test")
Row = tuple[Any, ...]


def tree_of(text: str = TREE, *, zone: str = "Europe/Lisbon") -> MetricTree:
    """A tree, known to be sound."""
    loaded = load(text.replace("ZONE", zone), name="tree")
    assert loaded.tree is not None, loaded.problems
    return loaded.tree


def write_store(path: Path, rows: Iterable[Row], *, entity: str = "") -> None:
    """A store with the table `events`, whose entity is declared as told."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            f"CREATE TABLE events (id INTEGER PRIMARY KEY, at, event TEXT, user_id {entity},"
            " platform TEXT, plan, amount, is_test INTEGER DEFAULT 0)"
        )
        connection.commit()
    append(path, rows)


def append(path: Path, rows: Iterable[Row]) -> None:
    """Add rows at the end."""
    marks = ", ".join("?" for _ in COLUMNS)
    change(path, f"INSERT INTO events ({', '.join(COLUMNS)}) VALUES ({marks})", rows)


def change(path: Path, statement: str, rows: Iterable[Row] = ((),)) -> None:
    """Run a statement on a store."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executemany(statement, list(rows))
        connection.commit()


@contextmanager
def opened(path: Path, tree: MetricTree) -> Iterator[Store]:
    """A store, closed at the end."""
    engine = SqliteEngine(path)
    try:
        yield Store(engine, tree)
    finally:
        engine.close()


class Compared:
    """Answers by plain SQL and notes what the partials say of the same."""

    def __init__(self, store: Store) -> None:
        path = cache_path(store)
        assert path is not None
        self.plain = SqlMeasures(store)
        self.shelf = Shelf(path)
        self.rollups = RollupMeasures(store, self.shelf, self.plain)
        self.answered = 0
        self.differences: list[str] = []

    def tables(
        self, asks: Iterable[MeasureAsk], told: Told = nobody
    ) -> Mapping[MeasureAsk, Outcome]:
        wanted = tuple(asks)
        plain = self.plain.tables(wanted)
        for ask, answered in self.rollups.from_partials(wanted).items():
            # whole days tell whether the log is whole, also of a question about hours
            self.answered += not isinstance(ask.measure, VolumeMeasure)
            expected = plain[ask]
            assert isinstance(expected, Table), expected
            self.differences += differences(ask, answered, expected)
        return plain


def unequal_answers(store: Store, questions: Sequence[Question]) -> list[str]:
    """Metrics whose answers, kept ones included, are others than those of plain SQL."""
    found = []
    for question in questions:
        asked = question.about(*store.tree.metrics)
        with suppress(QuestionError):
            plain = answer(asked, store, SqlMeasures(store), revision=0)
            fast = answer(asked, store, measures_for(store), revision=0)
            for name, metric in plain.metrics.items():
                if not _are_equal(metric, fast.metrics[name]):
                    found.append(f"{name} {question}: {fast.metrics[name]} {metric}")
    return found


def _are_equal(plain: MetricAnswer, fast: MetricAnswer) -> bool:
    parts = {segment.group: segment.values for segment in plain.segments}
    others = {segment.group: segment.values for segment in fast.segments}
    return parts.keys() == others.keys() and all(
        is_equal(left, right)
        for one, other in [(plain.total, fast.total), *((parts[g], others[g]) for g in parts)]
        for left, right in zip(
            (*one.values, *one.compared), (*other.values, *other.compared), strict=True
        )
    )


def differences(ask: MeasureAsk, answered: Answered, plain: Table) -> list[str]:
    """Where the partials say something else than plain SQL."""
    found = []
    for group in dict.fromkeys([*answered.table.values, *plain.values]):
        pairs = zip(answered.table.of(group), plain.of(group), strict=True)
        for index, (ours, theirs) in enumerate(pairs):
            if index not in answered.missing and not is_equal(ours, theirs):
                found.append(f"{ask.measure} {ask.slice} {group} {index}: {ours} {theirs}")
    return found


def is_equal(left: float | None, right: float | None) -> bool:
    """Equal up to the order in which floats were added."""
    if left is None or right is None:
        return left is right
    return abs(left - right) <= 1e-9 * max(1.0, abs(left), abs(right))


def compared(store: Store, questions: Sequence[Question]) -> int:
    """How many asks the partials answered, all of them as plain SQL does."""
    answers = Compared(store)
    try:
        for question in questions:
            with suppress(QuestionError):
                # a store may hold nothing but test events
                answer(question.about(*store.tree.metrics), store, answers, revision=0)
    finally:
        answers.shelf.close()
    assert answers.differences == []
    return answers.answered


@contextmanager
def without_logs() -> Iterator[None]:
    """Have plain SQL answer what depends on the order of rows, as where none of it is kept."""
    with (
        patch.object(measures, "may_have_logs", lambda measure: False),
        patch.object(tracks, "may_have_logs", lambda measure: False),
    ):
        yield


@contextmanager
def read_by_pages() -> Iterator[list[bool]]:
    """Read stores by their pages in this process, as worker processes do.

    Yields:
        Of every stretch of rows, whether its pages could be read; nothing of a table that is not
        of this kind at all.
    """
    from metric_tui.engines.rollup.pages.either import EitherRoller

    stretches: list[bool] = []
    here, read = worker.scanned_here, EitherRoller.read

    def by_pages(job: Job, *rest: Any) -> Iterator[Batch]:
        return here(replace(job, by_pages=True), *rest)

    def noted(roller: EitherRoller, low: int, high: int) -> None:
        read(roller, low, high)
        stretches.append(roller.way.failures == 0)

    with patch.object(build, "scanned_here", by_pages), patch.object(EitherRoller, "read", noted):
        yield stretches
