"""Spans cut into days, and what was answered by day added up again."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from metric_tui.base.daily import MOST_DAYS, added_up, days_of
from metric_tui.base.periods import Calendar, Span
from metric_tui.base.series import Table

LISBON = Calendar("Europe/Lisbon", "monday")


@pytest.mark.parametrize("count", [1, 2, 30, MOST_DAYS])
def test_whole_days_cover_a_span_without_gaps(count: int) -> None:
    """The last Sundays of March and October have 23 and 25 hours."""
    begin = date(2026, 3, 28)
    span = Span(LISBON.midnight(begin), LISBON.midnight(begin + timedelta(days=count)))
    days = days_of(span, LISBON)
    assert [LISBON.day_of(day.start) for day in days] == [
        begin + timedelta(days=place) for place in range(count)
    ]
    assert (days[0].start, days[-1].end) == (span.start, span.end)
    assert all(one.end == other.start for one, other in pairwise(days))


def test_the_last_day_goes_as_far_as_the_span() -> None:
    start = LISBON.midnight(date(2026, 6, 1))
    end = datetime(2026, 6, 3, 15, 30, tzinfo=UTC)
    days = days_of(Span(start, end), LISBON)
    assert [LISBON.day_of(day.start).day for day in days] == [1, 2, 3]
    assert days[-1] == Span(LISBON.midnight(date(2026, 6, 3)), end)


@pytest.mark.parametrize("hours", [0, 1, 23])
def test_less_than_a_day_stays_as_it_is(hours: int) -> None:
    start = LISBON.midnight(date(2026, 6, 1))
    span = Span(start, start + timedelta(hours=hours))
    assert days_of(span, LISBON) == (span,)


def test_a_very_long_span_stays_whole() -> None:
    begin = date(2020, 1, 1)
    end = begin + timedelta(days=MOST_DAYS + 1)
    span = Span(LISBON.midnight(begin), LISBON.midnight(end))
    assert days_of(span, LISBON) == (span,)


def test_days_are_added_up_and_one_day_may_belong_to_two_spans() -> None:
    table = Table(4, {("ios",): (1.0, None, 3.0, 4.0), ("web",): (None, None, 0.0, None)})
    found = added_up(table, [[0, 1], [1, 2, 3], [1]])
    assert found.of(("ios",)) == (1.0, 7.0, None)
    assert found.of(("web",)) == (None, 0.0, None)
