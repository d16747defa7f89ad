"""Layouts of times in the words of `strptime`: which are understood, and what they say of a time."""

import re
from datetime import UTC, datetime

DIRECTIVES = "YymbBdjaAHIpMSfz%"
"""The letters that every engine understands alike."""

Coverage = str
"""How much of the calendar one time stands for: `day`, `month`, `quarter`, `year`."""

_DIRECTIVE = re.compile(r"%(.?)", re.DOTALL)
_SAMPLE = datetime(2026, 1, 31, 10, 20, 30, 400_000, tzinfo=UTC)


def layout_fault(layout: str) -> str | None:
    """Why a layout cannot be used, as the end of a sentence; None where it can."""
    letters = _DIRECTIVE.findall(layout)
    for letter in letters:
        if not letter or letter not in DIRECTIVES:
            return f"`%{letter}` is not one of {', '.join(f'`%{known}`' for known in DIRECTIVES)}"
    if not set(letters) & {"Y", "y"}:
        return "it says no year (`%Y`)"
    if set(letters) & set("HIMSf") and not set(letters) & {"d", "j"}:
        return "it says a clock and no day (`%d`)"
    if set(letters) & {"d"} and not set(letters) & set("mbB"):
        return "it says a day and no month (`%m`)"
    try:
        datetime.strptime(_SAMPLE.strftime(layout), layout)  # noqa: DTZ007
    except (ValueError, re.error) as error:
        return str(error)
    return None


def coverage_of(layout: str) -> Coverage | None:
    """What one time of a layout stands for; None where it says the clock, and so an instant."""
    letters = set(_DIRECTIVE.findall(layout))
    if letters & set("HIMSf"):
        return None
    if letters & set("dj"):
        return "day"
    return "month" if letters & set("mbB") else "year"
