"""Each metric type on a few rows whose answer can be counted by hand, and what is refused."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from metric_tui.analysis.shapes import funnel_steps, lifecycle_stack, retention_triangle
from metric_tui.base.errors import QuestionError
from metric_tui.engines.open import open_engine
from metric_tui.engines.sql.run import SqlMeasures
from metric_tui.engines.store import Store
from metric_tui.loading.load import load_file
from metric_tui.planning.answer import Answer
from metric_tui.planning.question import Question
from metric_tui.workspace import Workspace
from tests.cases.asking import Tree, write_tree
from tests.conftest import SmallStore

COLUMNS = "happened TEXT, event TEXT, user TEXT, platform TEXT, amount REAL"

SOURCE = {
    "table": "events",
    "agg_time_dimension": "happened",
    "event_column": "event",
    "entities": {"user": "user"},
    "dimensions": {"platform": "platform"},
}

WEEK_1, WEEK_2, WEEK_3, WEEK_4 = "2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23"

ROWS = (
    (f"{WEEK_1} 10:00:00", "visit", "ann", "ios", 1.0),
    (f"{WEEK_1} 11:00:00", "visit", "bob", "web", None),
    (f"{WEEK_1} 11:10:00", "buy", "bob", "web", 5.0),
    (f"{WEEK_1} 12:00:00", "visit", None, "web", None),
    (f"{WEEK_2} 09:00:00", "visit", "ann", "web", 2.0),
    (f"{WEEK_2} 09:30:00", "cart", "ann", "web", None),
    (f"{WEEK_2} 10:00:01", "buy", "ann", "ios", 7.0),
    (f"{WEEK_3} 08:00:00", "visit", "bob", "ios", None),
    (f"{WEEK_3} 08:00:00", "visit", "cleo", "ios", None),
    (f"{WEEK_4} 08:00:00", "visit", "ann", "ios", 3.0),
)

METRICS: Tree = {
    "users": {"agg": "count_distinct"},
    "visits": {"agg": "count", "event": "visit"},
    "buys": {"agg": "count", "event": "buy"},
    **{
        state: {"type": "lifecycle", "input_metric": "users", "state": state}
        for state in ("new", "retained", "resurrected", "churned", "dormant")
    },
    "bought": {
        "type": "conversion",
        "entity": "user",
        "base_metric": "visits",
        "conversion_metric": "buys",
        "window": "7 days",
    },
    "checkout": {"type": "funnel", "steps": ["visit", "cart", "buy"], "window": "1 hour"},
    "came_back": {"type": "retention", "start": "visit", "return": "visit", "unit": "week"},
    "sessions": {"type": "sessions", "gap": "30 minutes"},
    "per_user": {"type": "sessions", "gap": "30 minutes", "calculation": "per_entity"},
    "length": {"type": "sessions", "gap": "30 minutes", "calculation": "average_duration"},
    "bounced": {"type": "sessions", "gap": "30 minutes", "calculation": "bounce_rate"},
    "amount": {
        "type": "sql",
        "sql": "SELECT date(happened) AS day, platform, SUM(amount) AS value FROM events GROUP BY 1, 2",
    },
}


@pytest.fixture
def stage(small_store: SmallStore, tmp_path: Path) -> tuple[Path, Path]:
    tree = {
        "version": 1,
        "sources": {"events": SOURCE},
        "metrics": METRICS,
        "tree": {"focus": "users"},
    }
    return small_store(COLUMNS, ROWS), write_tree(tree, tmp_path / "tree.yaml")


def weeks(*metrics: str, **more: Any) -> Question:
    first, last = date.fromisoformat(WEEK_1), date.fromisoformat(WEEK_4)
    return Question(grain="week", start=first, end=last, compare="none", metrics=metrics, **more)


def answered(stage: tuple[Path, Path], question: Question) -> Answer:
    store, tree = stage
    workspace = Workspace.open(tree, store=str(store))
    try:
        return workspace.answer(question)
    finally:
        workspace.close()


@contextmanager
def opened(stage: tuple[Path, Path]) -> Iterator[Store]:
    path, tree = stage
    store = Store(open_engine(str(path), beside=tree), load_file(tree).require_tree())
    try:
        yield store
    finally:
        store.engine.close()


EXPECTED = {
    "users": (2, 1, 2, 1),
    "new": (2, 0, 1, 0),
    "retained": (0, 1, 0, 0),
    "resurrected": (0, 0, 1, 1),
    # the last week is not over, so who leaves in it is not known
    "churned": (0, 1, 1, None),
    "dormant": (0, 0, 0, 0),
    # bob's buy over 3 visits; ann's buy over her visit of week 2
    "bought": (1 / 3, 1, 0, 0),
    # a second past the hour
    "checkout": (0, 0, 0, 0),
    # ann of ann and bob; nobody new in week 2; cleo's next week is not over
    "came_back": (0.5, None, None, None),
    # exactly 30 minutes apart is one session, a second more is another
    "sessions": (2, 2, 2, 1),
    "per_user": (1, 2, 1, 1),
    "length": (300, 900, 0, 0),
    "bounced": (0.5, 0.5, 1, 1),
    "amount": (6, 9, None, 3),
}


@pytest.mark.parametrize("metric", EXPECTED)
def test_values_by_week(metric: str, stage: tuple[Path, Path]) -> None:
    found = answered(stage, weeks(metric)).metrics[metric]
    assert found.error is None
    assert found.total.values == pytest.approx(EXPECTED[metric])


def test_windows_that_are_open_make_a_value_immature(stage: tuple[Path, Path]) -> None:
    answer = answered(stage, weeks("bought", "checkout", "came_back", "new"))
    immature = {
        name: tuple("immature" in notes for notes in found.total.notes)
        for name, found in answer.metrics.items()
    }
    assert immature == {
        # a visit of Sunday the 22nd may convert until the 28th
        "bought": (False, False, True, True),
        "checkout": (False, False, False, True),
        "came_back": (False, False, True, False),
        "new": (False, False, False, False),
    }


def test_each_segment_is_a_universe_of_its_own(stage: tuple[Path, Path]) -> None:
    """Ann is new on the web in week 2, where only her visits to ios are older."""
    answer = answered(stage, weeks("new", by=("platform",)))
    found = {s.group: s.values.values for s in answer.metrics["new"].segments}
    assert found == {("ios",): (1, 0, 2, 0), ("web",): (1, 1, 0, 0)}


def test_a_conversion_is_sliced_by_the_visit_and_not_by_the_buy(stage: tuple[Path, Path]) -> None:
    answer = answered(stage, weeks("bought", by=("platform",)))
    found = {s.group: s.values.values for s in answer.metrics["bought"].segments}
    assert found == {("ios",): (0, None, 0, 0), ("web",): (0.5, 1, None, None)}


def test_a_select_is_sliced_by_its_own_columns(stage: tuple[Path, Path]) -> None:
    answer = answered(stage, weeks("amount", by=("platform",)))
    found = {s.group: s.values.values for s in answer.metrics["amount"].segments}
    assert found == {("ios",): (1, 7, None, 3), ("web",): (5, 2, None, None)}


def test_the_steps_of_a_funnel(stage: tuple[Path, Path]) -> None:
    with opened(stage) as store:
        shape = funnel_steps(store, SqlMeasures(store), "checkout", weeks(), period=1)
    assert [(step.label, step.count) for step in shape.steps] == [
        ("visit", 1), ("cart", 1), ("buy", 0),
    ]  # fmt: skip
    assert [step.rate_of_previous for step in shape.steps] == [1, 1, 0]
    assert not shape.is_immature


def test_the_triangle_of_a_retention(stage: tuple[Path, Path]) -> None:
    with opened(stage) as store:
        triangle = retention_triangle(store, SqlMeasures(store), "came_back", weeks())
    first, _, third, _ = triangle.cohorts
    assert triangle.columns[:4] == ("0", "1", "2", "3")
    assert (first.size, first.counts[:5]) == (2, (2, 1, 1, 1, None))
    assert (third.size, third.counts[:3]) == (1, (1, 0, None))
    assert first.is_immature[:4] == (False, False, False, True)
    # three members of two cohorts, then the two whose week is over
    assert triangle.overall[:3] == (1, 0.5, 0.5)


def test_the_stack_of_a_lifecycle(stage: tuple[Path, Path]) -> None:
    with opened(stage) as store:
        stack = lifecycle_stack(store, SqlMeasures(store), "users", weeks())
    assert stack.states["new"] == (2, 0, 1, 0)
    assert stack.states["churned"] == (0, 1, 1, None)
    assert "partial" in stack.notes[-1]


def test_a_shape_of_another_type_is_refused(stage: tuple[Path, Path]) -> None:
    with opened(stage) as store:
        measures = SqlMeasures(store)
        with pytest.raises(QuestionError, match="no funnel"):
            funnel_steps(store, measures, "users", weeks())
        with pytest.raises(QuestionError, match="no retention"):
            retention_triangle(store, measures, "users", weeks())
        with pytest.raises(QuestionError, match="neither a lifecycle"):
            lifecycle_stack(store, measures, "visits", weeks())


def test_an_offset_beyond_ten_years_is_refused(small_store: SmallStore, tmp_path: Path) -> None:
    tree = {
        "version": 1,
        "sources": {"events": SOURCE},
        "metrics": {**METRICS, "far": {**METRICS["came_back"], "offset": 9_999}},
        "tree": {"focus": "users"},
    }
    stage = small_store(COLUMNS, ROWS), write_tree(tree, tmp_path / "tree.yaml")
    error = answered(stage, weeks("far")).metrics["far"].error
    assert error == "`far` cannot look at weeks 9999 to 9999"


@pytest.mark.parametrize(
    ("window", "expected"),
    [("1 hour", 2), ("1 day", 3), ("40 days", 4)],
)
def test_steps_that_know_only_their_day_are_compared_by_local_day(
    small_store: SmallStore, tmp_path: Path, window: str, expected: int
) -> None:
    """Ten hours behind UTC, an evening's visit and the local date of its order are one day."""
    visits = [
        ("2026-03-03 06:00:00", "visit", "late", None, None),
        ("2026-03-02 20:00:00", "visit", "noon", None, None),
        ("2026-03-02 20:00:00", "visit", "next", None, None),
        ("2026-03-02 20:00:00", "visit", "much_later", None, None),
        ("2026-03-02 20:00:00", "visit", "earlier", None, None),
        ("2026-04-20 20:00:00", "visit", "late", None, None),
    ]
    orders = [
        ("2026-03-02", "late"), ("2026-03-02", "noon"), ("2026-03-03", "next"),
        ("2026-04-01", "much_later"), ("2026-03-01", "earlier"),
    ]  # fmt: skip
    path = small_store(COLUMNS, visits)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE orders (day TEXT, who TEXT)")
        connection.executemany("INSERT INTO orders VALUES (?, ?)", orders)
    steps = [{"event": "visit"}, {"source": "orders", "filter": "who <> ''"}]
    tree = {
        "version": 1,
        "settings": {"timezone": "Pacific/Honolulu"},
        "sources": {
            "events": SOURCE,
            "orders": {"table": "orders", "agg_time_dimension": "day", "entities": {"user": "who"}},
        },
        "metrics": {
            "ordered": {
                "type": "funnel",
                "source": "events",
                "steps": steps,
                "window": window,
                "calculation": "count",
            }
        },
        "tree": {"focus": "ordered"},
    }
    stage = path, write_tree(tree, tmp_path / "tree.yaml")
    day = date(2026, 3, 2)
    question = Question(grain="day", start=day, end=day, compare="none", metrics=("ordered",))
    assert answered(stage, question).metrics["ordered"].total.values == (expected,)
