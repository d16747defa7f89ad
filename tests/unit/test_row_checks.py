"""Rows written twice are counted day by day, and still over the whole period."""

from collections import Counter
from pathlib import Path

import pytest

from metric_tui.analysis.answers import setting_of
from metric_tui.analysis.health import row_asks
from metric_tui.base.series import Table
from metric_tui.definitions.asks import FaultMeasure
from metric_tui.engines.sql.run import SqlMeasures
from metric_tui.planning.question import Question
from tests.engines.rollup_stores import TREE, Row, change, opened, tree_of, write_store

ROWS: list[Row] = [
    (f"2026-03-{day:02d}T{hour:02d}:30:00Z", "buy", hour % 3, "ios", 1, hour // 12, 0)
    for day in range(1, 29)
    for hour in (3, 4, 23, 23, *([15] * (day % 4)))
]
"""A minute before a local midnight and in the middle of days some rows are there several times."""


def repeated(path: Path, tree: str, *, grain: str, zone: str) -> tuple[int, float]:
    """How many spans the last period is looked at in, and the rows repeated in all of them."""
    with opened(path, tree_of(tree, zone=zone)) as store:
        setting, frame = setting_of(store, Question(grain=grain, last=1))  # type: ignore[arg-type]
        (asks,) = row_asks(("revenue",), (), setting, frame.periods[-1].span).values()
        (ask,) = [
            a for a in asks if isinstance(a.measure, FaultMeasure) and a.measure.fault == "repeated"
        ]
        outcome = SqlMeasures(store).tables([ask])[ask]
    assert isinstance(outcome, Table)
    return len(ask.spans), sum(value or 0.0 for value in outcome.of(()))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/St_Johns"])
def test_days_add_up_to_the_period(tmp_path: Path, zone: str) -> None:
    path = tmp_path / "store.db"
    write_store(path, ROWS)
    change(path, "UPDATE events SET at = replace(at, 'T23', 'T14')")
    days, found = repeated(path, TREE, grain="total", zone=zone)
    every = Counter((at.replace("T23", "T14"), *rest) for at, *rest in ROWS)
    assert days >= 28
    assert found == sum(count - 1 for count in every.values())


def test_rows_dated_by_when_they_came_in_are_compared_over_the_whole_period(tmp_path: Path) -> None:
    """The same row came in on three days; by day none of them repeats another."""
    path = tmp_path / "store.db"
    write_store(
        path, [(f"2026-03-{day:02d}T10:00:00Z", "buy", 1, "ios", 1, 5, 0) for day in (2, 3, 4)]
    )
    change(path, "ALTER TABLE events RENAME COLUMN at TO received_at")
    tree = TREE.replace("agg_time_dimension: at", "agg_time_dimension: received_at")
    assert repeated(path, tree, grain="total", zone="UTC") == (1, 2.0)
