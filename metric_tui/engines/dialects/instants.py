"""Any value as an instant: what `unixepoch(x)` and its like read, stated for SQLite and DuckDB.

A fragment may read any column or expression, so each value tells its form by itself. Both engines
must read the same values and give null for all others: text is let through only in the forms below.
"""

from __future__ import annotations

from collections.abc import Callable

SCALES = ((1e11, "* 1000"), (1e14, ""), (1e17, "/ 1000"), (1e20, "/ 1000000"))
"""Below which size a number counts seconds, milli-, micro-, nanoseconds; and how it becomes ms."""

DAYS = (19000101, 21001231)
MONTHS = (190001, 210012)
JULIAN_DAYS = (2415020.5, 2488070)
"""Numbers of these sizes are calendar days, months and Julian days of 1900 to 2100; as epoch seconds
they would all lie in the first nine months of 1970."""

ISO_PATTERN = (
    r"^\d{4}-(0[1-9]|1[0-2])-\d\d"
    r"([T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?( ?(Z|[+-](0\d|1[0-4])(:?[0-5]\d)?))?)?$"
)
NUMBER_PATTERN = r"^-?[0-9]+(\.[0-9]+)?$"


def of_number(
    number: str, *, day: Callable[[str], str], whole: Callable[[str], str], unix_day: float
) -> str:
    """Epoch milliseconds of a number.

    Args:
        number: its SQL, of a floating type.
        day: gives the SQL of `YYYY-MM-DD` text's epoch milliseconds, null where there is no such day.
        whole: cuts the fraction off.
        unix_day: the Julian day of 1970.
    """
    date = _date_text(whole(number))
    month = _date_text(whole(f"{number} * 100 + 1"))
    is_whole = f"{number} = {whole(number)}"
    branches = [
        f"WHEN {number} BETWEEN {DAYS[0]} AND {DAYS[1]} AND {is_whole} THEN {day(date)}",
        f"WHEN {number} BETWEEN {MONTHS[0]} AND {MONTHS[1]} AND {is_whole} THEN {day(month)}",
        f"WHEN {number} BETWEEN {JULIAN_DAYS[0]} AND {JULIAN_DAYS[1]}"
        f" THEN CAST(ROUND(({number} - {unix_day}) * 86400000) AS BIGINT)",
        *(
            f"WHEN ABS({number}) < {int(limit)} THEN {whole(f'{number} {scale}'.strip())}"
            for limit, scale in SCALES
        ),
    ]
    return f"CASE {' '.join(branches)} END"


def _date_text(whole: str) -> str:
    """`YYYY-MM-DD` of a whole number YYYYMMDD."""
    digits = f"CAST({whole} AS VARCHAR)"
    return f"(substr({digits}, 1, 4) || '-' || substr({digits}, 5, 2) || '-' || substr({digits}, 7, 2))"
