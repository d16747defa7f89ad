import random
from datetime import date, timedelta

import pytest

from metric_tui.analysis.coverage import (
    EARLIER,
    LATER,
    DailyCounts,
    Stretch,
    duplicates,
    gap,
    late,
    null_surge,
    volume_break,
)

FIRST = date(2026, 1, 5)
WEEK = (100.0, 110.0, 120.0, 110.0, 100.0, 40.0, 30.0)


def day(place: int) -> date:
    return FIRST + timedelta(days=place)


def between(start: int, end: int, name: str = LATER) -> Stretch:
    return Stretch(start=day(start), end=day(end), name=name)


def volume(count: int = 84, **changed: float) -> DailyCounts:
    """Twelve weeks; `d30=0.0` sets the thirtieth day."""
    draw = random.Random(1)
    counts = [WEEK[i % 7] * draw.uniform(0.9, 1.1) for i in range(count)]
    for name, value in changed.items():
        counts[int(name[1:])] = value
    return DailyCounts(first=FIRST, counts=tuple(counts))


def test_days_without_events_are_a_gap() -> None:
    found = gap(volume(d30=0.0, d31=0.0), between(28, 56))
    assert found is not None
    assert (found.code, found.text) == ("gap", "no events on 2 days of the period")
    assert found.days == (day(30), day(31))


def test_a_day_with_a_few_events_is_a_gap_too() -> None:
    found = gap(volume(d30=3.0), between(28, 56))
    assert found is not None
    assert found.text == "a fifth or less of the usual events on 1 day of the period"


def test_a_quiet_weekend_a_gap_outside_the_period_and_a_small_source_are_none() -> None:
    assert gap(volume(), between(0, 84)) is None
    assert gap(volume(d30=0.0), between(40, 56)) is None
    assert gap(volume(d30=0.0), between(200, 256)) is None
    few = DailyCounts(first=FIRST, counts=(2.0, 0.0, 1.0, 3.0) * 21)
    assert gap(few, between(0, 84)) is None


def test_the_days_before_and_at_the_first_event_are_no_gap() -> None:
    counts = (0.0,) * 20 + (2.0,) + tuple(WEEK[i % 7] for i in range(21, 84))
    assert gap(DailyCounts(first=FIRST, counts=counts), between(0, 84)) is None


def test_a_lasting_fall_is_a_break_and_an_outage_of_a_day_is_not() -> None:
    halved = volume()
    counts = tuple(c * (0.4 if i >= 60 else 1) for i, c in enumerate(halved.counts))
    found = volume_break(DailyCounts(first=FIRST, counts=counts), between(56, 84))
    assert found is not None
    assert found.code == "volume_break"
    assert found.days == (day(60),)
    assert "since 2026-03-06" in found.text
    assert volume_break(volume(d60=0.0), between(56, 84)) is None
    assert volume_break(DailyCounts(first=FIRST, counts=counts), between(0, 50)) is None


def test_a_column_that_turns_null_is_told() -> None:
    found = null_surge("country", 0.02, 0.4, rows=(500, 400))
    assert found is not None
    assert found.text == "`country` is null in 40% of the rows, 2% before"
    # three times as much, and five percentage points more
    assert null_surge("country", 0.1, 0.29) is None
    assert null_surge("country", 0.1, 0.31) is not None
    assert null_surge("country", 0.01, 0.055) is None
    assert null_surge("country", 0.01, 0.065) is not None


@pytest.mark.parametrize(
    ("rows", "is_told"), [((2, 2), False), ((29, 500), False), ((500, 29), False), ((30, 30), True)]
)
def test_a_share_of_few_rows_is_no_surge(rows: tuple[float, float], is_told: bool) -> None:
    assert (null_surge("country", 0.0, 0.5, rows=rows) is not None) == is_told


def test_repeated_ids_and_late_rows_are_told_from_a_share_on() -> None:
    repeated = duplicates("events", 30, 1000)
    assert repeated is not None
    assert repeated.text == "30 rows of `events` repeat another one of the period (3.0%)"
    assert duplicates("events", 0, 1000) is None
    assert duplicates("events", 1, 100_000) is None
    assert duplicates("events", 0, 0) is None
    behind = late("events", 40, 1000)
    assert behind is not None
    assert behind.text.startswith("4% of the rows")
    assert late("events", 1, 1000) is None
    assert late("events", 0, 0) is None


def test_texts_say_when_it_was_the_earlier_period() -> None:
    holes = volume(d30=0.0, d31=0.0)
    found = gap(holes, between(28, 56, EARLIER))
    assert found is not None
    assert found.text == "no events on 2 days of the earlier period"
    counts = tuple(c * (0.4 if i >= 60 else 1) for i, c in enumerate(volume().counts))
    fallen = volume_break(DailyCounts(first=FIRST, counts=counts), between(56, 84, EARLIER))
    assert fallen is not None
    assert "a day since 2026-03-06 in the earlier period, about" in fallen.text
    surge = null_surge("country", 0.4, 0.02, rows=(500, 400))
    assert surge is not None
    assert surge.text == "`country` was null in 40% of the rows in the earlier period, 2% now"
    repeated = duplicates("events", 1, 1000, name=EARLIER)
    assert repeated is not None
    assert repeated.text == "1 row of `events` repeats another one of the earlier period (0.1%)"
    behind = late("events", 40, 1000, name=EARLIER)
    assert behind is not None
    assert behind.text == "4% of the rows of `events` in the earlier period came over a day late"


def test_a_hole_is_no_break_of_the_level_on_either_side() -> None:
    counts = tuple(c * (0.1 if 45 <= i < 57 else 1) for i, c in enumerate(volume(112).counts))
    holes = DailyCounts(first=FIRST, counts=counts)
    found = gap(holes, between(28, 84))
    assert found is not None
    assert found.days == tuple(map(day, range(45, 57)))
    assert volume_break(holes, between(0, 112)) is None
