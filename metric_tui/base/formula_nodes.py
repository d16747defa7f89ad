"""The parts of a parsed formula, evaluated over columns of numbers.

A column is a list of floats, one per state (a day, or a mix of two periods). NaN stands
for null inside columns: it propagates through `+ - * /` as SQL null does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import add, mul, neg, sub, truediv
from typing import Protocol

Column = list[float]
Columns = Mapping[str, Sequence[float]]
Gradient = dict[str, Column]


class Node(Protocol):
    """One part of a formula."""

    @property
    def parts(self) -> tuple[Node, ...]:
        """The parts directly below."""
        ...

    def column(self, columns: Columns, length: int) -> Column:
        """The value in each of `length` states; NaN is null."""
        ...

    def gradient(self, columns: Columns, length: int) -> tuple[Column, Gradient]:
        """The value in each state, and its derivative by each name it depends on."""
        ...

    def degree(self, name: str) -> float:
        """The polynomial degree in one name; infinity where it is not a polynomial."""
        ...


def scaled(gradient: Gradient, factor: Sequence[float]) -> Gradient:
    """Each derivative times a factor per state."""
    return {name: list(map(mul, column, factor)) for name, column in gradient.items()}


def total(gradients: Sequence[Gradient]) -> Gradient:
    """The sum of several gradients, name by name."""
    result: Gradient = {}
    for gradient in gradients:
        for name, column in gradient.items():
            before = result.get(name)
            result[name] = column if before is None else list(map(add, before, column))
    return result


def divided(top: Sequence[float], bottom: Sequence[float]) -> Column:
    """Top over bottom, NaN where the bottom is zero."""
    try:
        return list(map(truediv, top, bottom))
    except ZeroDivisionError:
        return [a / b if b else math.nan for a, b in zip(top, bottom, strict=True)]


@dataclass(frozen=True, slots=True)
class Number:
    """A literal."""

    value: float

    @property
    def parts(self) -> tuple[Node, ...]:
        return ()

    def column(self, columns: Columns, length: int) -> Column:
        return [self.value] * length

    def gradient(self, columns: Columns, length: int) -> tuple[Column, Gradient]:
        return [self.value] * length, {}

    def degree(self, name: str) -> float:
        return 0


@dataclass(frozen=True, slots=True)
class Name:
    """A metric, by name."""

    name: str

    @property
    def parts(self) -> tuple[Node, ...]:
        return ()

    def column(self, columns: Columns, length: int) -> Column:
        return list(columns[self.name])

    def gradient(self, columns: Columns, length: int) -> tuple[Column, Gradient]:
        return list(columns[self.name]), {self.name: [1.0] * length}

    def degree(self, name: str) -> float:
        return float(name == self.name)


@dataclass(frozen=True, slots=True)
class Negation:
    """Minus a part."""

    part: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.part,)

    def column(self, columns: Columns, length: int) -> Column:
        return list(map(neg, self.part.column(columns, length)))

    def gradient(self, columns: Columns, length: int) -> tuple[Column, Gradient]:
        value, gradient = self.part.gradient(columns, length)
        return list(map(neg, value)), {name: list(map(neg, c)) for name, c in gradient.items()}

    def degree(self, name: str) -> float:
        return self.part.degree(name)


@dataclass(frozen=True, slots=True)
class Sum:
    """Parts added, or taken away where they are a `Negation`; evaluated left to right."""

    parts: tuple[Node, ...]

    def column(self, columns: Columns, length: int) -> Column:
        value = self.parts[0].column(columns, length)
        for part in self.parts[1:]:
            if isinstance(part, Negation):
                value = list(map(sub, value, part.part.column(columns, length)))
            else:
                value = list(map(add, value, part.column(columns, length)))
        return value

    def gradient(self, columns: Columns, length: int) -> tuple[Column, Gradient]:
        pairs = [part.gradient(columns, length) for part in self.parts]
        value = pairs[0][0]
        for other, _ in pairs[1:]:
            value = list(map(add, value, other))
        return value, total([gradient for _, gradient in pairs])

    def degree(self, name: str) -> float:
        return max(part.degree(name) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Product:
    """Parts multiplied, left to right."""

    parts: tuple[Node, ...]

    def column(self, columns: Columns, length: int) -> Column:
        value = self.parts[0].column(columns, length)
        for part in self.parts[1:]:
            value = list(map(mul, value, part.column(columns, length)))
        return value

    def gradient(self, columns: Columns, length: int) -> tuple[Column, Gradient]:
        pairs = [part.gradient(columns, length) for part in self.parts]
        # products of the parts before and after each one, so that a zero needs no division
        before = [[1.0] * length]
        for value, _ in pairs:
            before.append(list(map(mul, before[-1], value)))
        after = [1.0] * length
        gradients: list[Gradient] = []
        for place in range(len(pairs) - 1, -1, -1):
            value, gradient = pairs[place]
            gradients.append(scaled(gradient, list(map(mul, before[place], after))))
            after = list(map(mul, after, value))
        return before[-1], total(gradients)

    def degree(self, name: str) -> float:
        return sum(part.degree(name) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Quotient:
    """Top over bottom; null where the bottom is zero."""

    top: Node
    bottom: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.top, self.bottom)

    def column(self, columns: Columns, length: int) -> Column:
        return divided(self.top.column(columns, length), self.bottom.column(columns, length))

    def gradient(self, columns: Columns, length: int) -> tuple[Column, Gradient]:
        top, top_gradient = self.top.gradient(columns, length)
        bottom, bottom_gradient = self.bottom.gradient(columns, length)
        value = divided(top, bottom)
        slope = divided([1.0] * length, bottom)
        by_bottom = [-v * s for v, s in zip(value, slope, strict=True)]
        return value, total([scaled(top_gradient, slope), scaled(bottom_gradient, by_bottom)])

    def degree(self, name: str) -> float:
        return math.inf if self.bottom.degree(name) else self.top.degree(name)


def first_value(values: Sequence[float]) -> int:
    """COALESCE: the place of the first value that is not null."""
    return next((i for i, value in enumerate(values) if value == value), 0)


def least(values: Sequence[float]) -> int:
    """LEAST: the place of the smallest value, nulls skipped as Postgres and DuckDB do."""
    return min(range(len(values)), key=lambda i: (values[i] != values[i], values[i]))


def greatest(values: Sequence[float]) -> int:
    """GREATEST: the place of the largest value, nulls skipped."""
    return min(range(len(values)), key=lambda i: (values[i] != values[i], -values[i]))


@dataclass(frozen=True, slots=True)
class Choice:
    """COALESCE, LEAST or GREATEST: in each state, one of the parts."""

    parts: tuple[Node, ...]
    choose: Callable[[Sequence[float]], int]

    def column(self, columns: Columns, length: int) -> Column:
        rows = zip(*(part.column(columns, length) for part in self.parts), strict=True)
        return [row[self.choose(row)] for row in rows]

    def gradient(self, columns: Columns, length: int) -> tuple[Column, Gradient]:
        pairs = [part.gradient(columns, length) for part in self.parts]
        rows = list(zip(*(value for value, _ in pairs), strict=True))
        chosen = [self.choose(row) for row in rows]
        gradients = [
            {
                name: [d if place == i else 0.0 for d, place in zip(column, chosen, strict=True)]
                for name, column in gradient.items()
            }
            for i, (_, gradient) in enumerate(pairs)
        ]
        return [row[i] for row, i in zip(rows, chosen, strict=True)], total(gradients)

    def degree(self, name: str) -> float:
        return math.inf if any(part.degree(name) for part in self.parts) else 0


@dataclass(frozen=True, slots=True)
class Absolute:
    """ABS."""

    part: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.part,)

    def column(self, columns: Columns, length: int) -> Column:
        return list(map(abs, self.part.column(columns, length)))

    def gradient(self, columns: Columns, length: int) -> tuple[Column, Gradient]:
        value, gradient = self.part.gradient(columns, length)
        return list(map(abs, value)), scaled(gradient, [math.copysign(1.0, v) for v in value])

    def degree(self, name: str) -> float:
        return math.inf if self.part.degree(name) else 0


@dataclass(frozen=True, slots=True)
class NullIf:
    """NULLIF: the part, null where it equals the other."""

    part: Node
    other: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.part, self.other)

    def column(self, columns: Columns, length: int) -> Column:
        pairs = zip(
            self.part.column(columns, length), self.other.column(columns, length), strict=True
        )
        return [math.nan if value == other else value for value, other in pairs]

    def gradient(self, columns: Columns, length: int) -> tuple[Column, Gradient]:
        return self.column(columns, length), self.part.gradient(columns, length)[1]

    def degree(self, name: str) -> float:
        return math.inf if any(part.degree(name) for part in self.parts) else 0
