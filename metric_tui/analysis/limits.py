"""Between what limits a metric moves by itself, and whether its last period left them (XmR)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from metric_tui.base.periods import Grain
from metric_tui.base.series import Note, Value
from metric_tui.planning.answer import MetricAnswer

RUN_LENGTH = 8

FEWEST = 6
"""Periods before the last one that limits rest on at least; fewer say nothing of what is usual."""

HOURS_A_DAY = 24

UNSETTLED: frozenset[Note] = frozenset({"partial", "immature", "stale"})
"""Notes of values that will still change, so that they are neither usual nor unusual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NaturalLimits:
    """A process behaviour (XmR) chart's lines, and the points that leave them."""

    mean: float
    lower: float
    upper: float
    signals: tuple[int, ...]
    """Positions outside the limits, or the eighth and later of a run on one side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastPeriod:
    """The last period beside the limits of those before it."""

    limits: NaturalLimits
    periods: int
    """How many periods the limits rest on."""

    place: Literal["below", "inside", "above"]


def last_period(found: MetricAnswer, grain: Grain) -> LastPeriod | None:
    """Where a metric's last period lies; None where too few whole periods are before it.

    The last period is no part of its own limits, which it would widen. Of a metric that is
    never negative the lower limit is not either. An hour is held against the same hour of the
    days before: the time of day moves most metrics further than anything else.
    """
    if found.error is not None:
        return None
    return last_of(found.total.values, found.total.notes, grain)


def last_of(
    values: Sequence[Value], notes: Sequence[frozenset[Note]], grain: Grain
) -> LastPeriod | None:
    """Where the last of consecutive values lies, as `last_period`."""
    if not values or values[-1] is None or UNSETTLED & notes[-1]:
        return None
    step = HOURS_A_DAY if grain == "hour" else 1
    before = [
        value
        for value, note in zip(values[-1 - step :: -step], notes[-1 - step :: -step], strict=True)
        if value is not None and not UNSETTLED & note
    ]
    before.reverse()
    limits = natural_limits(before) if len(before) >= FEWEST else None
    if limits is None:
        return None
    last = values[-1]
    if min(*before, last) >= 0:
        limits = replace(limits, lower=max(limits.lower, 0.0))
    is_outside = bool(outside([last], limits.lower, limits.upper))
    above: Literal["below", "above"] = "above" if last > limits.mean else "below"
    return LastPeriod(limits=limits, periods=len(before), place=above if is_outside else "inside")


def natural_limits(values: Sequence[Value]) -> NaturalLimits | None:
    """The limits between which a process moves by itself; None under two values.

    Source: Wheeler (1993), Understanding variation, chapter 3: the mean plus and minus 2.66
    mean moving ranges, and runs of eight.
    """
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    mean = math.fsum(known) / len(known)
    ranges = [abs(b - a) for a, b in pairwise(known)]
    reach = 2.66 * math.fsum(ranges) / len(ranges)
    lower, upper = mean - reach, mean + reach
    signals = outside(values, lower, upper) | long_runs(values, mean)
    return NaturalLimits(mean=mean, lower=lower, upper=upper, signals=tuple(sorted(signals)))


def outside(values: Sequence[Value], lower: float, upper: float) -> set[int]:
    """Positions beyond the limits by more than rounding."""
    slack = 1e-9 * max(abs(lower), abs(upper))
    return {
        place
        for place, value in enumerate(values)
        if value is not None and not lower - slack <= value <= upper + slack
    }


def long_runs(values: Sequence[Value], mean: float) -> set[int]:
    """Positions at which eight values or more in a row lay on one side of the mean."""
    found: set[int] = set()
    run = 0
    for place, value in enumerate(values):
        if value is None:
            continue
        sign = (value > mean) - (value < mean)
        run = run + sign if run * sign > 0 else sign
        if abs(run) >= RUN_LENGTH:
            found.add(place)
    return found
