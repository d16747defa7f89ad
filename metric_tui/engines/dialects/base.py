"""How one engine writes what the planner means; every engine overrides what it says differently.

Fragments arrive as syntax trees and leave as SQL text of this engine: names are quoted, text is
quoted, nothing is pasted.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar

from metric_tui.base.series import Cell
from metric_tui.definitions.fragments import (
    Between,
    Binary,
    Call,
    Case,
    Cast,
    Column,
    In,
    Instant,
    Is,
    IsNull,
    Json,
    Like,
    Literal,
    Node,
    Part,
    Unary,
)

UNIX_DAY = 2440587.5
"""The Julian day of 1970-01-01T00:00Z."""

Resolve = Callable[[Column], str]
"""Gives the SQL of a column named in a fragment."""


class Dialect(ABC):
    """Standard SQL, as far as there is one; the base of every engine's dialect."""

    name: ClassVar[str]

    def quote(self, identifier: str) -> str:
        """A name as an identifier."""
        return '"' + identifier.replace('"', '""') + '"'

    def literal(self, value: Cell) -> str:
        """A value as SQL text."""
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return "1" if value else "0"
        if isinstance(value, str):
            return "'" + value.replace("'", "''") + "'"
        return repr(value)

    def materialized(self, statement: str) -> str:
        """A SELECT as a table whose rows are made before anything is asked of them.

        Without that an engine may push conditions into a join inside it, and turn the join into
        nested loops.
        """
        # the name is one that no table has: within the SELECT it would hide the table
        name = self.quote("rows of sql")
        return f"(WITH {name} AS MATERIALIZED (\n{statement}\n) SELECT * FROM {name})"

    def render(self, node: Node, resolve: Resolve) -> str:
        """A fragment as SQL, in parentheses wherever it could be misread."""
        method = getattr(self, f"_{type(node).__name__.lower()}")
        text: str = method(node, resolve)
        return text

    def _literal(self, node: Literal, _: Resolve) -> str:
        return self.literal(node.value)

    def _column(self, node: Column, resolve: Resolve) -> str:
        return resolve(node)

    def _unary(self, node: Unary, resolve: Resolve) -> str:
        return f"({node.operator} {self.render(node.operand, resolve)})"

    def _binary(self, node: Binary, resolve: Resolve) -> str:
        left, right = self.render(node.left, resolve), self.render(node.right, resolve)
        return self.operation(node.operator, left, right)

    def operation(self, operator: str, left: str, right: str) -> str:
        """Two operands joined by an operator of the language."""
        return f"({left} {'<>' if operator == '!=' else operator} {right})"

    def _call(self, node: Call, resolve: Resolve) -> str:
        return self.call(node.name, self.rendered(node.arguments, resolve))

    def call(self, name: str, arguments: list[str]) -> str:
        """A white-listed function."""
        return f"{name}({', '.join(arguments)})"

    def _in(self, node: In, resolve: Resolve) -> str:
        return self.membership(node, self.rendered((node.operand, *node.choices), resolve))

    def membership(self, node: In, parts: Sequence[str]) -> str:
        """`x IN (a, b)` of the operand's and the choices' SQL."""
        word = "NOT IN" if node.negated else "IN"
        return f"({parts[0]} {word} ({', '.join(parts[1:])}))"

    def _between(self, node: Between, resolve: Resolve) -> str:
        word = "NOT BETWEEN" if node.negated else "BETWEEN"
        operand, low, high = self.rendered((node.operand, node.low, node.high), resolve)
        return f"({operand} {word} {low} AND {high})"

    def rendered(self, nodes: Sequence[Node], resolve: Resolve) -> list[str]:
        """Fragments that are compared with each other or stand for each other, as SQL."""
        return [self.render(node, resolve) for node in nodes]

    def _like(self, node: Like, resolve: Resolve) -> str:
        operand, pattern = self.render(node.operand, resolve), self.render(node.pattern, resolve)
        return f"({'NOT ' if node.negated else ''}{self.like(operand, pattern)})"

    def like(self, operand: str, pattern: str) -> str:
        """Matches ASCII letters without case, as SQLite's LIKE does."""
        return f"{operand} LIKE {pattern}"

    def _isnull(self, node: IsNull, resolve: Resolve) -> str:
        return f"({self.render(node.operand, resolve)} IS {'NOT ' if node.negated else ''}NULL)"

    def _is(self, node: Is, resolve: Resolve) -> str:
        left, right = self.render(node.left, resolve), self.render(node.right, resolve)
        return self.same(left, right) if not node.negated else f"(NOT {self.same(left, right)})"

    def same(self, left: str, right: str) -> str:
        """Equality in which null equals null."""
        return f"({left} IS NOT DISTINCT FROM {right})"

    def _case(self, node: Case, resolve: Resolve) -> str:
        conditions: list[Node] = [when for when, _ in node.branches]
        results: list[Node] = [then for _, then in node.branches]
        if node.operand is not None:
            operand, *whens = self.rendered((node.operand, *conditions), resolve)
            head = f"CASE {operand}"
        else:
            whens, head = [self.render(when, resolve) for when in conditions], "CASE"
        thens = self.rendered((*results, node.otherwise or Literal(None)), resolve)
        branches = " ".join(
            f"WHEN {when} THEN {then}" for when, then in zip(whens, thens, strict=False)
        )
        otherwise = f" ELSE {thens[-1]}" if node.otherwise is not None else ""
        return f"{head} {branches}{otherwise} END"

    def _cast(self, node: Cast, resolve: Resolve) -> str:
        return self.cast(self.render(node.operand, resolve), node.to)

    def cast(self, operand: str, to: str) -> str:
        """A value as INTEGER, REAL or TEXT."""
        return f"CAST({operand} AS {to})"

    def _json(self, node: Json, resolve: Resolve) -> str:
        return self.json(self.render(node.operand, resolve), node.path, as_json=node.as_json)

    @abstractmethod
    def json(self, operand: str, path: tuple[str | int, ...], *, as_json: bool) -> str:
        """A value inside JSON text; true and false read as 1 and 0."""

    def _part(self, node: Part, resolve: Resolve) -> str:
        return self.part(node.part, self.render(node.operand, resolve))

    @abstractmethod
    def part(self, part: str, operand: str) -> str:
        """A part of a time as text with leading zeros, as SQLite's strftime gives it."""

    def _instant(self, node: Instant, resolve: Resolve) -> str:
        milliseconds = self.instant(self.render(node.operand, resolve))
        if node.unit == "days":
            return f"({milliseconds} / 86400000.0 + {UNIX_DAY})"
        return self.whole_seconds(milliseconds)

    @abstractmethod
    def instant(self, operand: str) -> str:
        """Epoch milliseconds of any value that is a time; null for all others, and never an error.

        ISO text of any form, with or without an offset (without one it is UTC); a number, or text
        of one, by its size: a day such as 20260131, a month such as 202601, a Julian day, epoch
        seconds below 1e11, milliseconds below 1e14, microseconds below 1e17, else nanoseconds.
        """

    @abstractmethod
    def whole_seconds(self, milliseconds: str) -> str:
        """Whole seconds at or before a number of milliseconds, which may be negative."""

    def json_path(self, path: tuple[str | int, ...]) -> str:
        """A JSON path literal: `'$."key"[0]'`."""
        steps = (
            f"[{step}]" if isinstance(step, int) else '."' + step.replace('"', '\\"') + '"'
            for step in path
        )
        return self.literal("$" + "".join(steps))

    def floor(self, operand: str) -> str:
        """The whole number at or below a number that is not negative."""
        return f"FLOOR({operand})"

    @abstractmethod
    def whole(self, operand: str) -> str:
        """A number that is not negative without its fraction, as a 64 bit integer."""

    @abstractmethod
    def quotient(self, operand: str, divisor: int) -> str:
        """How often a whole divisor goes into a number that is not negative."""

    def truth(self, condition: str) -> str:
        """1 where the condition is true, else 0; null counts as false."""
        return f"CASE WHEN {condition} THEN 1 ELSE 0 END"

    def equals_bytes(self, operand: str, raw: bytes) -> str:
        """A condition that is true of a BLOB of these bytes, and of nothing else."""
        return f"({operand} = x'{raw.hex()}')"

    def group_key(self, operand: str) -> str:
        """A dimension as it is grouped by, so that its values come back with their own types."""
        return operand

    def as_number(self, operand: str) -> str:
        """A value that is aggregated as a number; JSON values come as text on some engines."""
        return operand

    def is_text(self, operand: str) -> str | None:
        """A condition that finds text where a number should be; None where types forbid it."""
        return None

    @abstractmethod
    def epoch_of_text(self, operand: str) -> str:
        """Epoch milliseconds of ISO text without an offset, which is UTC; what is finer is cut off."""

    @abstractmethod
    def epoch_of_offset_text(self, operand: str) -> str:
        """Epoch milliseconds of ISO text with or without an offset; what is finer is cut off."""

    @abstractmethod
    def epoch_of_layout(self, operand: str, layout: str) -> str:
        """Epoch milliseconds of text in a layout of `strptime`, or by RFC 2822; null if unreadable."""

    @abstractmethod
    def number_of_text(self, operand: str, *, is_whole: bool) -> str:
        """Digits as the number they are; null where they are none."""

    def day_of_digits(self, operand: str) -> str:
        """`2026-01-31` of the number 20260131."""
        text = self.cast(self.whole(operand), "TEXT")
        parts = (f"substr({text}, {start}, {count})" for start, count in ((1, 4), (5, 2), (7, 2)))
        joined = " || '-' || ".join(parts)
        return f"({joined})"

    def quarter_digits(self, operand: str) -> str:
        """`20261` of `2026-Q1` or `2026Q1`."""
        return f"(substr({operand}, 1, 4) || substr({operand}, length({operand}), 1))"

    def first_of_quarter(self, operand: str) -> str:
        """`2026-01-01` of `2026-Q1` or `2026Q1`."""
        number = self.cast(f"substr({operand}, length({operand}), 1)", "INTEGER")
        month = f"substr('01040710', {number} * 2 - 1, 2)"
        return f"(substr({operand}, 1, 4) || '-' || {month} || '-01')"

    @abstractmethod
    def epoch_of_mixed(self, operand: str) -> str:
        """Epoch milliseconds of a column that mixes numbers and texts; null where unreadable."""

    @abstractmethod
    def epoch_of_native(self, operand: str) -> str:
        """Epoch milliseconds of the engine's own timestamp type."""

    def timestamp_literal(self, text: str) -> str:
        """`YYYY-MM-DD HH:MM:SS` as the engine's own timestamp."""
        return f"TIMESTAMP {self.literal(text)}"

    @abstractmethod
    def day_number(self, operand: str) -> str:
        """Days since 1970-01-01 of `YYYY-MM-DD` text, a whole number."""
