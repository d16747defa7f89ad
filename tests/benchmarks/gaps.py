"""How often quiet days are called gaps, and holes found: `uv run python -m tests.benchmarks.gaps`.

Simulated logs of independent events with a weekly rhythm. A line holds: the rate a day, day-checks
without a hole that were called a gap, and by length of a hole and what is left of its events in how
many logs it was found at all, and how many of its days.
"""

import argparse

from metric_tui.base.volume import gap_places
from tests.unit.test_volume import holed, quiet

RATES = (0.3, 1, 3, 5, 7, 10, 15, 30, 100)
LENGTHS = (1, 3, 7, 12, 21)
YEARS = 2


def false_alarms(rate: float, stores: int) -> tuple[int, int]:
    """Days called a gap, of how many."""
    days = 365 * YEARS
    found = sum(len(gap_places(tuple(quiet(seed, rate, days)))) for seed in range(stores))
    return found, stores * days


def power(rate: float, length: int, part: float, stores: int) -> tuple[float, float]:
    """The share of holes found, and of their days."""
    days = [
        sum(100 <= place < 100 + length for place in gap_places(tuple(log)))
        for log in (holed(seed, rate, length, part) for seed in range(stores))
    ]
    return sum(map(bool, days)) / stores, sum(days) / stores / length


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stores", type=int, default=40)
    stores = parser.parse_args().stores
    for rate in RATES:
        found, days = false_alarms(rate, stores)
        print(f"{rate:g} a day: {found} of {days:,} quiet days ({found / days:.5f})")
        for part in (0.0, 0.1):
            shares = (power(rate, length, part, stores) for length in LENGTHS)
            cells = (
                f"{length} d {any_day:.2f}/{each_day:.2f}"
                for length, (any_day, each_day) in zip(LENGTHS, shares, strict=True)
            )
            print(f"    {part:.0%} left: {', '.join(cells)}")


if __name__ == "__main__":
    main()
