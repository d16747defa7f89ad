"""Filters on dimensions, decided by a group's values as SQL decides them by a row's."""

from collections.abc import Callable, Sequence

from metric_tui.base.series import Cell, Group
from metric_tui.definitions.asks import Condition, Slice


class CannotTell(Exception):
    """SQL's answer depends on how the store declares a column."""


def target_of(sliced: Slice, names: Sequence[str]) -> Callable[[Group], Group | None]:
    """How groups of a lens become groups of a breakdown: None for those a filter drops.

    Args:
        sliced: the breakdown and the filters, all on dimensions of the lens.
        names: the lens's dimensions in order.
    """
    places = [names.index(name) for name in sliced.by]
    conditions = [(names.index(entry.dimension), entry) for entry in sliced.where]
    known: dict[Group, Group | None] = {}

    def target(group: Group) -> Group | None:
        if group not in known:
            passes = all(is_met(entry, group[place]) for place, entry in conditions)
            known[group] = tuple(group[place] for place in places) if passes else None
        return known[group]

    return target


def is_met(condition: Condition, value: Cell) -> bool:
    """Whether a row with this value passes.

    Raises:
        CannotTell: text is compared with a number of the same digits.
    """
    if condition.operator == "=":
        return any(_equals(value, choice) for choice in condition.choices)
    return value is not None and not any(_equals(value, choice) for choice in condition.choices)


def _equals(value: Cell, choice: Cell) -> bool:
    if value is None or choice is None:
        return value is choice
    if isinstance(choice, str):
        return str(value) == choice
    if isinstance(value, str):
        if isinstance(choice, float) or value == str(int(choice)):
            raise CannotTell
        return False
    return value == choice
