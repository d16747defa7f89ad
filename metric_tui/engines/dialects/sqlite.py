"""SQLite's words, 3.31 and later."""

import sqlite3
from typing import ClassVar

from metric_tui.engines.dialects.base import UNIX_DAY, Dialect
from metric_tui.engines.dialects.epochs import whens_of_epochs
from metric_tui.engines.dialects.instants import of_number
from metric_tui.engines.time_forms import DAY_NUMBERS

_FORMATS = {
    "year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "weekday": "%w",
}  # fmt: skip


TIME_FUNCTION = "metric_tui_milliseconds"
"""What an engine adds to SQLite: UTC milliseconds of text in a layout."""


class SqliteDialect(Dialect):
    """The reference: fragments are written in its words."""

    name: ClassVar[str] = "sqlite"

    def materialized(self, statement: str) -> str:
        if sqlite3.sqlite_version_info < (3, 35):
            # conditions are not pushed into what has a limit
            return f"(SELECT * FROM (\n{statement}\n) LIMIT -1)"
        return super().materialized(statement)

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

    def whole(self, operand: str) -> str:
        return f"CAST({operand} AS INTEGER)"

    def quotient(self, operand: str, divisor: int) -> str:
        return f"CAST({operand} / {divisor} AS INTEGER)"

    def is_text(self, operand: str) -> str | None:
        return f"typeof({operand}) = 'text'"

    def epoch_of_text(self, operand: str) -> str:
        # julianday rounds to milliseconds: what is finer is cut off before it can round up
        return self._epoch_of_day(f"julianday(substr({operand}, 1, 23))")

    def epoch_of_offset_text(self, operand: str) -> str:
        # julianday reads +01:00, and not +0100 or +01
        colon = f"substr({operand}, 1, length({operand}) - 2) || ':' || substr({operand}, -2)"
        hours = f"{operand} || ':00'"
        ways = ", ".join(f"julianday({_cut(text)})" for text in (operand, f"({colon})"))
        return self._epoch_of_day(f"COALESCE({ways}, julianday({_cut(f'({hours})')}))")

    def _epoch_of_day(self, julian: str) -> str:
        return f"CAST(ROUND(({julian} - {UNIX_DAY}) * 86400000) AS INTEGER)"

    def epoch_of_mixed(self, operand: str) -> str:
        is_text, number = f"typeof({operand}) = 'text'", f"CAST({operand} AS NUMERIC)"
        is_time = f"{operand} GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]*'"
        day = self.epoch_of_text(self.day_of_digits(number))
        return (
            f"CASE WHEN {is_text} AND {is_time} THEN {self.epoch_of_offset_text(operand)}"
            f" WHEN {is_text} AND {operand} GLOB '*[^0-9.]*' THEN NULL"
            f" WHEN {number} BETWEEN {DAY_NUMBERS[0]} AND {DAY_NUMBERS[1]} THEN {day}"
            f" {whens_of_epochs(self, number, number)} END"
        )

    def epoch_of_layout(self, operand: str, layout: str) -> str:
        return f"{TIME_FUNCTION}({operand}, {self.literal(layout)})"

    def number_of_text(self, operand: str, *, is_whole: bool) -> str:
        return f"CAST({operand} AS NUMERIC)"

    def epoch_of_native(self, operand: str) -> str:
        # there is no timestamp type; what is called one is text
        return self.epoch_of_text(operand)

    def instant(self, operand: str) -> str:
        number = self._instant_of_number(f"({operand} * 1.0)")
        digits = (
            f"ltrim({operand}, '-') GLOB '[0-9]*' AND substr({operand}, 2) NOT GLOB '*[^0-9.]*'"
            f" AND {operand} NOT GLOB '*.*.*' AND {operand} NOT GLOB '*.'"
        )
        return (
            f"CASE typeof({operand}) WHEN 'text' THEN CASE WHEN {_is_iso(operand)}"
            f" THEN {self.epoch_of_offset_text(operand)}"
            f" WHEN {digits} THEN {self._instant_of_number(f'CAST({operand} AS REAL)')} END"
            f" WHEN 'integer' THEN {number} WHEN 'real' THEN {number} END"
        )

    def _instant_of_number(self, number: str) -> str:
        def day(text: str) -> str:
            return f"CASE WHEN date({text}, '+0 days') = {text} THEN {self.epoch_of_text(text)} END"

        return of_number(number, day=day, whole=self.whole, unix_day=UNIX_DAY)

    def whole_seconds(self, milliseconds: str) -> str:
        # a cast cuts towards 0, which from the year 0 on is down
        return f"(CAST({milliseconds} / 1000.0 + 62167219200 AS INTEGER) - 62167219200)"

    def day_number(self, operand: str) -> str:
        return f"CAST(julianday({operand}) - {UNIX_DAY} AS INTEGER)"


def _cut(text: str) -> str:
    """A time without the digits of its fraction that are finer than milliseconds."""
    finer = f"{text} GLOB '*.[0-9][0-9][0-9][0-9]*'"
    zone = f"ltrim(substr({text}, 24), '0123456789')"
    return f"CASE WHEN {finer} THEN substr({text}, 1, 23) || {zone} ELSE {text} END"


def _is_iso(text: str) -> str:
    """Whether a text is a time that other engines read too: a day that is there, a clock, a zone."""
    clock = f"substr({text}, 11)"
    return (
        f"date(substr({text}, 1, 10), '+0 days') = substr({text}, 1, 10)"
        f" AND ({clock} = '' OR (({clock} GLOB '[T ][01][0-9]:*' OR {clock} GLOB '[T ]2[0-3]:*')"
        f" AND substr({clock}, 7, 1) NOT GLOB '[0-9]'"
        f" AND {clock} NOT GLOB '*[^-0-9:.TZ +]*' AND {clock} NOT GLOB '*  *' AND {clock} NOT GLOB '* '))"
    )
