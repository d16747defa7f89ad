"""Will a target be met: the pace so far, and how often the possible futures meet it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from metric_tui.analysis.far_outlook import (
    additive_far_ahead,
    ratio_far_ahead,
    stock_far_ahead,
)
from metric_tui.analysis.forecast import (
    DAILY,
    ERRORS_DRAWN,
    SEED,
    Track,
    Values,
    amounts,
    block_starts,
    paths,
    track,
)
from metric_tui.analysis.outlook import (
    Ground,
    Outlook,
    Progress,
    Target,
    TargetStatus,
    key_result_progress,
)

__all__ = [
    "Outlook",
    "Progress",
    "Target",
    "TargetStatus",
    "additive_outlook",
    "key_result_progress",
    "ratio_outlook",
    "stock_outlook",
]

RECENT_DAYS = 28
FARTHEST_DAYS = 62
"""Past errors drawn for more days than these add up to futures as wide as anything: beyond, weeks
are forecast, see `analysis.far_ahead`."""

LARGEST_LOG = 700.0
"""e to the 700 is near the largest float."""


def additive_outlook(
    target: Target,
    *,
    days: Values,
    actual: float,
    elapsed: int,
    remaining: int,
    last_period: float | None = None,
) -> Outlook:
    """The outlook of a sum over a period, such as bookings of a quarter.

    Args:
        target: the value to reach over the whole period.
        days: the metric's complete days, consecutive, up to now; None for missing.
        actual: the sum over the complete days of the period.
        elapsed: complete days of the period so far.
        remaining: days still to come, the running one included.
        last_period: the value of the period before.

    Returns:
        With status `too_short`, and without a probability, under 42 days of history.
    """
    ground = Ground(target=target, actual=actual, last_period=last_period)
    if remaining <= 0:
        return ground.settled()
    if elapsed <= 0:
        return ground.not_started()
    required = (target.value - actual) / remaining
    ground = Ground(
        target=target,
        actual=actual,
        last_period=last_period,
        required=required,
        recent=mean_of(days[-RECENT_DAYS:]),
        needed=required,
    )
    if remaining > FARTHEST_DAYS:
        return additive_far_ahead(ground, days, actual, remaining)
    model, is_log = modelled(days)
    if not model.is_ready:
        projected = actual + math.fsum(weekday_means(days, remaining))
        return ground.outlook("too_short", projected=projected)
    continued = value_paths(model, is_log, len(days), remaining)
    return ground.forecast([actual + math.fsum(path) for path in continued])


def ratio_outlook(
    target: Target,
    *,
    numerators: Values,
    denominators: Values,
    actual: tuple[float, float],
    elapsed: int,
    remaining: int,
    last_period: float | None = None,
) -> Outlook:
    """The outlook of a ratio of two sums over a period.

    Both parts take the same draws of past errors, so what moves them together still does.

    Args:
        target: the ratio to reach over the whole period.
        numerators: complete days up to now, shape (T,).
        denominators: the same days.
        actual: sums of both over the complete days of the period.
        elapsed: complete days of the period so far.
        remaining: days still to come, the running one included.
        last_period: the ratio of the period before.

    Returns:
        `required` is the rate of the remaining days, for denominators as they usually are.
    """
    value = actual[0] / actual[1] if actual[1] else None
    ground = Ground(target=target, actual=value, last_period=last_period)
    if remaining <= 0:
        return ground.settled()
    if elapsed <= 0:
        return ground.not_started()
    coming = math.fsum(weekday_means(denominators, remaining))
    required = (target.value * (actual[1] + coming) - actual[0]) / coming if coming else None
    ground = Ground(
        target=target,
        actual=value,
        last_period=last_period,
        required=required,
        recent=ratio_of(numerators[-RECENT_DAYS:], denominators[-RECENT_DAYS:]),
        needed=required,
    )
    if remaining > FARTHEST_DAYS:
        return ratio_far_ahead(ground, (numerators, denominators), actual, coming, remaining)
    futures = ratio_futures(numerators, denominators, actual, remaining)
    if futures:
        return ground.forecast(futures)
    top = actual[0] + math.fsum(weekday_means(numerators, remaining))
    bottom = actual[1] + coming
    return ground.outlook("too_short", projected=top / bottom if bottom else None)


def ratio_futures(
    numerators: Values, denominators: Values, actual: tuple[float, float], remaining: int
) -> list[float]:
    """Possible final ratios; none where the history is too short for them."""
    top, top_is_log = modelled(numerators)
    bottom, bottom_is_log = modelled(denominators)
    errors = shared_errors(top, bottom)
    if not (top.is_ready and bottom.is_ready and errors):
        return []
    starts = block_starts(len(errors), remaining, seed=SEED)
    place = len(numerators)
    tops = paths(top, [a for a, _ in errors], starts, remaining, place)
    bottoms = paths(bottom, [b for _, b in errors], starts, remaining, place)
    sums = [
        (actual[0] + math.fsum(n), actual[1] + math.fsum(d))
        for n, d in zip(
            to_values(tops, is_log=top_is_log),
            to_values(bottoms, is_log=bottom_is_log),
            strict=True,
        )
    ]
    return [n / d for n, d in sums if d]


def stock_outlook(
    target: Target, *, days: Values, elapsed: int, remaining: int, last_period: float | None = None
) -> Outlook:
    """The outlook of a value on a date, such as active users of the last day.

    Args:
        target: the value to have on that date.
        days: the metric's complete days, consecutive, up to now.
        elapsed: complete days of the period so far.
        remaining: days until the date.
        last_period: the value at the start.

    Returns:
        `required` is the step needed per day, `recent` the latest value, and
        `required_growth` the growth from it to the target.
    """
    actual = next((value for value in reversed(days) if value is not None), None)
    ground = Ground(target=target, actual=actual, last_period=last_period)
    if remaining <= 0:
        return ground.settled()
    if elapsed <= 0 or actual is None:
        return ground.not_started()
    ground = Ground(
        target=target,
        actual=actual,
        last_period=last_period,
        required=(target.value - actual) / remaining,
        recent=actual,
        needed=target.value,
    )
    if remaining > FARTHEST_DAYS:
        return stock_far_ahead(ground, days, actual, remaining)
    model, is_log = modelled(days)
    if not model.is_ready:
        return ground.outlook("too_short", projected=weekday_means(days, remaining)[-1])
    continued = value_paths(model, is_log, len(days), remaining)
    return ground.forecast([path[-1] for path in continued])


def modelled(days: Values) -> tuple[Track, bool]:
    """A metric's days run through the model, and whether on a log scale."""
    is_log = all(value is None or value >= 0 for value in days)
    return track(amounts(days), DAILY), is_log


def value_paths(model: Track, is_log: bool, place: int, length: int) -> list[list[float]]:
    """Possible next days in the metric's unit, 400 of them."""
    errors = [error for error in model.errors[-ERRORS_DRAWN:] if error is not None]
    starts = block_starts(len(errors), length, seed=SEED)
    return to_values(paths(model, errors, starts, length, place), is_log=is_log)


def shared_errors(top: Track, bottom: Track) -> list[tuple[float, float]]:
    """The last errors of both parts, of the days on which both have one."""
    last = zip(top.errors[-ERRORS_DRAWN:], bottom.errors[-ERRORS_DRAWN:], strict=True)
    return [(a, b) for a, b in last if a is not None and b is not None]


def to_values(found: Sequence[Sequence[float]], *, is_log: bool) -> list[list[float]]:
    """Paths on the model's scale in the metric's unit; counts and money are not negative."""
    if not is_log:
        return [list(path) for path in found]
    return [[max(math.expm1(min(v, LARGEST_LOG)), 0.0) for v in path] for path in found]


def weekday_means(days: Values, length: int) -> list[float]:
    """The next days by the mean of what each weekday has had; of all days where it has none."""
    overall = mean_of(days) or 0.0
    means = []
    for place in range(len(days), len(days) + length):
        found = mean_of(days[place % DAILY.season :: DAILY.season])
        means.append(overall if found is None else found)
    return means


def mean_of(values: Values) -> float | None:
    """The mean of the known values; None where there is none."""
    known = [value for value in values if value is not None]
    return math.fsum(known) / len(known) if known else None


def ratio_of(numerators: Values, denominators: Values) -> float | None:
    """The ratio of two sums; None over zero."""
    bottom = math.fsum(value for value in denominators if value is not None)
    return (
        math.fsum(value for value in numerators if value is not None) / bottom if bottom else None
    )
