"""Times the splits: `python -m tests.benchmarks.attribution`."""

import math
import random
import time
from collections.abc import Callable, Hashable
from functools import partial

from metric_tui.analysis import influences
from metric_tui.analysis.contribution import Driver, explain
from metric_tui.analysis.forecast import amounts
from metric_tui.analysis.slices import top_slices_of_ratio
from metric_tui.analysis.status import flags
from metric_tui.analysis.targets import Target, additive_outlook
from metric_tui.base.formulas import parse_formula


def names(count: int) -> list[str]:
    return [f"driver_{i}" for i in range(count)]


def quotient(count: int) -> str:
    half = count // 2
    return f"({' + '.join(names(count)[:half])}) / ({' + '.join(names(count)[half:])})"


def triples(count: int) -> str:
    each = names(count)
    return " + ".join(
        f"{each[i]} * {each[i + 1]} * (1 - {each[i + 2]})" for i in range(0, count, 3)
    )


def tree(text: str, *, depth: int = 1) -> Driver:
    """A tree of one formula on every level, each driver with other values."""
    formula = parse_formula(text)
    draw = random.Random(7)

    def node(name: str, left: int) -> Driver:
        if not left:
            return Driver(name=name, before=draw.uniform(1, 2), after=draw.uniform(1, 2))
        below = tuple(node(each, left - 1) for each in formula.names)
        before = formula.evaluate({child.name: child.before for child in below})
        after = formula.evaluate({child.name: child.after for child in below})
        return Driver(name=name, before=before, after=after, formula=formula, drivers=below)

    return node("focus", depth)


def milliseconds(work: Callable[[], object]) -> float:
    """The best of five."""
    best = math.inf
    for _ in range(5):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return best * 1000


def cells() -> dict[tuple[Hashable, ...], tuple[float, float, float, float]]:
    draw = random.Random(3)
    return {
        (a, b, c, d): (draw.random() * 9, draw.random() * 90, draw.random() * 9, draw.random() * 90)
        for a in range(20)
        for b in range(10)
        for c in range(4)
        for d in range(3)
    }


def main() -> None:
    draw = random.Random(1)
    days = [1000 * math.exp(draw.gauss(0, 0.1)) for _ in range(365)]
    others = [1000 * math.exp(draw.gauss(0, 0.1)) for _ in range(365)]
    goal = Target(value=30_000, is_lower_better=False)
    pace = partial(additive_outlook, goal, days=days, actual=9e3, elapsed=10, remaining=20)

    def influence() -> None:
        # what was found of the same series is remembered
        influences._cleaned.cache_clear()
        influences._at_lags.cache_clear()
        influences.measure(days, others, edges=5)

    rows: list[tuple[str, Callable[[], object], float | None]] = [
        *(
            (f"Shapley, quotient of {count} drivers", partial(explain, tree(quotient(count))), bar)
            for count, bar in ((4, None), (8, None), (10, None), (12, 15.0), (20, None))
        ),
        ("Shapley, 60 multilinear drivers", partial(explain, tree(triples(60))), 5.0),
        ("Shapley, product of 60 drivers", partial(explain, tree(" * ".join(names(60)))), 5.0),
        ("Owen, a * b - c on 4 levels", partial(explain, tree("a * b - c", depth=4)), None),
        ("Owen, a / (b + c) on 4 levels", partial(explain, tree("a / (b + c)", depth=4)), None),
        (
            "2,400 cells, all slices of 3 of 4 dimensions",
            partial(top_slices_of_ratio, "abcd", cells(), are_counts=True),
            None,
        ),
        ("flags of 365 days", partial(flags, amounts(days)), 365 * 0.015),
        ("pace, 400 paths of 20 days", pace, None),
        ("influence over 365 days, 15 lags", influence, None),
    ]
    for label, work, bar in rows:
        limit = "" if bar is None else f"  (bar {bar:g})"
        print(f"{label:48}{milliseconds(work):9.2f} ms{limit}")


if __name__ == "__main__":
    main()
