from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metric_tui.base.errors import QuestionError
from metric_tui.base.periods import Calendar
from metric_tui.planning.typed import End, parse_day, parse_number

CALENDAR = Calendar("Europe/Lisbon", "monday")
TODAY = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("800", 800.0), (" 1,200.5 ", 1200.5), ("1_000", 1000.0), ("-3", -3.0), ("−3", -3.0),
        ("1.2k", 1200.0), ("3.5M", 3_500_000.0), ("35%", 0.35), ("14 %", 0.14), (".5", 0.5),
        ("7.3%", 0.073),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it(text: str, value: float) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize("text", ["", "many", "1.2.3", "1k2", "%", "nan", "inf", "1e9", "--1"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(QuestionError, match="is no number"):
        parse_number(text)


@given(st.integers(-(10**11), 10**11))
def test_every_whole_number_reads_back(value: int) -> None:
    assert parse_number(str(value)) == parse_number(f"{value:,}") == value


@pytest.mark.parametrize(
    ("text", "end", "day"),
    [
        ("2026-12-31", "last", date(2026, 12, 31)),
        ("2026-02", "last", date(2026, 2, 28)),
        ("2026-02", "first", date(2026, 2, 1)),
        ("2026-Q4", "last", date(2026, 12, 31)),
        ("2026", "first", date(2026, 1, 1)),
        ("dec 2026", "last", date(2026, 12, 31)),
        ("today", "last", TODAY),
    ],
)
def test_a_day_is_read_or_an_end_of_what_is_longer(text: str, end: End, day: date) -> None:
    assert parse_day(text, today=TODAY, calendar=CALENDAR, end=end) == day


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30", "2026-01..2026-02", "2026-01.."])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(QuestionError):
        parse_day(text, today=TODAY, calendar=CALENDAR, end="last")
