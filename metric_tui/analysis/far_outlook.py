"""Targets months ahead: rated by a forecast of weeks, and by the largest growth ever seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from metric_tui.analysis.far_ahead import (
    WEEK,
    FarForecast,
    far_forecast,
    largest_growth,
    weekly_sums,
)
from metric_tui.analysis.forecast import Values
from metric_tui.analysis.outlook import Ground, Outlook


def additive_far_ahead(ground: Ground, days: Values, actual: float, remaining: int) -> Outlook:
    """The outlook of a sum; `too_far` where neither weeks nor growth say anything.

    Args:
        ground: what is known.
        days: complete days up to now.
        actual: the sum so far.
        remaining: days to come.
    """
    seen = None if ground.target.is_lower_better else largest_growth(days, remaining)
    found = far_forecast(weekly_sums(days), remaining / WEEK)
    if found is not None:
        futures = [actual + value * remaining / WEEK for value in found.futures()]
        return _rated(ground, futures, seen)
    carried = ground.outlook("too_far", projected=actual + remaining * (ground.recent or 0.0))
    carried = replace(carried, growth_seen=seen)
    # so much was never seen, whatever the odds
    needs = carried.required_growth
    if seen is not None and needs is not None and needs > max(seen, 0.0):
        return replace(carried, status="off_track")
    return carried


def ratio_far_ahead(
    ground: Ground,
    days: tuple[Values, Values],
    actual: tuple[float, float],
    coming: float,
    remaining: int,
) -> Outlook:
    """The outlook of a ratio of two sums; `too_far` where too few weeks are behind.

    Args:
        ground: what is known.
        days: numerators and denominators of complete days up to now.
        actual: both sums so far.
        coming: the denominator that is expected of the days to come.
        remaining: days to come.
    """
    whole = actual[1] + coming
    tops, bottoms = (weekly_sums(side) for side in days)
    found = _of_ratios(tops, bottoms, remaining)
    if found is None or not whole:
        rate = ground.recent or 0.0
        projected = (actual[0] + rate * coming) / whole if whole else None
        return ground.outlook("too_far", projected=projected)
    return _rated(ground, [(actual[0] + rate * coming) / whole for rate in found.futures()], None)


def stock_far_ahead(ground: Ground, days: Values, actual: float, remaining: int) -> Outlook:
    """The outlook of a value on a date; `too_far` where too few weeks are behind."""
    known: list[float] = []
    for value in days:
        if value is not None or known:
            known.append(known[-1] if value is None else value)
    found = far_forecast(known[::-WEEK][::-1], remaining / WEEK, at_end=True)
    if found is None:
        return ground.outlook("too_far", projected=actual)
    return _rated(ground, found.futures(), None)


def _of_ratios(
    tops: Sequence[float], bottoms: Sequence[float], remaining: int
) -> FarForecast | None:
    """The coming weeks' ratio; None where a week has nothing to divide by."""
    begin = next((place for place, value in enumerate(bottoms) if value), len(bottoms))
    pairs = list(zip(tops, bottoms, strict=True))[begin:]
    if any(not bottom for _, bottom in pairs):
        return None
    return far_forecast([top / bottom for top, bottom in pairs], remaining / WEEK)


def _rated(ground: Ground, futures: list[float], seen: float | None) -> Outlook:
    return replace(ground.forecast(futures), is_far=True, growth_seen=seen)
