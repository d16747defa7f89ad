"""Arithmetic over metric names: the `expr` of a derived metric and the text of `components`.

Null rules are SQL's: null propagates through arithmetic and ABS; `/` is float division and
null on zero; COALESCE gives the first value that is not null; NULLIF gives null where its two
arguments are equal; LEAST and GREATEST skip nulls (as Postgres and DuckDB do) and are null
only where all arguments are. A result too large for a float is null.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from metric_tui.base.formula_nodes import (
    Column,
    Columns,
    Gradient,
    Name,
    Negation,
    Node,
    NullIf,
    Product,
    Quotient,
    Sum,
)
from metric_tui.base.formula_parser import FUNCTIONS, FormulaError, Parser, tokens

__all__ = ["FUNCTIONS", "Formula", "FormulaError", "parse_formula"]


@dataclass(frozen=True, slots=True)
class Formula:
    """A parsed formula; two are equal if their texts are."""

    text: str

    names: tuple[str, ...] = field(compare=False)
    """Metric names in order of first appearance."""

    spans: Mapping[str, tuple[tuple[int, int], ...]] = field(compare=False)
    """Each name's (start, end) character offsets in the text."""

    root: Node = field(compare=False, repr=False)

    def evaluate(self, values: Mapping[str, float | None]) -> float | None:
        """The formula's value for one state.

        Raises:
            KeyError: a name of the formula is not in `values`.
        """
        return self.evaluate_series({name: [values[name]] for name in self.names}, length=1)[0]

    def evaluate_series(
        self, values: Mapping[str, Sequence[float | None]], *, length: int
    ) -> list[float | None]:
        """The formula's value for each of `length` states, quicker than one by one.

        Args:
            values: a sequence of `length` values for each name of the formula.
            length: number of states; a formula without names has no other source for it.

        Raises:
            KeyError: a name of the formula is not in `values`.
        """
        columns = {
            name: [math.nan if value is None else float(value) for value in values[name]]
            for name in self.names
        }
        return [
            value if math.isfinite(value) else None for value in self.root.column(columns, length)
        ]

    def column(self, columns: Columns, length: int) -> Column:
        """As `evaluate_series` on floats alone: NaN is null, in and out."""
        return self.root.column(columns, length)

    def gradient(self, columns: Columns, length: int) -> tuple[Column, Gradient]:
        """Values and partial derivatives, each a column with one entry per state."""
        value, gradient = self.root.gradient(columns, length)
        zeros = [0.0] * length
        return value, {name: gradient.get(name, zeros) for name in self.names}

    @property
    def is_multilinear(self) -> bool:
        """Whether it has only + - * and division by constants, each name of degree one.

        True also for a formula without names.
        """
        return multilinear_names(self.root) is not None

    def is_affine_in(self, name: str) -> bool:
        """Whether it is a straight line in one name, the other names held."""
        return self.root.degree(name) <= 1

    def scale(self, scales: Mapping[str, float]) -> float:
        """How the value grows when everything is done n times as often: as n to this power.

        Args:
            scales: the same of each name: 1 for an amount, 0 for a ratio.
        """
        return scale_of(self.root, scales)

    @property
    def denominators(self) -> tuple[Node, ...]:
        """What is divided by, where that depends on a metric."""
        return tuple(q.bottom for q in quotients(self.root) if names_in(q.bottom))


def parse_formula(text: str) -> Formula:
    """Reads a formula.

    The grammar is `+ - * / ( )`, unary minus, numbers, names `[A-Za-z_][A-Za-z0-9_]*` and the
    functions COALESCE, NULLIF, ABS, LEAST, GREATEST in any case. A function's name without
    a parenthesis after it is a metric's name.

    Raises:
        FormulaError: the text is not a formula, is over 2,000 characters, or is nested over
            50 levels deep.
    """
    parser = Parser(tokens(text))
    root = parser.formula()
    spans = {name: tuple(places) for name, places in parser.spans.items()}
    return Formula(text=text, names=tuple(spans), spans=spans, root=root)


def walk(node: Node) -> Iterator[Node]:
    """A part and all parts below it."""
    yield node
    for part in node.parts:
        yield from walk(part)


def quotients(node: Node) -> tuple[Quotient, ...]:
    """All divisions in a part."""
    return tuple(part for part in walk(node) if isinstance(part, Quotient))


def names_in(node: Node) -> frozenset[str]:
    """The metric names a part depends on."""
    return frozenset(name for part in walk(node) if (name := getattr(part, "name", None)))


def multilinear_names(node: Node) -> frozenset[str] | None:
    """The names a part depends on if it is multilinear in all of them, else None."""
    if isinstance(node, Name):
        return frozenset((node.name,))
    below = [names for part in node.parts if (names := multilinear_names(part)) is not None]
    if len(below) < len(node.parts):
        return None
    names = frozenset().union(*below)
    if isinstance(node, Sum | Negation):
        return names
    if isinstance(node, Product):
        return names if len(names) == sum(map(len, below)) else None
    if isinstance(node, Quotient):
        return None if below[1] else names
    return None if names else names


def scale_of(node: Node, scales: Mapping[str, float]) -> float:
    """The power that a part grows by, from those of its names; numbers do not grow."""
    if isinstance(node, Name):
        return scales[node.name]
    below = [scale_of(part, scales) for part in node.parts]
    if isinstance(node, Quotient):
        return below[0] - below[1]
    if isinstance(node, NullIf):
        return below[0]
    # the largest of several terms outgrows the others
    return sum(below) if isinstance(node, Product) else max(below, default=0.0)
