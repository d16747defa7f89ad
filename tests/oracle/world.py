"""Rows as lists of dicts, and what one question asks of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from tests.oracle.calendar import LocalCalendar, Span, add_months

Row = Mapping[str, Any]
"""`at` is an instant in UTC; the other keys are columns. A source lists its rows as written."""

Keep = Callable[[Row], bool]
Value = float | None


@dataclass(frozen=True)
class World:
    """A store and a tree, the tree as the mapping that is written as YAML."""

    sources: Mapping[str, list[Row]]
    metrics: Mapping[str, Any]
    calendar: LocalCalendar
    cutoff: datetime
    keeps: Mapping[str, Keep]
    """What each filter's text means."""

    holds_days: bool = False
    """Whether times are dates, the last of which counts to its end."""

    is_trusted: bool = False
    """Whether somebody said until when data is trusted, so that no source is stale."""

    def rows(self, source: str) -> list[Row]:
        """What is looked at, in order of time and then as written."""
        rows = [row for row in self.sources[source] if row["at"] < self.cutoff]
        return sorted(rows, key=lambda row: row["at"])

    def last_event(self, source: str) -> datetime | None:
        instants = [row["at"] for row in self.sources[source]]
        return last_covered(instants, self.calendar, holds_days=self.holds_days)


def last_covered(
    instants: list[datetime], calendar: LocalCalendar, *, holds_days: bool
) -> datetime | None:
    """The last second that the last event covers: its day, hour or minute where all are whole."""
    if not instants:
        return None
    last = max(instants)
    if holds_days:
        return last + timedelta(seconds=86_399)
    days = [instant.astimezone(calendar.zone) for instant in instants]
    if all(not (i.hour or i.minute or i.second) for i in instants):
        return last + timedelta(seconds=86_399)
    if all(not (day.hour or day.minute or day.second) for day in days):
        return calendar.midnight(calendar.day(last) + timedelta(days=1)) - timedelta(seconds=1)
    if all(not (i.minute or i.second) for i in instants):
        return last + timedelta(seconds=3_599)
    return last + timedelta(seconds=0 if any(i.second for i in instants) else 59)


@dataclass(frozen=True)
class Ask:
    """One value: a span at a grain, under filters from above, for one group or for all."""

    grain: str
    span: Span
    filters: tuple[str, ...] = ()
    keep: tuple[Keep, ...] = ()
    group: tuple[str, Any] | None = None
    """A dimension and its value."""

    def over(self, span: Span) -> "Ask":
        return replace(self, span=span)

    def under(self, *filters: str) -> "Ask":
        return replace(self, filters=self.filters + filters)

    def whole(self) -> "Ask":
        return replace(self, group=None)


@dataclass(frozen=True)
class Found:
    """A value with its notes."""

    value: Value
    notes: frozenset[str] = field(default_factory=frozenset)


def listed(value: Any) -> tuple[Any, ...]:
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list) else (value,)


def passes(world: World, row: Row, ask: Ask, filters: tuple[str, ...]) -> bool:
    """Whether a row meets filters of the metric, of those above it and of the question."""
    return all(world.keeps[text](row) for text in (*filters, *ask.filters)) and all(
        keep(row) for keep in ask.keep
    )


def in_group(row: Row, ask: Ask) -> bool:
    return ask.group is None or row[ask.group[0]] == ask.group[1]


def within(instant: datetime, span: Span) -> bool:
    return span[0] <= instant < span[1]


def duration(text: str) -> tuple[int, str]:
    count, unit = text.split()
    return int(count), unit.rstrip("s")


def elapsed(text: str) -> timedelta:
    """A window on the clock; a day is 24 hours."""
    count, unit = duration(text)
    seconds = {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "month": 2_592_000}
    return timedelta(seconds=count * seconds[unit])


def back(day: date, text: str, sign: int = -1) -> date:
    """A day that many calendar units before."""
    count, unit = duration(text)
    if unit == "month":
        return add_months(day, sign * count)
    return day + timedelta(days=sign * count * (7 if unit == "week" else 1))


def fillable(world: World, source: str, ask: Ask) -> bool:
    """Between the source's (or group's) first event and the cutoff, and not long after its last."""
    starts = [row["at"] for row in world.sources[source] if in_group(row, ask)]
    start, end = ask.span
    if not starts or end <= min(starts) or start >= world.cutoff or min(starts) >= world.cutoff:
        return False
    return not stale(world, source, ask)


def stale(world: World, source: str, ask: Ask) -> bool:
    last = world.last_event(source)
    if last is None or world.is_trusted or ask.grain == "total":
        return False
    if ask.grain == "hour":
        return ask.span[0] >= last + timedelta(hours=1)
    calendar = world.calendar
    first = calendar.first_day(calendar.day(last), ask.grain)
    return ask.span[0] >= calendar.midnight(calendar.step(first, ask.grain, 2))


def clipped(world: World, span: Span) -> Span:
    return span[0], max(span[0], min(span[1], world.cutoff))
