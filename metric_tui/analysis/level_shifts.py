"""Lasting steps of a series, and how often two unrelated series would step together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import median, median_high, median_low

from metric_tui.analysis.whitening import Values, logged

CUT = 4.0
"""A step is a level shift from this many usual moves on."""

SHORTEST = 4
"""Windows that a series has at least."""

SHIFTS_KEPT = 256


@dataclass(frozen=True, slots=True)
class StepWindow:
    """How many points on each side a level is taken from, and of what season."""

    season: int
    """7 for days, 1 for none."""

    points: int
    """Points of the level before, and at most of the level after."""

    fewest: int
    """Points of the level after, at least."""


@dataclass(frozen=True, slots=True)
class LevelShift:
    """A step from one level to another that lasts."""

    place: int
    """Position of the first point of the new level."""

    size: float
    """New level minus the old one, on the logarithm's scale where all values are positive."""


@lru_cache(maxsize=SHIFTS_KEPT)
def level_shifts(values: tuple[float | None, ...], window: StepWindow) -> tuple[LevelShift, ...]:
    """The level shifts of a series, oldest first.

    The median of the points before a place is held against the median of those from it on, so
    that a single odd point is no level. What steps are usual is learnt from all places of the
    series, so that one that wanders has few shifts.

    Args:
        values: consecutive points; None for missing.
        window: how far a level reaches.

    Returns:
        Shifts at least one window apart; none for a series of fewer than four windows.
    """
    if len(values) < SHORTEST * window.points:
        return ()
    level = without_season(logged(values)[0], window.season)
    steps = [_step(level, place, window) for place in range(len(level))]
    known = [abs(step) for step in steps if step is not None]
    if not known:
        return ()
    usual = 1.4826 * median(known)
    scale = max((abs(value) for value in level if value is not None), default=0.0)
    least = max(CUT * usual, 1e-9 * scale)
    found = [
        place
        for place, step in enumerate(steps)
        if step is not None and abs(step) > least and _is_peak(steps, place, window.points)
    ]
    apart = [place for at, place in enumerate(found) if not at or place - found[at - 1] > 1]
    return tuple(_placed(level, place, window) for place in apart)


def without_season(values: Values, season: int) -> list[float | None]:
    """Each point minus what is usual for its place in the season beside the points around it."""
    if season == 1:
        return list(values)
    half = season // 2
    beside = [
        None if value is None else value - (_median(values[max(0, at - half) : at + half + 1]) or 0)
        for at, value in enumerate(values)
    ]
    usual = [_median(beside[place::season]) or 0.0 for place in range(season)]
    return [
        None if value is None else value - usual[at % season] for at, value in enumerate(values)
    ]


def _median(values: Values) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _step(level: Values, place: int, window: StepWindow) -> float | None:
    """The level after a place minus the one before; None where either has too few points."""
    before = [v for v in level[max(0, place - window.points) : place] if v is not None]
    after = [v for v in level[place : place + window.points] if v is not None]
    if 2 * len(before) <= window.points or len(after) < window.fewest:
        return None
    old = median(before)
    # of two middle values the nearer one, so that of two points both must be at the new level
    return min(median_low(after) - old, median_high(after) - old, key=abs)


def _is_peak(steps: Sequence[float | None], place: int, reach: int) -> bool:
    """Whether no step nearby is larger; of equal ones the first is the peak."""
    here = abs(steps[place] or 0.0)
    earlier = steps[max(0, place - reach) : place]
    later = steps[place + 1 : place + 1 + reach]
    return all(abs(step or 0.0) < here for step in earlier) and all(
        abs(step or 0.0) <= here for step in later
    )


def _placed(level: Values, near: int, window: StepWindow) -> LevelShift:
    """A shift at the place that leaves the least around its two levels."""
    low, high = max(0, near - window.points), min(len(level), near + window.points)
    places = range(low + 1, high - window.fewest + 1)
    place = min(
        places, key=lambda at: (_left(level[low:at]) + _left(level[at:high]), abs(at - near))
    )
    return LevelShift(
        place, (_median(level[place:high]) or 0.0) - (_median(level[low:place]) or 0.0)
    )


def _left(values: Values) -> float:
    """The sum of squares around the mean."""
    known = [value for value in values if value is not None]
    mean = math.fsum(known) / len(known) if known else 0.0
    return math.fsum((value - mean) ** 2 for value in known)


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedShift:
    """A level shift of a driver beside one of its parent."""

    driver: LevelShift
    parent: LevelShift
    chance: float
    """The probability that an unrelated driver has a shift as near as this one."""


def shared_shift(
    drivers: Sequence[LevelShift],
    parent: LevelShift,
    *,
    points: int,
    lag: int = 0,
    sign: int | None = None,
) -> SharedShift | None:
    """The driver's shift nearest to the parent's, and the chance of one so near.

    Args:
        drivers: all shifts of the driver.
        parent: one shift of the parent.
        points: places at which the driver could have shifted.
        lag: points by which the driver is thought to lead.
        sign: 1 where the parent is thought to go the driver's way, -1 against it; None for
            either way.

    Returns:
        None where the driver never shifted in the direction expected.

    The chance is Boole's bound for shifts that fall anywhere alike, up as often as down:
    (driver's shifts) x (2 x distance + 1) / points, half of it where a sign is expected. One
    coincidence can be no surer than that, however large the steps are.
    """
    agreeing = [shift for shift in drivers if sign is None or shift.size * parent.size * sign > 0]
    if not agreeing or points <= 0:
        return None
    nearest = min(agreeing, key=lambda shift: abs(parent.place - shift.place - lag))
    distance = abs(parent.place - nearest.place - lag)
    chance = len(drivers) * (2 * distance + 1) / points * (1.0 if sign is None else 0.5)
    return SharedShift(driver=nearest, parent=parent, chance=min(chance, 1.0))
