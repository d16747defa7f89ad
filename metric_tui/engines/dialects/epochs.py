"""Numbers since 1970 that do not say their unit: their size tells it, or they are no times."""

from metric_tui.engines.dialects.base import Dialect
from metric_tui.engines.time_forms import EPOCH_UNITS, FIRST_SECOND, SECONDS_END


def whens_of_epochs(dialect: Dialect, number: str, whole: str) -> str:
    """Branches of a CASE that give milliseconds of a number from `FIRST_SECOND` on.

    Args:
        dialect: of the statement.
        number: SQL of it.
        whole: SQL of the same as a whole number, of which no digit is lost.
    """
    whens = []
    for unit in EPOCH_UNITS.values():
        low, end = FIRST_SECOND * unit, SECONDS_END * unit
        value = (
            dialect.whole(f"{number} * {1_000 // unit}")
            if unit <= 1_000
            else dialect.quotient(whole, unit // 1_000)
        )
        whens.append(f"WHEN {number} >= {low} AND {number} < {end} THEN {value}")
    return " ".join(whens)
