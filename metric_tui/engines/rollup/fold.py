"""From the values of a cell's rows to its columns, as SQL aggregates them."""

from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from metric_tui.engines.rollup.pack import as_sqlite_sorts
from metric_tui.engines.rollup.readings import Folding

Values = tuple[Any, ...]
"""One value of each row of a cell."""


class NotNumbers(Exception):
    """Entities are no whole numbers of 32 bits: they must be numbered by a dictionary."""


@dataclass(slots=True)
class Interner:
    """Numbers entities in the order they are met."""

    known: dict[Any, int] = field(default_factory=dict)
    fresh: list[Any] = field(default_factory=list)

    @classmethod
    def of(cls, values: Iterable[Any]) -> "Interner":
        """One that knows values already, numbered in their order."""
        return cls({value: number for number, value in enumerate(values)})

    def numbers(self, values: Iterable[Any]) -> list[int]:
        """The entities' numbers."""
        found = []
        for value in values:
            number = self.known.get(value)
            if number is None:
                number = self.known[value] = len(self.known)
                self.fresh.append(value)
            found.append(number)
        return found


@dataclass(frozen=True, slots=True)
class Folder:
    """Makes columns of rows."""

    interner: Interner | None
    """Numbers the entities; None where they are their own numbers."""

    def columns(self, rows: Sequence[tuple[Any, ...]], foldings: Sequence[Folding]) -> list[Any]:
        """One cell's columns.

        Args:
            rows: each the cell's number and the values read.
            foldings: one a column.

        Raises:
            NotNumbers: see there.
        """
        read = list(zip(*rows, strict=True))
        present: dict[int, Values] = {}
        found: list[Any] = []
        for folding in foldings:
            fold, slot = folding.fold, folding.slot
            if fold == "rows":
                found.append(len(rows))
            elif fold == "count":
                found.append(len(rows) - read[slot + 1].count(None))
            else:
                values = present.get(slot)
                if values is None:
                    values = present[slot] = _without_nulls(read[slot + 1])
                entities = fold in ("collect", "members")
                found.append(self._entities(values) if entities else _FOLDS[fold](values))
        return found

    def _entities(self, values: Values) -> list["array[int]"]:
        if not values:
            return []
        if self.interner is not None:
            return [array("I", self.interner.numbers(values))]
        try:
            return [array("I", values)]
        except (TypeError, OverflowError) as error:
            raise NotNumbers from error


def _without_nulls(values: Values) -> Values:
    if None not in values:
        return values
    return tuple([value for value in values if value is not None])


def _sum(values: Values) -> Any:
    try:
        return sum(values) if values else None
    except TypeError:
        # text: the largest value, which is kept beside every sum, tells of it
        return None


def _extreme(choose: Callable[..., Any]) -> Callable[[Values], Any]:
    def chosen(values: Values) -> Any:
        try:
            return choose(values) if values else None
        except TypeError:
            return choose(values, key=as_sqlite_sorts)

    return chosen


def _wholes(values: Values) -> "list[array[int]] | None":
    """None where some are not whole numbers."""
    try:
        wholes = [int(value) for value in values]
        return [array("q", wholes)] if wholes == list(values) else None
    except (TypeError, ValueError, OverflowError):
        return None


def _numbers(values: Values) -> "list[array[int] | array[float]] | None":
    """None where some are no numbers."""
    if not all(isinstance(value, (int, float)) for value in values):
        return None
    if any(isinstance(value, float) for value in values):
        return [array("d", values)]
    return [array("q", values)]


_FOLDS: dict[str, Callable[[Values], Any]] = {
    "moments": _wholes,
    "ranks": _wholes,
    "values": _numbers,
    "sum": _sum,
    "min": _extreme(min),
    "max": _extreme(max),
}
