"""Does a believed driver move with its parent? Evidence, never a cause, never in the sum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import mul
from statistics import NormalDist
from typing import Literal

from metric_tui.analysis.student import critical_correlation, critical_t
from metric_tui.analysis.whitening import Values, clipped, logged, whitened

Verdict = Literal["evidence", "no_clear_link", "too_short", "refused"]
Refusal = Literal["computed_from_parent", "too_many_gaps", "constant"]

ALPHA = 0.01
INTERVAL = 0.9
MISSING_LIMIT = 0.1
ROUNDING = 1e-20

SERIES_KEPT = 128
PAIRS_KEPT = 256
"""Cleaned series of a year, and what was found at their lags, take some 5 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """What a grain's test needs and looks at."""

    season: int
    needed: int
    """Complete points, fewer is too short."""

    lags: tuple[int, ...]
    """Points by which the driver may lead."""

    spent: int
    """Points that cleaning uses up: weekday means and past weights."""


DAYS = Sampling(season=7, needed=90, lags=tuple(range(15)), spent=14)
WEEKS = Sampling(season=1, needed=60, lags=tuple(range(7)), spent=8)
MONTHS = Sampling(season=1, needed=36, lags=tuple(range(4)), spent=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """What the data say of one influence edge."""

    verdict: Verdict
    reason: Refusal | None = None
    """Why the verdict is `refused`."""

    lag: int | None = None
    """Points by which the driver leads where the two agree most; None without a test."""

    correlation: float | None = None
    """Of what is left after cleaning, from -1 to 1."""

    low: float | None = None
    """Lower end of the correlation's 90 % interval."""

    high: float | None = None
    """Upper end of the correlation's 90 % interval."""

    n: int = 0
    """Points of which both series have a value."""

    critical: float | None = None
    """The size of correlation that chance alone exceeds in one of a hundred trees."""

    slope: tuple[float, float, float] | None = None
    """Low, middle and high step of the parent per step of the driver, on the scales below."""

    driver_is_log: bool = False
    parent_is_log: bool = False
    agrees: bool | None = None
    """Whether the sign is the expected one; None where none is expected or none was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two cleaned series at one lag."""

    lag: int
    correlation: float
    slope: float
    effective: int
    """Independent pairs that the correlation is worth."""

    @property
    def strength(self) -> float:
        return abs(self.correlation)


def measure(
    driver: Values,
    parent: Values,
    *,
    edges: int,
    expected: Literal["up", "down"] | None = None,
    lag: int | None = None,
    is_computed_from_parent: bool = False,
    sampling: Sampling = DAYS,
    alpha: float = ALPHA,
) -> Influence:
    """Tests whether a driver's surprises come with or before surprises of its parent.

    Args:
        driver: complete, consecutive points; None for missing.
        parent: the same points of the metric it is thought to move.
        edges: influence edges of the whole tree, which share the chance of a false alarm.
        expected: which way the parent is thought to go when the driver rises.
        lag: the edge's own lag in points; None looks at all lags of the sampling.
        is_computed_from_parent: one is in the other's formula, so they move together anyway.
        sampling: `DAYS`, `WEEKS` or `MONTHS`.
        alpha: probability of any false alarm in a tree without links.

    Returns:
        `evidence` where the best lag's correlation exceeds what chance gives, else
        `no_clear_link`; `too_short` or `refused` without a test.

    Source: Haugh (1976), Checking the independence of two covariance-stationary time series;
    critical values by Student's t with Bonferroni's correction.
    """
    known = sum(a is not None and b is not None for a, b in zip(driver, parent, strict=True))
    refused = refusal(driver, parent, known, is_computed_from_parent=is_computed_from_parent)
    if refused:
        return Influence(verdict="refused", reason=refused, n=known)
    if known < sampling.needed:
        return Influence(verdict="too_short", n=known)
    lags = sampling.lags if lag is None else (lag,)
    x, y = _cleaned(tuple(driver), sampling.season), _cleaned(tuple(parent), sampling.season)
    found = _at_lags(x.left, y.left, lags, known - sampling.spent)
    if not found or x.is_foretold or y.is_foretold:
        return Influence(verdict="refused", reason="constant", n=known)
    best = max(found, key=lambda pair: pair.strength)
    critical = critical_correlation(alpha / (len(lags) * max(edges, 1)), best.effective)
    is_evidence = best.strength > critical
    low, high = correlation_interval(best)
    return Influence(
        verdict="evidence" if is_evidence else "no_clear_link",
        lag=best.lag,
        correlation=best.correlation,
        low=low,
        high=high,
        n=known,
        critical=critical,
        slope=slope_interval(best),
        driver_is_log=x.is_log,
        parent_is_log=y.is_log,
        agrees=(best.correlation > 0) == (expected == "up") if expected and is_evidence else None,
    )


def refusal(
    driver: Values, parent: Values, known: int, *, is_computed_from_parent: bool
) -> Refusal | None:
    """Why two series cannot be tested; None if they can, or are merely short.

    Points before both have begun are no gaps.
    """
    if is_computed_from_parent:
        return "computed_from_parent"
    first = next(
        (i for i, pair in enumerate(zip(driver, parent, strict=True)) if None not in pair), 0
    )
    if known < (1 - MISSING_LIMIT) * (len(driver) - first):
        return "too_many_gaps"
    constant = any(len({v for v in values if v is not None}) == 1 for values in (driver, parent))
    return "constant" if constant and known > 1 else None


def is_foretold(values: Values, cleaned: Values) -> bool:
    """Whether cleaning left nothing but rounding: the same week again and again."""
    left = math.fsum(value * value for value in cleaned if value is not None)
    return left <= ROUNDING * math.fsum(value * value for value in values if value is not None)


@dataclass(frozen=True, slots=True)
class _Cleaned:
    """A series without its trend, its week and its own past."""

    left: tuple[float | None, ...]
    is_log: bool
    is_foretold: bool


@lru_cache(maxsize=SERIES_KEPT)
def _cleaned(values: tuple[float | None, ...], season: int) -> _Cleaned:
    """A series cleaned; one metric may have a part in several edges, and in the next question."""
    scaled, is_log = logged(values)
    left = whitened(scaled, season)
    # one shift each of two unrelated series would make up most of their correlation
    return _Cleaned(tuple(clipped(left)), is_log, is_foretold(scaled, left))


@lru_cache(maxsize=PAIRS_KEPT)
def _at_lags(x: Values, y: Values, lags: Sequence[int], available: int) -> tuple[Pair, ...]:
    """The cleaned series at every lag; questions that end on the same day ask for the same."""
    return tuple(pair for lag in lags if (pair := at_lag(x, y, lag, available)))


def at_lag(x: Values, y: Values, lag: int, available: int) -> Pair | None:
    """The cleaned series with the driver this many points ahead; None if one is flat.

    Args:
        x: cleaned driver.
        y: cleaned parent.
        lag: points by which the driver leads.
        available: independent points at lag 0.
    """
    if available - lag < 4:
        return None
    pairs = [
        (a, b)
        for a, b in zip(x[: len(x) - lag], y[lag:], strict=True)
        if a is not None and b is not None
    ]
    if not pairs:
        return None
    xs, ys = (_from_mean(values) for values in zip(*pairs, strict=True))
    xx, yy, xy = (math.fsum(map(mul, *two)) for two in ((xs, xs), (ys, ys), (xs, ys)))
    if xx <= 0 or yy <= 0:
        return None
    correlation = max(-1.0, min(1.0, xy / math.sqrt(xx * yy)))
    return Pair(lag=lag, correlation=correlation, slope=xy / xx, effective=available - lag)


def _from_mean(values: Sequence[float]) -> list[float]:
    mean = math.fsum(values) / len(values)
    return [value - mean for value in values]


def correlation_interval(pair: Pair) -> tuple[float, float]:
    """The correlation's 90 % interval.

    Source: Fisher (1921), On the probable error of a coefficient of correlation.
    """
    if pair.strength >= 1:
        return pair.correlation, pair.correlation
    reach = NormalDist().inv_cdf((1 + INTERVAL) / 2) / math.sqrt(max(pair.effective - 3, 1))
    middle = math.atanh(pair.correlation)
    return math.tanh(middle - reach), math.tanh(middle + reach)


def slope_interval(pair: Pair) -> tuple[float, float, float]:
    """The slope between the ends of its 90 % interval."""
    freedom = pair.effective - 2
    spread = abs(pair.slope / pair.correlation) if pair.correlation else 0.0
    error = spread * math.sqrt(max(1 - pair.correlation**2, 0.0) / freedom)
    reach = critical_t(1 - INTERVAL, freedom) * error
    return pair.slope - reach, pair.slope, pair.slope + reach


def moved_with(
    influence: Influence, *, driver: tuple[float, float], parent_before: float
) -> tuple[float, float, float] | None:
    """How much of a parent's move came with the driver's, as a range.

    Printed beside the tree, never added to it and never a percentage of the change.

    Args:
        influence: the tested edge.
        driver: the driver's daily mean before and after; it leads by the influence's lag.
        parent_before: the parent's daily mean before.

    Returns:
        Low, middle and high in the parent's unit per day (the 90 % interval of the slope);
        None without evidence, or where a logarithm has no value.
    """
    if influence.verdict != "evidence" or influence.slope is None:
        return None
    if influence.driver_is_log and min(driver) <= 0:
        return None
    move = math.log(driver[1] / driver[0]) if influence.driver_is_log else driver[1] - driver[0]
    steps = sorted(slope * move for slope in influence.slope)
    if influence.parent_is_log:
        steps = [parent_before * math.expm1(min(step, 700.0)) for step in steps]
    return steps[0], steps[1], steps[2]
