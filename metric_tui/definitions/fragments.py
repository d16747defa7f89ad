"""SQL fragments of the tree file (`expr`, `filter`) as a small syntax tree.

Written in SQLite's words, parsed by `loading.fragments`, rendered for each engine by its dialect;
text from the file is never pasted into a statement.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal as Choice


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, text, true, false or null."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the source, a dimension's name, or `entity__dimension` of a joined source."""

    name: str
    start: int = 0
    """Offset of its first character in the fragment's text, for the place of a problem."""


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x`, `+x` or `NOT x`."""

    operator: Choice["-", "+", "NOT"]
    operand: "Node"


BinaryOperator = Choice["+", "-", "*", "/", "%", "||", "=", "!=", "<", "<=", ">", ">=", "AND", "OR"]


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands; `<>` and `==` are read as `!=` and `=`; `/` as SQLite divides, whole for whole."""

    operator: BinaryOperator
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """A white-listed function, its name in upper case; see FUNCTIONS."""

    name: str
    arguments: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class In:
    """`x [NOT] IN (a, b, ...)`."""

    operand: "Node"
    choices: tuple["Node", ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    """`x [NOT] BETWEEN low AND high`, both ends included."""

    operand: "Node"
    low: "Node"
    high: "Node"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Like:
    """`x [NOT] LIKE pattern`: `%` and `_`, ASCII letters without case as SQLite has it."""

    operand: "Node"
    pattern: "Node"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IsNull:
    """`x IS [NOT] NULL`."""

    operand: "Node"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Is:
    """`x IS [NOT] y`: equality in which null equals null."""

    left: "Node"
    right: "Node"
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """`CASE [operand] WHEN a THEN b ... [ELSE c] END`."""

    operand: "Node | None"
    branches: tuple[tuple["Node", "Node"], ...]
    otherwise: "Node | None"


CastType = Choice["INTEGER", "REAL", "TEXT"]


@dataclass(frozen=True, slots=True)
class Cast:
    """`CAST(x AS INTEGER | REAL | TEXT)`; other spellings of these types are read as one of them."""

    operand: "Node"
    to: CastType


@dataclass(frozen=True, slots=True)
class Json:
    """`x ->> path`, `json_extract(x, path)` or `x -> path`.

    `path` holds keys (text) and array positions (int). `as_text` is what `->` gives: JSON text;
    otherwise the value itself, true and false read as 1 and 0.
    """

    operand: "Node"
    path: tuple[str | int, ...]
    as_json: bool = False


DatePart = Choice["year", "month", "day", "hour", "minute", "weekday", "date"]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a time: `strftime('%Y', x)` and its like, or `date(x)`; weekday 0 is Sunday."""

    part: DatePart
    operand: "Node"


@dataclass(frozen=True, slots=True)
class Instant:
    """A time as a number, so that a difference of two is a duration.

    `seconds` are whole ones since 1970-01-01 UTC, as `strftime('%s', x)` gives them; `days` are
    Julian days with their fraction, as `julianday(x)` gives them. Null where there is no time, and
    where what is there cannot be read as one.
    """

    unit: Choice["seconds", "days"]
    operand: "Node"


Node = (
    Literal | Column | Unary | Binary | Call | In | Between | Like | IsNull | Is | Case | Cast
    | Json | Part | Instant
)  # fmt: skip

FUNCTIONS: dict[str, tuple[int, int | None]] = {
    "COALESCE": (1, None),
    "NULLIF": (2, 2),
    "ABS": (1, 1),
    "ROUND": (1, 2),
    "LENGTH": (1, 1),
    "LOWER": (1, 1),
    "UPPER": (1, 1),
    "TRIM": (1, 1),
    "SUBSTR": (2, 3),
    "INSTR": (2, 2),
    "REPLACE": (3, 3),
    "MIN": (2, None),
    "MAX": (2, None),
}
"""Allowed functions with their fewest and most arguments; MIN and MAX are the scalar ones."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """A parsed fragment together with the text it was read from."""

    text: str
    node: Node

    @property
    def columns(self) -> tuple[Column, ...]:
        """Every column named, in reading order."""
        return tuple(node for node in walk(self.node) if isinstance(node, Column))


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it, in reading order."""
    yield node
    for entry in fields(node):
        yield from _nodes_in(getattr(node, entry.name))


def _nodes_in(value: object) -> Iterator[Node]:
    if isinstance(value, tuple):
        for item in value:
            yield from _nodes_in(item)
    elif isinstance(value, Node):
        yield from walk(value)
