"""What a person asks of the whole tree: which periods, against what, which rows, split by what."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from metric_tui.base.periods import Grain
from metric_tui.definitions.asks import Condition


@dataclass(frozen=True, slots=True)
class DateRange:
    """Local days from `start` to `end`, both inclusive."""

    start: date
    end: date

    def __str__(self) -> str:
        return f"{self.start}..{self.end}"


Compare = Literal["previous", "year_ago", "none"] | DateRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question to the whole tree; hashable, so that answers can be kept by it.

    Without `start` and `end` the last `last` complete periods are reported; without `last` the
    grain's usual number.
    """

    grain: Grain
    start: date | None = None
    end: date | None = None
    last: int | None = None
    as_of: date | datetime | None = None
    """Look at the data as if it ended with this day (or instant); the watermark without it."""

    compare: Compare = "previous"
    where: tuple[Condition, ...] = ()
    by: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    """Which metrics; everything reached from the focus without any."""

    running: bool = False
    """Whether the period that is not over yet is reported too."""

    value_to_date: bool = True
    """Whether a running period is compared with the same elapsed part of the earlier one."""

    def about(self, *metrics: str) -> "Question":
        """The same question about these metrics only."""
        return replace(self, metrics=metrics)

    def sliced_by(self, *dimensions: str) -> "Question":
        """The same question broken down by these dimensions."""
        return replace(self, by=dimensions)
