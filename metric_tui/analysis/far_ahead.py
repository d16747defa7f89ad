"""Forecasts of months and up to a year ahead, where bootstrap paths of daily errors cannot carry.

Weeks are modelled as a level that wanders (a random walk) under noise, on log scale where nothing
is 0 or less: of the weeks themselves, or of what each is more than its week a year before, which
carries the yearly season. The one whose past wandered less is taken.

Source: Harvey (1989), Forecasting, structural time series models and the Kalman filter, section
2.3.1: the local level model; its two variances are read off the mean squared differences at
several lags.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean

from metric_tui.analysis.forecast import PATHS, Values

WEEK = 7
YEAR = 52
FEWEST_WEEKS = 26
"""Of fewer weeks nobody can say how far a metric wanders in months."""

FARTHEST_WEEKS = 53
LAGS = (1, 2, 4, 8, 13, 26)
RECENT = 4
"""The weeks whose mean is the level now."""

UNSURE = 1.0
"""What is added to the width for variances that are themselves estimated, over the number of
independent stretches they rest on; set so that 80 % bands cover 80 % of simulated futures."""

DRIFT_WEEKS = 13
"""Drift is read off the means of so many weeks at either end."""

BASE_DAYS = 28
"""A stretch's growth is measured against so many days before it."""


@dataclass(frozen=True, slots=True)
class Wander:
    """How far a series moves by itself, per week."""

    step: float
    """Variance of the level's weekly step."""

    noise: float
    """Variance of a week around its level."""

    stretches: float
    """How many independent stretches of the horizon it was seen over."""

    def width(self, weeks: float, *, at_end: bool) -> float:
        """The standard deviation of the mean of coming weeks, or of the last one.

        Args:
            weeks: how far ahead.
            at_end: whether the value of the last week counts, and not the mean of all.
        """
        # the mean of four weeks lags behind the level of the last one
        now = self.noise / RECENT + 0.875 * self.step
        ahead = weeks if at_end else weeks / 3 + 0.5
        own = self.noise / (1.0 if at_end else max(weeks, 1.0))
        sure = 1 + UNSURE / max(self.stretches, 1.0) / 2
        return math.sqrt(now + self.step * ahead + own) * sure


@dataclass(frozen=True, slots=True)
class FarForecast:
    """Weekly values to come: their middle and width on the scale of the model."""

    middle: float
    width: float
    is_log: bool

    def futures(self) -> list[float]:
        """Possible weekly values, ascending: 400 quantiles of the forecast."""
        normal = NormalDist(self.middle, self.width) if self.width > 0 else None
        found = [
            self.middle if normal is None else normal.inv_cdf((place + 0.5) / PATHS)
            for place in range(PATHS)
        ]
        return [math.exp(min(value, 700.0)) for value in found] if self.is_log else found


def weekly_sums(days: Values) -> list[float]:
    """Sums of whole weeks up to the last day, oldest first; a missing day counts as none."""
    first = len(days) % WEEK
    return [
        math.fsum(value or 0.0 for value in days[place : place + WEEK])
        for place in range(first, len(days), WEEK)
    ]


def far_forecast(
    weeks: Sequence[float], ahead: float, *, at_end: bool = False
) -> FarForecast | None:
    """What the coming weeks may be; None where too few are behind or too many ahead.

    Args:
        weeks: past weeks, oldest first, complete and consecutive.
        ahead: how many weeks are to come.
        at_end: whether the value of the last week is meant, and not the mean of all.
    """
    begin = next((place for place, value in enumerate(weeks) if value), len(weeks))
    known = weeks[begin:]
    if len(known) < FEWEST_WEEKS or not 0 < ahead <= FARTHEST_WEEKS:
        return None
    is_log = min(known) > 0
    scaled = [math.log(value) for value in known] if is_log else list(known)
    found = [_by_level(known, scaled, ahead, is_log=is_log, at_end=at_end)]
    if len(known) >= YEAR + FEWEST_WEEKS:
        found.append(_by_year(scaled, ahead, is_log=is_log, at_end=at_end))
    return min(found, key=lambda each: each.width)


def _by_level(
    weeks: Sequence[float], scaled: Sequence[float], ahead: float, *, is_log: bool, at_end: bool
) -> FarForecast:
    """The level of the last weeks carried on, with as much of its drift as is sure."""
    recent = fmean(weeks[-RECENT:])
    level = math.log(recent) if is_log else recent
    length = len(scaled) - DRIFT_WEEKS
    drift = (fmean(scaled[-DRIFT_WEEKS:]) - fmean(scaled[:DRIFT_WEEKS])) / length
    wander = _wander([value - drift * place for place, value in enumerate(scaled)], ahead)
    doubt = wander.step / length + 2 * wander.noise / DRIFT_WEEKS / length**2
    kept = drift**2 / (drift**2 + doubt) if drift else 0.0
    # a drift goes on for no longer than it was seen
    reach = min(ahead, float(length))
    reach = reach + RECENT / 2 if at_end else reach * (1 - reach / ahead / 2) + RECENT / 2
    own = wander.width(ahead, at_end=at_end)
    more = (kept**2 * doubt + ((1 - kept) * drift) ** 2) * reach**2
    return FarForecast(level + kept * drift * reach, math.sqrt(own**2 + more), is_log)


def _by_year(scaled: Sequence[float], ahead: float, *, is_log: bool, at_end: bool) -> FarForecast:
    """The same weeks of last year, with what the last weeks are more than theirs."""
    over = [now - then for now, then in zip(scaled[YEAR:], scaled, strict=False)]
    count = max(math.ceil(ahead), 1)
    behind = scaled[len(scaled) - YEAR :]
    coming = [behind[place % YEAR] for place in range(count)]
    # one week may be far off; its neighbours belong to the same season
    last = fmean(coming[-RECENT:])
    middle = (last if at_end else fmean(coming)) + fmean(over[-RECENT:])
    return FarForecast(middle, _wander(over, ahead).width(ahead, at_end=at_end), is_log)


def _wander(values: Sequence[float], ahead: float) -> Wander:
    """The two variances of a series, by least squares over the mean squared differences."""
    points = []
    for lag in LAGS:
        if lag > len(values) // 2:
            break
        squares = [(b - a) ** 2 for a, b in zip(values, values[lag:], strict=False)]
        # far lags have few independent differences, and theirs are the larger ones
        points.append((lag, fmean(squares), len(squares) / lag / lag))
    step, noise = _line(points)
    return Wander(step, noise / 2, len(values) / max(ahead, 1.0))


def _line(points: Sequence[tuple[int, float, float]]) -> tuple[float, float]:
    """Slope and height of a weighted line through points, neither below 0."""
    whole = math.fsum(weight for _, _, weight in points)
    x = math.fsum(weight * lag for lag, _, weight in points) / whole
    y = math.fsum(weight * square for _, square, weight in points) / whole
    spread = math.fsum(weight * (lag - x) ** 2 for lag, _, weight in points)
    slope = (
        math.fsum(weight * (lag - x) * (square - y) for lag, square, weight in points) / spread
        if spread
        else 0.0
    )
    slope = min(max(slope, 0.0), y / x)
    return slope, max(y - slope * x, 0.0)


def largest_growth(days: Values, length: int) -> float | None:
    """The most that a stretch of days was ever above the four weeks before it.

    Args:
        days: past days, consecutive; a missing one counts as none.
        length: of a stretch, in days.

    Returns:
        Mean over mean, minus one; None where no stretch of that length lies behind.
    """
    sums = [0.0]
    for value in days:
        sums.append(sums[-1] + (value or 0.0))
    found = []
    for place in range(BASE_DAYS, len(days) - length + 1):
        base = (sums[place] - sums[place - BASE_DAYS]) / BASE_DAYS
        if base > 0:
            found.append((sums[place + length] - sums[place]) / length / base - 1)
    return max(found, default=None)
