"""What a sample scenario is, and the stream of rows it turns into."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Row: TypeAlias = tuple[str | int | float | None, ...]
"""One event: a value per column of its stream, in order; the first is `occurred_at`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventStream:
    """The rows of one store, not yet written."""

    columns: Mapping[str, type]
    """Name and Python type of every column but `event_id`, in the order of a row's values."""

    days: Iterator[list[Row]]
    """One list per day from the first to the last, in the order in which rows arrive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A made-up product whose numbers hold one planted cause to find."""

    name: str
    title: str

    store_name: str
    """File name of the store, such as `stays.db`."""

    story: str
    """What was planted: a spoiler."""

    generate: Callable[[int, int], EventStream]
    """Makes the stream for a number of events and a seed."""
