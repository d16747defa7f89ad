"""Refuses what splits a source's times: a month is no sum of weeks that anybody knows."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from metric_tui.base.errors import QuestionError
from metric_tui.base.periods import EARLIEST, Calendar, Grain, add_months
from metric_tui.base.time_layouts import Coverage
from metric_tui.definitions.asks import FirstEvent, MeasureAsk, Need, Rows, Setting, VolumeMeasure

WHOLE_GRAINS: dict[Coverage, tuple[Grain, ...]] = {
    "month": ("month", "quarter", "year", "total"),
    "quarter": ("quarter", "year", "total"),
    "year": ("year", "total"),
}
"""By what one time stands for, the grains whose periods are made of whole ones."""

CLIPPED_DAYS = 3
"""By so many days months are shorter than others, and windows of months longer than theirs."""

_MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}


def refuse_split_times(needs: Iterable[Need], setting: Setting) -> None:
    """Make sure that no measure splits months, quarters or years that its source's times stand for.

    Raises:
        QuestionError: one does; it says which source, and what can be asked.
    """
    if all(extent.unit not in WHOLE_GRAINS for extent in setting.extents.values()):
        return
    for need in needs:
        # that the log is whole, and when it begins, is told by days in any case
        if isinstance(need, MeasureAsk) and not isinstance(
            need.measure, (VolumeMeasure, FirstEvent)
        ):
            for rows in _rows(need.measure):
                _refuse_split(rows, need, setting)


def _rows(value: Any) -> Iterator[Rows]:
    """Every `Rows` within a measure, however deep."""
    if isinstance(value, Rows):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _rows(part)
    elif is_dataclass(value):
        for entry in fields(value):
            yield from _rows(getattr(value, entry.name))


def _refuse_split(rows: Rows, need: MeasureAsk, setting: Setting) -> None:
    unit = setting.extent_of(rows).unit
    grains = WHOLE_GRAINS.get(unit or "")
    if unit is None or grains is None:
        return
    reason = f"the times of source `{rows.source}` (`{rows.time_column}`) are {unit}s"
    if setting.grain not in grains:
        raise QuestionError(
            f"{reason}, which cannot be split into {setting.grain}s",
            hint=f"ask it by {', '.join(grains[:-2])} or {grains[-2]}"
            if len(grains) > 2
            else f"ask it by {grains[0]}",
        )
    # three months that end with February begin on 29 November, and hold nothing of it
    slack = 0 if setting.grain == "total" else CLIPPED_DAYS
    for span in need.spans:
        if not span.is_empty and _splits_a_unit(span.start, unit, setting.calendar, slack):
            day = setting.calendar.day_of(span.start)
            raise QuestionError(
                f"{reason}, and a range or window that begins on {day} would split one",
                hint=f"write windows in {unit}s, and ranges that begin with one",
            )


@lru_cache(maxsize=4_096)
def _splits_a_unit(instant: datetime, unit: Coverage, calendar: Calendar, slack: int) -> bool:
    """Whether an instant lies in a unit, more than `slack` days before its end."""
    if instant == EARLIEST:
        return False
    day = calendar.day_of(instant)
    if calendar.midnight(day) != instant:
        return True
    months = _MONTHS_IN[unit]
    first = date(day.year, day.month - (day.month - 1) % months, 1)
    return first != day and (add_months(first, months) - day).days > slack
