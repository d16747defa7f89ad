"""What sums, sets and states are put together of, wherever it comes from."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from metric_tui.base.series import Group
from metric_tui.engines.rollup.days import DaySpan
from metric_tui.engines.rollup.find import Found
from metric_tui.engines.rollup.shelf import Strip


class Partials(Protocol):
    """Partials by place: whole days, or days of which some are cut in parts.

    A place is a whole number, in the order of time; `low` and `high` are the first place wanted and
    the one after the last.
    """

    memo: dict[Any, Any]
    """What was found out about them."""

    unions: dict[Any, Any]
    """Unions made so far, by what they are of."""

    def blocks(self, track: int, lens: int, low: int, high: int) -> Strip:
        """Numbers by block of `BLOCK_DAYS` places."""
        ...

    def sets(self, track: int, lens: int, low: int, high: int) -> Strip:
        """Entities by place."""
        ...

    def picked(self, track: int, lens: int, places: Iterable[int]) -> dict[int, dict[Group, Any]]:
        """Entities at some places, or of some weeks; empty where there are none."""
        ...

    def reach(self, track: int, lens: int) -> tuple[int, int]:
        """From which place up to, and without, which other a track has entities; (0, 0) for none."""
        ...

    def day_of(self, place: int) -> int:
        """The day that a place is or is a part of, as `date.toordinal` counts."""
        ...

    def hold(self, more: int) -> None:
        """Note how many bytes were made of them and are kept."""
        ...

    def make_room(self) -> None:
        """Drop what was made of them where it is too much."""
        ...


class Days(NamedTuple):
    """Where the spans of an ask stand among the partials of a track."""

    partials: Partials
    found: Found
    """The track, as these partials know it."""

    spans: Sequence[DaySpan | None]
    """By place; None for one that the partials cannot tell."""
