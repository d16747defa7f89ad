"""Local days, weeks and months of a row as whole numbers, right over clock changes.

The zone's changes inside the data are written out as a CASE: no engine's own time zones are used.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from metric_tui.base.periods import WeekStart, add_months
from metric_tui.definitions.asks import RetentionUnit, Rows
from metric_tui.definitions.extents import Extent
from metric_tui.definitions.sources import Source
from metric_tui.engines.sql.scope import Scope
from metric_tui.engines.sql.spans import stepwise
from metric_tui.engines.store import Store
from metric_tui.engines.time_forms import TimeForm

DAY_MILLISECONDS = 86_400_000

LONG_AGO = 7 * 102_789
"""Days from about the year 0 to 1970: added before dividing, so that no operand is negative."""

WEEKDAYS_BEFORE: dict[WeekStart, int] = {"monday": LONG_AGO + 3, "sunday": LONG_AGO + 4}
"""Added to a day number, whole sevens of it are weeks; 1970-01-01 was a Thursday."""

_EPOCH = date(1970, 1, 1)
_FIRST, _LAST = date(1800, 1, 1), date(2200, 1, 1)
"""Beyond these a zone's changes are not looked for."""


def unit_number(day: date, unit: RetentionUnit, week_start: WeekStart) -> int:
    """The number of the unit that holds a local day; consecutive units differ by 1."""
    if unit == "month":
        return day.year * 12 + day.month - 1
    number = (day - _EPOCH).days
    return number if unit == "day" else (number + WEEKDAYS_BEFORE[week_start]) // 7


def first_day(number: int, unit: RetentionUnit, week_start: WeekStart) -> date:
    """The first local day of a unit."""
    if unit == "month":
        return date(number // 12, number % 12 + 1, 1)
    days = number if unit == "day" else 7 * number - WEEKDAYS_BEFORE[week_start]
    return _EPOCH + timedelta(days=days)


def unit_sql(store: Store, source: Source, time_column: str, unit: RetentionUnit) -> str:
    """`unit_number` of a row's time as SQL."""
    if unit == "month":
        return _month_sql(store, source, time_column)
    day = day_sql(store, source, time_column)
    if unit == "day":
        return day
    shift = WEEKDAYS_BEFORE[store.tree.settings.week_start]
    return store.engine.dialect.quotient(f"({day} + {shift})", 7)


def day_sql(store: Store, source: Source, time_column: str) -> str:
    """The number of a row's local day since 1970-01-01 as SQL."""
    axis, dialect = store.axis(source, time_column), store.engine.dialect
    if axis.form in (TimeForm.DATE, TimeForm.NATIVE_DATE):
        return dialect.day_number(axis.column)
    shift = str(LONG_AGO * DAY_MILLISECONDS)
    if not axis.holds_days:
        first, last = _days_read(store, source, time_column)
        edges = [
            (since, str(milliseconds + LONG_AGO * DAY_MILLISECONDS))
            for since, milliseconds in offsets(axis.calendar.timezone, first, last)
        ]
        shift = stepwise(axis, edges)
    local = f"({axis.epoch_milliseconds} + {shift})"
    return f"({dialect.quotient(local, DAY_MILLISECONDS)} - {LONG_AGO})"


def moment_sql(store: Store, every: Iterable[Rows], rows: Rows) -> str:
    """When a row happened, in milliseconds, to be held against the other rows of a measure.

    Where some of these know only their day, all are compared by local day: of two rows of one day
    nobody can say which came first.
    """
    tree = store.tree
    days = {store.axis(tree.source_named(r.source), r.time_column).holds_days for r in every}
    source = tree.source_named(rows.source)
    if len(days) == 1:
        return store.axis(source, rows.time_column).epoch_milliseconds
    return f"({day_sql(store, source, rows.time_column)} * {DAY_MILLISECONDS})"


def _month_sql(store: Store, source: Source, time_column: str) -> str:
    axis = store.axis(source, time_column)
    month, last = _days_read(store, source, time_column)
    month = month.replace(day=1)
    edges = []
    while month <= last:
        number = str(unit_number(month, "month", "monday"))
        edges.append((axis.calendar.midnight(month), number))
        month = add_months(month, 1)
    return stepwise(axis, edges)


def _days_read(store: Store, source: Source, time_column: str) -> tuple[date, date]:
    """The local days of the source's first and last event."""
    condition = Scope(store, source).condition(source.filter)
    extent: Extent = store.extent(source, time_column, condition)
    calendar = store.tree.settings.calendar
    if extent.first is None or extent.last is None:
        return _EPOCH, _EPOCH
    first, last = calendar.day_of(extent.first), calendar.day_of(extent.last)
    return min(max(first, _FIRST), _LAST), max(min(last, _LAST), _FIRST)


@lru_cache(maxsize=64)
def offsets(timezone: str, first: date, last: date) -> tuple[tuple[datetime, int], ...]:
    """A zone's offsets from UTC in milliseconds over some days, each with its first instant."""
    return tuple(_offsets(ZoneInfo(timezone), first, last))


def _offsets(zone: ZoneInfo, first: date, last: date) -> Iterator[tuple[datetime, int]]:
    instant = datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=1)
    known = _offset(zone, instant)
    yield instant, known
    for _ in range((last - first).days + 3):
        after = instant + timedelta(days=1)
        offset = _offset(zone, after)
        if offset != known:
            yield _change(zone, instant, after), offset
        instant, known = after, offset


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first second with another offset than `before`, known to be at or before `after`."""
    known = _offset(zone, before)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        if _offset(zone, middle) == known:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, instant: datetime) -> int:
    offset = instant.astimezone(zone).utcoffset() or timedelta()
    return int(offset.total_seconds() * 1000)
