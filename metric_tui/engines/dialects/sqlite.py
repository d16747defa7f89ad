"""SQLite's words, 3.31 and later."""

from typing import ClassVar

from metric_tui.engines.dialects.base import Dialect

_FORMATS = {
    "year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "weekday": "%w",
}  # fmt: skip

_UNIX_DAY = 2440587.5
"""The Julian day of 1970-01-01T00:00Z."""


class SqliteDialect(Dialect):
    """The reference: fragments are written in its words."""

    name: ClassVar[str] = "sqlite"

    def same(self, left: str, right: str) -> str:
        return f"({left} IS {right})"

    def json(self, operand: str, path: tuple[str | int, ...], *, as_json: bool) -> str:
        # json_extract reads what `->>` reads and is there before 3.38
        where = self.json_path(path)
        value = f"json_extract({operand}, {where})"
        if not as_json:
            return value
        kind = f"json_type({operand}, {where})"
        return (
            f"CASE WHEN {kind} IS NULL THEN NULL"
            f" WHEN {kind} IN ('true', 'false') THEN {kind} ELSE json_quote({value}) END"
        )

    def part(self, part: str, operand: str) -> str:
        if part == "date":
            return f"date({operand})"
        return f"strftime({self.literal(_FORMATS[part])}, {operand})"

    def floor(self, operand: str) -> str:
        return f"CAST({operand} AS INTEGER)"

    def quotient(self, operand: str, divisor: int) -> str:
        return f"CAST({operand} / {divisor} AS INTEGER)"

    def is_text(self, operand: str) -> str | None:
        return f"typeof({operand}) = 'text'"

    def epoch_of_text(self, operand: str) -> str:
        return f"CAST(ROUND((julianday({operand}) - {_UNIX_DAY}) * 86400000) AS INTEGER)"

    def epoch_of_mixed(self, operand: str) -> str:
        # no calendar year is this large a number of seconds, and no recent event so few ms
        return (
            f"CASE WHEN typeof({operand}) = 'text' THEN {self.epoch_of_text(operand)}"
            f" WHEN ABS({operand}) < 100000000000 THEN {operand} * 1000 ELSE {operand} END"
        )

    def epoch_of_native(self, operand: str) -> str:
        # there is no timestamp type; what is called one is text
        return self.epoch_of_text(operand)

    def day_number(self, operand: str) -> str:
        return f"CAST(julianday({operand}) - {_UNIX_DAY} AS INTEGER)"
