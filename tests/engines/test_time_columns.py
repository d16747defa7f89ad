"""Columns of every form of time, asked of SQLite and DuckDB, rolled up and not, against a count by hand."""

import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from metric_tui.base.errors import MetricTuiError
from metric_tui.base.periods import Grain
from metric_tui.planning.question import Question
from metric_tui.workspace import Workspace

Write = Callable[[datetime], Any]
ENGINES = ("sqlite", "duckdb")

INSTANTS: dict[str, tuple[Write, str | None]] = {
    "microseconds": (lambda m: int(m.timestamp()) * 10**6 + 999_999, None),
    "nanoseconds": (lambda m: int(m.timestamp()) * 10**9 + 999_999_999, None),
    "seconds as text": (lambda m: str(int(m.timestamp())), None),
    "real seconds as text": (lambda m: f"{int(m.timestamp())}.75", None),
    "microseconds as text": (lambda m: f"{int(m.timestamp())}999999", None),
    "Julian days": (lambda m: m.timestamp() / 86_400 + 2_440_587.5, None),
    "Julian days as text": (lambda m: repr(m.timestamp() / 86_400 + 2_440_587.5), None),
    "RFC 2822": (lambda m: m.strftime("%a, %d %b %Y %H:%M:%S +0000"), None),
    "time_format": (lambda m: m.strftime("%m/%d/%Y %I:%M:%S %p"), "%m/%d/%Y %I:%M:%S %p"),
    "time_format with zone": (
        lambda m: m.strftime("%d.%m.%Y %H:%M:%S +0000"),
        "%d.%m.%Y %H:%M:%S %z",
    ),
}
"""By name, how an instant is written, and the `time_format` that it needs."""

DAYS: dict[str, tuple[Write, str | None]] = {
    "whole-number days": (lambda m: int(f"{m:%Y%m%d}"), None),
    "whole-number days as text": (lambda m: f"{m:%Y%m%d}", None),
    "time_format": (lambda m: f"{m:%d/%m/%Y}", "%d/%m/%Y"),
    "time_format of numbers": (lambda m: int(f"{m:%Y%j}"), "%Y%j"),
}
MONTHS: dict[str, tuple[Write, str | None]] = {
    "months": (lambda m: f"{m:%Y-%m}", None),
    "whole-number months": (lambda m: int(f"{m:%Y%m}"), None),
    "whole-number months as text": (lambda m: f"{m:%Y%m}", None),
    "time_format": (lambda m: f"{m:%b %Y}", "%b %Y"),
}
QUARTERS: dict[str, tuple[Write, str | None]] = {
    "quarters": (lambda m: f"{m.year}-Q{(m.month + 2) // 3}", None),
    "quarters without hyphen": (lambda m: f"{m.year}Q{(m.month + 2) // 3}", None),
}

MOMENTS = [
    datetime(2025, 10, 20, 0, 30, tzinfo=UTC)
    + timedelta(hours=7 * n, minutes=n % 3, seconds=n % 60)
    for n in range(300)
]


def write(folder: Path, engine: str, values: list[Any], layout: str | None, zone: str) -> Path:
    """A store of one table, and its tree."""
    kind = {float: "DOUBLE", int: "BIGINT"}.get(type(values[0]), "VARCHAR")
    rows = [(number, value) for number, value in enumerate(values)]
    if engine == "sqlite":
        with closing(sqlite3.connect(folder / "events.db")) as connection, connection:
            connection.execute("CREATE TABLE events (id INTEGER, happened)")
            connection.executemany("INSERT INTO events VALUES (?, ?)", rows)
    else:
        with duckdb.connect(str(folder / "events.duckdb")) as duck:
            duck.execute(f"CREATE TABLE events (id INTEGER, happened {kind})")
            duck.executemany("INSERT INTO events VALUES (?, ?)", rows)
    store = "events.db" if engine == "sqlite" else "events.duckdb"
    path = folder / "tree.yaml"
    path.write_text(
        f"""
version: 1
store: {store}
settings: {{timezone: {zone}}}
sources:
  events:
    table: events
    agg_time_dimension: happened
    entities: {{user: id}}
    {f'time_format: "{layout}"' if layout else ""}
metrics:
  rows: {{agg: count}}
  people: {{agg: count_distinct}}
  new: {{type: lifecycle, input_metric: people, state: new}}
  back: {{type: retention, start: rows, return: rows, unit: day, offset: 0}}
  sittings: {{type: sessions, source: events, entity: user, gap: 30 minutes}}
tree: {{focus: rows}}
""",
        encoding="utf-8",
    )
    return path


def counted(path: Path, question: Question, *, rollup: bool) -> dict[str, float | None]:
    workspace = Workspace.open(path, rollup=rollup)
    try:
        if rollup:
            workspace.refresh()
        answer = workspace.answer(question)
    finally:
        workspace.close()
    found = {name: metric.total.values for name, metric in answer.metrics.items()}
    assert {metric.error for metric in answer.metrics.values()} == {None}
    assert found["people"] == found["new"] == found["sittings"] == found["rows"]
    assert set(found["back"]) <= {1.0, None}
    return dict(zip([p.label for p in answer.frame.periods], found["rows"], strict=True))


def local_first(moment: datetime, zone: str, grain: Grain) -> str:
    from zoneinfo import ZoneInfo

    day = moment.astimezone(ZoneInfo(zone)).date()
    first = {
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "quarter": day.replace(month=(day.month + 2) // 3 * 3 - 2, day=1),
        "year": day.replace(month=1, day=1),
    }
    return first[grain].isoformat()


def check(path: Path, zone: str, grains: tuple[Grain, ...], *, rollup: bool = False) -> None:
    for grain in grains:
        question = Question(
            grain=grain,
            start=date(2025, 10, 20),
            end=date(2025, 12, 31),
            compare="none",
            metrics=("rows", "people", "new", "back", "sittings"),
        )
        found = counted(path, question, rollup=rollup)
        expected = Counter(local_first(moment, zone, grain) for moment in MOMENTS)
        there = {label: value for label, value in found.items() if value}
        assert there == {label: expected[label] for label in there}, grain
        assert sum(there.values()) == sum(expected[label] for label in found), grain
        assert there


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", INSTANTS)
def test_instants_fall_into_their_local_days(name: str, engine: str, tmp_path: Path) -> None:
    form, layout = INSTANTS[name]
    zone = "America/New_York"
    path = write(tmp_path, engine, [form(moment) for moment in MOMENTS], layout, zone)
    check(path, zone, ("day", "week", "month"))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", DAYS)
def test_days_are_local_days_in_any_zone(name: str, engine: str, tmp_path: Path) -> None:
    form, layout = DAYS[name]
    path = write(tmp_path, engine, [form(m) for m in MOMENTS], layout, "America/New_York")
    check(path, "UTC", ("day", "week", "month"))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", MONTHS)
def test_months_are_whole_local_months(name: str, engine: str, tmp_path: Path) -> None:
    form, layout = MONTHS[name]
    path = write(tmp_path, engine, [form(m) for m in MOMENTS], layout, "America/New_York")
    check(path, "UTC", ("month", "quarter", "year"))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", QUARTERS)
def test_quarters_are_whole_local_quarters(name: str, engine: str, tmp_path: Path) -> None:
    form, layout = QUARTERS[name]
    path = write(tmp_path, engine, [form(m) for m in MOMENTS], layout, "America/New_York")
    check(path, "UTC", ("quarter", "year"))


@pytest.mark.parametrize("name", ["microseconds", "nanoseconds", "Julian days", "time_format"])
def test_a_store_that_is_rolled_up_says_the_same(name: str, tmp_path: Path) -> None:
    form, layout = INSTANTS[name]
    path = write(tmp_path, "sqlite", [form(m) for m in MOMENTS], layout, "Europe/Lisbon")
    check(path, "Europe/Lisbon", ("day", "month"), rollup=True)


@pytest.fixture
def told(tmp_path: Path) -> Callable[..., MetricTuiError]:
    """What a store of some times, asked by month, is refused with."""

    def ask(values: list[Any], layout: str | None = None) -> MetricTuiError:
        workspace = Workspace.open(write(tmp_path, "sqlite", values, layout, "UTC"))
        with closing(workspace), pytest.raises(MetricTuiError) as refused:
            workspace.answer(Question(grain="month"))
        return refused.value

    return ask


Told = Callable[..., MetricTuiError]


def test_days_that_may_be_read_two_ways_are_asked(told: Told) -> None:
    error = told(["03/04/2025", "04/05/2025"])
    assert error.message == (
        "`happened` of source `events` holds times such as `03/04/2025`, which may mean"
        " 4 March 2025 or 3 April 2025"
    )
    assert error.hint == 'write `time_format: "%m/%d/%Y"` or `time_format: "%d/%m/%Y"`'


def test_days_that_can_be_read_one_way_are_not_guessed_either(told: Told) -> None:
    error = told(["03/04/2025", "25/05/2025 "])
    assert "`03/04/2025`, in a form that is never guessed" in error.message
    assert error.hint == 'write `time_format: "%d/%m/%Y"`'


@pytest.mark.parametrize(
    "values", [[1, 2, 3], [2025, 90_210], [45_000.5], [-86_400], [5 * 10**18], ["7", "soon"]]
)
def test_numbers_that_would_be_times_of_another_age_are_refused(
    told: Told, values: list[Any]
) -> None:
    error = told(values)
    assert f"no times but {'numbers' if values[0] != '7' else 'values'} such as `{values[0]}`" in (
        error.message
    )
    assert "`time_format`" in (error.hint or "")


def test_years_are_read_where_the_file_says_so(told: Told) -> None:
    assert told([2024, 2025]).hint == 'write `time_format: "%Y"`'


def test_a_format_that_reads_nothing_says_which_would(told: Told) -> None:
    error = told(["31.01.2025"], "%m/%d/%Y")
    assert 'holds `31.01.2025`, which `time_format: "%m/%d/%Y"` does not read' in error.message
    assert error.hint == 'write `time_format: "%d.%m.%Y"`'


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([None, None], "`happened` is null in all 2 rows of source `events`"),
        ([None], "`happened` is null in its only row of source `events`"),
        (
            ["2025-02-30", "2025-02-31"],
            "`happened` of source `events` holds `2025-02-30`, which is no",
        ),
    ],
)
def test_a_store_without_events_says_what_its_column_holds(
    told: Told, values: list[Any], reason: str
) -> None:
    error = told(values)
    assert error.message.startswith(f"the store has no events: {reason}")
    assert "agg_time_dimension" in (error.hint or "")
