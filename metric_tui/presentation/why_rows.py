"""The rows of an explanation's drivers, with what of each place goes to none of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from metric_tui.analysis.explanation import Contribution
from metric_tui.analysis.why import Why
from metric_tui.presentation.glyphs import Glyphs

WORDS = {
    "unexplained": "not explained by the formula",
    "data": "changed data",
    "definition": "changed definition",
}


@dataclass(frozen=True, slots=True)
class OwnPart:
    """A part of a place that goes to no driver: a row after these that makes them sum."""

    level: int
    """Of the drivers beside which it stands."""

    amount: float
    """In the unit of the focus."""

    kind: Literal["unexplained", "data", "definition"]
    is_large: bool = False
    """Over 0.5 % of the place is unexplained in one of the periods."""

    def words(self, glyphs: Glyphs) -> str:
        """What it is called, with a sign where it is large."""
        return f"{f'{glyphs.partial} ' * self.is_large}{WORDS[self.kind]}"


def driver_rows(found: Why, depth: int) -> Iterator[Contribution | OwnPart]:
    """Every place of so many levels, and after the drivers of each what goes to none of them."""
    explanation = found.explanation
    opened = {place.path[:-1] for place in explanation.contributions}
    waiting = _own_parts(
        0,
        explanation.change,
        (explanation.residual, explanation.definition),
        is_large=explanation.has_residual_warning,
        is_leaf=not opened,
    )
    for place in explanation.contributions:
        if place.level > depth:
            continue
        while waiting and waiting[-1].level > place.level:
            yield waiting.pop()
        yield place
        waiting += _own_parts(
            place.level if place.level < depth else None,
            place.contribution,
            (place.residual, place.definition),
            is_large=place.has_residual_warning,
            is_leaf=place.path not in opened,
        )
    yield from reversed(waiting)


def _own_parts(
    level: int | None,
    contribution: float | None,
    extras: tuple[float | None, float | None],
    *,
    is_large: bool,
    is_leaf: bool,
) -> list[OwnPart]:
    """The last one first; none where the place is not opened."""
    residual, definition = extras
    found: list[OwnPart] = []
    if level is None:
        return found
    if definition:
        found.append(OwnPart(level + 1, definition, "definition"))
    if definition and is_leaf and contribution is not None:
        found.append(OwnPart(level + 1, contribution - definition, "data"))
    if residual:
        found.append(OwnPart(level + 1, residual, "unexplained", is_large))
    return found
