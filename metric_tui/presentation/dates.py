"""Days, periods and the freshness of data as every front writes them; no locale, no clock."""

from datetime import date, datetime, timedelta

from metric_tui.base.periods import Calendar, Grain, Period, Span
from metric_tui.presentation.glyphs import Glyphs

MONTHS = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def day_text(day: date) -> str:
    """`28 Jun 2026`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def day_without_year(day: date) -> str:
    """`28 Jun`."""
    return f"{day.day} {MONTHS[day.month - 1]}"


def days_text(first: date, last: date, glyphs: Glyphs) -> str:
    """`22–28 Jun 2026`, `29 Jun – 5 Jul 2026`, `29 Dec 2025 – 4 Jan 2026`; both ends included."""
    if first == last:
        return day_text(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}{glyphs.between}{day_text(last)}"
    start = day_without_year(first) if first.year == last.year else day_text(first)
    return f"{start} {glyphs.between} {day_text(last)}"


def days_of(period: Period, calendar: Calendar) -> tuple[date, date]:
    """The first and last local day of a period."""
    last = calendar.day_of(period.span.end - timedelta(microseconds=1))
    return calendar.day_of(period.span.start), last


def period_text(period: Period, grain: Grain, calendar: Calendar, glyphs: Glyphs) -> str:
    """A period's name for people: `22–28 Jun 2026`, `Jun 2026`, `Q2 2026`, an hour with offset."""
    first, last = days_of(period, calendar)
    if grain == "hour":
        return hour_text(calendar.local(period.span.start))
    if grain == "day":
        return f"{WEEKDAYS[first.weekday()]} {day_text(first)}"
    if grain in ("week", "total") or not _is_whole(period, grain, calendar):
        return days_text(first, last, glyphs)
    return month_quarter_or_year(first, grain)


def _is_whole(period: Period, grain: Grain, calendar: Calendar) -> bool:
    """Whether it covers its month, quarter or year; a running one may be compared in part."""
    first = calendar.day_of(period.span.start)
    return period.span == calendar.period(calendar.first_day(first, grain), grain).span


def month_quarter_or_year(first: date, grain: Grain) -> str:
    """`Jun 2026`, `Q2 2026` or `2026`."""
    if grain == "month":
        return f"{MONTHS[first.month - 1]} {first.year}"
    if grain == "quarter":
        return f"Q{(first.month + 2) // 3} {first.year}"
    return str(first.year)


def hour_text(local: datetime) -> str:
    """`22 Jun 2026 14:00 +01:00`: with the offset, which tells the two 02:00 of autumn apart."""
    offset = local.strftime("%z")
    return f"{day_text(local.date())} {local:%H:%M} {offset[:3]}:{offset[3:5]}"


def hours_text(span: Span, calendar: Calendar, glyphs: Glyphs) -> str:
    """`22 Jun 2026 14:00 +01:00`, of several hours `… – 22 Jun 2026 18:00 +01:00` to their end."""
    start = hour_text(calendar.local(span.start))
    if span.end - span.start <= timedelta(hours=1):
        return start
    return f"{start} {glyphs.between} {hour_text(calendar.local(span.end))}"


def axis_text(period: Period, grain: Grain, calendar: Calendar) -> str:
    """A period's name in the few cells of a chart's axis."""
    local = calendar.local(period.span.start)
    if grain == "hour":
        return f"{local:%H:%M}" if local.hour else day_without_year(local.date())
    if grain in ("day", "week", "total"):
        return day_without_year(local.date())
    if grain == "month":
        return MONTHS[local.month - 1] if local.month > 1 else str(local.year)
    if grain == "quarter":
        return f"Q{(local.month + 2) // 3} {local.year % 100:02d}"
    return str(local.year)


def instant_text(instant: datetime, calendar: Calendar) -> str:
    """`30 Jun 2026 21:14`, on the tree's clock."""
    local = calendar.local(instant)
    return f"{day_text(local.date())} {local:%H:%M}"


def freshness_text(watermark: datetime | None, last: Period | None, calendar: Calendar) -> str:
    """Up to when there is data: `up to 30 Jun 21:14`, with the year where `last` has another."""
    if watermark is None:
        return "no data"
    local = calendar.local(watermark)
    same_year = last is not None and days_of(last, calendar)[1].year == local.year
    day = day_without_year(local.date()) if same_year else day_text(local.date())
    return f"up to {day} {local:%H:%M}"
