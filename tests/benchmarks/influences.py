"""How often unrelated series are called linked, and related ones found: a table of simulations.

    python -m tests.benchmarks.influences [--runs 400]

Each run draws a driver and a parent anew. "Level" is the share of unrelated pairs that are called
evidence at a nominal 5 %, which should be at most 7 %; "found" is the share of related ones at
the level of a tree with ten edges (1 % for correlations, 4 % for shifts).
"""

import argparse
import math
import random
from collections.abc import Callable
from statistics import mean

from metric_tui.analysis.edge_history import BY_GRAIN, TestGrain
from metric_tui.analysis.evidence import SHIFT_ALPHA
from metric_tui.analysis.influences import ALPHA, measure
from metric_tui.analysis.level_shifts import level_shifts, shared_shift

WEEK = (0.10, 0.12, 0.08, 0.05, 0.0, -0.25, -0.30)
EDGES = 10
POINTS = {"day": 365, "week": 104}

Series = list[float]
Draw = Callable[[random.Random, int], tuple[Series, Series]]


def series(draw: random.Random, count: int, *, season: bool, shifts: int = 0) -> Series:
    """Positive values that wander, with lasting noise and new levels at random places."""
    steps = {draw.randrange(10, count - 6): draw.choice((-1, 1)) for _ in range(shifts)}
    level, lasting, values = math.log(1000), 0.0, []
    for place in range(count):
        level += draw.gauss(0, 0.005) + draw.uniform(0.5, 1.5) * steps.get(place, 0)
        lasting = 0.3 * lasting + draw.gauss(0, 0.08)
        values.append(math.exp(level + lasting + (WEEK[place % 7] if season else 0.0)))
    return values


def correlated(driver: Series, parent: Series, at: TestGrain, alpha: float, edges: int) -> bool:
    found = measure(driver, parent, edges=edges, alpha=alpha, sampling=at.sampling)
    return found.verdict == "evidence"


def stepped(driver: Series, parent: Series, at: TestGrain, alpha: float) -> bool:
    steps = level_shifts(tuple(parent), at.window)
    step = max(steps, key=lambda shift: abs(shift.size), default=None)
    if step is None:
        return False
    both = shared_shift(level_shifts(tuple(driver), at.window), step, points=len(driver), sign=1)
    return both is not None and both.chance <= alpha


def unrelated(season: bool, shifts: int) -> Draw:
    def draw(source: random.Random, count: int) -> tuple[Series, Series]:
        return (
            series(source, count, season=season, shifts=shifts),
            series(source, count, season=season, shifts=shifts),
        )

    return draw


def surprises(season: bool, effect: float) -> Draw:
    """The parent follows the driver's surprises by an elasticity."""

    def draw(source: random.Random, count: int) -> tuple[Series, Series]:
        driver, parent = series(source, count, season=season), series(source, count, season=season)
        return driver, [y * (x / 1000) ** effect for x, y in zip(driver, parent, strict=True)]

    return draw


def one_step(season: bool, size: float) -> Draw:
    """Both take a new level at once, and have nothing else in common."""

    def draw(source: random.Random, count: int) -> tuple[Series, Series]:
        at = source.randrange(count // 4, count - 10)
        driver, parent = (
            [v * (1 - size if place >= at else 1) for place, v in enumerate(each)]
            for each in (
                series(source, count, season=season),
                series(source, count, season=season),
            )
        )
        return driver, parent

    return draw


def share(draw: Draw, judge: Callable[[Series, Series], bool], count: int, runs: int) -> float:
    source = random.Random(2026)
    return mean(judge(*draw(source, count)) for _ in range(runs))


def rates(
    draw: Draw, at: TestGrain, count: int, runs: int, *, is_related: bool
) -> tuple[float, float]:
    """The share of pairs called evidence, by correlation and by a shift."""
    alpha, edges = (ALPHA, EDGES) if is_related else (0.05, 1)
    shift_alpha = SHIFT_ALPHA / 2 if is_related else 0.05
    return (
        share(draw, lambda x, y: correlated(x, y, at, alpha, edges), count, runs),
        share(draw, lambda x, y: stepped(x, y, at, shift_alpha), count, runs),
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=400)
    runs = parser.parse_args().runs
    print("| grain | pair | correlation | shift |")
    print("|---|---|--:|--:|")
    for grain, count in POINTS.items():
        at, season = BY_GRAIN["day" if grain == "day" else "week"], grain == "day"
        rows: list[tuple[str, Draw, bool]] = [
            *((f"unrelated, {n} shifts each", unrelated(season, n), False) for n in (0, 1, 3)),
            *((f"elasticity {e}", surprises(season, e), True) for e in (0.2, 0.4, 0.8)),
            *((f"one step of {s:.0%} together", one_step(season, s), True) for s in (0.2, 0.5)),
        ]
        for name, draw, is_related in rows:
            by_correlation, by_shift = rates(draw, at, count, runs, is_related=is_related)
            print(f"| {grain} | {name} | {by_correlation:.1%} | {by_shift:.1%} |", flush=True)


if __name__ == "__main__":
    main()
