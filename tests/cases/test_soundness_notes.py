"""Notes that a value rests on little: few rows, days without events, rows of nobody."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from metric_tui.analysis.answers import answer
from metric_tui.analysis.inspection import sql_of
from metric_tui.base.series import Note
from metric_tui.engines.open import open_engine
from metric_tui.engines.rollup import close_all, measures_for, refresh
from metric_tui.engines.store import Store
from metric_tui.loading.load import load_file
from metric_tui.planning.question import Question
from tests.cases.asking import Tree, write_tree
from tests.conftest import SmallStore

COLUMNS = "happened TEXT, event TEXT, user INTEGER, amount REAL"
FIRST = date(2026, 1, 5)
WEEKS = 14
MISSING = date(2026, 3, 18)
"""A Wednesday of the eleventh week on which nobody bought anything."""

METRICS: Tree = {
    "visitors": {"agg": "count_distinct", "expr": "user", "event": "visit"},
    "visits": {"agg": "count", "event": "visit"},
    "buys": {"agg": "count", "event": "buy"},
    "spent": {"agg": "sum", "event": "buy", "expr": "amount"},
    "rare": {"agg": "count", "event": "rare"},
    "typical": {"agg": "median", "event": "buy", "expr": "amount"},
    "mean_rare": {"agg": "average", "event": "rare", "expr": "amount"},
    "buy_rate": {"type": "ratio", "numerator": "buys", "denominator": "visits"},
    "rare_rate": {"type": "ratio", "numerator": "buys", "denominator": "rare"},
    "per_amount": {"type": "ratio", "numerator": "buys", "denominator": "spent"},
    "buys_28": {"type": "cumulative", "input_metric": "buys", "window": "28 days"},
    "funnel": {"type": "funnel", "entity": "user", "steps": ["visit", "buy"], "window": "1 day"},
    "sessions": {"type": "sessions", "entity": "user", "event": ["visit"]},
}


def rows() -> Iterator[tuple[str, str, int | None, float]]:
    for place in range(7 * WEEKS):
        day = FIRST + timedelta(days=place)
        for user in range(8):
            yield f"{day} 10:00:00", "visit", user, 1.0
        yield f"{day} 11:00:00", "visit", None, 1.0
        # an empty day of eight is met by chance in 1 of 3,000, of six in 1 of 400
        for user in range(8 if day != MISSING else 0):
            yield f"{day} 12:00:00", "buy", user, 2.0
        if place % 7 == 0:
            yield f"{day} 13:00:00", "rare", 1, 3.0


@pytest.fixture
def store(small_store: SmallStore, tmp_path: Path) -> Iterator[Store]:
    source = {
        "table": "events",
        "agg_time_dimension": "happened",
        "event_column": "event",
        "entities": {"user": "user"},
    }
    tree: Tree = {"version": 1, "sources": {"events": source}, "metrics": METRICS}
    tree["tree"] = {"focus": "buys"}
    path = small_store(COLUMNS, rows())
    file = write_tree(tree, tmp_path / "tree.yaml")
    opened = Store(open_engine(str(path), beside=file), load_file(file).require_tree())
    yield opened
    close_all()
    opened.engine.close()


def noted(store: Store, note: Note, *, last: int = 6) -> dict[str, list[str]]:
    """By metric, the weeks that carry a note; those without any are left out."""
    question = Question(grain="week", last=last, compare="none", metrics=tuple(METRICS))
    found = answer(question, store, measures_for(store), revision=0)
    marked = {
        name: [
            period.label
            for period, notes in zip(found.frame.periods, each.total.notes, strict=True)
            if note in notes
        ]
        for name, each in found.metrics.items()
    }
    return {name: labels for name, labels in marked.items() if labels}


GAPS = {
    "buys": ["2026-03-16"],
    "spent": ["2026-03-16"],
    "typical": ["2026-03-16"],
    "buy_rate": ["2026-03-16"],
    "rare_rate": ["2026-03-16"],
    "per_amount": ["2026-03-16"],
    "funnel": ["2026-03-16"],
    # every window that holds the day, also one whose own week is whole
    "buys_28": ["2026-03-16", "2026-03-23", "2026-03-30"],
}


def test_a_day_without_an_event_marks_what_reads_that_event(store: Store) -> None:
    assert noted(store, "gap") == GAPS


def test_the_range_does_not_change_which_weeks_have_a_gap(store: Store) -> None:
    for last in (4, 9, 14):
        found = noted(store, "gap", last=last)
        assert found["buys"] == GAPS["buys"]
        assert found["buys_28"] == GAPS["buys_28"]


def test_rollups_find_the_same_gaps(store: Store) -> None:
    plain = noted(store, "gap"), noted(store, "small")
    refresh(store)
    assert (noted(store, "gap"), noted(store, "small")) == plain


def test_a_rare_event_is_missing_on_most_days_and_has_no_gap(store: Store) -> None:
    assert "rare" not in noted(store, "gap", last=14)


def test_rates_and_means_over_fewer_than_thirty_are_small(store: Store) -> None:
    found = noted(store, "small", last=2)
    # 56 values a week are enough for the median; the funnel is entered by 8 people
    assert found.keys() == {"mean_rare", "rare_rate", "funnel"}
    assert all(len(labels) == 2 for labels in found.values())


def test_a_mean_over_enough_values_is_not_small(store: Store) -> None:
    """29 and 30 values: the border."""
    path = store.engine.url.removeprefix("sqlite:///")
    day = datetime(2026, 3, 30, tzinfo=UTC)
    for count, expected in ((28, {"mean_rare"}), (29, set())):
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("DELETE FROM events WHERE event = 'rare' AND amount = 4")
            moments = [
                (f"{day + timedelta(hours=1 + place):%Y-%m-%d %H:%M:%S}",) for place in range(count)
            ]
            statement = "INSERT INTO events VALUES (?, 'rare', 1, 4)"
            connection.executemany(statement, moments)
        found = noted(store, "small", last=2)
        assert {name for name, labels in found.items() if "2026-03-30" in labels} & {
            "mean_rare"
        } == expected


def test_the_sql_says_how_many_rows_are_of_nobody(store: Store) -> None:
    text = sql_of(store, "sessions", Question(grain="week", last=2, compare="none"))
    assert "-- 14 of 126 rows of visit in the range have no user: they are left out" in text
    assert "have no" not in sql_of(store, "buys", Question(grain="week", last=2))


def test_gaps_are_no_part_of_the_sql_that_proves_a_number(store: Store) -> None:
    text = sql_of(store, "buys", Question(grain="week", last=2, compare="none"))
    assert text.count("SELECT") == 1
