"""Spans cut into days: what adds up over days and was answered for one span serves others."""

from collections.abc import Sequence
from itertools import pairwise

from metric_tui.base.periods import Calendar, Span
from metric_tui.base.series import Table, Value

MOST_DAYS = 400
"""A longer span stays whole."""


def days_of(span: Span, calendar: Calendar) -> tuple[Span, ...]:
    """The local days of a span, first and last as far as it goes; a very long one stays whole."""
    first, last = calendar.day_of(span.start), calendar.day_of(span.end)
    count = (last - first).days
    if not 0 < count <= MOST_DAYS:
        return (span,)
    midnights = [calendar.midnight(calendar.next_day(first, "day", n + 1)) for n in range(count)]
    bounds = [span.start, *midnights, span.end]
    return tuple(Span(start, end) for start, end in pairwise(bounds) if start < end)


def added_up(table: Table, places: Sequence[Sequence[int]]) -> Table:
    """A table over days as one over longer spans; None where no day has a value.

    Args:
        table: of what adds up over days.
        places: for each of the longer spans those of its days.
    """
    return Table(
        len(places),
        {
            group: tuple(_sum([row[place] for place in own]) for own in places)
            for group, row in table.values.items()
        },
    )


def _sum(values: list[Value]) -> Value:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
