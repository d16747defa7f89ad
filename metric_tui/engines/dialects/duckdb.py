"""DuckDB's words, 1.1 and later."""

from collections.abc import Sequence
from string import ascii_lowercase, ascii_uppercase
from typing import ClassVar

from metric_tui.definitions.fragments import Binary, Call, Json, Literal, Node, Unary
from metric_tui.engines.dialects.base import UNIX_DAY, Dialect, Resolve
from metric_tui.engines.dialects.epochs import whens_of_epochs
from metric_tui.engines.dialects.instants import ISO_PATTERN, NUMBER_PATTERN, of_number
from metric_tui.engines.instants import RFC_LAYOUT
from metric_tui.engines.time_forms import DAY_NUMBERS

_FORMATS = {
    "year": "%Y", "month": "%m", "day": "%d", "hour": "%H", "minute": "%M", "weekday": "%w",
}  # fmt: skip

_TYPES = {"INTEGER": "BIGINT", "REAL": "DOUBLE", "TEXT": "VARCHAR"}

_NUMERIC = ("+", "-", "*", "/", "%")
_OF_TEXT = ("INSTR", "LENGTH", "REPLACE", "SUBSTR", "TRIM")
_ORDERED = ("=", "!=", "<", "<=", ">", ">=")


class JsonText(str):
    """SQL of a value taken out of JSON: text here, where SQLite keeps the value's own type."""

    __slots__ = ("typed",)

    typed: str
    """SQL of the same value as JSON, which keeps its type and is null for JSON's null."""


class DuckdbDialect(Dialect):
    """Fragments mean what SQLite means by them."""

    name: ClassVar[str] = "duckdb"

    def _binary(self, node: Binary, resolve: Resolve) -> str:
        left, right = self.rendered((node.left, node.right), resolve)
        if node.operator in _NUMERIC:
            left, right = self._number_of_json(left), self._number_of_json(right)
        elif node.operator in _ORDERED and not (_is_text(node.left) or _is_text(node.right)):
            return self._comparison(node.operator, left, right)
        return self.operation(node.operator, left, right)

    def _comparison(self, operator: str, left: str, right: str) -> str:
        """Two values; one out of JSON may meet a column whose type only the store knows."""
        if not isinstance(left, JsonText) and not isinstance(right, JsonText):
            return self.operation(operator, left, right)
        texts = " AND ".join(
            f"TRY_CAST({side} AS DOUBLE) IS NULL"
            if isinstance(side, JsonText)
            else f"typeof({side}) = 'VARCHAR'"
            for side in (left, right)
        )
        as_text = self.operation(operator, f"CAST({left} AS VARCHAR)", f"CAST({right} AS VARCHAR)")
        as_number = self.operation(operator, self.as_number(left), self.as_number(right))
        return f"CASE WHEN {texts} THEN {as_text} ELSE {as_number} END"

    def _unary(self, node: Unary, resolve: Resolve) -> str:
        return f"({node.operator} {self._number_of_json(self.render(node.operand, resolve))})"

    def _call(self, node: Call, resolve: Resolve) -> str:
        if node.name in _OF_TEXT:
            # their numbers are positions, and numbers given as text are read as text
            first, *rest = super().rendered(node.arguments, resolve)
            return self.call(node.name, [f"CAST({first} AS VARCHAR)", *rest])
        return super()._call(node, resolve)

    def rendered(self, nodes: Sequence[Node], resolve: Resolve) -> list[str]:
        texts = super().rendered(nodes, resolve)
        if any(map(_is_number, nodes)):
            # beside a number a value out of JSON is one too
            return [self._number_of_json(text) for text in texts]
        return texts

    def _number_of_json(self, text: str) -> str:
        return self.as_number(text) if isinstance(text, JsonText) else text

    def _json(self, node: Json, resolve: Resolve) -> str:
        text = super()._json(node, resolve)
        if node.as_json:
            return text
        operand, where = self.render(node.operand, resolve), self.json_path(node.path)
        found = JsonText(text)
        found.typed = (
            f"CASE WHEN json_type({operand}, {where}) <> 'NULL'"
            f" THEN json_extract({operand}, {where}) END"
        )
        return found

    def equals_bytes(self, operand: str, raw: bytes) -> str:
        # types are compared only with their like, so the bytes are compared as DuckDB writes them
        written = "".join(f"\\x{byte:02X}" for byte in raw)
        return f"(CAST({operand} AS VARCHAR) = CAST('{written}'::BLOB AS VARCHAR))"

    def group_key(self, operand: str) -> str:
        return operand.typed if isinstance(operand, JsonText) else operand

    def operation(self, operator: str, left: str, right: str) -> str:
        if operator == "/":
            # SQLite divides whole numbers whole and gives null for a zero divisor
            quotient = f"{left} / NULLIF({right}, 0)"
            whole = f"typeof({left}) LIKE '%INT%' AND typeof({right}) LIKE '%INT%'"
            return f"(CASE WHEN {whole} THEN TRUNC({quotient}) ELSE {quotient} END)"
        if operator == "%":
            return f"({left} % NULLIF({right}, 0))"
        if operator == "||":
            return f"(CAST({left} AS VARCHAR) || CAST({right} AS VARCHAR))"
        return super().operation(operator, left, right)

    def like(self, operand: str, pattern: str) -> str:
        # ILIKE would fold the letters of every alphabet
        return f"{_lower(operand)} LIKE {_lower(pattern)}"

    def call(self, name: str, arguments: list[str]) -> str:
        if name in ("ABS", "ROUND"):
            return super().call(name, [self._number_of_json(argument) for argument in arguments])
        if name == "UPPER":
            return _upper(arguments[0])
        if name == "LOWER":
            return _lower(arguments[0])
        if name in ("MIN", "MAX"):
            # SQLite's scalar MIN and MAX are null when any argument is; LEAST skips nulls
            function = {"MIN": "LEAST", "MAX": "GREATEST"}[name]
            missing = " OR ".join(f"{argument} IS NULL" for argument in arguments)
            return f"CASE WHEN {missing} THEN NULL ELSE {function}({', '.join(arguments)}) END"
        return super().call(name, arguments)

    def cast(self, operand: str, to: str) -> str:
        if to == "INTEGER":
            # SQLite cuts the fraction off where DuckDB rounds
            return f"CAST(TRUNC(TRY_CAST({operand} AS DOUBLE)) AS BIGINT)"
        return f"TRY_CAST({operand} AS {_TYPES[to]})"

    def json(self, operand: str, path: tuple[str | int, ...], *, as_json: bool) -> str:
        where = self.json_path(path)
        if as_json:
            return f"CAST(json_extract({operand}, {where}) AS VARCHAR)"
        text = f"json_extract_string({operand}, {where})"
        kind = f"json_type({operand}, {where})"
        return (
            f"CASE WHEN {kind} = 'BOOLEAN' THEN CASE WHEN {text} = 'true' THEN '1' ELSE '0' END"
            f" ELSE {text} END"
        )

    def whole(self, operand: str) -> str:
        return f"CAST(TRUNC({operand}) AS BIGINT)"

    def quotient(self, operand: str, divisor: int) -> str:
        return f"{self.whole(operand)} // {divisor}"

    def as_number(self, operand: str) -> str:
        return f"TRY_CAST({operand} AS DOUBLE)"

    def part(self, part: str, operand: str) -> str:
        if part == "date":
            return f"strftime(TRY_CAST({operand} AS TIMESTAMP), '%Y-%m-%d')"
        return f"strftime(TRY_CAST({operand} AS TIMESTAMP), {self.literal(_FORMATS[part])})"

    def epoch_of_text(self, operand: str) -> str:
        return _milliseconds(f"epoch_us(TRY_CAST(replace({operand}, 'Z', '') AS TIMESTAMP))")

    def epoch_of_offset_text(self, operand: str) -> str:
        # text without an offset is UTC, which a cast to TIMESTAMP keeps; with one it is moved
        joined = f"regexp_replace({operand}, ' ([+-])', '\\1')"
        return (
            f"CASE WHEN regexp_matches({operand}, ':[0-9.]+ ?[+-][0-9]{{2}}(:?[0-9]{{2}})?$')"
            f" THEN {_milliseconds(f'epoch_us(TRY_CAST({joined} AS TIMESTAMPTZ))')}"
            f" ELSE {self.epoch_of_text(operand)} END"
        )

    def epoch_of_mixed(self, operand: str) -> str:
        number, text = f"TRY_CAST({operand} AS DOUBLE)", f"CAST({operand} AS VARCHAR)"
        is_time = f"regexp_matches({text}, '^[12][0-9]{{3}}-[01][0-9]-[0-3][0-9]')"
        day, whole = (
            self.epoch_of_text(self.day_of_digits(number)),
            f"TRY_CAST({operand} AS BIGINT)",
        )
        return (
            f"CASE WHEN {is_time} THEN {self.epoch_of_offset_text(text)}"
            f" WHEN {number} BETWEEN {DAY_NUMBERS[0]} AND {DAY_NUMBERS[1]} THEN {day}"
            f" {whens_of_epochs(self, number, whole)} END"
        )

    def epoch_of_layout(self, operand: str, layout: str) -> str:
        text = f"trim(CAST({operand} AS VARCHAR))"
        layouts = [layout]
        if layout == RFC_LAYOUT:
            text = f"regexp_replace({text}, '^[A-Z][a-z]{{2}}, +', '')"
            text = f"regexp_replace({text}, ' (GMT|UTC|UT|Z)$', ' +0000')"
            layouts = ["%d %b %Y %H:%M:%S %z", "%d %b %Y %H:%M %z"]
        listed = ", ".join(map(self.literal, layouts))
        moment = f"CAST(try_strptime({text}, [{listed}]) AS TIMESTAMP)"
        return _milliseconds(f"epoch_us({moment})")

    def number_of_text(self, operand: str, *, is_whole: bool) -> str:
        return f"TRY_CAST({operand} AS {'BIGINT' if is_whole else 'DOUBLE'})"

    def epoch_of_native(self, operand: str) -> str:
        # epoch_ms rounds, and so does a cast from nanoseconds to microseconds
        return (
            f"CASE WHEN typeof({operand}) = 'TIMESTAMP_NS'"
            f" THEN epoch_ns({operand}) // 1000000"
            f" ELSE {_milliseconds(f'epoch_us(CAST({operand} AS TIMESTAMP))')} END"
        )

    def instant(self, operand: str) -> str:
        text = f"CAST({operand} AS VARCHAR)"
        number = f"TRY_CAST({text} AS DOUBLE)"

        def day(date: str) -> str:
            return _milliseconds(f"epoch_us(TRY_CAST({date} AS TIMESTAMP))")

        def whole(operand: str) -> str:
            return f"TRY_CAST(TRUNC({operand}) AS BIGINT)"

        of_number_sql = of_number(number, day=day, whole=whole, unix_day=UNIX_DAY)
        is_number = f"typeof({operand}) <> 'VARCHAR' OR regexp_matches({text}, '{NUMBER_PATTERN}')"
        return (
            f"CASE WHEN regexp_matches({text}, '{ISO_PATTERN}')"
            f" THEN {self.epoch_of_offset_text(text)}"
            f" WHEN {is_number} THEN {of_number_sql} END"
        )

    def whole_seconds(self, milliseconds: str) -> str:
        return f"CAST(FLOOR({milliseconds} / 1000) AS BIGINT)"

    def day_number(self, operand: str) -> str:
        return f"datediff('day', DATE '1970-01-01', CAST({operand} AS DATE))"


def _is_number(node: Node) -> bool:
    return isinstance(node, Literal) and isinstance(node.value, (int, float))


def _is_text(node: Node) -> bool:
    return isinstance(node, Literal) and isinstance(node.value, str)


def _lower(operand: str) -> str:
    # SQLite leaves the letters of other alphabets as they are
    return f"translate(CAST({operand} AS VARCHAR), '{ascii_uppercase}', '{ascii_lowercase}')"


def _upper(operand: str) -> str:
    return f"translate(CAST({operand} AS VARCHAR), '{ascii_lowercase}', '{ascii_uppercase}')"


def _milliseconds(microseconds: str) -> str:
    """Whole milliseconds at or before a number of microseconds."""
    return f"CAST(FLOOR({microseconds} / 1000) AS BIGINT)"
