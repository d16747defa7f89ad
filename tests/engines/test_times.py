"""The same events in every form of time give the same answers, over clock changes too."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from metric_tui.base.periods import Grain
from metric_tui.base.series import Cell
from metric_tui.engines.time_forms import TimeForm, form_of, form_of_value
from metric_tui.planning.question import Question
from metric_tui.workspace import Workspace

Write = Callable[[datetime, int], Cell]
"""An instant and the event's number to what the store holds."""


def text(pattern: str, zone: timezone = UTC) -> Write:
    return lambda moment, number: moment.astimezone(zone).strftime(pattern)


def with_offset(moment: datetime, number: int) -> str:
    zone = timezone(timedelta(hours=(number % 5) * 3 - 6, minutes=30 * (number % 2)))
    return moment.astimezone(zone).isoformat("T" if number % 2 else " ")


def with_fraction(moment: datetime, number: int) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (".999Z" if number % 2 else ".001Z")


FORMS: dict[str, tuple[Write, TimeForm]] = {
    "T and Z": (text("%Y-%m-%dT%H:%M:%SZ"), TimeForm.ISO),
    "T alone": (text("%Y-%m-%dT%H:%M:%S"), TimeForm.ISO),
    "fractions": (with_fraction, TimeForm.ISO),
    "space": (text("%Y-%m-%d %H:%M:%S"), TimeForm.SPACE),
    "space and Z": (text("%Y-%m-%d %H:%M:%SZ"), TimeForm.SPACE),
    "offsets": (with_offset, TimeForm.OFFSET),
    "epoch seconds": (lambda moment, _: int(moment.timestamp()), TimeForm.EPOCH_SECONDS),
    "epoch seconds, real": (lambda moment, _: moment.timestamp() + 0.25, TimeForm.EPOCH_SECONDS),
    "epoch milliseconds": (
        lambda moment, _: int(moment.timestamp() * 1000),
        TimeForm.EPOCH_MILLISECONDS,
    ),
}


WRITERS = [write for write, _ in FORMS.values()]


def mixed(moment: datetime, number: int) -> Cell:
    return WRITERS[number % len(WRITERS)](moment, number)


FORMS["mixed"] = (mixed, TimeForm.MIXED)

CHANGES = {
    "Europe/Lisbon": (date(2025, 10, 26), date(2026, 3, 29)),
    "America/New_York": (date(2025, 11, 2), date(2026, 3, 8)),
}
"""The days on which clocks go back and forward."""


def instants(zone: str) -> Iterator[datetime]:
    """Events around the two changes: at the bounds of hours and days, and in between."""
    for day in CHANGES[zone]:
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=3)
        for hour in range(24 * 7):
            # some hours have no event
            for minute in (0, 59)[: (hour * 7) % 3]:
                yield start + timedelta(hours=hour, minutes=minute, seconds=minute)


def label(moment: datetime, zone: str, grain: Grain) -> str:
    """The name of the local period, by the standard library alone."""
    local = moment.astimezone(ZoneInfo(zone))
    if grain == "hour":
        return local.replace(minute=0, second=0).isoformat(timespec="minutes")
    day = local.date()
    first = {
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
    }
    return first[grain].isoformat()


def tree_file(folder: Path, store: Path, zone: str) -> Path:
    path = folder / "tree.yaml"
    path.write_text(
        f"""
store: {store.name}
settings: {{timezone: {zone}}}
sources:
  events: {{table: events, agg_time_dimension: happened, entities: {{user: id}}}}
metrics:
  rows: {{agg: count}}
  people: {{agg: count_distinct}}
tree: {{focus: rows}}
""",
        encoding="utf-8",
    )
    return path


def counted(path: Path, question: Question) -> dict[str, float | None]:
    """Every period's value; periods after the data are left out."""
    workspace = Workspace.open(path)
    try:
        answer = workspace.answer(question.about("rows", "people"))
    finally:
        workspace.close()
    rows, people = (answer.metrics[name] for name in ("rows", "people"))
    assert (rows.error, people.error) == (None, None)
    assert rows.total.values == people.total.values
    labels = [period.label for period in answer.frame.periods]
    return dict(zip(labels, rows.total.values, strict=True))


@pytest.mark.parametrize("zone", CHANGES)
@pytest.mark.parametrize("form", FORMS)
def test_a_form_of_time_changes_no_answer(form: str, zone: str, tmp_path: Path) -> None:
    write, detected = FORMS[form]
    moments = list(instants(zone))
    store = tmp_path / "events.db"
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("CREATE TABLE events (id INTEGER, happened)")
        rows = [(number, write(moment, number)) for number, moment in enumerate(moments)]
        connection.executemany("INSERT INTO events VALUES (?, ?)", rows)
    assert form_of(row[1] for row in rows) is detected
    path = tree_file(tmp_path, store, zone)
    for grain in ("hour", "day", "week", "month"):
        expected = Counter(label(moment, zone, grain) for moment in moments)
        for day in CHANGES[zone]:
            start, end = day - timedelta(days=2), day + timedelta(days=2)
            found = counted(path, Question(grain=grain, start=start, end=end))
            assert found == {name: expected[name] for name in found}, grain
            assert sum(value or 0 for value in found.values()) > 0


@pytest.mark.parametrize("zone", CHANGES)
def test_the_day_of_a_change_has_23_or_25_hours(zone: str, tmp_path: Path) -> None:
    store = tmp_path / "events.db"
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("CREATE TABLE events (id INTEGER, happened TEXT)")
        for number, moment in enumerate(instants(zone)):
            connection.execute("INSERT INTO events VALUES (?, ?)", (number, moment.isoformat()))
    path = tree_file(tmp_path, store, zone)
    back, forward = CHANGES[zone]
    assert len(counted(path, Question(grain="hour", start=back, end=back))) == 25
    assert len(counted(path, Question(grain="hour", start=forward, end=forward))) == 23


def test_a_column_of_dates_counts_whole_local_days(tmp_path: Path) -> None:
    store = tmp_path / "events.db"
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute("CREATE TABLE events (id INTEGER, happened TEXT)")
        days = ["2026-03-27", "2026-03-28", "2026-03-28", "2026-03-29", "2026-03-30"]
        connection.executemany("INSERT INTO events VALUES (?, ?)", enumerate(days))
    path = tree_file(tmp_path, store, "Europe/Lisbon")
    found = counted(path, Question(grain="day", last=4))
    assert found == {"2026-03-27": 1, "2026-03-28": 2, "2026-03-29": 1, "2026-03-30": 1}


NATIVE = {
    "TIMESTAMP": "epoch_ms(happened)",
    "TIMESTAMPTZ": "to_timestamp(happened / 1000)",
    "BIGINT": "happened",
    "VARCHAR": "strftime(epoch_ms(happened), '%Y-%m-%dT%H:%M:%SZ')",
    "INTEGER": "happened // 1000",
    "VARCHAR with offset": "strftime(epoch_ms(happened - 7200000), '%Y-%m-%dT%H:%M:%S-02:00')",
    "VARCHAR with space": "strftime(epoch_ms(happened), '%Y-%m-%d %H:%M:%S')",
}
"""DuckDB's types, and how each is made of UTC milliseconds."""


@pytest.mark.parametrize("zone", CHANGES)
@pytest.mark.parametrize("kind", NATIVE)
def test_a_type_of_duckdb_changes_no_answer(kind: str, zone: str, tmp_path: Path) -> None:
    moments = list(instants(zone))
    store = tmp_path / "events.duckdb"
    with duckdb.connect(str(store)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        listed = ", ".join(f"({n}, {int(m.timestamp() * 1000)})" for n, m in enumerate(moments))
        connection.execute(
            f"CREATE TABLE events AS SELECT id, CAST({NATIVE[kind]} AS {kind.split()[0]}) AS happened"
            f" FROM (VALUES {listed}) AS given(id, happened)"
        )
    path = tree_file(tmp_path, store, zone)
    for grain in ("hour", "day", "week"):
        expected = Counter(label(moment, zone, grain) for moment in moments)
        for day in CHANGES[zone]:
            found = counted(path, Question(grain=grain, start=day, end=day + timedelta(days=1)))
            assert found == {name: expected[name] for name in found}, grain


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("2026-06-30", TimeForm.DATE),
        ("2026-06-30T10:00", TimeForm.ISO),
        ("2026-06-30T10:00:00.123456Z", TimeForm.ISO),
        ("2026-06-30 10:00", TimeForm.SPACE),
        ("2026-06-30T10:00:00+01:00", TimeForm.OFFSET),
        ("2026-06-30 10:00:00 +0100", TimeForm.OFFSET),
        ("2026-06-30T10:00:00-05", TimeForm.OFFSET),
        (1_782_813_600, TimeForm.EPOCH_SECONDS),
        (1_782_813_600.5, TimeForm.EPOCH_SECONDS),
        (1_782_813_600_000, TimeForm.EPOCH_MILLISECONDS),
        (datetime(2026, 6, 30, tzinfo=UTC), TimeForm.NATIVE),
        (date(2026, 6, 30), TimeForm.NATIVE_DATE),
        ("30/06/2026", TimeForm.UNREADABLE),
        ("yesterday", TimeForm.UNREADABLE),
        ("", TimeForm.UNREADABLE),
        (True, TimeForm.UNREADABLE),
    ],
)
def test_a_value_tells_its_form(value: Any, form: TimeForm) -> None:
    assert form_of_value(value) is form


def test_a_column_of_several_forms_is_mixed_and_nulls_say_nothing() -> None:
    assert form_of([None, "2026-06-30", None]) is TimeForm.DATE
    assert form_of(["2026-06-30", 1_782_813_600]) is TimeForm.MIXED
    assert form_of(["2026-06-30", "soon"]) is TimeForm.MIXED
    assert form_of([None]) is TimeForm.EMPTY
    assert form_of(["soon"]) is TimeForm.UNREADABLE
