"""Which rows mark what happened, and how it is said."""

from dataclasses import replace
from datetime import date

from metric_tui.definitions.edges import Annotation
from metric_tui.definitions.tree import MetricTree
from metric_tui.planning.answer import Answer
from metric_tui.planning.question import Question
from metric_tui.presentation.annotations import (
    annotation_notes,
    annotations_of,
    annotations_shown,
)
from metric_tui.presentation.glyphs import UNICODE
from metric_tui.presentation.tree_rows import Path, TreeChoices, tree_rows
from tests.tui.fake_workspace import FakeWorkspace, small_tree

RANKING = Annotation(date=date(2026, 6, 10), label="New ranking", metrics=("bookings",))
HOLIDAY = Annotation(date=date(2026, 6, 4), label="Holiday \x1b[31m")
BOTH = Annotation(date=date(2026, 6, 24), label="Prices", metrics=("searchers", "bookings"))
BEFORE = Annotation(date=date(2026, 1, 1), label="Long ago", metrics=("bookings",))


def tree(*annotations: Annotation) -> MetricTree:
    return replace(small_tree(), annotations=annotations)


def answer(shop: MetricTree) -> Answer:
    """Four weeks: those of 1, 8, 15 and 22 June."""
    return FakeWorkspace(shop).answer(Question(grain="week", last=4))


def marked(shop: MetricTree, root: Path = ("nights_booked",)) -> dict[str, set[int]]:
    rows = tree_rows(shop, answer(shop), TreeChoices(root=root, depth=9), UNICODE)
    return {row.metric: set(row.happened) for row in rows if row.happened}


def test_a_row_marks_what_names_its_metric() -> None:
    assert marked(tree(RANKING, BOTH)) == {"bookings": {1, 3}, "searchers": {3}}


def test_what_names_no_metric_stands_on_the_top_row_alone() -> None:
    shop = tree(HOLIDAY)
    assert marked(shop) == {"nights_booked": {0}}
    drilled = ("nights_booked", "gross_nights", "bookings")
    assert marked(shop, drilled) == {"bookings": {0}}


def test_what_is_not_in_the_periods_shown_marks_nothing() -> None:
    assert marked(tree(BEFORE)) == {}
    assert marked(tree()) == {}


def test_names_come_before_marks() -> None:
    shop = tree(RANKING)
    rows = tree_rows(shop, None, TreeChoices(root=("nights_booked",)), UNICODE)
    assert not any(row.happened for row in rows)


def test_a_metric_is_told_what_names_it_and_what_names_none() -> None:
    happened = annotations_shown(tree(RANKING, HOLIDAY, BOTH, BEFORE), answer(tree()))
    assert happened == ((0, HOLIDAY), (1, RANKING), (3, BOTH))
    assert annotations_of("searchers", happened) == ((0, HOLIDAY), (3, BOTH))


def test_notes_name_the_metrics_that_are_shown() -> None:
    shop = tree(RANKING, HOLIDAY, BOTH)
    found = answer(shop)
    assert list(annotation_notes(shop, found, UNICODE)) == [
        "◆ 4 Jun 2026 Holiday \\x1b[31m",
        "◆ 10 Jun 2026 New ranking (Bookings)",
        "◆ 24 Jun 2026 Prices (Searchers, Bookings)",
    ]
    searchers = replace(found, metrics={"searchers": found.metrics["searchers"]})
    assert list(annotation_notes(shop, searchers, UNICODE)) == [
        "◆ 4 Jun 2026 Holiday \\x1b[31m",
        "◆ 24 Jun 2026 Prices (Searchers)",
    ]
