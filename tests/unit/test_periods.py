from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metric_tui.base.periods import (
    EARLIEST,
    LATEST,
    Calendar,
    Duration,
    Grain,
    Span,
    add_months,
)

LISBON = Calendar("Europe/Lisbon", "monday")
NEW_YORK = Calendar("America/New_York", "sunday")
HAVANA = Calendar("America/Havana", "monday")
UTC_CALENDAR = Calendar("UTC", "monday")

DAYS = st.dates(date(1971, 1, 1), date(2037, 12, 31))
GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2020-03-31", -1, "2020-02-29"),
        ("2021-03-31", -1, "2021-02-28"),
        ("2020-02-29", -12, "2019-02-28"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2026-01-15", -1, "2025-12-15"),
        ("2026-12-31", 2, "2027-02-28"),
        ("2026-05-31", 0, "2026-05-31"),
    ],
)
def test_a_month_back_from_its_31st_is_clipped(day: str, months: int, expected: str) -> None:
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(expected)


def test_a_local_day_has_23_24_or_25_hours() -> None:
    days = {"2026-03-29": 23, "2026-06-01": 24, "2025-10-26": 25}
    for day, hours in days.items():
        span = LISBON.period(date.fromisoformat(day), "day").span
        assert span.end - span.start == timedelta(hours=hours)


def test_the_hour_that_comes_twice_has_two_periods_with_their_offsets() -> None:
    day = date(2025, 10, 26)
    labels = [period.label for period in LISBON.periods(day, day, "hour")]
    assert labels[:4] == [
        "2025-10-26T00:00+01:00",
        "2025-10-26T01:00+01:00",
        "2025-10-26T01:00+00:00",
        "2025-10-26T02:00+00:00",
    ]
    assert len(labels) == len(set(labels)) == 25


def test_a_midnight_that_clocks_skip_is_the_first_instant_after() -> None:
    # Havana went from 0:00 to 1:00 on 8 March 2026, when it was 5:00 UTC
    assert HAVANA.midnight(date(2026, 3, 8)) == at("2026-03-08T05:00")
    assert HAVANA.period(date(2026, 3, 8), "day").span.end == at("2026-03-09T04:00")


@pytest.mark.parametrize(
    ("calendar", "day", "grain", "first"),
    [
        (LISBON, "2026-06-28", "week", "2026-06-22"),
        (LISBON, "2026-06-22", "week", "2026-06-22"),
        (NEW_YORK, "2026-06-27", "week", "2026-06-21"),
        (NEW_YORK, "2026-06-28", "week", "2026-06-28"),
        (LISBON, "2026-06-28", "month", "2026-06-01"),
        (LISBON, "2026-06-28", "quarter", "2026-04-01"),
        (LISBON, "2026-12-31", "quarter", "2026-10-01"),
        (LISBON, "2026-06-28", "year", "2026-01-01"),
    ],
)
def test_periods_begin_where_the_calendar_says(
    calendar: Calendar, day: str, grain: Grain, first: str
) -> None:
    assert calendar.first_day(date.fromisoformat(day), grain).isoformat() == first


@given(day=DAYS, grain=st.sampled_from(GRAINS), calendar=st.sampled_from([LISBON, NEW_YORK]))
def test_a_day_lies_in_the_period_it_is_said_to(
    day: date, grain: Grain, calendar: Calendar
) -> None:
    period = calendar.period(calendar.first_day(day, grain), grain)
    assert period.span.start <= calendar.midnight(day) < period.span.end
    assert period.label == calendar.first_day(day, grain).isoformat()


@given(day=DAYS, length=st.integers(0, 500), grain=st.sampled_from(GRAINS))
def test_periods_follow_each_other_without_gap(day: date, length: int, grain: Grain) -> None:
    end = day + timedelta(days=length)
    periods = LISBON.periods(day, end, grain)
    for before, after in pairwise(periods):
        assert before.span.end == after.span.start
    assert periods[0].span.start <= LISBON.midnight(day)
    assert periods[-1].span.end >= LISBON.midnight(end + timedelta(days=1))


def test_a_range_is_widened_to_whole_weeks() -> None:
    weeks = UTC_CALENDAR.periods(date(2020, 1, 15), date(2020, 1, 22), "week")
    assert [week.label for week in weeks] == ["2020-01-13", "2020-01-20"]


def test_a_total_is_the_range_itself() -> None:
    (total,) = LISBON.periods(date(2026, 3, 1), date(2026, 3, 31), "total")
    assert total.span == Span(at("2026-03-01T00:00"), at("2026-03-31T23:00"))
    assert total.label == "2026-03-01"


def test_the_last_complete_periods_are_over() -> None:
    instant = at("2026-06-24T11:00")
    weeks = LISBON.periods_before(instant, "week", 2)
    assert [week.label for week in weeks] == ["2026-06-08", "2026-06-15"]
    hours = LISBON.periods_before(instant + timedelta(minutes=1), "hour", 2)
    assert [hour.label for hour in hours] == ["2026-06-24T10:00+01:00", "2026-06-24T11:00+01:00"]


@pytest.mark.parametrize(
    ("zone", "labels"),
    [
        ("Asia/Kolkata", ["2026-06-24T14:00+05:30", "2026-06-24T15:00+05:30"]),
        ("Asia/Kathmandu", ["2026-06-24T14:00+05:45", "2026-06-24T15:00+05:45"]),
        ("America/St_Johns", ["2026-06-24T06:00-02:30", "2026-06-24T07:00-02:30"]),
    ],
)
def test_hours_begin_when_the_local_clock_strikes(zone: str, labels: list[str]) -> None:
    calendar = Calendar(zone, "monday")
    hours = calendar.periods_before(at("2026-06-24T10:45"), "hour", 2)
    assert [hour.label for hour in hours] == labels
    of_the_day = calendar.periods(date(2026, 6, 24), date(2026, 6, 24), "hour")
    assert set(hours) <= set(of_the_day)


def test_a_day_shifts_to_a_day_over_a_clock_change() -> None:
    monday = LISBON.period(date(2026, 3, 30), "day").span
    shifted = LISBON.shift(monday, Duration(1, "day"))
    assert shifted == LISBON.period(date(2026, 3, 29), "day").span
    assert shifted.end - shifted.start == timedelta(hours=23)


def test_the_31st_shifts_to_the_last_day_of_a_shorter_month() -> None:
    span = UTC_CALENDAR.period(date(2020, 3, 31), "day").span
    shifted = UTC_CALENDAR.shift(span, Duration(1, "month"))
    assert shifted == UTC_CALENDAR.period(date(2020, 2, 29), "day").span


def test_clock_units_shift_by_elapsed_time() -> None:
    instant = LISBON.midnight(date(2026, 3, 30))
    shifted = LISBON.shift(Span(instant, instant), Duration(24, "hour"))
    assert instant - shifted.start == timedelta(hours=24)


def test_the_ends_of_time_do_not_shift() -> None:
    assert LISBON.shift(Span(EARLIEST, LATEST), Duration(1, "month")) == Span(EARLIEST, LATEST)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("7 days", "7 days"),
        ("1 month", "1 month"),
        ("30 minutes", "30 minutes"),
        ("24h", "24 hours"),
        (" 2  Weeks ", "2 weeks"),
        ("1 quarter", "1 quarter"),
        ("90s", "90 seconds"),
    ],
)
def test_durations_are_read_as_people_write_them(text: str, shown: str) -> None:
    assert str(Duration.parse(text)) == shown


@pytest.mark.parametrize(
    "text", ["", "days", "0 days", "-1 day", "1.5 days", "7 moons", "999 years"]
)
def test_what_is_no_duration_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|longer"):
        Duration.parse(text)


def test_a_duration_knows_its_length() -> None:
    assert Duration(2, "week").days == 14
    assert Duration(1, "quarter").months == 3
    assert Duration(30, "minute").seconds == 1800
    assert Duration(1, "month").longest_days == 31
    assert Duration(25, "hour").longest_days == 2
