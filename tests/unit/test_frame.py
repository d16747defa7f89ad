from datetime import UTC, date, datetime

import pytest

from metric_tui.base.errors import QuestionError
from metric_tui.base.periods import Calendar, Grain, Period
from metric_tui.planning.frame import Frame, end_of, frame_of
from metric_tui.planning.question import DateRange, Question

LISBON = Calendar("Europe/Lisbon", "monday")
SUNDAYS = Calendar("UTC", "sunday")
UTC_CALENDAR = Calendar("UTC", "monday")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def framed(
    question: Question, watermark: str = "2026-06-24T11:00:00", calendar: Calendar = UTC_CALENDAR
) -> Frame:
    return frame_of(question, at(watermark), calendar, first=at("2024-01-05T00:00"))


def labels(frame: Frame) -> list[str]:
    return [period.label for period in frame.periods]


def compared(frame: Frame) -> Period:
    """What the last period is compared with."""
    found = frame.compared[-1]
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("grain", "count", "last"),
    [
        ("hour", 48, "2026-06-24T10:00+00:00"),
        ("day", 30, "2026-06-23"),
        ("week", 13, "2026-06-15"),
        ("month", 12, "2026-05-01"),
        ("quarter", 8, "2026-01-01"),
        ("year", 5, "2025-01-01"),
        ("total", 1, "2024-01-05"),
    ],
)
def test_without_a_range_the_last_complete_periods_are_reported(
    grain: Grain, count: int, last: str
) -> None:
    found = labels(framed(Question(grain=grain)))
    assert (len(found), found[-1]) == (count, last)


def test_the_running_period_is_added_on_request() -> None:
    found = framed(Question(grain="month", last=1, running=True))
    assert labels(found) == ["2026-05-01", "2026-06-01"]


def test_an_event_at_midnight_begins_the_next_day() -> None:
    found = framed(Question(grain="day", last=1, running=True), "2026-06-24T00:00:00")
    assert labels(found) == ["2026-06-23", "2026-06-24"]


def test_a_data_end_on_a_period_s_last_second_leaves_nothing_running() -> None:
    found = framed(Question(grain="day", last=1, running=True), "2026-06-23T23:59:59")
    assert labels(found) == ["2026-06-23"]


def test_an_event_in_the_last_second_of_a_day_completes_it() -> None:
    assert labels(framed(Question(grain="day", last=1), "2026-06-23T23:59:59")) == ["2026-06-23"]
    assert labels(framed(Question(grain="day", last=1), "2026-06-23T23:59:58")) == ["2026-06-22"]


def test_one_end_of_a_range_is_enough() -> None:
    assert labels(framed(Question(grain="week", start=date(2026, 6, 10)))) == [
        "2026-06-08",
        "2026-06-15",
        "2026-06-22",
    ]
    assert labels(framed(Question(grain="week", end=date(2026, 6, 10)))) == ["2026-06-08"]


def test_a_range_upside_down_is_refused() -> None:
    with pytest.raises(QuestionError, match="ends on 2026-06-01, before it starts on 2026-06-10"):
        framed(Question(grain="day", start=date(2026, 6, 10), end=date(2026, 6, 1)))


@pytest.mark.parametrize(
    "question",
    [
        Question(grain="hour", start=date(2000, 1, 1)),
        Question(grain="day", last=30_000),
    ],
)
def test_too_many_periods_are_refused(question: Question) -> None:
    with pytest.raises(QuestionError, match="too many"):
        framed(question)


def test_an_empty_store_needs_dates() -> None:
    with pytest.raises(QuestionError, match="no events"):
        frame_of(Question(grain="day"), None, UTC_CALENDAR, first=None)
    question = Question(grain="day", start=date(2026, 6, 1), end=date(2026, 6, 2))
    found = frame_of(question, None, UTC_CALENDAR, first=None)
    assert labels(found) == ["2026-06-01", "2026-06-02"]


def test_as_of_a_day_reaches_to_its_local_end() -> None:
    found = framed(Question(grain="day", as_of=date(2026, 6, 10), last=1), calendar=LISBON)
    assert found.cutoff == at("2026-06-10T23:00")
    assert labels(found) == ["2026-06-10"]


def test_as_of_never_passes_the_watermark() -> None:
    found = framed(Question(grain="day", as_of=date(2030, 1, 1)))
    assert found.cutoff == at("2026-06-24T11:00:01")


def test_an_instant_without_a_zone_is_local() -> None:
    assert end_of(datetime(2026, 6, 10, 12), LISBON) == at("2026-06-10T11:00")  # noqa: DTZ001


@pytest.mark.parametrize(
    ("grain", "day", "previous", "year_ago"),
    [
        ("day", "2026-03-31", "2026-03-30", "2025-03-31"),
        ("week", "2026-06-15", "2026-06-08", "2025-06-16"),
        ("month", "2026-03-15", "2026-02-01", "2025-03-01"),
        ("quarter", "2026-03-15", "2025-10-01", "2025-01-01"),
        ("year", "2025-03-15", "2024-01-01", "2024-01-01"),
    ],
)
def test_each_period_has_its_earlier_one(
    grain: Grain, day: str, previous: str, year_ago: str
) -> None:
    asked = date.fromisoformat(day)
    for compare, expected in (("previous", previous), ("year_ago", year_ago)):
        question = Question(grain=grain, start=asked, end=asked, compare=compare)  # type: ignore[arg-type]
        assert compared(framed(question)).label == expected


def test_week_53_is_compared_with_week_52() -> None:
    # 2020 had 53 ISO weeks, 2019 had 52
    question = Question(
        grain="week", start=date(2020, 12, 28), end=date(2020, 12, 28), compare="year_ago"
    )
    assert compared(framed(question, "2021-02-01T00:00:00")).label == "2019-12-23"


def test_a_year_ago_is_the_same_iso_week_and_not_the_same_date() -> None:
    question = Question(
        grain="week", start=date(2026, 1, 1), end=date(2026, 1, 1), compare="year_ago"
    )
    found = framed(question)
    assert labels(found) == ["2025-12-29"]
    # week 1 of 2026 against week 1 of 2025
    assert compared(found).label == "2024-12-30"


def test_sunday_weeks_are_numbered_by_their_monday() -> None:
    question = Question(
        grain="week", start=date(2026, 6, 17), end=date(2026, 6, 17), compare="year_ago"
    )
    found = framed(question, calendar=SUNDAYS)
    assert labels(found) == ["2026-06-14"]
    assert compared(found).label == "2025-06-15"


def test_29_february_is_compared_with_28_february() -> None:
    day = date(2024, 2, 29)
    question = Question(grain="day", start=day, end=day, compare="year_ago")
    assert compared(framed(question)).label == "2023-02-28"


def test_a_running_month_is_compared_with_the_same_days_of_the_one_before() -> None:
    question = Question(grain="month", last=1, running=True)
    found = compared(framed(question, "2026-06-24T10:59:59"))
    assert found.span.start == at("2026-05-01T00:00")
    assert found.span.end == at("2026-05-24T11:00")


def test_the_31st_of_march_is_compared_with_all_of_february() -> None:
    question = Question(grain="month", last=1, running=True)
    found = compared(framed(question, "2026-03-31T12:00:00"))
    assert (found.span.start, found.span.end) == (at("2026-02-01T00:00"), at("2026-03-01T00:00"))


def test_the_same_elapsed_part_is_local_over_a_clock_change() -> None:
    question = Question(grain="week", last=1, running=True)
    # Wednesday noon in Lisbon in summer time; the week before was in winter time
    found = compared(framed(question, "2026-04-01T10:59:59", LISBON))
    assert found.span.end == at("2026-03-25T12:00")


def test_whole_periods_are_compared_when_value_to_date_is_off() -> None:
    question = Question(grain="month", last=1, running=True, value_to_date=False)
    assert compared(framed(question)).span.end == at("2026-06-01T00:00")


def test_a_range_of_one_s_own_is_laid_beside_period_by_period() -> None:
    against = DateRange(date(2025, 1, 1), date(2025, 1, 10))
    found = framed(Question(grain="week", last=3, compare=against))
    ends = [period and period.span.end for period in found.compared]
    # two weeks of January beside the last two of three
    assert ends == [None, at("2025-01-06T00:00"), at("2025-01-13T00:00")]


def test_a_total_is_compared_with_a_range_as_it_is() -> None:
    against = DateRange(date(2025, 1, 1), date(2025, 1, 10))
    question = Question(
        grain="total", start=date(2026, 6, 1), end=date(2026, 6, 10), compare=against
    )
    assert compared(framed(question)).span.end == at("2025-01-11T00:00")


def test_a_total_is_compared_with_as_many_days_before_it() -> None:
    question = Question(grain="total", start=date(2026, 6, 1), end=date(2026, 6, 10))
    assert compared(framed(question)).span.start == at("2026-05-22T00:00")
    assert compared(framed(question)).span.end == at("2026-06-01T00:00")


def test_nothing_is_compared_when_none_is_asked() -> None:
    assert set(framed(Question(grain="week", compare="none")).compared) == {None}
