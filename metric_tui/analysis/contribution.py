"""What moved a metric: its change over a tree of drivers, exact on every level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from metric_tui.analysis.aumann import aumann_shapley_split
from metric_tui.analysis.closure import largest_gap, with_shares
from metric_tui.analysis.driver_games import (
    DEFINITION,
    UNEXPLAINED,
    Driver,
    DriverGame,
    Status,
    game_of,
)
from metric_tui.analysis.explanation import Contribution, Explanation
from metric_tui.analysis.games import (
    Game,
    Line,
    Split,
    Transfer,
    enumerated_split,
    multilinear_split,
)

__all__ = ["METHOD", "Contribution", "Driver", "Explanation", "Status", "explain"]

METHOD = "owen_shapley"
TOLERANCE = 1e-9
UNIT = Line(1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A node's split, in units of the focus and of the node."""

    status: Status
    carried: Split | None
    own: Split | None
    prepared: DriverGame | None


def explain(focus: Driver) -> Explanation:
    """Splits a metric's change over its drivers by hierarchical Shapley values.

    Each level splits what the level above got, inside its own group, so opening a level
    changes nothing above it.

    Args:
        focus: the tree of drivers with their values in two periods.

    Returns:
        Contributions of every place; none where the focus has no value in one of the periods
        or a denominator changes sign between them (see `status`).

    Source: Owen (1977), Values of games with a priori unions; Winter (1989), A value for
    cooperative games with levels structure of cooperation. With one level: the Shapley value.
    """
    part = part_of(focus, UNIT)
    change = None
    if focus.before is not None and focus.after is not None:
        change = focus.after - focus.before
    places = tuple(below(focus, part, (focus.name,), change))
    gap, scale = largest_gap(focus, part_extras(part), places)
    return Explanation(
        name=focus.name,
        before=focus.before,
        after=focus.after,
        method=METHOD,
        status=undefined_status(focus) or part.status,
        contributions=with_shares(focus, places),
        residual=_residual(focus, part) or 0.0,
        definition=amount(part.carried, DEFINITION) or 0.0,
        has_residual_warning=has_warning(part),
        adds_up=gap <= TOLERANCE * scale,
        largest_gap=gap,
    )


def undefined_status(driver: Driver) -> Status | None:
    """The status of a node without a value in one of the periods, also of a leaf."""
    if driver.before is None:
        return "base_undefined"
    return "current_undefined" if driver.after is None else None


def split_of(game: Game, transfer: Transfer) -> Split | None:
    """The exact split where it can be had, else Aumann-Shapley, else None."""
    if isinstance(transfer, Line) and game.formula.is_multilinear:
        return multilinear_split(game).scaled(transfer.slope)
    return enumerated_split(game, transfer) or aumann_shapley_split(game, transfer)


def part_of(driver: Driver, transfer: Transfer | None) -> Part:
    """A node's split over its drivers, alone and carried to the focus.

    Args:
        driver: the node.
        transfer: how its value reaches the focus; None where a node above has no split.
    """
    prepared = game_of(driver)
    if prepared is None or prepared.game is None:
        status: Status = prepared.status if prepared else undefined_status(driver) or "ok"
        return Part(status=status, carried=None, own=None, prepared=prepared)
    own = split_of(prepared.game, UNIT)
    carried = None
    if own is not None and isinstance(transfer, Line):
        carried = own.scaled(transfer.slope)
    elif transfer is not None:
        carried = split_of(prepared.game, transfer)
    if own is None or (transfer is not None and carried is None):
        status = "denominator_crosses_zero"
    elif own.is_aumann_shapley or (carried is not None and carried.is_aumann_shapley):
        status = "aumann_shapley"
    else:
        status = "ok"
    return Part(status=status, carried=carried, own=own, prepared=prepared)


def amount(split: Split | None, name: str) -> float | None:
    """A player's part; 0 for one that did not change, None without a split."""
    return None if split is None else split.amounts.get(name, 0.0) + 0.0


def part_extras(part: Part) -> float:
    """What of a node goes to no driver: its residual and its change of definition."""
    extras = (amount(part.carried, UNEXPLAINED), amount(part.carried, DEFINITION))
    return sum(extra or 0.0 for extra in extras)


def _residual(driver: Driver, part: Part) -> float | None:
    """A place's unexplained part; what happened to the rows of a leaf is no residual."""
    return amount(part.carried, UNEXPLAINED) if driver.drivers else 0.0


def has_warning(part: Part) -> bool:
    """Whether too much of a node is unexplained."""
    return part.prepared is not None and part.prepared.has_residual_warning


def below(
    driver: Driver, part: Part, path: tuple[str, ...], contribution: float | None
) -> Iterator[Contribution]:
    """The contributions of all places below a node, in order.

    Args:
        driver: the node.
        part: its split.
        path: names from the focus to the node.
        contribution: of the node; a node that is null in one period and so has 0 (E3)
            passes 0 on to everything below it.
    """
    is_empty = undefined_status(driver) is not None and contribution == 0.0
    for child in driver.drivers:
        onward = Line(0.0) if is_empty else transfer_to(part, child)
        child_part = part_of(child, onward)
        amount_here = 0.0 if is_empty else amount(part.carried, child.name)
        place = (*path, child.name)
        yield Contribution(
            path=place,
            before=child.before,
            after=child.after,
            contribution=amount_here,
            of_parent=amount(part.own, child.name),
            share=None,
            status=child_part.status,
            residual=_residual(child, child_part),
            definition=amount(child_part.carried, DEFINITION) if is_split(child) else 0.0,
            has_residual_warning=has_warning(child_part),
        )
        yield from below(child, child_part, place, amount_here)


def is_split(driver: Driver) -> bool:
    """Whether its own change is split: over drivers, or into definition and data."""
    return bool(driver.drivers or driver.redefined)


def transfer_to(part: Part, child: Driver) -> Transfer | None:
    """How a driver's value reaches the focus; None where there is no split or no need."""
    if part.carried is None or not is_split(child):
        return None
    if child.name not in part.carried.game.formula.names:
        return Line(0.0)
    return part.carried.transfer(child.name)
