"""A metric's change and what each place of its tree did to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from metric_tui.analysis.driver_games import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one place in the tree did to the focus."""

    path: tuple[str, ...]
    """Names from the focus to here, both included."""

    before: float | None
    after: float | None

    contribution: float | None
    """In the unit of the focus; None where a node above has no split."""

    of_parent: float | None
    """The part of the direct parent's own change, in the parent's unit."""

    share: float | None
    """Part of the focus's change; None where it would mislead (E6)."""

    status: Status
    """How this place's own change was split over its drivers; ok for a leaf."""

    residual: float | None
    """The contribution of this place's `unexplained`: what its formula does not give."""

    definition: float | None
    """The contribution of a change of this place's formula or, of a leaf, of how it is measured."""

    has_residual_warning: bool
    """Over 0.5 % of this place is unexplained in one of the periods."""

    @property
    def name(self) -> str:
        return self.path[-1]

    @property
    def level(self) -> int:
        """1 for the drivers of the focus."""
        return len(self.path) - 1

    @property
    def is_not_applicable(self) -> bool:
        """Nothing to measure in either period."""
        return self.before is None and self.after is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A metric's change and the part of every place below it.

    The contributions of one place's drivers, its `residual` and its `definition` sum to its
    own contribution; at the top, to the change.
    """

    name: str
    before: float | None
    after: float | None
    method: str
    status: Status

    contributions: tuple[Contribution, ...]
    """Each place below the focus, parents before their drivers, in the order given."""

    residual: float
    """The contribution of the focus's own `unexplained`."""

    definition: float
    """The contribution of a change of the focus's own formula or, without one, of its measure."""

    has_residual_warning: bool
    adds_up: bool
    """Whether every level sums to the one above within 1e-9 (E11)."""

    largest_gap: float
    """The worst of those sums, in the unit of the focus."""

    @property
    def change(self) -> float | None:
        """None where the focus has no value in one of the periods."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before

    @property
    def by_definitions(self) -> float | None:
        """What all changed definitions did, in the unit of the focus; None without a split."""
        if self.change is None or self.status not in ("ok", "aumann_shapley"):
            return None
        return self.definition + sum(place.definition or 0.0 for place in self.contributions)

    def totals(self) -> dict[str, float]:
        """Each metric's contribution summed over its places (E7); places nest, so do these."""
        result: dict[str, float] = {}
        for place in self.contributions:
            if place.contribution is not None:
                result[place.name] = result.get(place.name, 0.0) + place.contribution
        return result


def over_segments(explanations: Iterable[Explanation]) -> dict[tuple[str, ...], float | None]:
    """Each place's contribution summed over segments that were explained one by one.

    Exact for a metric that is the sum of its segments: the value of a sum of games is the sum
    of their values. What moves between segments is in the contributions of their volumes.

    Returns:
        By path; None where a segment has no split.
    """
    result: dict[tuple[str, ...], float | None] = {}
    for explanation in explanations:
        for place in explanation.contributions:
            so_far = result.get(place.path, 0.0)
            here = place.contribution
            result[place.path] = None if so_far is None or here is None else so_far + here
    return result
