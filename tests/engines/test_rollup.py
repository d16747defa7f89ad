"""Rollups answer what whole days can, for every way a store writes times and entities."""

import queue
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from unittest.mock import Mock, patch

import pytest
from click.testing import CliRunner

from metric_tui.analysis.answers import answer
from metric_tui.base.errors import Cancelled
from metric_tui.cli.refresh import refresh as command
from metric_tui.definitions.asks import Condition, FunnelMeasure, MeasureAsk, SimpleMeasure, Slice
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.engines.rollup import (
    build,
    close_all,
    describe,
    is_fresh,
    is_worthwhile,
    kernels,
    measures_for,
    refresh,
    refreshing,
    worker,
)
from metric_tui.engines.rollup.refreshing import Progress
from metric_tui.engines.sql.run import SqlMeasures, Told
from metric_tui.engines.sqlite import SqliteEngine
from metric_tui.engines.store import Store
from metric_tui.planning.question import Question
from tests.engines.rollup_stores import (
    TREE,
    Row,
    append,
    change,
    compared,
    opened,
    tree_of,
    without_logs,
    write_store,
)

FIRST = datetime(2026, 3, 1, tzinfo=UTC)

TIMES: dict[str, Callable[[datetime], Any]] = {
    "iso": lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "space": lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S"),
    "date": lambda moment: moment.strftime("%Y-%m-%d"),
    "offset": lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S+02:00"),
    "seconds": lambda moment: int(moment.timestamp()),
    "milliseconds": lambda moment: int(moment.timestamp() * 1000),
    "microseconds": lambda moment: int(moment.timestamp()) * 10**6,
    "nanoseconds": lambda moment: int(moment.timestamp()) * 10**9 + 999_999_999,
    "whole-number days": lambda moment: int(f"{moment:%Y%m%d}"),
    "whole-number months": lambda moment: int(f"{moment:%Y%m}"),
    "months": lambda moment: f"{moment:%Y-%m}",
}
ENTITIES: dict[str, Callable[[int], Any]] = {
    "numbers": lambda number: number,
    "texts": lambda number: f"user {number}",
    "large numbers": lambda number: 10**15 + number,
    "negative numbers": lambda number: -number,
    "fractions": lambda number: number / 7,
    "nothing": lambda number: None,
}
NOON = FIRST + timedelta(days=30, hours=12, minutes=34, seconds=56)
HOURS = (
    Question(grain="hour", last=60),
    Question(grain="hour", last=9, compare="year_ago", by=("platform",)),
    Question(grain="hour", last=20, as_of=NOON, by=("plan", "platform")),
    Question(
        grain="hour",
        as_of=NOON,
        running=True,
        where=(Condition(dimension="platform", operator="!=", choices=("ios",)),),
    ),
    Question(grain="week", as_of=NOON, running=True, by=("platform",)),
    Question(grain="day", as_of=NOON, running=True),
)
ASKED = (
    *HOURS[1:3],
    Question(grain="day"),
    Question(grain="week", compare="year_ago"),
    Question(grain="month", by=("platform",)),
    Question(grain="week", by=("plan", "platform")),
    Question(
        grain="week", where=(Condition(dimension="platform", operator="!=", choices=("ios",)),)
    ),
    Question(grain="total", by=("size",)),
)


@pytest.fixture(autouse=True)
def _closed() -> Any:
    yield
    close_all()


def rows(
    time: Callable[[datetime], Any] = TIMES["iso"],
    entity: Callable[[int], Any] = ENTITIES["numbers"],
    count: int = 400,
) -> list[Row]:
    return [
        (
            time(FIRST + timedelta(hours=3 * i + (i * 7919) % 50)),
            ("open", "open", "buy", "refund")[i % 4],
            entity(i % 13 + i // 40),
            ("ios", "android", None)[i % 3],
            i % 2,
            (i * 31) % 9 if i % 5 else None,
            int(i % 10 == 9),
        )
        for i in range(count)
    ]


@pytest.mark.parametrize("form", sorted(TIMES))
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
def test_every_form_of_time_gives_the_numbers_of_plain_sql(
    tmp_path: Path, form: str, zone: str
) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows(time=TIMES[form]))
    with opened(path, tree_of(zone=zone)) as store:
        refresh(store)
        assert compared(store, ASKED) > 100


@pytest.mark.parametrize("declared", ["", "INTEGER", "TEXT"])
@pytest.mark.parametrize("kind", sorted(ENTITIES))
def test_every_kind_of_entity_is_counted_as_plain_sql_counts_it(
    tmp_path: Path, kind: str, declared: str
) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows(entity=ENTITIES[kind]), entity=declared)
    with opened(path, tree_of()) as store:
        refresh(store)
        assert compared(store, ASKED) > 50
    append(path, rows(entity=ENTITIES[kind])[100:150])
    with opened(path, tree_of()) as store:
        assert refresh(store).rows_read <= 50
        assert compared(store, ASKED) > 50


@pytest.mark.parametrize("at_least", [0, 10**9])
def test_worker_processes_find_what_one_process_finds(tmp_path: Path, at_least: int) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows())
    with (
        opened(path, tree_of()) as store,
        patch.object(build, "ROWS_FOR_WORKERS", 10),
        # a large store's are started before its rows are counted
        patch.object(refreshing, "SIZE_FOR_WORKERS", at_least),
    ):
        report = refresh(store)
        assert report.rows_read == pytest.approx(400, abs=1)
        assert compared(store, ASKED) > 100


def test_workers_that_nobody_needs_are_ended(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows())
    crews = []

    def crew(count: int) -> worker.Crew:
        crews.append(made := worker.Crew([Mock() for _ in range(count)], queue.Queue()))
        return made

    with (
        opened(path, tree_of()) as store,
        patch.object(refreshing, "SIZE_FOR_WORKERS", 0),
        patch.object(refreshing, "Crew", Mock(of=crew)),
    ):
        refresh(store)
        # what is kept already is read by one process
        refresh(store)
    assert len(crews) == 1
    for process in crews[0].workers:
        cast(Mock, process).stop.assert_called_once_with()


def test_all_metrics_of_a_tree_are_answered_alike(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows())
    with opened(path, tree_of()) as store:
        refresh(store)
        for question in (*ASKED, Question(grain="week", running=True)):
            asked = question.about(*store.tree.metrics)
            plain = answer(asked, store, SqlMeasures(store), revision=0)
            fast = answer(asked, store, measures_for(store), revision=0)
            assert fast.metrics.keys() == plain.metrics.keys()
            for name, metric in plain.metrics.items():
                ours = fast.metrics[name].total.values
                assert ours == pytest.approx(metric.total.values), name
                assert [s.group for s in fast.metrics[name].segments] == [
                    s.group for s in metric.segments
                ]


def test_what_plain_sql_found_is_kept_until_the_store_changes(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows())
    asked = Question(grain="week", metrics=("median",))
    with opened(path, tree_of()) as store:
        refresh(store)
        first = answer(asked, store, measures_for(store), revision=0)
    with opened(path, tree_of()) as store:
        with patch.object(SqlMeasures, "scans", side_effect=lambda asks: _none_of(asks)):
            again = answer(asked, store, measures_for(store), revision=0)
        assert again.metrics == first.metrics
    append(path, rows()[:40])
    with opened(path, tree_of()) as store:
        plain = answer(asked, store, SqlMeasures(store), revision=0)
        assert answer(asked, store, measures_for(store), revision=0).metrics == plain.metrics


def _none_of(asks: Any) -> tuple[()]:
    assert not list(asks)
    return ()


ONE_TABLE = """
version: 1
sources:
  events: {table: events, agg_time_dimension: at, event_column: event}
metrics:
  buys: {agg: count, source: events, event: buy}
tree: {focus: buys}
"""
TWO_TABLES = ONE_TABLE.replace(
    "metrics:",
    """
  notes: {table: notes, agg_time_dimension: at}
metrics:
  noted: {agg: count, source: notes}""",
)


def asked_spans(store: Store, asked: Question) -> int:
    """How many spans of medians and funnels plain SQL is asked for."""
    seen = 0

    def counting(self: SqlMeasures, asks: Iterable[MeasureAsk], *told: Told) -> Any:
        nonlocal seen
        wanted = tuple(asks)
        seen += sum(
            len(ask.spans)
            for ask in wanted
            if isinstance(ask.measure, (SimpleMeasure, FunnelMeasure))
        )
        return plain(self, wanted, *told)

    plain = SqlMeasures.tables
    with patch.object(SqlMeasures, "tables", counting):
        found = answer(asked, store, measures_for(store), revision=0)
    assert found.metrics == answer(asked, store, SqlMeasures(store), revision=0).metrics
    return seen


def test_later_rows_cost_only_the_periods_they_touch(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, [(f"2026-03-{day:02d}T10:00:00Z", "buy", day, "ios", 1, day, 0)
                       for day in range(1, 21)])  # fmt: skip
    asked = Question(
        grain="day", start=date(2026, 3, 1), end=date(2026, 3, 10), compare="none",
        metrics=("median", "steps"),
    )  # fmt: skip
    longer = replace(asked, end=date(2026, 3, 12))
    with opened(path, tree_of()) as store, without_logs():
        refresh(store)
        # ten days of the median and of two steps of the funnel
        assert asked_spans(store, asked) == 30
        assert asked_spans(store, asked) == 0
        assert asked_spans(store, longer) == 6
    append(path, [("2026-03-21T10:00:00Z", "buy", 1, "ios", 1, 9, 0)])
    with opened(path, tree_of()) as store, without_logs():
        assert asked_spans(store, longer) > 0
        refresh(store)
        assert asked_spans(store, longer) == 0
    append(path, [("2026-03-07T10:00:00Z", "buy", 1, "ios", 1, 9, 0)])
    with opened(path, tree_of()) as store, without_logs():
        refresh(store)
        # the median from the 7th on; a funnel of two days, and a margin of three, from the 2nd on
        assert asked_spans(store, longer) == 6 + 2 * 11


def test_a_span_of_two_asks_is_kept_for_both(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows())
    with opened(path, tree_of()) as store:
        refresh(store)
        calendar = store.tree.settings.calendar
        week = calendar.period(date(2026, 3, 2), "week").span
        days = tuple(p.span for p in calendar.periods(date(2026, 3, 2), date(2026, 3, 8), "day"))
        median = store.tree.metrics["median"]
        assert isinstance(median, Simple)
        measure = median.measure(store.tree)
        asks = [
            MeasureAsk(measure=measure, spans=spans, slice=Slice())
            for spans in ((week,), (*days, week), (week, *days[:2]))
        ]
        first = measures_for(store).tables(asks)
        with patch.object(SqlMeasures, "scans", side_effect=_none_of):
            assert measures_for(store).tables(asks) == first
        assert SqlMeasures(store).tables(asks) == first


def test_what_was_found_before_it_was_stopped_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows())
    asked = Question(grain="day", last=3, metrics=("median", "steps", "bought"))
    with opened(path, tree_of()) as store, without_logs():
        refresh(store)
        calls = iter([False, True])
        with pytest.raises(Cancelled):
            answer(asked, store, measures_for(store, cancelled=lambda: next(calls)), revision=0)
        before = asked_spans(store, replace(asked, metrics=("median",)))
        assert before == 0
        assert asked_spans(store, replace(asked, metrics=("steps",))) > 0


def test_a_refresh_for_another_tree_answers_for_its_own_tables_only(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows())
    change(path, "CREATE TABLE notes (id INTEGER PRIMARY KEY, at TEXT)")
    change(path, "INSERT INTO notes (at) VALUES ('2026-03-09T10:00:00Z')")
    asked = Question(grain="day", start=date(2026, 3, 9), end=date(2026, 3, 9), compare="none",
                     metrics=("noted",))  # fmt: skip
    with opened(path, tree_of(TWO_TABLES)) as store:
        refresh(store)
        assert is_fresh(store)
        assert compared(store, [asked]) > 0
    change(path, "INSERT INTO notes (at) VALUES ('2026-03-09T11:00:00Z')")
    with opened(path, tree_of(ONE_TABLE)) as store:
        refresh(store)
        assert is_fresh(store)
    with opened(path, tree_of(TWO_TABLES)) as store:
        assert not is_fresh(store)
        found = answer(asked, store, measures_for(store), revision=0)
        assert found.metrics["noted"].total.values == (2.0,)
        refresh(store)
        assert is_fresh(store)


def test_a_store_opened_before_rows_came_is_answered_as_plain_sql_answers_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows(count=100))
    asked = Question(grain="day", last=3, running=True)
    with opened(path, tree_of()) as early:
        refresh(early)
        assert compared(early, [asked]) > 0
        append(path, [("2026-03-13T23:30:00Z", "open", 5, "ios", 1, 3, 0)] * 3)
        with opened(path, tree_of()) as late:
            refresh(late)
        assert is_fresh(early)
        compared(early, [asked])


def test_progress_says_how_fast_and_how_much_is_left(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows())
    seen: list[Progress] = []
    with opened(path, tree_of()) as store:
        refresh(store, seen.append)
    assert seen[-1].done == seen[-1].total == 400
    assert Progress(done=10, total=30, seconds=5.0).seconds_left == pytest.approx(10.0)
    assert Progress(done=0, total=30, seconds=0.0).seconds_left is None


def test_a_cache_is_described(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows())
    with opened(path, tree_of()) as store:
        assert describe(store).sources == () or not describe(store).is_fresh
        assert not is_fresh(store)
        refresh(store)
        described = describe(store)
    (source,) = described.sources
    assert described.is_fresh
    assert described.bytes > 0
    assert source.dimensions == ("platform", "plan", "size")
    assert source.built == source.partials


def test_small_stores_are_not_worth_a_cache(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows())
    with opened(path, tree_of()) as store:
        assert not is_worthwhile(store)
        assert isinstance(measures_for(store), SqlMeasures)
        assert isinstance(store.engine, SqliteEngine)


def test_a_view_is_left_to_plain_sql(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows())
    change(path, "CREATE VIEW seen AS SELECT * FROM events")
    with opened(path, tree_of(TREE.replace("table: events", "table: seen"))) as store:
        assert refresh(store).reasons == (("events", "it is no plain table"),)
        assert compared(store, ASKED[:1]) == 0


def test_the_command_reads_and_says_what_is_kept(tmp_path: Path) -> None:
    write_store(tmp_path / "store.db", rows())
    tree = tmp_path / "tree.yaml"
    tree.write_text(TREE.replace("ZONE", "UTC") + "store: store.db\n", encoding="utf-8")
    before = CliRunner().invoke(command, [str(tree), "--info"])
    assert "not built" in before.output
    first = CliRunner().invoke(command, [str(tree)])
    assert "400 rows in" in first.output
    assert "up to date" in CliRunner().invoke(command, [str(tree)]).output
    assert "400 rows in" in CliRunner().invoke(command, [str(tree), "--rebuild"]).output
    info = CliRunner().invoke(command, [str(tree), "--info"]).output
    assert "fresh" in info
    assert "by platform, plan, size" in info
    with patch.object(kernels, "library", lambda: None):
        info = CliRunner().invoke(command, [str(tree), "--info"]).output
    assert "many rows are read by numpy" in info
    with patch.object(kernels, "library", lambda: "there"):
        info = CliRunner().invoke(command, [str(tree), "--info"]).output
    assert "many rows are read by compiled loops" in info
