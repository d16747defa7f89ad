"""Numbers and days as a person types them into a form."""

import re
from datetime import date
from typing import Literal

from metric_tui.base.errors import QuestionError
from metric_tui.base.periods import Calendar
from metric_tui.planning.ranges import parse_range

NUMBERS = "such as `800`, `1.2k`, `3.5M` or `35%`"
DAYS = "such as `2026-12-31`, `2026-12`, `2026-Q4` or `2026`"

End = Literal["first", "last"]

_NUMBER = re.compile(r"([-+]?)(\d[\d,_ ]*(?:\.\d+)?|\.\d+)\s*([kKmMbB%]?)")
_SUFFIXES = {"": 1.0, "k": 1e3, "m": 1e6, "b": 1e9, "%": 0.01}


def parse_number(text: str) -> float:
    """Read a number; `35%` is 0.35, `1.2k` is 1200, commas between digits say nothing.

    Raises:
        QuestionError: it is none.
    """
    match = _NUMBER.fullmatch(text.strip().replace("−", "-"))
    if match is None:
        raise QuestionError(f"`{text.strip()}` is no number", hint=NUMBERS)
    digits = re.sub(r"[,_ ]", "", match[2])
    # twelve digits are what a person types; more would show how floats are kept
    return float(f"{float(match[1] + digits) * _SUFFIXES[match[3].lower()]:.12g}")


def parse_day(text: str, *, today: date, calendar: Calendar, end: End) -> date:
    """Read a day, or the first or last one of a week, month, quarter or year.

    Args:
        text: `2026-12-31`, `2026-12`, `2026-Q4`, `2026`, `dec 2026`, `today`.
        today: the last day with data.
        calendar: the tree's zone and week start.
        end: which day of a longer stretch is meant.

    Raises:
        QuestionError: it is none.
    """
    try:
        found = parse_range(text, today=today, grain="total", calendar=calendar)
    except QuestionError as error:
        hint = None if "exist" in error.message else DAYS
        raise QuestionError(error.message.replace("a range", "a day"), hint=hint) from None
    day = found.start if end == "first" else found.end
    if day is None or ".." in text:
        raise QuestionError(f"`{text.strip()}` is not a day", hint=DAYS)
    return day
