"""What is wrong with the data of either period is told, by SQL and from rollups alike."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from metric_tui.analysis.health import HealthFinding
from metric_tui.analysis.why import why
from metric_tui.analysis.why_question import WhyQuestion
from metric_tui.engines.open import open_engine
from metric_tui.engines.rollup import close_all, measures_for, refresh
from metric_tui.engines.sql.run import SqlMeasures
from metric_tui.engines.store import Store
from metric_tui.loading.load import load
from metric_tui.planning.question import DateRange
from tests.conftest import Run, SmallStore

COLUMNS = "at TEXT, event TEXT, user INTEGER, country TEXT, received_at TEXT"

TREE = """
version: 1
name: Shop
store: events.db
settings: {grain: month}
sources:
  events: {table: events, agg_time_dimension: at, event_column: event, entities: {user: user}, dimensions: {country: country}}
metrics:
  orders: {agg: count, event: order, owner: a, components: []}
tree: {focus: orders}
"""

FIRST = date(2026, 1, 1)
DAYS = 181
MARCH, APRIL, MAY = (
    DateRange(date(2026, 3, 1), date(2026, 3, 31)),
    DateRange(date(2026, 4, 1), date(2026, 4, 30)),
    DateRange(date(2026, 5, 1), date(2026, 5, 31)),
)

Row = tuple[str, str, int, str | None, str]
Change = Callable[[date, list[Row]], list[Row]]


def rows(change: Change) -> Iterator[Row]:
    """Thirty orders a day for half a year, about; then what went wrong."""
    draw = random.Random(7)
    for place in range(DAYS):
        day = FIRST + timedelta(days=place)
        times = [f"{day}T{draw.randrange(24):02d}:{draw.randrange(60):02d}" for _ in range(30)]
        yield from change(day, [
            (f"{at}:{n:02d}Z", "order", n, "PT", f"{at}:59Z") for n, at in enumerate(times)
        ])  # fmt: skip


def within(period: DateRange, day: date) -> bool:
    return period.start <= day <= period.end


def tenth_of_twelve_days(period: DateRange) -> Change:
    def change(day: date, made: list[Row]) -> list[Row]:
        is_hole = 0 <= (day - period.start).days - 9 < 12
        return made[:3] if is_hole else made

    return change


def lost_country(period: DateRange) -> Change:
    return lambda day, made: (
        [(*row[:3], None if n % 2 else "PT", row[4]) for n, row in enumerate(made)]
        if within(period, day)
        else made
    )


def written_twice(period: DateRange) -> Change:
    return lambda day, made: [*made, *made[:4]] if within(period, day) else made


def came_late(period: DateRange) -> Change:
    def change(day: date, made: list[Row]) -> list[Row]:
        late = f"{day + timedelta(days=3)}T00:00:00Z"
        return [(*row[:4], late if within(period, day) else row[4]) for row in made]

    return change


def halved(period: DateRange) -> Change:
    middle = period.start + timedelta(days=12)
    return lambda day, made: made[:12] if day >= middle else made


CASES: dict[str, tuple[Callable[[DateRange], Change], str, str]] = {
    "gap": (
        tenth_of_twelve_days,
        "a fifth or less of the usual events on 12 days of the period",
        "a fifth or less of the usual events on 12 days of the earlier period",
    ),
    "null_surge": (
        lost_country,
        "`country` is null in 50% of the rows, 0% before",
        "`country` was null in 50% of the rows in the earlier period, 0% now",
    ),
    "duplicates": (
        written_twice,
        "124 rows of `events` repeat another one of the period (11.8%)",
        "120 rows of `events` repeat another one of the earlier period (11.8%)",
    ),
    "late": (
        came_late,
        "100% of the rows of `events` came over a day late, so the last days may still rise",
        "100% of the rows of `events` in the earlier period came over a day late",
    ),
    "volume_break": (
        halved,
        "about 12 events a day since 2026-05-13, about 30 events a day before",
        "about 12 events a day since 2026-04-13 in the earlier period,"
        " about 30 events a day before",
    ),
}


@pytest.fixture
def health(
    tmp_path: Path, small_store: SmallStore
) -> Iterator[Callable[..., tuple[HealthFinding, ...]]]:
    """Findings of an explanation of May against April, equal by SQL and from rollups."""
    opened: list[Store] = []

    def found(change: Change, **question: Any) -> tuple[HealthFinding, ...]:
        path = small_store(COLUMNS, rows(change))
        tree = load(TREE, name="shop").require_tree()
        store = Store(open_engine(str(path), beside=tmp_path / "shop.yaml"), tree)
        opened.append(store)
        asked = WhyQuestion(metric="orders", grain="month", period=MAY, against=APRIL)
        asked = replace(asked, **question)
        by_sql = why(asked, store, SqlMeasures(store)).health
        refresh(store)
        assert why(asked, store, measures_for(store)).health == by_sql
        return by_sql

    yield found
    close_all()
    for store in opened:
        store.engine.close()


@pytest.mark.parametrize("code", CASES)
@pytest.mark.parametrize("is_earlier", [False, True])
def test_a_fault_of_either_period_is_told(
    health: Callable[..., tuple[HealthFinding, ...]], code: str, is_earlier: bool
) -> None:
    fault, in_later, in_earlier = CASES[code]
    found = health(fault(APRIL if is_earlier else MAY))
    assert [(finding.code, finding.text) for finding in found] == [
        (code, in_earlier if is_earlier else in_later)
    ]
    assert found[0].metric == "orders"


def test_sound_data_of_both_periods_tell_nothing(
    health: Callable[..., tuple[HealthFinding, ...]],
) -> None:
    assert health(lambda day, made: made) == ()


def test_periods_far_apart_are_looked_at_each_by_its_own_weeks(
    health: Callable[..., tuple[HealthFinding, ...]],
) -> None:
    winter = DateRange(date(2026, 1, 20), date(2026, 2, 20))
    june = DateRange(date(2026, 6, 18), date(2026, 6, 28))
    (found,) = health(tenth_of_twelve_days(winter), period=june, against=winter)
    assert found.text.endswith("on 12 days of the earlier period")


def test_a_hole_in_neither_period_is_not_told(
    health: Callable[..., tuple[HealthFinding, ...]],
) -> None:
    assert health(tenth_of_twelve_days(MARCH)) == ()


def test_a_period_held_against_a_later_one_is_named_by_what_it_is(
    health: Callable[..., tuple[HealthFinding, ...]],
) -> None:
    (found,) = health(tenth_of_twelve_days(MAY), period=APRIL, against=MAY)
    assert found.text.endswith("on 12 days of the period it is held against")


def test_an_earlier_period_that_is_not_over_is_told(
    health: Callable[..., tuple[HealthFinding, ...]],
) -> None:
    july = DateRange(date(2026, 6, 20), date(2026, 7, 20))
    found = health(lambda day, made: made, period=MAY, against=july)
    assert found[0].code == "partial"
    assert found[0].text == "the period it is held against is not over at the end of the data"


def test_explain_says_it_first(run: Run, tmp_path: Path, small_store: SmallStore) -> None:
    small_store(COLUMNS, rows(tenth_of_twelve_days(APRIL)))
    path = tmp_path / "shop.yaml"
    path.write_text(TREE)
    ran = run(
        "explain", path, "--period", "2026-05-01..2026-05-31", "--against", "2026-04-01..2026-04-30"
    )
    assert ran.code == 0
    assert "a fifth or less of the usual events on 12 days of the earlier period" in ran.out
