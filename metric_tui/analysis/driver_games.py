"""From a node and its drivers' measured values to the game that splits its change."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from metric_tui.analysis.games import Game
from metric_tui.base.formula_nodes import (
    Column,
    Columns,
    Gradient,
    Name,
    Negation,
    Node,
    Number,
    Product,
    Sum,
    scaled,
    total,
)
from metric_tui.base.formulas import Formula

UNEXPLAINED = "(unexplained)"
"""The player for what the formula does not give; parentheses keep it apart from metrics."""

DEFINITION = "(definition)"
"""The player for a formula or unit that changed between the periods."""

RESIDUAL_TOLERANCE = 1e-9
RESIDUAL_WARNING = 0.005

Status = Literal[
    "ok", "base_undefined", "current_undefined", "denominator_crosses_zero", "aumann_shapley"
]
"""How a node's own change was split: E1 and E4; all but ok and aumann_shapley have no split."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """A node of the tree with its measured values; the root is the explained metric.

    The same metric may stand in several places; one of two drivers of the same parent that
    bear one name would be ambiguous and is refused.
    """

    name: str
    before: float | None
    after: float | None

    formula: Formula | None = None
    """Over the drivers' names; None where nothing below is to be split."""

    formula_before: Formula | None = None
    """The formula of the earlier period, where it was another one."""

    drivers: tuple[Driver, ...] = ()

    redefined: float = 0.0
    """What a change of its definition did beyond formulas and drivers, in its unit."""

    def __post_init__(self) -> None:
        named = [driver.name for driver in self.drivers]
        wanted = {
            name for f in (self.formula, self.formula_before) if f is not None for name in f.names
        }
        if self.drivers and self.formula is None:
            raise ValueError(f"`{self.name}` has drivers but no formula")
        if len(set(named)) < len(named):
            raise ValueError(f"`{self.name}` has a driver twice: {', '.join(sorted(named))}")
        if self.drivers and wanted - set(named):
            missing = ", ".join(sorted(wanted - set(named)))
            raise ValueError(f"`{self.name}` has no driver for {missing}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverGame:
    """What of a node can be split, and into which players."""

    status: Status
    game: Game | None
    """None unless the status is ok."""

    residuals: tuple[float, float] = (0.0, 0.0)
    """Measured minus computed in each period, in the node's unit; 0 within rounding."""

    has_residual_warning: bool = False


@dataclass(frozen=True, slots=True)
class Redefinition:
    """The earlier formula while the definition's player is 0, the later one at 1."""

    earlier: Node
    later: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        return (Name(DEFINITION), self.earlier, self.later)

    def column(self, columns: Columns, length: int) -> Column:
        earlier, later = (part.column(columns, length) for part in (self.earlier, self.later))
        return list(map(blend, columns[DEFINITION], earlier, later))

    def gradient(self, columns: Columns, length: int) -> tuple[Column, Gradient]:
        earlier, by_earlier = self.earlier.gradient(columns, length)
        later, by_later = self.later.gradient(columns, length)
        later_share = list(columns[DEFINITION])
        earlier_share = [1 - share for share in later_share]
        step = [b - a for a, b in zip(earlier, later, strict=True)]
        parts = [scaled(by_earlier, earlier_share), scaled(by_later, later_share)]
        return list(map(blend, later_share, earlier, later)), total([*parts, {DEFINITION: step}])

    def degree(self, name: str) -> float:
        if name == DEFINITION:
            return 1
        return max(self.earlier.degree(name), self.later.degree(name))


def redefined(earlier: Formula, later: Formula) -> Node:
    """One formula that is the earlier at 0 and the later at 1 of the definition's player."""
    if not (earlier.is_multilinear and later.is_multilinear):
        return Redefinition(earlier.root, later.root)
    share = Name(DEFINITION)
    rest = Sum((Number(1.0), Negation(share)))
    return Sum((Product((rest, earlier.root)), Product((share, later.root))))


def blend(share: float, earlier: float, later: float) -> float:
    """A mean of two values; a null one does not matter while its share is 0."""
    if share in (0.0, 1.0):
        return later if share else earlier
    return (1 - share) * earlier + share * later


def game_of(driver: Driver) -> DriverGame | None:
    """The game of a node's change; None for a leaf.

    A driver that is null in one period, where that makes the formula null although the node
    is measured, takes its other period's value (its weight is 0 there) and so gets 0.
    """
    if driver.formula is None or not driver.drivers:
        return _leaf_game(driver) if driver.redefined else None
    if driver.before is None or driver.after is None:
        undefined: Status = "base_undefined" if driver.before is None else "current_undefined"
        return DriverGame(status=undefined, game=None)
    earlier = driver.formula_before or driver.formula
    before, after = filled(driver, earlier)
    computed = (value_at(earlier, before), value_at(driver.formula, after))
    if not all(map(math.isfinite, computed)):
        undefined = "current_undefined" if math.isfinite(computed[0]) else "base_undefined"
        return DriverGame(status=undefined, game=None)
    if crosses_zero(earlier, before, after) or crosses_zero(driver.formula, before, after):
        return DriverGame(status="denominator_crosses_zero", game=None)
    residuals = residuals_of((driver.before, driver.after), computed)
    root = driver.formula.root
    if earlier != driver.formula:
        root = redefined(earlier, driver.formula)
        before, after = {**before, DEFINITION: 0.0}, {**after, DEFINITION: 1.0}
    if driver.redefined:
        root = Sum((root, step_of(driver)))
        before, after = {**before, DEFINITION: 0.0}, {**after, DEFINITION: 1.0}
    if any(residuals) or driver.redefined:
        root = Sum((root, Name(UNEXPLAINED)))
        before = {**before, UNEXPLAINED: residuals[0]}
        after = {**after, UNEXPLAINED: residuals[1] - driver.redefined}
    # drivers of neither formula stay out: a name the formula lacks has no column to vary
    names = tuple(name for name in before if name in used_names(driver, earlier))
    formula = Formula(text=f"{driver.name}: game", names=names, spans={}, root=root)
    return DriverGame(
        status="ok",
        game=Game(formula=formula, before=before, after=after),
        residuals=residuals,
        has_residual_warning=is_large(_unclosed(driver, residuals), (driver.before, driver.after)),
    )


def _leaf_game(driver: Driver) -> DriverGame:
    """Of a leaf whose definition changed: what that did, and what happened to its rows."""
    if driver.before is None or driver.after is None:
        undefined: Status = "base_undefined" if driver.before is None else "current_undefined"
        return DriverGame(status=undefined, game=None)
    formula = Formula(
        text=f"{driver.name}: game",
        names=(DEFINITION, UNEXPLAINED),
        spans={},
        root=Sum((step_of(driver), Name(UNEXPLAINED))),
    )
    before = {DEFINITION: 0.0, UNEXPLAINED: driver.before}
    after = {DEFINITION: 1.0, UNEXPLAINED: driver.after - driver.redefined}
    return DriverGame(status="ok", game=Game(formula=formula, before=before, after=after))


def step_of(driver: Driver) -> Node:
    """What the definition's player adds to a node beyond its formula."""
    return Product((Name(DEFINITION), Number(driver.redefined)))


def _unclosed(driver: Driver, residuals: tuple[float, float]) -> tuple[float, float]:
    """What counts as unexplained: a later formula need not give what an earlier definition gave."""
    return (0.0 if driver.redefined else residuals[0], residuals[1])


def used_names(driver: Driver, earlier: Formula) -> set[str]:
    """The names of both formulas and of the two players that are no metrics."""
    later = driver.formula.names if driver.formula is not None else ()
    return {*earlier.names, *later, UNEXPLAINED, DEFINITION}


def filled(driver: Driver, earlier: Formula) -> tuple[dict[str, float], dict[str, float]]:
    """Each driver's values with nulls as NaN, or copied where they would hide the node."""
    before = {each.name: number(each.before) for each in driver.drivers}
    after = {each.name: number(each.after) for each in driver.drivers}
    later = driver.formula or earlier
    return copied(earlier, before, after), copied(later, after, before)


def number(value: float | None) -> float:
    """A float; NaN for null."""
    return math.nan if value is None else float(value)


def copied(
    formula: Formula, values: Mapping[str, float], other: Mapping[str, float]
) -> dict[str, float]:
    """Values with as few nulls as needed replaced from the other period.

    One that is null in both periods has no weight in either, so any value does; 1 is for a
    place in a denominator.
    """
    result = dict(values)
    if math.isfinite(value_at(formula, result)):
        return result
    nulls = [name for name in formula.names if math.isnan(values[name])]
    for neutral in (0.0, 1.0):
        result.update({n: neutral if math.isnan(other[n]) else other[n] for n in nulls})
        if math.isfinite(value_at(formula, result)):
            break
    for name in nulls:
        trial = {**result, name: math.nan}
        if math.isfinite(value_at(formula, trial)):
            result = trial
    return result


def value_at(formula: Formula, values: Mapping[str, float]) -> float:
    """The formula in one state; NaN is null."""
    return formula.column({name: [values[name]] for name in formula.names}, 1)[0]


def crosses_zero(formula: Formula, before: Mapping[str, float], after: Mapping[str, float]) -> bool:
    """Whether a denominator has one sign before and the other after (E4)."""
    columns = {name: [before[name], after[name]] for name in formula.names}
    pairs = [node.column(columns, 2) for node in formula.denominators]
    return any(earlier * later < 0 for earlier, later in pairs)


def residuals_of(
    measured: tuple[float, float], computed: tuple[float, float]
) -> tuple[float, float]:
    """Measured minus computed per period; both 0 where both are mere rounding."""
    gaps = (measured[0] - computed[0], measured[1] - computed[1])
    scale = max(map(abs, (*measured, *computed)))
    return (0.0, 0.0) if max(map(abs, gaps)) <= RESIDUAL_TOLERANCE * scale else gaps


def is_large(residuals: tuple[float, float], measured: tuple[float, float]) -> bool:
    """Whether more than 0.5 % of the node is unexplained in either period (E8)."""
    return any(
        abs(residual) > RESIDUAL_WARNING * abs(value)
        for residual, value in zip(residuals, measured, strict=True)
        if residual
    )
