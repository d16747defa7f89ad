"""One node's change as a game between its drivers, and what of it reaches the focus.

A node's share of the focus is a function of the node's own value: its `Transfer`. Splitting
the transferred value over the node's drivers gives the Owen value, level after level.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import mul
from typing import Protocol

from metric_tui.analysis.quadrature import gauss_legendre
from metric_tui.analysis.shapley import coalition_weights, shapley_of_table, state_columns
from metric_tui.base.formula_nodes import Column, Name, Node, Sum
from metric_tui.base.formulas import Formula

PLAYER_LIMIT = 12
"""More changed drivers than this are not enumerated."""

STATE_BITS_LIMIT = 15
"""A split under a curved transfer looks at no more than 2 to this many states."""


@dataclass(frozen=True, kw_only=True)
class Game:
    """A formula between two periods.

    Every name of the formula has a finite value in both mappings, or NaN where the formula
    itself makes a value of null (COALESCE).
    """

    formula: Formula
    before: Mapping[str, float]
    after: Mapping[str, float]

    @cached_property
    def changed(self) -> tuple[str, ...]:
        """The names that differ: the players. The others get exactly 0."""
        return tuple(
            name for name in self.formula.names if not same(self.before[name], self.after[name])
        )

    def columns(self, varying: Mapping[str, Column], length: int) -> dict[str, Column]:
        """A column for each name: given ones as they are, the rest held at `before`."""
        return {
            name: varying[name] if name in varying else [self.before[name]] * length
            for name in self.formula.names
        }

    def line(self, points: Sequence[float]) -> dict[str, Column]:
        """Columns on the straight way from before (0) to after (1)."""
        return self.columns(
            {
                name: [(1 - t) * self.before[name] + t * self.after[name] for t in points]
                for name in self.changed
            },
            len(points),
        )

    def mixed(self, names: Sequence[str]) -> dict[str, Column]:
        """Columns of all mixes of the two periods over the given names, by mask."""
        return self.columns(state_columns(self.before, self.after, names), 1 << len(names))


def same(before: float, after: float) -> bool:
    """Whether two values are equal; null equals null."""
    return before == after or (math.isnan(before) and math.isnan(after))


class Transfer(Protocol):
    """How a node's value reaches the focus, averaged over the orders of all other drivers."""

    @property
    def bits(self) -> int:
        """The logarithm of the number of states behind one value; 0 for a line."""
        ...

    def apply(self, values: Column) -> Column:
        """The focus for each of the node's values, up to a constant."""
        ...

    def slope_at(self, values: Column) -> Column:
        """The focus's derivative at each of the node's values."""
        ...


@dataclass(frozen=True, slots=True)
class Line:
    """A transfer of constant slope, in units of the focus per unit of the node."""

    slope: float

    @property
    def bits(self) -> int:
        return 0

    def apply(self, values: Column) -> Column:
        return [self.slope * value for value in values]

    def slope_at(self, values: Column) -> Column:
        return [self.slope] * len(values)


@dataclass(frozen=True, slots=True)
class Averaged:
    """The transfer of a driver its parent's formula is curved in."""

    game: Game
    name: str
    parent: Transfer

    @property
    def others(self) -> tuple[str, ...]:
        """The drivers beside this one that change."""
        return tuple(name for name in self.game.changed if name != self.name)

    @property
    def bits(self) -> int:
        return self.parent.bits + len(self.others)

    def states(self, values: Column) -> dict[str, Column]:
        """Columns over every mix of the others (slow) and every value (fast)."""
        others = self.others
        repeated = {
            name: [value for value in column for _ in values]
            for name, column in state_columns(self.game.before, self.game.after, others).items()
        }
        repeated[self.name] = values * (1 << len(others))
        return self.game.columns(repeated, len(repeated[self.name]))

    def averaged(self, column: Column, length: int) -> Column:
        """The mean over the mixes, weighted by how often each precedes the driver."""
        weights = coalition_weights(len(self.others))
        return [sum(map(mul, weights, column[place::length])) for place in range(length)]

    def apply(self, values: Column) -> Column:
        columns = self.states(values)
        inner = self.game.formula.column(columns, len(columns[self.name]))
        return self.averaged(self.parent.apply(inner), len(values))

    def slope_at(self, values: Column) -> Column:
        columns = self.states(values)
        inner, gradient = self.game.formula.gradient(columns, len(columns[self.name]))
        slopes = list(map(mul, self.parent.slope_at(inner), gradient[self.name]))
        return self.averaged(slopes, len(values))


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A game's change over its drivers, in units of the focus."""

    amounts: Mapping[str, float]
    """One per changed driver; a driver that is not here has 0."""

    slopes: Mapping[str, float] | None
    """Units of focus per unit of driver, where all of them are lines on the way taken."""

    game: Game
    parent: Transfer
    is_aumann_shapley: bool = False

    def transfer(self, name: str) -> Transfer:
        """What carries a driver's own split on to the focus."""
        if self.slopes is not None:
            return Line(self.slopes[name])
        curved = Averaged(self.game, name, self.parent)
        if isinstance(self.parent, Line) and self.game.formula.is_affine_in(name):
            return Line(curved.slope_at([self.game.before[name]])[0])
        return curved

    def scaled(self, slope: float) -> Split:
        """The same split under a line of this slope, where it was under one of slope 1."""
        slopes = self.slopes
        return replace(
            self,
            amounts={name: slope * amount for name, amount in self.amounts.items()},
            slopes=None if slopes is None else {n: slope * each for n, each in slopes.items()},
            parent=Line(slope),
        )


def multilinear_split(game: Game) -> Split:
    """The exact Shapley value of a formula with + - * alone, for any number of drivers.

    Source: Owen (1972), Multilinear extensions of games, eq. 5: the value is the integral of
    the partial derivative along the diagonal. For a product of two: the change of one times
    the mean of the other.
    """
    # the slopes are polynomials of at most this degree along the way
    points, weights = gauss_legendre(total_degree(game.formula.root) // 2 + 1)
    _, gradient = game.formula.gradient(game.line(points), len(points))
    slopes = {name: sum(map(mul, weights, column)) for name, column in gradient.items()}
    amounts = {n: slopes[n] * (game.after[n] - game.before[n]) for n in game.changed}
    return Split(amounts=amounts, slopes=slopes, game=game, parent=Line(1.0))


def total_degree(node: Node) -> int:
    """No less than the degree of a multilinear part along a straight way."""
    if isinstance(node, Name):
        return 1
    below = [total_degree(part) for part in node.parts]
    return max(below) if isinstance(node, Sum) else sum(below)


def enumerated_split(game: Game, transfer: Transfer) -> Split | None:
    """The exact Shapley value over all mixes of two periods; None where one has no value."""
    count = len(game.changed)
    if count > PLAYER_LIMIT or (transfer.bits and count + transfer.bits > STATE_BITS_LIMIT):
        return None
    values = game.formula.column(game.mixed(game.changed), 1 << count)
    if not isinstance(transfer, Line) or transfer.slope != 1.0:
        values = transfer.apply(values)
    if not all(map(math.isfinite, values)):
        return None
    amounts = dict(zip(game.changed, shapley_of_table(values, count), strict=True))
    return Split(amounts=amounts, slopes=None, game=game, parent=transfer)
