"""Sessions, funnels, conversions and percentiles from kept rows are those of plain SQL."""

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from metric_tui.analysis.answers import answer
from metric_tui.base.series import Table
from metric_tui.definitions.asks import (
    Condition,
    ConversionMeasure,
    FunnelMeasure,
    MeasureAsk,
    RetentionMeasure,
    SessionsMeasure,
)
from metric_tui.engines.rollup import close_all, is_complete, measures_for, refresh, worker
from metric_tui.engines.rollup.cache import Cache
from metric_tui.engines.rollup.files import cache_path
from metric_tui.engines.rollup.logs import answering, memory, merging
from metric_tui.engines.rollup.logs.answering import log_table
from metric_tui.engines.rollup.logs.condensing import (
    BASES,
    CONVERTED,
    DEPTHS,
    ROWS,
    STARTERS,
    TOTALS,
)
from metric_tui.engines.rollup.logs.condensing import blocks as condensing
from metric_tui.engines.rollup.logs.tracks import may_have_logs
from metric_tui.engines.rollup.measures import RollupMeasures
from metric_tui.engines.rollup.pack import BLOCK_DAYS
from metric_tui.engines.rollup.pages import roll as pages_roll
from metric_tui.engines.sql.run import SqlMeasures, Told, nobody
from metric_tui.engines.sql.simple import Outcome
from metric_tui.engines.store import Store
from metric_tui.planning.question import Question
from tests.engines.rollup_stores import (
    Compared,
    Row,
    append,
    compared,
    differences,
    opened,
    read_by_pages,
    tree_of,
    write_store,
)

ORDERED = (
    "steps", "second", "rate", "bought", "buyers", "at_last", "visits", "length", "single", "each",
    "median", "high", "one_of",
)  # fmt: skip
IOS = Condition(dimension="platform", operator="=", choices=("ios",))
NOT_IOS = Condition(dimension="platform", operator="!=", choices=("ios",))
QUESTIONS = tuple(
    question.about(*ORDERED)
    for question in (
        Question(grain="week"),
        Question(grain="month", by=("platform",)),
        Question(grain="day", last=20, where=(IOS,)),
        Question(grain="total", by=("plan", "size"), where=(NOT_IOS,)),
        Question(grain="hour", last=40),
        Question(grain="week", running=True, compare="previous"),
    )
)


@pytest.fixture(autouse=True)
def small_chunks() -> Iterator[None]:
    with patch.object(worker, "CHUNK_ROWS", 60), patch.object(pages_roll, "HELD_ROWS", 40):
        yield
    close_all()


@pytest.fixture(params=["read by SQL", "read by pages"])
def way_of_reading(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.param == "read by SQL":
        yield
        return
    with read_by_pages():
        yield


def rows(count: int, *, seed: int, finest: str = "s", days: int = 40) -> list[Row]:
    """Rows of few people, close together, many at the same instant, some late."""
    chance = random.Random(seed)
    start = datetime(2026, 2, 20, 21, tzinfo=UTC)
    moments = sorted(chance.randrange(0, days * 24 * 12) * 300_000 for _ in range(count))
    for place in range(0, count, 9):
        moments[place] = moments[chance.randrange(count)]
    found = []
    for moment in moments:
        finer = {"s": 0, "ms": 1000 * chance.randrange(1000)}.get(finest)
        if finer is None:
            finer = chance.choice([chance.randrange(1_000_000), 999_500, 999_999, 500, 12_345])
        timespec = {"s": "seconds", "ms": "milliseconds"}.get(finest, "microseconds")
        at = (start + timedelta(milliseconds=moment, microseconds=finer)).isoformat(
            timespec=timespec
        )
        found.append(
            (
                at.replace("+00:00", "Z"),
                chance.choice(["open", "open", "buy", "refund", "other"]),
                chance.randrange(1, 9),
                chance.choice(["ios", "android", None]),
                chance.choice([1, 2, None]),
                chance.choice([1, 2.5, 3, 7, None]),
                0,
            )
        )
    return found


class Noting:
    """Answers by plain SQL and notes what depends on order."""

    is_noted = staticmethod(may_have_logs)

    def __init__(self, store: Store) -> None:
        self.plain = SqlMeasures(store)
        self.asks: list[MeasureAsk] = []

    def tables(
        self, asks: Iterable[MeasureAsk], told: Told = nobody
    ) -> Mapping[MeasureAsk, Outcome]:
        wanted = tuple(asks)
        self.asks += [ask for ask in wanted if type(self).is_noted(ask.measure)]
        return self.plain.tables(wanted, told)


def ordered_asks(store: Store) -> list[MeasureAsk]:
    noting = Noting(store)
    answer(QUESTIONS[0], store, noting, revision=0)
    return noting.asks


@pytest.mark.parametrize("finest", ["s", "ms", "us"])
@pytest.mark.usefixtures("way_of_reading")
def test_whatever_depends_on_order_is_answered_from_kept_rows(tmp_path: Path, finest: str) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows(600, seed=1, finest=finest))
    with opened(path, tree_of()) as store:
        refresh(store)
        answers = Compared(store)
        asks = ordered_asks(store)
        assert len(asks) >= len(ORDERED)
        assert answers.rollups.from_partials(asks).keys() == set(asks)
        answers.shelf.close()
        compared(store, QUESTIONS)


@pytest.mark.usefixtures("way_of_reading")
def test_later_and_late_rows_join_the_kept_ones(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows(300, seed=2))
    for seed in range(3, 7):
        with opened(path, tree_of()) as store:
            refresh(store)
            compared(store, QUESTIONS)
        append(path, rows(40, seed=seed))


def test_rows_of_one_instant_stand_in_the_order_they_were_written(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    at = "2026-03-02T12:00:00Z"
    tied: list[Row] = [
        (at, "open", 1, platform, 1, 1, 0) for platform in ("ios", "android", "ios", "web")
    ]
    write_store(path, [*tied, (at, "buy", 1, "ios", 1, 1, 0), *rows(80, seed=8)])
    with opened(path, tree_of()) as store:
        refresh(store)
    append(path, list(reversed(tied)))
    with opened(path, tree_of()) as store:
        refresh(store)
        compared(store, [Question(grain="day", last=60, by=("platform",)).about(*ORDERED)])


@pytest.mark.parametrize("gap", ["20 minutes", "1 day", "3 days"])
def test_sessions_go_on_over_any_number_of_midnights(tmp_path: Path, gap: str) -> None:
    path = tmp_path / "store.db"
    start = datetime(2026, 2, 1, tzinfo=UTC)
    chain: list[Row] = [
        ((start + timedelta(hours=19 * step)).strftime("%Y-%m-%dT%H:%M:%SZ"), "open", 1, "ios", 1, 1, 0)
        for step in range(90)
    ]  # fmt: skip
    write_store(path, [*chain, *rows(100, seed=9)])
    text = (
        "version: 1\nsettings: {timezone: ZONE, grain: day}\nsources:\n  events: {table: events,"
        " agg_time_dimension: at, event_column: event, entities: {user: user_id},"
        " dimensions: {platform: platform}}\nmetrics:\n"
        f"  visits: {{type: sessions, entity: user, gap: {gap}}}\n"
        f"  length: {{type: sessions, entity: user, gap: {gap}, calculation: average_duration}}\n"
        "tree: {focus: visits}\n"
    )
    with opened(path, tree_of(text)) as store:
        refresh(store)
        questions = [
            Question(grain="day", last=40), Question(grain="week", by=("platform",)),
            Question(grain="month", where=(NOT_IOS,)),
        ]  # fmt: skip
        assert compared(store, questions) >= 6


def until(ask: MeasureAsk, cutoff: datetime) -> MeasureAsk | None:
    """The same up to a moment, in its spans that end before."""
    measure = ask.measure
    if not isinstance(measure, (SessionsMeasure, FunnelMeasure, ConversionMeasure)):
        return None
    spans = tuple(span for span in ask.spans if span.end <= cutoff)
    return replace(ask, measure=replace(measure, cutoff=cutoff), spans=spans)


def test_any_end_of_what_counts_is_that_of_plain_sql(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows(500, seed=14, days=90))
    monday = datetime(2026, 3, 2, tzinfo=UTC)
    cutoffs = [monday + timedelta(weeks=weeks, hours=h) for weeks in range(10) for h in (0, 2)]
    with opened(path, tree_of(zone="UTC")) as store:
        refresh(store)
        answers = Compared(store)
        for cutoff in [*cutoffs, monday + timedelta(weeks=90)]:
            asks = [one for ask in ordered_asks(store) if (one := until(ask, cutoff)) is not None]
            plain = answers.plain.tables(asks)
            found = answers.rollups.from_partials(asks)
            assert found.keys() == set(asks)
            unequal = [
                differences(ask, answer, table)
                for ask, answer in found.items()
                if isinstance(table := plain[ask], Table)
            ]
            assert unequal == [[]] * len(asks)
        assert {part for part, _ in read_parts(answers)} >= {TOTALS, ROWS, STARTERS}
        answers.shelf.close()


def read_parts(answers: Compared) -> set[tuple[int, int]]:
    """What was read of condensed logs, by part and block."""
    return {key for own in answers.shelf.condensed.values() for key in own._read}


def test_how_far_a_funnel_gets_is_counted_anew_where_only_its_end_has_grown(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    # the last day of a block of days, and one in the next
    day = datetime.fromordinal(739_700 // BLOCK_DAYS * BLOCK_DAYS - 1)
    later = day + timedelta(days=7)

    def at(moment: datetime, event: str, user: int) -> Row:
        return (f"{moment:%Y-%m-%dT12:00:00Z}", event, user, "ios", 1, 1, 0)

    write_store(path, [at(day, "open", user) for user in range(5)])
    for user in range(3):
        with opened(path, tree_of(zone="UTC")) as store:
            refresh(store)
            compared(store, [Question(grain="day", last=20).about("rate", "steps", "second")])
        append(path, [at(later, event, user) for event in ("open", "buy")])


def test_sessions_of_many_cells_are_cut_of_all_rows(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows(300, seed=15))
    with patch.object(condensing, "ROWS_TO_JUDGE", 10), patch.object(condensing, "MOST_ROWS", 0.0):
        with opened(path, tree_of()) as store:
            refresh(store)
        # nor are they condensed from where they have grown
        condensing.MOST_ROWS = 1.0
        append(path, rows(40, seed=16))
        with opened(path, tree_of()) as store:
            refresh(store)
            answers = Compared(store)
            answers.rollups.from_partials(ordered_asks(store))
            assert {part for part, _ in read_parts(answers)} == {DEPTHS, BASES, CONVERTED}
            answers.shelf.close()
            assert is_complete(store)
            compared(store, QUESTIONS)


def test_what_is_dropped_from_memory_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows(400, seed=10))
    with opened(path, tree_of()) as store, patch.object(memory, "MOST_BYTES", 2_000):
        refresh(store)
        answers = Compared(store)
        assert isinstance(answers.rollups, RollupMeasures)
        compared(store, [*QUESTIONS, *QUESTIONS])
        asks = ordered_asks(store)
        answers.rollups.from_partials(asks)
        answers.shelf.answers.clear()
        answers.shelf.log_memory.make_room()
        assert answers.shelf.log_memory.bytes <= 2_000
        assert answers.rollups.from_partials(asks).keys() == set(asks)
        answers.shelf.close()


def test_answers_are_kept_by_span_with_the_groups_of_all(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    early = [row for row in rows(300, seed=17) if row[3] != "android"]
    write_store(path, [*early, *rows(60, seed=18, days=60)[40:]])
    by_group = Question(grain="week", by=("platform",)).about(*ORDERED)
    with opened(path, tree_of()) as store:
        refresh(store)
        noting = Noting(store)
        answer(by_group, store, noting, revision=0)
        expected = noting.plain.tables(noting.asks)
        first = [replace(ask, spans=ask.spans[:3]) for ask in noting.asks]
        measures_for(store).tables(first)
        close_all()
        asked: list[MeasureAsk] = []

        def noted(*arguments: Any) -> Any:
            asked.append(arguments[-1])
            return log_table(*arguments)

        with patch.object(answering, "log_table", noted):
            found = measures_for(store).tables(noting.asks)
        assert {len(ask.spans) for ask in asked} == {len(noting.asks[0].spans) - 3}
        assert found == expected
        close_all()
        with patch.object(answering, "log_table", side_effect=AssertionError):
            assert measures_for(store).tables(noting.asks) == expected


def test_text_among_values_is_told_by_plain_sql(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, [*rows(60, seed=11), ("2026-03-01T00:00:00Z", "buy", 1, "ios", 1, "dear", 0)])
    with opened(path, tree_of()) as store:
        refresh(store)
        answers = Compared(store)
        percentiles = [ask for ask in ordered_asks(store) if hasattr(ask.measure, "percentile")]
        assert percentiles
        assert answers.rollups.from_partials(percentiles) == {}
        answers.shelf.close()


def test_who_starts_in_two_groups_on_one_day_starts_in_the_first(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    write_store(path, rows(400, seed=12))
    names = ("week_1", "spans", "months", "same")
    by_group = Question(grain="week", by=("platform",)).about(*names)
    with opened(path, tree_of()) as store:
        refresh(store)
        noting = Noting(store)
        with patch.object(
            Noting, "is_noted", staticmethod(lambda m: isinstance(m, RetentionMeasure))
        ):
            answer(by_group, store, noting, revision=0)
        answers = Compared(store)
        found = answers.rollups.from_partials(noting.asks)
        answers.shelf.close()
        split = [ask for ask in noting.asks if ask.slice.by]
        assert len(split) >= len(names)
        assert found.keys() >= set(split)
        compared(
            store, [by_group, Question(grain="month", by=("plan",), where=(IOS,)).about(*names)]
        )


def test_a_day_that_is_refreshed_often_keeps_few_parts(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    chance = random.Random(13)
    write_store(path, rows(40, seed=13, days=2))
    with patch.object(merging, "MOST_PARTS", 3):
        for seed in range(20, 32):
            with opened(path, tree_of()) as store:
                refresh(store)
            more = rows(chance.randrange(1, 4), seed=seed, days=2)
            append(
                path, [(*row[:3], chance.choice(["ios", f"new {seed}"]), *row[4:]) for row in more]
            )
    with opened(path, tree_of()) as store:
        refresh(store)
        cache_file = cache_path(store)
        assert cache_file is not None
        cache = Cache.for_reading(cache_file)
        assert cache is not None
        logged = cache.rows_between("sets", 0, 2**62)
        counts = [len(parts) for _, parts in logged if all(isinstance(k, int) for k in parts)]
        cache.close()
        assert counts
        # those of one refresh join the merged ones
        assert max(counts) <= merging.MOST_PARTS + 1
        compared(store, QUESTIONS)
