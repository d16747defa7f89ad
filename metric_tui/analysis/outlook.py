"""How a target stands, in numbers and in one word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

TargetStatus = Literal[
    "on_track",
    "likely",
    "at_risk",
    "off_track",
    "hit",
    "close",
    "missed",
    "too_short",
    "too_far",
    "not_started",
    "not_judged",
]
"""Four words for a probability, three for a date gone by, three for no forecast, and one for a
target that is not meant for what is asked."""

WORDS: tuple[tuple[float, TargetStatus], ...] = (
    (0.8, "on_track"), (0.5, "likely"), (0.2, "at_risk"), (0.0, "off_track"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What is to be reached by a date."""

    value: float
    is_lower_better: bool

    buffer: float = 1.0
    """The share of the target from which on a final value is close to it; 1 for no buffer."""

    in_points: bool = False
    """Of a score: no share of it means anything, so there is neither pace nor growth."""

    def is_met_by(self, value: float) -> bool:
        """Whether a final value reaches the target."""
        return value <= self.value if self.is_lower_better else value >= self.value

    @property
    def edge(self) -> float | None:
        """The value beyond which it is missed and no longer close; None for 0 or less, or no buffer."""
        if self.value <= 0 or not 0 < self.buffer < 1:
            return None
        return self.value / self.buffer if self.is_lower_better else self.value * self.buffer

    def is_close_to(self, value: float) -> bool:
        """Whether a final value that does not reach the target lies within its buffer."""
        if self.edge is None or self.is_met_by(value):
            return False
        return value <= self.edge if self.is_lower_better else value >= self.edge


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """How a target stands."""

    status: TargetStatus
    actual: float | None
    """Value to date, or the final one; None where there is nothing yet."""

    projected: float | None = None
    """The median of the possible final values, in the metric's unit."""

    low: float | None = None
    """A tenth of the possible final values lie below."""

    high: float | None = None
    """A tenth of the possible final values lie above."""

    probability: float | None = None
    """The part of the possible futures that meet the target; None without a forecast."""

    pace: float | None = None
    """Projected (or final) over target; None for a target of 0 or less."""

    required: float | None = None
    """What each remaining day must bring on average: an amount, a rate, or a step."""

    recent: float | None = None
    """The same over the last 28 days."""

    required_growth: float | None = None
    """Required over recent, minus one; None where recent is not positive."""

    required_change: float | None = None
    """Required minus recent, in the unit of both; None where either is unknown."""

    growth_seen: float | None = None
    """The most that a stretch as long as what remains was ever above the four weeks before it.

    Only of targets far ahead; None where no such stretch lies behind.
    """

    is_far: bool = False
    """Whether the futures are those of a forecast by weeks, far ahead."""

    growth_on_last_period: float | None = None
    """Target over the period before it, minus one; None where that is not positive."""

    @property
    def is_out_of_reach(self) -> bool:
        """Whether it needs more growth than was ever seen over so long, and hardly any future brings it."""
        if self.growth_seen is None or self.required_growth is None or self.status != "off_track":
            return False
        return self.required_growth > max(self.growth_seen, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What is known of a target before looking ahead."""

    target: Target
    actual: float | None
    last_period: float | None
    required: float | None = None
    recent: float | None = None

    needed: float | None = None
    """What `recent` must grow to; the same as `required` but for a stock."""

    def outlook(
        self,
        status: TargetStatus,
        *,
        projected: float | None = None,
        low: float | None = None,
        high: float | None = None,
        probability: float | None = None,
    ) -> Outlook:
        """The outlook with this status and these projections."""
        return Outlook(
            status=status,
            actual=self.actual,
            projected=projected,
            low=low,
            high=high,
            probability=probability,
            pace=None if self.target.in_points else ratio_to(projected, self.target.value),
            required=self.required,
            recent=self.recent,
            required_growth=None if self.target.in_points else growth(self.needed, self.recent),
            required_change=None
            if self.needed is None or self.recent is None
            else self.needed - self.recent,
            growth_on_last_period=None
            if self.target.in_points
            else growth(self.target.value, self.last_period),
        )

    def settled(self) -> Outlook:
        """The outlook of a period that is over; its pace is of the final value."""
        return replace(self.outlook(self._final_word(), projected=self.actual), projected=None)

    def _final_word(self) -> TargetStatus:
        if self.actual is None:
            return "missed"
        if self.target.is_met_by(self.actual):
            return "hit"
        return "close" if self.target.is_close_to(self.actual) else "missed"

    def not_started(self) -> Outlook:
        """The outlook before the first complete day: the target against the last period."""
        return replace(self.outlook("not_started"), actual=None)

    def forecast(self, futures: Sequence[float]) -> Outlook:
        """The outlook from possible final values, at least one."""
        probability = sum(map(self.target.is_met_by, futures)) / len(futures)
        ordered = sorted(futures)
        return self.outlook(
            next(word for least, word in WORDS if probability >= least),
            projected=quantile(ordered, 0.5),
            low=quantile(ordered, 0.1),
            high=quantile(ordered, 0.9),
            probability=probability,
        )


def quantile(ordered: Sequence[float], part: float) -> float:
    """The value below which a part of ascending values lies, between its two neighbours."""
    place = part * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def ratio_to(value: float | None, target: float) -> float | None:
    """A value over the target; None for a target of 0 or less, and for a negative value."""
    return None if value is None or target <= 0 or value < 0 else value / target


def growth(value: float | None, base: float | None) -> float | None:
    """How much more one value is than another; None where the other is not positive."""
    return None if value is None or base is None or base <= 0 else value / base - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a key result is on its way."""

    done: float | None
    """0 at the start, 1 at the goal, below 0 when it went the other way; None if unknown."""

    expected: float | None
    """The part of the time that is gone."""

    is_met: bool


def key_result_progress(
    *, start: float, goal: float, current: float | None, elapsed: int, total: int
) -> Progress:
    """Where a key result stands between where it began and where it should end.

    Args:
        start: value when it was set.
        goal: value to reach, above or below the start.
        current: latest value; None for nothing to measure.
        elapsed: days gone since the start.
        total: days from the start to the date.
    """
    expected = min(max(elapsed / total, 0.0), 1.0) if total > 0 else None
    if current is None:
        return Progress(done=None, expected=expected, is_met=False)
    is_met = current <= goal if goal < start else current >= goal
    if goal == start:
        return Progress(done=1.0 if is_met else 0.0, expected=expected, is_met=is_met)
    return Progress(done=(current - start) / (goal - start), expected=expected, is_met=is_met)
