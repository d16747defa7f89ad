"""Moments told from the bytes of a time are those that SQLite computes of its text."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from metric_tui.base.periods import Calendar
from metric_tui.engines.dialects.sqlite import SqliteDialect
from metric_tui.engines.rollup.pages.file import Unreadable
from metric_tui.engines.rollup.pages.records import FIRST_TEXT, Values
from metric_tui.engines.rollup.pages.times import Days
from metric_tui.engines.time_forms import TimeForm
from metric_tui.engines.times import TimeAxis

pytestmark = pytest.mark.usefixtures("either_reader")

FIRST = datetime(2020, 1, 1, tzinfo=UTC)
ISO = st.builds(
    "{:%Y-%m-%dT%H:%M}{}{}".format,
    st.integers(0, 5_000_000).map(lambda minute: FIRST + timedelta(minutes=minute)),
    st.just("")
    | st.integers(0, 59).map(lambda second: f":{second:02d}")
    | st.from_regex(r":[0-5][0-9]\.([0-9]{1,9}|999[0-9]{1,6})", fullmatch=True),
    st.sampled_from(["", "Z"]),
)


def axis(form: TimeForm) -> TimeAxis:
    calendar = Calendar(timezone="UTC", week_start="monday")
    return TimeAxis(column="at", form=form, dialect=SqliteDialect(), calendar=calendar)


def values(texts: list[str]) -> Values:
    """Texts as they would stand in a page, with bytes behind them."""
    data = np.frombuffer("".join(texts).encode() + bytes(64), dtype=np.uint8)
    widths = np.array([len(text) for text in texts])
    return Values(data, FIRST_TEXT + 2 * widths, np.cumsum(widths) - widths)


def told(form: TimeForm, texts: list[str]) -> list[int]:
    days = Days(axis(form))
    rows = values(texts)
    _, _, moments = days.of(rows)
    found: list[int] = days.milliseconds(rows, moments).tolist()
    return found


def computed(form: TimeForm, texts: list[str]) -> list[int]:
    with closing(sqlite3.connect(":memory:")) as connection:
        sql = f"SELECT {axis(form).epoch_milliseconds} FROM (SELECT ? AS at)"
        return [connection.execute(sql, (text,)).fetchone()[0] for text in texts]


@given(st.lists(ISO, min_size=1, max_size=12))
@example(["2026-01-01T00:00:59.9999", "2026-01-01T00:00:00.0005", "2026-01-01T00:00:12.3455Z"])
def test_times_of_any_fineness_are_the_moments_sqlite_computes(texts: list[str]) -> None:
    assert told(TimeForm.ISO, texts) == computed(TimeForm.ISO, texts)


@given(st.lists(ISO.map(lambda text: text.replace("T", " ")), min_size=1, max_size=5))
def test_so_are_times_with_a_space(texts: list[str]) -> None:
    assert told(TimeForm.SPACE, texts) == computed(TimeForm.SPACE, texts)


@given(st.lists(ISO.map(lambda text: text[:10]), min_size=1, max_size=5))
def test_so_are_dates(texts: list[str]) -> None:
    assert told(TimeForm.DATE, texts) == computed(TimeForm.DATE, texts)


@pytest.mark.parametrize(
    "text",
    ["2026-01-01T00:00:60", "2026-01-01T25:00", "2026-01-01T00:61", "2026-01-01T00:00:5",
     "2026-01-01T00:00:05,5", "2026-01-01T00:00:05.", "2026-01-01T00:00:05.1234567890123456"],
)  # fmt: skip
def test_what_is_no_time_is_left_to_sql(text: str) -> None:
    with pytest.raises(Unreadable):
        told(TimeForm.ISO, [text])
