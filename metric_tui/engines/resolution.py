"""How finely a column writes its instants: where all are whole hours, one covers its hour.

A sample tells which unit may be; the whole column is only asked where it may be one, and the
first time that is finer ends the search.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from metric_tui.base.periods import Calendar
from metric_tui.base.series import Cell
from metric_tui.engines.common import Engine
from metric_tui.engines.time_forms import TimeForm
from metric_tui.engines.times import TimeAxis

UNITS = (86_400, 3_600, 60)
"""Seconds of a day, an hour and a minute."""

MOST_LOCAL_TIMES = 20_000
"""Different times that are looked at one by one where only the local clock is at a whole unit."""

_CLOCK_PLACES = {86_400: 12, 3_600: 15, 60: 17}
"""By unit, where in ISO text begins what must be nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What each instant of a column covers."""

    seconds: int = 0
    """0 for the instant alone."""

    is_local: bool = False
    """Whether only the clock of the tree's zone is at whole units, and not that of UTC."""

    def end_of(self, instant: datetime, calendar: Calendar) -> datetime:
        """The last second that an instant covers."""
        if self.seconds == 0:
            return instant
        if self.is_local and self.seconds == UNITS[0]:
            after = calendar.midnight(calendar.day_of(instant) + timedelta(days=1))
            return after - timedelta(seconds=1)
        return instant + timedelta(seconds=self.seconds - 1)


INSTANTS = Resolution()


def resolution_of(
    engine: Engine, axis: TimeAxis, from_sql: str, sample: Iterable[Cell]
) -> Resolution:
    """What all instants of a column cover.

    Args:
        engine: of the store.
        axis: the column.
        from_sql: `FROM` and the source's rows.
        sample: some values of the column.

    Raises:
        StoreError: the store cannot be read.
    """
    if axis.holds_days:
        return INSTANTS
    values = [value for value in sample if value is not None]
    moments = [moment for value in values if (moment := axis.instant(value)) is not None]
    if not moments:
        return INSTANTS
    found = next((unit for unit in UNITS if _all_whole(moments, unit)), 0)
    while found and _has_finer(engine, axis, from_sql, found, str(values[0])):
        found = next((unit for unit in UNITS if unit < found), 0)
    local = next((unit for unit in UNITS if _all_whole_locally(moments, unit, axis.calendar)), 0)
    if local > found and _is_local(engine, axis, from_sql, local):
        return Resolution(seconds=local, is_local=True)
    return Resolution(seconds=found)


def _all_whole(moments: Sequence[datetime], unit: int) -> bool:
    return all(not moment.microsecond and moment.timestamp() % unit == 0 for moment in moments)


def _all_whole_locally(moments: Sequence[datetime], unit: int, calendar: Calendar) -> bool:
    for moment in moments:
        local = calendar.local(moment)
        since = local.hour * 3_600 + local.minute * 60 + local.second
        if moment.microsecond or since % unit:
            return False
    return True


def _has_finer(engine: Engine, axis: TimeAxis, from_sql: str, unit: int, example: str) -> bool:
    """Whether some time lies within a unit and not at its beginning, where an example does not."""
    if axis.form in (TimeForm.ISO, TimeForm.SPACE):
        place = _CLOCK_PLACES[unit]
        # nearly all end as the example does, which is told at a third of the cost
        ends = axis.dialect.literal(f"%{example[place - 2 :]}")
        finer = (
            f"{axis.column} NOT LIKE {ends} AND rtrim(substr({axis.column}, {place}), '0:.Z') <> ''"
        )
    else:
        finer = f"{axis.epoch_milliseconds} % {unit * 1_000} <> 0"
    return bool(engine.fetch(f"SELECT 1 {from_sql} WHERE {finer} LIMIT 1").rows)


def _is_local(engine: Engine, axis: TimeAxis, from_sql: str, unit: int) -> bool:
    """Whether all times are at a whole unit of the local clock, as far as they are few."""
    statement = f"SELECT DISTINCT {axis.epoch_milliseconds} {from_sql} LIMIT {MOST_LOCAL_TIMES + 1}"
    rows = engine.fetch(statement).rows
    since = [int(row[0]) for row in rows if row[0] is not None]
    if len(rows) > MOST_LOCAL_TIMES or any(each % 1_000 for each in since):
        return False
    epoch = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    moments = [epoch + timedelta(milliseconds=each) for each in since]
    return _all_whole_locally(moments, unit, axis.calendar)
