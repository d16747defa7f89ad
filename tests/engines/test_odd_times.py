"""Times that no calendar has are unreadable, and end no question with a traceback."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from metric_tui.base.periods import Calendar
from metric_tui.base.series import Cell
from metric_tui.engines.dialects.sqlite import SqliteDialect
from metric_tui.engines.time_forms import TimeForm
from metric_tui.engines.times import TimeAxis
from tests.conftest import Run

ODD = ["0000-00-00 00:00:00", "2024-02-30 10:00:00", "2024-01-01T25:00:00Z", 5 * 10**18, -(10**18), float("inf")]  # fmt: skip


@pytest.mark.parametrize("value", [*ODD, "2024-02-30"])
def test_they_are_no_instant(value: Cell) -> None:
    calendar = Calendar(timezone="UTC", week_start="monday")
    axis = TimeAxis(column="at", form=TimeForm.MIXED, dialect=SqliteDialect(), calendar=calendar)
    assert axis.instant(value) is None
    assert axis.instant("2024-01-01 10:00:00") == datetime(2024, 1, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("value", ODD)
def test_a_store_that_has_one_is_answered_or_said_to_have_none(
    run: Run, tmp_path: Path, value: Cell
) -> None:
    with closing(sqlite3.connect(tmp_path / "events.db")) as connection, connection:
        connection.execute("CREATE TABLE events (at, event)")
        rows = [(value, "x"), ("2024-01-01 10:00:00", "x"), ("2024-03-01 10:00:00", "x")]
        connection.executemany("INSERT INTO events VALUES (?, ?)", rows)
    tree = tmp_path / "tree.yaml"
    tree.write_text(
        "version: 1\nstore: events.db\nsettings: {grain: month}\n"
        "sources: {events: {table: events, agg_time_dimension: at, event_column: event}}\n"
        "metrics: {n: {agg: count, event: x}}\ntree: {focus: n}\n"
    )
    done = run("show", tree)
    assert done.code in (0, 1, 3)
    assert "Traceback" not in done.err
