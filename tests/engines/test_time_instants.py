"""Random instants in every form: SQLite, DuckDB and the standard library say the same millisecond."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from metric_tui.base.periods import Calendar
from metric_tui.engines.dialects.base import Dialect
from metric_tui.engines.dialects.duckdb import DuckdbDialect
from metric_tui.engines.dialects.sqlite import TIME_FUNCTION, SqliteDialect
from metric_tui.engines.instants import milliseconds_of
from metric_tui.engines.time_forms import TimeForm, form_of_value
from metric_tui.engines.times import TimeAxis

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BEFORE_MIDNIGHT = datetime(2025, 1, 6, 23, 59, 59, 999_999, tzinfo=UTC)
CALENDAR = Calendar(timezone="UTC", week_start="monday")

INSTANTS = st.integers(10**15, 4 * 10**15).map(lambda us: EPOCH + timedelta(microseconds=us))
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))

LAYOUT = "%d.%m.%Y %H:%M:%S.%f %z"

Write = Callable[[datetime, timezone], Any]


def shifted(pattern: str) -> Write:
    return lambda moment, zone: moment.astimezone(zone).strftime(pattern)


def utc(pattern: str) -> Write:
    return lambda moment, _: moment.strftime(pattern)


def since(moment: datetime) -> int:
    """Microseconds since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def with_colon(moment: datetime, zone: timezone) -> str:
    return moment.astimezone(zone).isoformat(timespec="microseconds")


def hours_only(moment: datetime, zone: timezone) -> str:
    hours = int(zone.utcoffset(None).total_seconds() // 3600)
    local = moment.astimezone(timezone(timedelta(hours=hours)))
    return f"{local:%Y-%m-%d %H:%M:%S.%f}{hours:+03d}"


FORMS: dict[str, tuple[TimeForm, Write]] = {
    "fraction": (TimeForm.ISO, utc("%Y-%m-%dT%H:%M:%S.%f")),
    "fraction and Z": (TimeForm.ISO, utc("%Y-%m-%dT%H:%M:%S.%fZ")),
    "nanoseconds": (TimeForm.SPACE, utc("%Y-%m-%d %H:%M:%S.%f999")),
    "offset": (TimeForm.OFFSET, with_colon),
    "offset without colon": (TimeForm.OFFSET, shifted("%Y-%m-%d %H:%M:%S.%f%z")),
    "offset after a space": (TimeForm.OFFSET, shifted("%Y-%m-%dT%H:%M:%S.%f %z")),
    "offset of hours": (TimeForm.OFFSET, hours_only),
    "offset among others": (TimeForm.MIXED, with_colon),
    "Z among others": (TimeForm.MIXED, utc("%Y-%m-%dT%H:%M:%S.%fZ")),
    "epoch microseconds": (TimeForm.EPOCH_MICROSECONDS, lambda moment, _: since(moment)),
    "epoch nanoseconds": (
        TimeForm.EPOCH_NANOSECONDS,
        lambda moment, _: since(moment) * 1_000 + 999,
    ),
    "microseconds among others": (TimeForm.MIXED, lambda moment, _: since(moment)),
    "layout": (TimeForm.LAYOUT, shifted(LAYOUT)),
}


def axis(form: TimeForm, dialect: Dialect) -> TimeAxis:
    layout = LAYOUT if form is TimeForm.LAYOUT else None
    return TimeAxis(column="happened", form=form, dialect=dialect, calendar=CALENDAR, layout=layout)


def by_sqlite(form: TimeForm, value: Any) -> Any:
    sql = f"SELECT {axis(form, SqliteDialect()).epoch_milliseconds} FROM (SELECT ? AS happened)"
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.create_function(TIME_FUNCTION, 2, milliseconds_of, deterministic=True)
        return connection.execute(sql, (value,)).fetchone()[0]


def by_duckdb(form: TimeForm, value: Any, connection: duckdb.DuckDBPyConnection) -> Any:
    sql = f"SELECT {axis(form, DuckdbDialect()).epoch_milliseconds} FROM (SELECT ? AS happened)"
    row = connection.execute(sql, [value]).fetchone()
    return None if row is None else row[0]


@pytest.fixture(scope="module")
def duck() -> Any:
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection


@pytest.mark.parametrize("name", FORMS)
@given(moment=INSTANTS, zone=ZONES)
@example(moment=BEFORE_MIDNIGHT, zone=UTC)
@example(moment=BEFORE_MIDNIGHT, zone=timezone(timedelta(hours=-5)))
@settings(max_examples=60, deadline=None)
def test_an_instant_is_cut_to_its_millisecond_everywhere(
    name: str, moment: datetime, zone: timezone, duck: Any
) -> None:
    form, write = FORMS[name]
    value = write(moment, zone)
    expected = (moment - EPOCH) // timedelta(milliseconds=1)
    assert by_sqlite(form, value) == expected, value
    assert by_duckdb(form, value, duck) == expected, value
    read = axis(form, SqliteDialect()).instant(value)
    assert read is not None
    assert (read - EPOCH) // timedelta(milliseconds=1) == expected, value


@given(seconds=st.integers(10**8, 4 * 10**9), milliseconds=st.integers(0, 999))
@settings(max_examples=200, deadline=None)
def test_a_julian_day_that_sqlite_writes_is_its_millisecond(
    seconds: int, milliseconds: int, duck: Any
) -> None:
    text = (EPOCH + timedelta(seconds=seconds, milliseconds=milliseconds)).isoformat(
        " ", timespec="milliseconds"
    )
    with closing(sqlite3.connect(":memory:")) as connection:
        (julian,) = connection.execute("SELECT julianday(?)", (text[:23],)).fetchone()
    expected = seconds * 1_000 + milliseconds
    assert by_sqlite(TimeForm.JULIAN, julian) == expected
    assert by_duckdb(TimeForm.JULIAN, julian, duck) == expected
    read = axis(TimeForm.JULIAN, SqliteDialect()).instant(julian)
    assert read == EPOCH + timedelta(milliseconds=expected)
    whole = EPOCH + timedelta(seconds=seconds)
    # what lies before a second is below its bound, and what lies at it is not
    bound = float(axis(TimeForm.JULIAN, SqliteDialect()).bound(whole))
    assert (julian >= bound, julian - 1 / 86_400 < bound) == (True, True)


@given(
    seconds=st.integers(10**8, 4 * 10**9),
    zone=st.sampled_from(["GMT", "UTC", "Z", "+0530", "-0800"]),
)
@settings(max_examples=60, deadline=None)
def test_mail_dates_are_read_alike(seconds: int, zone: str, duck: Any) -> None:
    offset = {"+0530": timedelta(hours=5.5), "-0800": timedelta(hours=-8)}.get(zone, timedelta())
    moment = EPOCH + timedelta(seconds=seconds)
    local = moment.astimezone(timezone(offset))
    for text in (
        f"{local:%a, %d %b %Y %H:%M:%S} {zone}",
        f"{local.day} {local:%b %Y %H:%M:%S} {zone}",
    ):
        assert form_of_value(text) is TimeForm.RFC
        assert by_sqlite(TimeForm.RFC, text) == seconds * 1_000
        assert by_duckdb(TimeForm.RFC, text, duck) == seconds * 1_000
        assert axis(TimeForm.RFC, SqliteDialect()).instant(text) == moment


@pytest.mark.parametrize("unit", ["TIMESTAMP", "TIMESTAMPTZ", "TIMESTAMP_NS"])
def test_a_timestamp_of_duckdb_is_cut_too(unit: str, duck: Any) -> None:
    sql = axis(TimeForm.NATIVE, DuckdbDialect()).epoch_milliseconds
    finest = "2025-01-06 23:59:59.999999" + ("999" if unit == "TIMESTAMP_NS" else "")
    row = duck.execute(
        f"SELECT {sql} FROM (SELECT CAST('{finest}' AS {unit}) AS happened)"
    ).fetchone()
    assert row[0] == (BEFORE_MIDNIGHT - EPOCH) // timedelta(milliseconds=1)
