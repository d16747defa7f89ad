"""How fast rollups answer: changed questions, opening, and against plain SQL and DuckDB."""

import csv
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from metric_tui.analysis.answers import answer, setting_of, slice_of
from metric_tui.analysis.foreseen import filtered_questions, foreseen_questions
from metric_tui.base.series import Table
from metric_tui.definitions.asks import Condition, MeasureAsk, MetricAsk
from metric_tui.definitions.tree import MetricTree
from metric_tui.engines.rollup import close_all, describe, measures_for
from metric_tui.engines.rollup.answers import answers_path
from metric_tui.engines.rollup.files import cache_path
from metric_tui.engines.rollup.measures import RollupMeasures
from metric_tui.engines.sql.run import SqlMeasures, Told, nobody
from metric_tui.engines.sql.simple import Outcome
from metric_tui.engines.sqlite import SqliteEngine
from metric_tui.engines.store import Store
from metric_tui.planning.build import plan
from metric_tui.planning.question import Question
from tests.benchmarks.hours import by_hour
from tests.benchmarks.idling import Idling
from tests.benchmarks.measuring import DIMENSIONS, Lines, spread, timed

QUESTIONS: tuple[Question, ...] = (
    Question(grain="week"),
    Question(grain="day"),
    Question(grain="month"),
    Question(grain="quarter"),
    Question(grain="week", last=52),
    Question(grain="day", last=120),
    Question(grain="week", compare="year_ago"),
    Question(grain="month", compare="year_ago"),
    *(
        Question(grain="week", where=(Condition(dimension=d, operator="=", choices=(v,)),))
        for d, v in (("platform", "ios"), ("country", "FR"), ("country", "US"))
    ),
    Question(
        grain="day", where=(Condition(dimension="platform", operator="!=", choices=("web",)),)
    ),
    *(Question(grain="week", by=(d,)) for d in DIMENSIONS),
    Question(grain="month", by=("platform",)),
    Question(
        grain="week",
        by=("country",),
        where=(Condition(dimension="platform", operator="=", choices=("android",)),),
    ),
)


def answering(path: Path, tree: MetricTree, lines: Lines, *, with_duckdb: bool) -> None:
    """All figures of a store whose rollups are fresh."""
    engine = SqliteEngine(path)
    try:
        store = Store(engine, tree)
        changed_questions(store, lines)
        Idling(path, store, _forget).measure(lines)
        if "mau" in tree.metrics:
            rolling_and_lifecycle(store, lines)
        by_hour(store, lines)
        plain_path(store, lines)
        if with_duckdb:
            against_duckdb(path, store, lines)
        assert describe(store).is_fresh
    finally:
        close_all()
        engine.close()


class OnlyPartials:
    """Answers what partials can, gives empty tables for the rest, and notes which is which."""

    def __init__(self, measures: RollupMeasures) -> None:
        self.measures = measures
        self.answered: set[MeasureAsk] = set()

    def tables(
        self, asks: Iterable[MeasureAsk], told: Told = nobody
    ) -> Mapping[MeasureAsk, Outcome]:
        wanted = tuple(asks)
        found = self.measures.from_partials(wanted)
        self.answered.update(found)
        return {
            ask: found[ask].table if ask in found else Table(len(ask.spans), {}) for ask in wanted
        }


def changed_questions(store: Store, lines: Lines) -> None:
    """All questions of new rollups, after what is foreseen was answered, and of what is in memory."""
    _forget(store)
    found = _asked("first time asked, of new rollups", store, lines)
    share = f"{len(found.asked) - len(found.by_sql)} of {len(found.asked)} measures asked"
    lines.add("of these, answered without a statement to the store", share)
    _forget(store)
    measures = measures_for(store)
    questions = (*foreseen_questions(store), *filtered_questions(store, measures))
    seconds = timed(lambda: [answer(q, store, measures, revision=0) for q in questions]).wall
    lines.add(
        f"the {len(questions)} questions that are foreseen, answered once", f"{seconds:.1f} s"
    )
    close_all()
    _asked("after these, opened anew", store, lines)
    _forget(store, also_memory=False)
    shelf = _rollups(store).shelf
    shelf.answers.clear()
    for log in shelf.logs.values():
        log.memo.clear()
    _asked("computed anew, all read", store, lines)
    _asked("asked again", store, lines)


class Asked:
    """Answers as the explorer's measures do, and notes how long that takes and what SQL is asked."""

    def __init__(self, store: Store) -> None:
        self.measures = _rollups(store)
        self.seconds = 0.0
        self.asked: set[MeasureAsk] = set()
        self.by_sql: set[MeasureAsk] = set()
        plain = self.measures.plain.tables

        def noted(asks: Iterable[MeasureAsk], told: Told = nobody) -> Any:
            wanted = tuple(asks)
            self.by_sql.update(wanted)
            return plain(wanted, told)

        self.measures.plain.tables = noted  # type: ignore[method-assign]

    def tables(
        self, asks: Iterable[MeasureAsk], told: Told = nobody
    ) -> Mapping[MeasureAsk, Outcome]:
        wanted = tuple(asks)
        self.asked.update(wanted)
        started = time.perf_counter()
        found = self.measures.tables(wanted, told)
        self.seconds = time.perf_counter() - started
        return found


def _asked(label: str, store: Store, lines: Lines) -> Asked:
    asked, measured, inside = Asked(store), [], []
    for question in QUESTIONS:
        started = time.perf_counter()
        answer(question, store, asked, revision=0)
        measured.append(time.perf_counter() - started)
        inside.append(asked.seconds)
    lines.add(
        f"changed question of the tree, {label}: median / p95 / worst",
        f"{spread(measured)} ms (in the rollups {spread(inside)} ms)",
    )
    return asked


def _rollups(store: Store) -> RollupMeasures:
    measures = measures_for(store)
    assert isinstance(measures, RollupMeasures)
    return measures


def _forget(store: Store, *, also_memory: bool = True) -> None:
    """Drop the answers kept on disk, and what is held of rollups."""
    path = cache_path(store)
    assert path is not None
    answers_path(path).unlink(missing_ok=True)
    if also_memory:
        close_all()


def from_partials_only(store: Store, question: Question) -> tuple[MeasureAsk, ...]:
    """The measures of a question that partials answer."""
    measures = measures_for(store)
    assert isinstance(measures, RollupMeasures)
    only = OnlyPartials(measures)
    answer(question, store, only, revision=0)
    return tuple(only.answered)


def rolling_and_lifecycle(store: Store, lines: Lines) -> None:
    """DAU, WAU and MAU of 730 days, and five states of 104 weeks, from the file and from memory."""
    daily = _asks(store, ("dau", "mau"), Question(grain="day", last=730, compare="none"))
    wau = tuple(
        replace(ask, spans=tuple(replace_start(span, 7) for span in ask.spans))
        for ask in _asks(store, ("dau",), Question(grain="day", last=730, compare="none"))
    )
    names = ("new_users", "retained_users", "resurrected_users", "churned_users", "dormant_users")
    weekly = _asks(store, names, Question(grain="week", last=103, compare="none"))
    close_all()
    for label in ("from the file", "from memory"):
        measures = measures_for(store)
        assert isinstance(measures, RollupMeasures)
        # whole answers are remembered too, which would make the second time free
        measures.shelf.answers.clear()
        started = time.perf_counter()
        for asks in (daily, wau, weekly):
            assert len(measures.from_partials(asks)) == len(asks)
        seconds = time.perf_counter() - started
        lines.add(
            f"DAU, WAU, MAU of 730 days and weekly lifecycle, {label}", f"{seconds * 1e3:.0f} ms"
        )


def against_duckdb(path: Path, store: Store, lines: Lines) -> None:
    """The same measures by our own SQL over a native DuckDB table."""
    import duckdb

    from metric_tui.engines.duckdb import DuckdbEngine

    native = path.with_suffix(".duckdb")
    if not native.exists():
        _copied(path, native, duckdb)
    engine = DuckdbEngine(native)
    try:
        other = Store(engine, store.tree)
        week = from_partials_only(store, Question(grain="week"))
        sets = {"the tree by week": week}
        if "mau" in store.tree.metrics:
            daily = Question(grain="day", last=730, compare="none")
            sets["MAU of 730 days"] = _asks(store, ("mau",), daily)
            weekly = Question(grain="week", last=103, compare="none")
            sets["lifecycle of 103 weeks"] = _asks(store, ("resurrected_users",), weekly)
        for what, asks in sets.items():
            rollups = measures_for(store)
            rollups.tables(asks)
            ours = min(_seconds(rollups, asks) for _ in range(3))
            plain = SqlMeasures(other)
            plain.tables(asks[:1])
            theirs = _seconds(plain, asks)
            lines.add(
                f"{what}: native DuckDB / rollups in memory",
                f"{theirs * 1e3:,.0f} / {ours * 1e3:.1f} ms = {theirs / ours:,.0f}x",
            )
    finally:
        engine.close()


def _seconds(measures: Any, asks: Sequence[MeasureAsk]) -> float:
    if isinstance(measures, RollupMeasures):
        # counts and unions are remembered between questions, which would make this run free
        memo = measures.shelf.memo
        for key in [key for key in memo if isinstance(key, tuple) and key[-1] == "lifecycle"]:
            del memo[key]
        measures.shelf.unions.clear()
        measures.shelf.answers.clear()
    return timed(lambda: measures.tables(asks)).wall


def _copied(path: Path, native: Path, duckdb: Any) -> None:
    text = native.with_suffix(".csv")
    with closing(sqlite3.connect(path)) as source, text.open("w", newline="") as file:
        cursor = source.execute("SELECT * FROM events")
        writer = csv.writer(file)
        names = [entry[0] for entry in cursor.description]
        while rows := cursor.fetchmany(10_000):
            writer.writerows([["\\N" if cell is None else cell for cell in row] for row in rows])
        declared = {row[1]: row[2] for row in source.execute("PRAGMA table_info(events)")}
    kinds = {"INTEGER": "BIGINT", "REAL": "DOUBLE", "TEXT": "VARCHAR"}
    columns = ", ".join(f"'{name}': '{kinds[declared[name]]}'" for name in names)
    with closing(duckdb.connect(str(native))) as connection:
        connection.execute(
            f"CREATE TABLE events AS SELECT * FROM read_csv('{text}', header = false,"
            f" nullstr = '\\N', columns = {{{columns}}})"
        )
    text.unlink()


def replace_start(span: Any, days: int) -> Any:
    return replace(span, start=span.end - timedelta(days=days))


def _asks(store: Store, metrics: Sequence[str], question: Question) -> tuple[MeasureAsk, ...]:
    setting, frame = setting_of(store, question)
    spans = tuple(period.span for period in frame.periods)
    asks = [MetricAsk(metric=m, spans=spans, slice=slice_of(question)) for m in metrics]
    return plan(asks, setting).measures


def plain_path(store: Store, lines: Lines) -> None:
    """The measures that partials answer, by plain SQL, for the tree's first question."""
    asks = from_partials_only(store, Question(grain="week"))
    ours = _seconds(measures_for(store), asks)
    theirs = timed(lambda: SqlMeasures(store).tables(asks)).wall
    lines.add(
        f"{len(asks)} measures of the tree by week: plain SQLite / rollups",
        f"{theirs:.2f} s / {ours * 1e3:.1f} ms = {theirs / ours:,.0f}x",
    )
