"""How often the 80 % band of a target months ahead holds: `uv run python -m tests.benchmarks.far_targets`.

Daily series are simulated: a level that wanders and drifts, weekdays, a yearly season, noise. Of
each the past is forecast from, and the mean of the weeks to come is held against the band.
"""

import argparse
import math
import random
from collections import defaultdict
from itertools import product

from metric_tui.analysis.far_ahead import WEEK, far_forecast, weekly_sums
from metric_tui.analysis.outlook import quantile

HISTORIES = (52, 104, 114)
AHEAD = (13, 26, 52)
STEPS = (0.0, 0.01, 0.03, 0.06)
"""Standard deviation of the level's weekly step, on log scale."""

SEASONS = (0.0, 0.2)
DRIFTS = (0.0, 0.3)
"""What the level gains in a year, on log scale."""


def series(rng: random.Random, days: int, step: float, season: float, drift: float) -> list[float]:
    """One metric by day, about 1,000 a day."""
    level, phase = math.log(1000), rng.random() * 365
    weekdays = [rng.gauss(0, 0.2) for _ in range(WEEK)]
    found = []
    for day in range(days):
        level += rng.gauss(0, step / math.sqrt(WEEK)) + drift / 365
        yearly = season * math.sin(2 * math.pi * (day + phase) / 365.25)
        found.append(math.exp(level + weekdays[day % WEEK] + yearly + rng.gauss(0, 0.1)))
    return found


def is_held(rng: random.Random, weeks: int, ahead: int, shape: tuple[float, float, float]) -> bool:
    """Whether the mean of the coming weeks lies within the band forecast from those before."""
    days = series(rng, (weeks + ahead) * WEEK, *shape)
    found = far_forecast(weekly_sums(days[: weeks * WEEK]), ahead)
    assert found is not None
    futures = found.futures()
    value = math.fsum(days[weeks * WEEK :]) / ahead
    return quantile(futures, 0.1) <= value <= quantile(futures, 0.9)


def coverages(times: int, seed: int) -> dict[str, float]:
    """The share of futures within the band: over all, and by what the series are like."""
    rng = random.Random(seed)
    counts: dict[str, list[bool]] = defaultdict(list)
    for weeks, ahead, step, season, drift in product(HISTORIES, AHEAD, STEPS, SEASONS, DRIFTS):
        for _ in range(times):
            held = is_held(rng, weeks, ahead, (step, season, drift))
            for name in (
                "all",
                f"{weeks} weeks of history",
                f"{ahead} weeks ahead",
                f"weekly steps of {step:.0%}",
                f"season of {season:.0%}, {drift:.0%} a year",
            ):
                counts[name].append(held)
    return {name: sum(held) / len(held) for name, held in counts.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50, help="series of each shape")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    for name, share in coverages(asked.times, asked.seed).items():
        print(f"{name:32}{share:8.1%}")


if __name__ == "__main__":
    main()
