"""Ranges as people type them, stepped and stretched."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metric_tui.base.errors import QuestionError
from metric_tui.base.periods import Calendar, Grain
from metric_tui.planning.frame import Frame, frame_of
from metric_tui.planning.question import Question
from metric_tui.planning.ranges import (
    RangeChoice,
    at_grain,
    parse_as_of,
    parse_range,
    resized,
    shown_days,
    stepped,
)

CALENDAR = Calendar("Europe/Lisbon", "monday")
TODAY = date(2026, 6, 30)  # a Tuesday
WATERMARK = datetime(2026, 6, 30, 20, 14, tzinfo=UTC)


def parsed(text: str, grain: Grain = "week") -> RangeChoice:
    return parse_range(text, today=TODAY, grain=grain, calendar=CALENDAR)


def frame(question: Question) -> Frame:
    return frame_of(question, WATERMARK, CALENDAR, first=datetime(2020, 1, 1, tzinfo=UTC))


def test_a_number_of_the_own_grain_follows_the_data() -> None:
    assert parsed("last 8 weeks") == RangeChoice(last=8)
    assert parsed("8 weeks") == RangeChoice(last=8)
    assert parsed("8w") == RangeChoice(last=8)
    assert parsed("last week") == RangeChoice(last=1)
    assert parsed("") == RangeChoice()


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-06", (2026, 6, 1), (2026, 6, 30)),
        ("2026", (2026, 1, 1), (2026, 12, 31)),
        ("2026-Q2", (2026, 4, 1), (2026, 6, 30)),
        ("q2 2026", (2026, 4, 1), (2026, 6, 30)),
        ("2026-W26", (2026, 6, 22), (2026, 6, 28)),
        ("June 2026", (2026, 6, 1), (2026, 6, 30)),
        ("2026-06-05", (2026, 6, 5), (2026, 6, 5)),
        ("2026-03..2026-05", (2026, 3, 1), (2026, 5, 31)),
        ("2026-06-01 .. 2026-06-28", (2026, 6, 1), (2026, 6, 28)),
        ("2026-06-05..today", (2026, 6, 5), (2026, 6, 30)),
        ("ytd", (2026, 1, 1), (2026, 6, 30)),
        ("qtd", (2026, 4, 1), (2026, 6, 30)),
        ("wtd", (2026, 6, 29), (2026, 6, 30)),
        ("yesterday", (2026, 6, 29), (2026, 6, 29)),
        ("this month", (2026, 6, 1), (2026, 6, 30)),
        ("last 2 months", (2026, 5, 1), (2026, 6, 30)),
        ("last 10 days", (2026, 6, 21), (2026, 6, 30)),
    ],
)
def test_dates_are_read(text: str, start: tuple[int, int, int], end: tuple[int, int, int]) -> None:
    assert parsed(text) == RangeChoice(start=date(*start), end=date(*end))


def test_a_month_that_is_over_is_complete_and_a_running_one_is_not() -> None:
    found = parse_range("last 1 month", today=date(2026, 6, 29), grain="week", calendar=CALENDAR)
    assert found == RangeChoice(start=date(2026, 5, 1), end=date(2026, 5, 31))


def test_an_open_end_reaches_the_newest_data() -> None:
    assert parsed("2026-03..") == RangeChoice(start=date(2026, 3, 1))


@pytest.mark.parametrize(
    "text",
    ["soon", "last", "week", "last 0 weeks", "2026-13", "2026-02-30", "..2026-05",
     "2026-05..2026-03", "last 8 fortnights", "2026-06..soon", "last 900 years", "5 minutes"],
)  # fmt: skip
def test_what_is_no_range_is_refused_in_words(text: str) -> None:
    with pytest.raises(QuestionError) as raised:
        parsed(text)
    assert raised.value.message
    assert not raised.value.message.endswith(".")


@given(st.text(max_size=30))
def test_any_text_is_a_range_or_refused(text: str) -> None:
    try:
        found = parsed(text)
    except QuestionError:
        return
    assert found.start is None or found.end is None or found.start <= found.end


def test_an_as_of_is_a_day_or_an_instant() -> None:
    assert parse_as_of("2026-06-15", today=TODAY) == date(2026, 6, 15)
    assert parse_as_of("2026-06-15 12:00", today=TODAY) == datetime(2026, 6, 15, 12)  # noqa: DTZ001
    assert parse_as_of(" ", today=TODAY) is None
    with pytest.raises(QuestionError):
        parse_as_of("tomorrow-ish", today=TODAY)


def test_stepping_back_and_forth_comes_back_to_the_data() -> None:
    question = Question(grain="week", last=4)
    back = stepped(question, frame(question), CALENDAR, -1)
    assert shown_days(frame(back), CALENDAR) == (date(2026, 5, 25), date(2026, 6, 21))
    again = stepped(back, frame(back), CALENDAR, 1)
    assert again == question


def test_stepping_past_the_data_is_refused() -> None:
    question = Question(grain="week", start=date(2026, 6, 29), end=date(2026, 6, 30))
    with pytest.raises(QuestionError):
        stepped(question, frame(question), CALENDAR, 1)


@pytest.mark.parametrize("grain", ["hour", "day", "week", "month", "quarter", "year", "total"])
def test_every_grain_can_be_stepped_and_stretched(grain: Grain) -> None:
    question = Question(grain=grain, start=date(2025, 4, 1), end=date(2025, 6, 30))
    before = shown_days(frame(question), CALENDAR)
    earlier = stepped(question, frame(question), CALENDAR, -1)
    assert shown_days(frame(earlier), CALENDAR)[0] < before[0]
    longer = resized(question, frame(question), CALENDAR, 1)
    assert shown_days(frame(longer), CALENDAR)[0] < before[0]
    assert shown_days(frame(longer), CALENDAR)[1] == before[1]


def test_a_length_changes_by_the_ladder() -> None:
    question = Question(grain="week", last=13)
    assert resized(question, frame(question), CALENDAR, -1).last == 10
    assert resized(question, frame(question), CALENDAR, 1).last == 18
    one = Question(grain="week", last=1)
    assert resized(one, frame(one), CALENDAR, -1).last == 1


def test_another_grain_keeps_dates_and_forgets_a_number() -> None:
    dated = Question(grain="week", start=date(2026, 6, 1), end=date(2026, 6, 28))
    assert at_grain(dated, "day").start == date(2026, 6, 1)
    assert at_grain(Question(grain="week", last=8), "day").last is None
