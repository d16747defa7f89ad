"""Several periods as one, and what that is held against, by the days of a calendar on the wall."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from metric_tui.base.periods import Calendar, Grain
from metric_tui.planning.frame import Frame, frame_of
from metric_tui.planning.question import DateRange, Question
from metric_tui.planning.stretch import as_one

CALENDAR = Calendar("UTC", "monday")
WATERMARK = datetime(2026, 6, 24, 11, tzinfo=UTC)


def one(grain: Grain, *, against: DateRange | None = None, **asked: Any) -> Frame:
    question = Question(grain=grain, **asked)
    frame = frame_of(question, WATERMARK, CALENDAR, first=datetime(2020, 1, 1, tzinfo=UTC))
    return as_one(frame, question, CALENDAR, against)


def days(frame: Frame) -> tuple[str, str]:
    """The days of the period and of what it is held against, both ends included."""
    (period,), (against,) = frame.periods, frame.compared
    assert against is not None
    ends = [
        (each.span.start.date(), (each.span.end - timedelta(seconds=1)).date())
        for each in (period, against)
    ]
    return (f"{ends[0][0]}..{ends[0][1]}", f"{ends[1][0]}..{ends[1][1]}")


@pytest.mark.parametrize(
    ("grain", "asked", "expected"),
    [
        # one period stays what it is
        ("week", {"last": 1}, ("2026-06-15..2026-06-21", "2026-06-08..2026-06-14")),
        ("week", {"last": 4}, ("2026-05-25..2026-06-21", "2026-04-27..2026-05-24")),
        # three months before three months, though these have 92 days and those 89
        ("month", {"last": 3}, ("2026-03-01..2026-05-31", "2025-12-01..2026-02-28")),
        (
            "month",
            {"start": date(2026, 2, 10), "end": date(2026, 3, 2)},
            ("2026-02-01..2026-03-31", "2025-12-01..2026-01-31"),
        ),
        (
            "quarter",
            {"last": 2, "compare": "year_ago"},
            ("2025-10-01..2026-03-31", "2024-10-01..2025-03-31"),
        ),
        # weeks 53 and 1: week 52 and the one after it, not week 52 alone
        (
            "week",
            {"start": date(2020, 12, 28), "end": date(2021, 1, 10), "compare": "year_ago"},
            ("2020-12-28..2021-01-10", "2019-12-23..2020-01-05"),
        ),
        # a range is cut into weeks and laid beside from its end on
        (
            "week",
            {"last": 2, "compare": DateRange(date(2026, 1, 7), date(2026, 2, 4))},
            ("2026-06-08..2026-06-21", "2026-01-26..2026-02-08"),
        ),
    ],
)
def test_as_many_periods_lie_before(
    grain: Grain, asked: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert days(one(grain, **asked)) == expected


def test_days_given_are_taken_as_they_are() -> None:
    found = one("week", last=2, against=DateRange(date(2026, 1, 7), date(2026, 1, 8)))
    assert days(found) == ("2026-06-08..2026-06-21", "2026-01-07..2026-01-08")
    assert found.grain == "total"


def test_what_is_not_over_is_held_against_the_same_elapsed_part() -> None:
    frame = one("week", start=date(2026, 6, 15), end=date(2026, 6, 23))
    (against,) = frame.compared
    assert against is not None
    # Monday of the first week to Wednesday 11 o'clock of the second, as of the data's end
    assert against.span.start == datetime(2026, 6, 1, tzinfo=UTC)
    assert against.span.end == datetime(2026, 6, 10, 11, 0, 1, tzinfo=UTC)


def test_hours_are_counted_by_the_clock() -> None:
    (period,), (against,) = (frame := one("hour", last=3)).periods, frame.compared
    assert against is not None
    assert period.span.start == datetime(2026, 6, 24, 8, tzinfo=UTC)
    assert against.span.end == period.span.start
    assert against.span.start == datetime(2026, 6, 24, 5, tzinfo=UTC)
    (against,) = one("hour", last=3, compare="year_ago").compared
    assert against is not None
    assert period.span.start - against.span.start == timedelta(weeks=52)


def test_there_may_be_nothing_to_hold_it_against() -> None:
    assert one("week", last=2, compare="none").compared == (None,)
    assert one("year", start=date(300, 1, 1), end=date(2026, 1, 1)).compared == (None,)
