"""Numbers, changes and dates as people read them."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from metric_tui.base.periods import Calendar, Period, Span
from metric_tui.definitions.edges import MetricInput
from metric_tui.definitions.kinds.ratio import Ratio
from metric_tui.definitions.kinds.retention import Retention
from metric_tui.definitions.kinds.simple import Simple
from metric_tui.presentation.dates import axis_text, freshness_text, period_text
from metric_tui.presentation.glyphs import ASCII, UNICODE
from metric_tui.presentation.numbers import (
    COUNT,
    PERCENT,
    NumberStyle,
    change_text,
    compact,
    difference,
    full,
    full_with_unit,
    number_style,
)

LISBON = Calendar("Europe/Lisbon", "monday")
EURO = NumberStyle(kind="currency", unit="EUR")
SECONDS = NumberStyle(kind="duration")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (7.0, "7"),
        (812.0, "812"),
        (3.187, "3.19"),
        (31.87, "31.9"),
        (0.03124, "0.0312"),
        (999.4, "999"),
        (999.6, "1.0k"),
        (48_210.0, "48.2k"),
        (130_000.0, "130k"),
        (999_949.0, "1.0M"),
        (1_250_000.0, "1.2M"),
        (2.5e9, "2.5B"),
        (7.7e15, "7.7e+15"),
        (-48_210.0, "−48.2k"),
        (None, "–"),
        (float("nan"), "–"),
        (float("inf"), "–"),
    ],
)
def test_a_compact_number_keeps_what_matters(value: float | None, text: str) -> None:
    assert compact(value, COUNT, UNICODE) == text


@pytest.mark.parametrize(
    ("value", "style", "text"),
    [
        (0.0213, PERCENT, "2.1%"),
        (1.18, PERCENT, "118%"),
        (0.0000213, PERCENT, "0.0021%"),
        (1_300_000.0, EURO, "€1.3M"),
        (-97.359, EURO, "−€97.4"),
        (12.0, NumberStyle(kind="currency", unit="SEK"), "12 SEK"),
        (0.4953, SECONDS, "495ms"),
        (4.2, SECONDS, "4.2s"),
        (200.0, SECONDS, "3m 20s"),
        (7_512.0, SECONDS, "2h 05m"),
        (300_000.0, SECONDS, "3d 11h"),
    ],
)
def test_a_unit_decides_how_a_number_is_written(
    value: float, style: NumberStyle, text: str
) -> None:
    assert compact(value, style, UNICODE) == text


def test_a_format_holds_below_a_thousand_and_in_full() -> None:
    style = NumberStyle(spec=",.0f", unit="nights")
    assert compact(721.6, style, UNICODE) == "722"
    assert compact(48_210.4, style, UNICODE) == "48.2k"
    assert full_with_unit(48_210.4, style, UNICODE) == "48,210 nights"


def test_a_hostile_format_is_not_followed() -> None:
    metric = Simple(name="m", agg="count", format=">999999999")
    assert number_style(metric).spec is None


@pytest.mark.parametrize(
    ("value", "base", "text"),
    [
        (104.1, 100.0, "▲ +4.1%"),
        (98.0, 100.0, "▼ −2.0%"),
        (118.2, 100.0, "▲ +18%"),
        (100.0, 100.0, "• +0.0%"),
        (99.99, 100.0, "• +0.0%"),
        (5.0, 0.0, "▲ new"),
        (0.0, 0.0, "• +0.0%"),
        # of what is negative no percentage means anything
        (-50.0, -100.0, "▲ +50"),
        (20.0, -10.0, "▲ +30"),
        (-10.0, 20.0, "▼ −30"),
        (5_000.0, 1.0, "▲ +500k%"),
        (None, 100.0, ""),
        (1.0, None, ""),
    ],
)
def test_a_change_has_a_sign_beside_its_arrow(
    value: float | None, base: float | None, text: str
) -> None:
    assert change_text(value, base, COUNT, UNICODE) == text


def test_a_percentage_changes_by_points() -> None:
    assert change_text(0.0213, 0.0183, PERCENT, UNICODE) == "▲ +.3pp"
    assert change_text(0.10, 0.25, PERCENT, UNICODE) == "▼ −15pp"
    assert difference(-0.0031, PERCENT, UNICODE) == "−0.31pp"


def test_a_difference_always_has_a_sign() -> None:
    assert difference(1_902.0, COUNT, UNICODE) == "+1,902"
    assert difference(-920.0, COUNT, UNICODE) == "−920"
    assert difference(-12.5, EURO, UNICODE) == "−€12.50"
    assert difference(None, COUNT, UNICODE) == ""
    assert difference(-0.31, NumberStyle(spec=",.0f"), UNICODE) == "−0.31"
    assert difference(0.2351, NumberStyle(spec=",.0f"), UNICODE) == "+0.24"
    assert difference(0.0, NumberStyle(spec=",.0f"), UNICODE) == "+0"


def test_ascii_has_no_other_characters() -> None:
    texts = [
        compact(-1_234.0, EURO, ASCII),
        change_text(1.0, 2.0, COUNT, ASCII),
        full(None, COUNT, ASCII),
        difference(-5.0, COUNT, ASCII),
    ]
    assert all(text.isascii() for text in texts)


def test_a_type_and_a_name_tell_a_percentage() -> None:
    side = MetricInput(metric="a")
    rate = Ratio(name="host_cancel_rate", numerator=side, denominator=side)
    plain = Ratio(name="nights_per_booking", numerator=side, denominator=side)
    assert number_style(rate).kind == "percent"
    assert number_style(plain).kind == "count"
    assert number_style(replace(rate, unit="nights")).kind == "count"
    assert number_style(Retention(name="back", start=("a",), back=("b",))).kind == "percent"


def local_period(first: date, days: int) -> Period:
    start, end = LISBON.midnight(first), LISBON.midnight(date.fromordinal(first.toordinal() + days))
    return Period(Span(start, end), first.isoformat())


def test_a_period_is_named_by_its_grain() -> None:
    week = LISBON.period(date(2026, 6, 22), "week")
    assert period_text(week, "week", LISBON, UNICODE) == "22–28 Jun 2026"
    over = LISBON.period(date(2026, 6, 29), "week")
    assert period_text(over, "week", LISBON, UNICODE) == "29 Jun – 5 Jul 2026"
    year = LISBON.period(date(2025, 12, 29), "week")
    assert period_text(year, "week", LISBON, UNICODE) == "29 Dec 2025 – 4 Jan 2026"
    month = LISBON.period(date(2026, 6, 1), "month")
    assert period_text(month, "month", LISBON, UNICODE) == "Jun 2026"
    assert period_text(LISBON.period(date(2026, 4, 1), "quarter"), "quarter", LISBON, UNICODE) == (
        "Q2 2026"
    )
    assert period_text(local_period(date(2026, 6, 22), 1), "day", LISBON, UNICODE) == (
        "Mon 22 Jun 2026"
    )
    assert axis_text(LISBON.period(date(2026, 1, 1), "month"), "month", LISBON) == "2026"


def test_a_month_compared_in_part_is_named_by_its_days() -> None:
    part = local_period(date(2026, 5, 1), 12)
    assert period_text(part, "month", LISBON, UNICODE) == "1–12 May 2026"


def test_the_two_hours_of_autumn_differ_by_offset() -> None:
    first = datetime(2026, 10, 25, 0, tzinfo=UTC)
    second = datetime(2026, 10, 25, 1, tzinfo=UTC)
    names = [
        period_text(Period(Span(start, start), ""), "hour", LISBON, UNICODE)
        for start in (first, second)
    ]
    assert names == ["25 Oct 2026 01:00 +01:00", "25 Oct 2026 01:00 +00:00"]


def test_freshness_names_another_year() -> None:
    week = LISBON.period(date(2026, 6, 22), "week")
    watermark = datetime(2026, 6, 30, 20, 14, tzinfo=UTC)
    assert freshness_text(watermark, week, LISBON) == "up to 30 Jun 21:14"
    assert freshness_text(watermark.replace(year=2027), week, LISBON) == "up to 30 Jun 2027 21:14"
    assert freshness_text(None, week, LISBON) == "no data"


@pytest.mark.parametrize(
    ("unit", "form", "value", "text"),
    [
        ("hours", None, 26.5, "26h 30m"),
        ("minutes", None, 90.0, "1h 30m"),
        ("seconds", None, 90.0, "1m 30s"),
        ("days", None, 2.5, "2d 12h"),
        ("days", ",.0f", 23.0, "23"),
        ("weeks", None, 1.5, "10d 12h"),
    ],
)
def test_durations_are_shown_in_their_units(
    unit: str, form: str | None, value: float, text: str
) -> None:
    metric = Simple(name="a", agg="average", unit=unit, format=form)
    assert compact(value, number_style(metric), UNICODE).startswith(text)
