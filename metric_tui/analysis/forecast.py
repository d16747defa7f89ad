"""Robust Holt-Winters: what the next day was expected to be, and what may come.

Values are on the scale of the model: see `amounts` and `rates`.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

LEVEL_STEP = 0.3
SEASON_STEP = 0.105
CLIP = 3.0
ERRORS_KEPT = 56
ERRORS_DRAWN = 120
BLOCK = 7
PATHS = 400
SEED = 20_140_602
FEWEST_TRIALS = 30
ROUNDING = 1e-9

Values = Sequence[float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """A grain's season and how many points a model of it begins with."""

    season: int
    start: int
    """Points whose medians are the first state."""

    warm_up: int
    """One-step errors needed before the next point is scored."""

    @property
    def needed(self) -> int:
        return self.start + self.warm_up


DAILY = Rhythm(season=7, start=28, warm_up=14)
COARSE = Rhythm(season=1, start=12, warm_up=8)
"""Weeks, months and longer: no season, scored from the 21st point."""


def amounts(values: Values) -> list[float | None]:
    """Counts or money on the model's scale: log1p if none is negative, else as they are."""
    if any(value is not None and value < 0 for value in values):
        return list(values)
    return [None if value is None else math.log1p(value) for value in values]


def rates(numerators: Values, denominators: Values) -> list[float | None]:
    """Rates on the model's scale: log odds; None under 30 trials.

    Half a success and half a failure are added, so that 0 and 1 have finite odds.
    """
    return [
        None if n is None or d is None or d < FEWEST_TRIALS else log_odds(n, d)
        for n, d in zip(numerators, denominators, strict=True)
    ]


def log_odds(successes: float, trials: float) -> float | None:
    """The logarithm of successes over failures; None where it is no rate of trials."""
    if not 0 <= successes <= trials:
        return None
    return math.log((successes + 0.5) / (trials - successes + 0.5))


@dataclass(slots=True)
class Spread:
    """The last 56 absolute errors and the width they give."""

    recent: deque[float] = field(default_factory=deque)
    ordered: list[float] = field(default_factory=list)

    def add(self, error: float) -> None:
        """Takes in one error; the oldest of 57 is let go."""
        size = abs(error) if abs(error) > ROUNDING else 0.0
        self.recent.append(size)
        insort(self.ordered, size)
        if len(self.recent) > ERRORS_KEPT:
            oldest = self.recent.popleft()
            self.ordered.pop(bisect_left(self.ordered, oldest))

    @property
    def sigma(self) -> float:
        """1.4826 times the median; 0 for a constant series.

        A sparse series has a median of 0 without being constant, and takes its width from
        the mean instead.
        """
        count = len(self.ordered)
        if not count:
            return 0.0
        middle = (self.ordered[(count - 1) // 2] + self.ordered[count // 2]) / 2
        return 1.4826 * middle or 1.2533 * sum(self.ordered) / count


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A series run through the model."""

    errors: tuple[float | None, ...]
    """Shape (T,): value minus expectation; None while starting and on missing days."""

    scores: tuple[float | None, ...]
    """Shape (T,): error over sigma; None before the warm-up ends and on missing days.

    Infinite where a constant series changed.
    """

    level: float
    seasonal: tuple[float, ...]
    """Shape (season,), by position modulo the season."""

    sigma: float
    is_ready: bool
    """Enough points for scores and paths."""


def track(values: Values, rhythm: Rhythm = DAILY) -> Track:
    """Runs consecutive points through the model.

    Args:
        values: shape (T,), on the model's scale, consecutive, complete periods only; None
            for a missing one, which carries the state on.
        rhythm: season and start of the grain.

    Source: Gelper, Fried and Croux (2010), Robust forecasting with exponential and
    Holt-Winters smoothing, eq. 10-12, without a trend and with errors clipped at 3 sigma.
    With clipping off: simple exponential smoothing with additive seasons.
    """
    begin = start_length(values, rhythm)
    level, seasonal = start_state(values[:begin], rhythm)
    spread = Spread()
    errors: list[float | None] = [None] * begin
    scores: list[float | None] = [None] * begin
    for place in range(begin, len(values)):
        value = values[place]
        if value is None:
            errors.append(None)
            scores.append(None)
            continue
        error = value - level - seasonal[place % rhythm.season]
        sigma = spread.sigma
        errors.append(error)
        scores.append(score(error, sigma) if len(spread.recent) >= rhythm.warm_up else None)
        spread.add(error)
        # before the first widths are known an error counts in full
        step = clipped(error, sigma) if len(spread.recent) > rhythm.warm_up else error
        level += LEVEL_STEP * step
        if rhythm.season > 1:
            seasonal[place % rhythm.season] += SEASON_STEP * step
    return Track(
        errors=tuple(errors),
        scores=tuple(scores),
        level=level,
        seasonal=tuple(seasonal),
        sigma=spread.sigma,
        is_ready=len(spread.recent) >= rhythm.warm_up,
    )


def start_length(values: Values, rhythm: Rhythm) -> int:
    """How many points hold the first `rhythm.start` that are not missing."""
    seen = 0
    for place, value in enumerate(values):
        seen += value is not None
        if seen == rhythm.start:
            return place + 1
    return len(values)


def start_state(values: Values, rhythm: Rhythm) -> tuple[float, list[float]]:
    """The median of the first points, and each season's median distance from it."""
    known = [value for value in values if value is not None]
    level = median(known) if known else 0.0
    if rhythm.season == 1:
        return level, [0.0]
    groups = [
        [value - level for value in values[place :: rhythm.season] if value is not None]
        for place in range(rhythm.season)
    ]
    return level, [median(group) if group else 0.0 for group in groups]


def score(error: float, sigma: float) -> float:
    """Error over sigma; infinite for any change of a constant series."""
    if sigma:
        return error / sigma
    return math.copysign(math.inf, error) if abs(error) > ROUNDING else 0.0


def clipped(error: float, sigma: float) -> float:
    """An error no further than 3 sigma from 0."""
    return max(-CLIP * sigma, min(CLIP * sigma, error))


def block_starts(available: int, length: int, *, seed: int = SEED) -> list[list[int]]:
    """Where each path's blocks of errors begin, so that two series can share their draws.

    Returns:
        Shape (400, number of blocks); the same for the same arguments.
    """
    draw = random.Random(seed)
    last = max(available - BLOCK, 0)
    blocks = -(-length // BLOCK)
    return [[draw.randint(0, last) for _ in range(blocks)] for _ in range(PATHS)]


def paths(
    state: Track, errors: Sequence[float], starts: Sequence[Sequence[int]], length: int, place: int
) -> list[list[float]]:
    """Possible continuations on the model's scale.

    Args:
        state: the model after the last known point.
        errors: past one-step errors to draw from, at least one.
        starts: where each path's blocks begin, see `block_starts`.
        length: points to continue by.
        place: the position of the first of them in the series, for its season.

    Returns:
        One list of `length` values for each entry of `starts`.

    Source: Künsch (1989), The jackknife and the bootstrap for general stationary
    observations, section 2: blocks keep the order of the errors within a week.
    """
    drawn = [
        [errors[(start + i) % len(errors)] for start in row for i in range(BLOCK)][:length]
        for row in starts
    ]
    return [one_path(state, row, place) for row in drawn]


def one_path(state: Track, errors: Sequence[float], place: int) -> list[float]:
    """The series that these errors would give, the state moving with them."""
    level, seasonal = state.level, list(state.seasonal)
    season = len(seasonal)
    limit = CLIP * state.sigma
    result = []
    for step, error in enumerate(errors, start=place):
        spot = step % season
        result.append(level + seasonal[spot] + error)
        kept = max(-limit, min(limit, error))
        level += LEVEL_STEP * kept
        if season > 1:
            seasonal[spot] += SEASON_STEP * kept
    return result
