"""The two years every sample covers, and the order in which their rows arrive."""

import math
from collections.abc import Iterator
from datetime import date, timedelta
from operator import itemgetter
from random import Random

from .draws import Carry
from .scenarios import Row

FIRST_DAY = date(2024, 7, 1)
LAST_DAY = date(2026, 6, 30)
DAYS = (LAST_DAY - FIRST_DAY).days + 1

DATES = [(FIRST_DAY + timedelta(days=day)).isoformat() for day in range(DAYS)]
"""Each day as `YYYY-MM-DD`, by its number from 0."""

CLOCK = [
    f"T{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z" for second in range(86_400)
]
"""The rest of a UTC timestamp, by second of the day."""

CLOSING_CLOCK = "T22:59:00Z"
"""Where the last day is cut: late in the evening, yet the same day in every European zone."""

LATE_SHARE = 0.007
LONGEST_DELAY = 3
"""Days by which a late row may come after its day."""

_HOURS = (3, 2, 1, 1, 1, 2, 4, 7, 9, 10, 10, 11, 12, 11, 10, 10, 11, 13, 16, 19, 20, 18, 12, 6)
_STARTS = [hour * 3600 for hour, weight in enumerate(_HOURS) for _ in range(weight)]


def number(day: date) -> int:
    """A date's number, counted from 0 on the first day."""
    return (day - FIRST_DAY).days


def weekday(day: int) -> int:
    """0 for Monday to 6 for Sunday."""
    # the first day is a Monday
    return day % 7


def season(day: int, *, peak: int, depth: float) -> float:
    """A yearly wave around 1 that is highest at day `peak` of the year."""
    day_of_year = (FIRST_DAY + timedelta(days=day)).timetuple().tm_yday
    return 1.0 + depth * math.cos(2.0 * math.pi * (day_of_year - peak) / 365.25)


def session_start(rng: Random) -> int:
    """A second of the day, likelier in the evening, early enough to end the same day."""
    return min(_STARTS[int(rng.random() * len(_STARTS))] + int(rng.random() * 3600), 84_000)


def in_arrival_order(days: Iterator[list[Row]], rng: Random) -> Iterator[list[Row]]:
    """Sort each day by time, and hand on a few rows one to three days late.

    Rows still on their way when the last day closes never arrive.
    """
    held: list[list[Row]] = [[] for _ in range(DAYS + LONGEST_DELAY)]
    late = Carry(rng)
    for day, rows in enumerate(days):
        rows.sort(key=itemgetter(0))
        if day == DAYS - 1:
            rows = [row for row in rows if str(row[0])[10:] < CLOSING_CLOCK]
        for _ in range(late.take(len(rows) * LATE_SHARE)):
            row = rows.pop(int(rng.random() * len(rows)))
            held[day + 1 + int(rng.random() * LONGEST_DELAY)].append(row)
        yield rows + held[day]
        held[day] = []
