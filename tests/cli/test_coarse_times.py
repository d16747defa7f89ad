"""Sources whose times are months, hours or days: the last one counts whole, and none is split."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import Run

Document = dict[str, Any]
Ask = Callable[..., Document]

MONTHS = [("2025-01", 500.0), ("2025-01", 300.0), ("2025-02", 600.0), ("2025-03", 100.0)]
QUARTERS = [("2024-Q4", 7.0), ("2025-Q1", 5.0)]
METRICS = """
metrics:
  spend: {agg: sum, expr: amount}
  double: {type: derived, expr: spend * 2}
  four_weeks: {type: cumulative, input_metric: spend, window: 28 days}
  three_months: {type: cumulative, input_metric: spend, window: 3 months}
  this_year: {type: cumulative, input_metric: spend, grain_to_date: year}
tree: {focus: spend}
"""


@pytest.fixture
def asked(tmp_path: Path, run: Run) -> Ask:
    """By metric, the JSON of a store of some times and amounts."""

    def ask(
        rows: list[tuple[Any, float]], *words: object, engine: str = "sqlite", zone: str = "UTC"
    ) -> Document:
        name = "events.db" if engine == "sqlite" else "events.duckdb"
        (tmp_path / name).unlink(missing_ok=True)
        opened: Any = (sqlite3 if engine == "sqlite" else duckdb).connect(str(tmp_path / name))
        with closing(opened) as connection:
            connection.execute("CREATE TABLE events (happened VARCHAR, amount DOUBLE)")
            connection.executemany("INSERT INTO events VALUES (?, ?)", rows)
            connection.commit()
        tree = tmp_path / "tree.yaml"
        source = "{events: {table: events, agg_time_dimension: happened}}"
        head = f"version: 1\nstore: {name}\nsettings: {{grain: month, timezone: {zone}}}\n"
        tree.write_text(f"{head}sources: {source}\n{METRICS}")
        done = run("show", tree, *words, "--no-rollup", "--format", "json")
        document: Document = json.loads(done.out)
        return document

    return ask


def metric(document: Document, name: str) -> Document:
    return next(found for found in document["metrics"] if found["metric"] == name)


def series(document: Document, name: str) -> dict[str, float | None]:
    return {entry["period"]: entry["value"] for entry in metric(document, name)["series"]}


ALL = ("spend", "double", "four_weeks", "three_months", "this_year")


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_months_are_summed_by_month_quarter_and_year(asked: Ask, engine: str) -> None:
    by_month = asked(MONTHS, *ALL, "--last", 3, engine=engine)
    assert series(by_month, "spend") == {"2025-01-01": 800, "2025-02-01": 600, "2025-03-01": 100}
    assert list(series(by_month, "double").values()) == [1600, 1200, 200]
    assert list(series(by_month, "three_months").values()) == [800, 1400, 1500]
    assert list(series(by_month, "this_year").values()) == [800, 1400, 1500]
    assert by_month["watermark"] == "2025-03-31T23:59:59+00:00"
    by_quarter = asked(MONTHS, "spend", "--grain", "quarter", "--last", 1, engine=engine)
    assert series(by_quarter, "spend") == {"2025-01-01": 1500}


@pytest.mark.parametrize("grain", ["hour", "day", "week"])
def test_months_are_not_split_and_each_metric_says_why(asked: Ask, grain: str) -> None:
    document = asked(MONTHS, "spend", "double", "--grain", grain)
    assert set(series(document, "spend").values()) == {None}
    assert metric(document, "spend")["error"] == (
        f"the times of source `events` (`happened`) are months, which cannot be split into {grain}s"
    )
    assert metric(document, "double")["error"].startswith("needs `spend`: the times of source")


def test_a_window_of_days_over_months_is_refused_alone(asked: Ask) -> None:
    document = asked(MONTHS, *ALL, "--last", 3)
    assert metric(document, "four_weeks")["error"].endswith("would split one")
    assert metric(document, "three_months")["error"] is None


def test_a_range_from_within_a_month_is_refused(asked: Ask) -> None:
    within = ("--grain", "total", "--start", "2025-01-15", "--end", "2025-02-28")
    assert "begins on 2025-01-15" in metric(asked(MONTHS, "spend", *within), "spend")["error"]
    whole = (
        "--grain",
        "total",
        "--start",
        "2025-02-01",
        "--end",
        "2025-03-31",
        "--compare",
        "none",
    )
    found = metric(asked(MONTHS, "spend", *whole), "spend")
    assert (found["error"], found["value"]) == (None, 700)


def test_quarters_are_not_split_into_months(asked: Ask) -> None:
    refused = metric(asked(QUARTERS, "spend"), "spend")
    assert refused["error"].endswith("are quarters, which cannot be split into months")
    found = asked(QUARTERS, "spend", "--grain", "quarter", "--last", 2)
    assert series(found, "spend") == {"2024-10-01": 7, "2025-01-01": 5}


def stamped(pattern: str, step: timedelta, until: datetime) -> list[tuple[Any, float]]:
    first = datetime(2025, 1, 1, tzinfo=UTC)
    count = (until - first) // step
    return [((first + step * n).strftime(pattern), 1.0) for n in range(count)]


MARCH = datetime(2025, 3, 1, tzinfo=UTC)
LAST = {
    "hours": stamped("%Y-%m-%dT%H:00:00Z", timedelta(hours=1), MARCH),
    "hours with fractions": stamped("%Y-%m-%d %H:00:00.000", timedelta(hours=1), MARCH),
    "hours with offsets": stamped("%Y-%m-%dT%H:00:00+00:00", timedelta(hours=1), MARCH),
    "half hours": stamped("%Y-%m-%dT%H:%M", timedelta(minutes=30), MARCH),
    "days with a clock": stamped("%Y-%m-%d 00:00:00", timedelta(days=1), MARCH),
    "dates": stamped("%Y-%m-%d", timedelta(days=1), MARCH),
}


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
@pytest.mark.parametrize("name", ["hours", "hours with fractions", "hours with offsets",
                                  "days with a clock", "dates"])  # fmt: skip
def test_the_last_hour_or_day_counts_whole_and_completes_its_month(
    asked: Ask, name: str, engine: str
) -> None:
    document = asked(LAST[name], "spend", "--last", 2, engine=engine)
    hours = 1 if "day" in name or name == "dates" else 24
    assert series(document, "spend") == {"2025-01-01": 31 * hours, "2025-02-01": 28 * hours}
    assert document["question"]["end"] == "2025-02-28"


def test_half_hours_cover_their_minute_alone(asked: Ask) -> None:
    document = asked(LAST["half hours"], "spend", "--last", 1)
    assert list(series(document, "spend")) == ["2025-01-01"]
    (minute,) = asked([("2025-02-28T23:59", 1.0)], "spend", "--last", 1)["metrics"]
    assert minute["series"][0]["period"] == "2025-02-01"


@pytest.mark.parametrize("stray", ["2025-02-03T10:00:01Z", "2025-02-03T10:00:00.5Z"])
def test_one_finer_time_anywhere_makes_all_of_them_instants(asked: Ask, stray: str) -> None:
    rows = [*LAST["hours"][:1_200], (stray, 1.0), *LAST["hours"][1_200:]]
    document = asked(rows, "spend", "--last", 1)
    assert list(series(document, "spend")) == ["2025-01-01"]


def test_midnights_of_the_tree_s_zone_are_whole_days(asked: Ask) -> None:
    rows = stamped("%Y-%m-%dT00:00:00-05:00", timedelta(days=1), MARCH)
    document = asked(rows, "spend", "--last", 1, zone="America/New_York")
    assert series(document, "spend") == {"2025-02-01": 28}
    assert document["question"]["end"] == "2025-02-28"


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_a_day_that_stands_for_never_is_no_end_of_the_data(
    asked: Ask, run: Run, tmp_path: Path, engine: str
) -> None:
    rows = [("2025-01-02", 1.0), ("2025-02-28", 2.0), ("9999-12-31", 4.0)]
    document = asked(rows, "spend", "--last", 2, engine=engine)
    assert series(document, "spend") == {"2025-01-01": 1, "2025-02-01": 2}
    told = run("check", "--data", tmp_path / "tree.yaml").out
    assert "1 row of `events` has a time after 2100, so no period counts it" in told
