"""Which slices of several dimensions tell most of a change, none of them twice."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

Place = tuple[tuple[str, Hashable], ...]
Measures = tuple[float, float, float, float]
"""Numerator and denominator before, then after; for a sum: total and number of events."""

SMALLEST_SHARE = 0.01
FEWEST_EVENTS = 20
EXPLAINED = 0.9
LOOKED_BACK = 100
"""How many of the best slices a lower one is held against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """One to three dimensions fixed to a value each. Slices overlap: they do not add up."""

    where: Place
    before: float | None
    """The slice's own sum or rate."""

    after: float | None
    share_before: float
    share_after: float
    contribution: float
    """In the unit of the metric: the sum of its cells' contributions."""

    beyond_size: float
    """Contribution minus what its share of the whole predicts."""

    unexpected_difference: float | None
    """Its value minus what it would be had it changed as everything outside it did."""

    is_rolling: bool = False
    """Of a dimension whose values take each other's place: held, at its later size, against the
    rate it had, or what it replaced had. `before` and `contribution` are of that."""

    score: float
    """What the slices are ranked by: |beyond_size|, or the scan score of a rate of counts."""


RankedBy = Literal["beyond_size", "scan_score"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TopSlices:
    """The slices that tell most of a change, best first."""

    rows: tuple[Slice, ...]
    examined: int
    """How many slices were large enough to be ranked."""

    ranked_by: RankedBy

    @property
    def has_overlaps(self) -> bool:
        """Whether some rows share cells, so that their contributions count things twice."""
        return any(overlap(one.where, other.where) for one, other in combinations(self.rows, 2))


def overlap(one: Place, other: Place) -> bool:
    """Whether two slices may have a cell in common: no dimension is fixed to two values."""
    fixed = dict(one)
    return all(fixed.get(dimension, value) == value for dimension, value in other)


def best(
    slices: Mapping[Place, Measures],
    measured: Callable[[Place, Measures], Slice],
    count: int,
    ranked_by: RankedBy,
) -> TopSlices:
    """The first slices by score that no shown one already explains."""
    rows = [measured(where, m) for where, m in slices.items()]
    large = [
        row
        for row in rows
        if max(abs(row.share_before), abs(row.share_after)) >= SMALLEST_SHARE
        or max(slices[row.where][1], slices[row.where][3]) >= FEWEST_EVENTS
    ]
    # rounded, so that two ways to say the same rows tie and the shorter comes first
    large.sort(key=lambda row: (-rounded(row.score), len(row.where), str(row.where)))
    shown: list[Slice] = []
    for place, row in enumerate(large):
        if len(shown) == count:
            break
        # what a shown one told may tell a third: the halves of a slice that was left out
        if not any(is_told(row, by=each) for each in large[: min(place, LOOKED_BACK)]):
            shown.append(row)
    return TopSlices(rows=tuple(shown), examined=len(large), ranked_by=ranked_by)


def rounded(score: float) -> float:
    """A score without the digits in which sums of the same numbers may differ."""
    return float(f"{score:.9g}")


def contains(wide: Slice, narrow: Slice) -> bool:
    """Whether every condition of one slice is a condition of the other, which has more."""
    return len(wide.where) < len(narrow.where) and set(wide.where) < set(narrow.where)


def nearly_all(part: Slice, all_of: Slice) -> bool:
    """Whether a narrower slice's contribution is that of the wider one but for a tenth."""
    return part.contribution * all_of.contribution > 0 and (
        abs(part.contribution) >= EXPLAINED * abs(all_of.contribution)
    )


def is_told(row: Slice, *, by: Slice) -> bool:
    """Whether a slice already shown, wider or narrower, explains nine tenths of this one.

    A wider one does if the two contribute nearly the same, or if this one did no more than
    its part of the wider one predicts.
    """
    if contains(row, by):
        return nearly_all(by, row)
    return contains(by, row) and (nearly_all(row, by) or follows(row, by))


def follows(narrow: Slice, wide: Slice) -> bool:
    """Whether a slice changed in proportion to its part of a wider one, within a tenth."""
    sizes = narrow.share_before + narrow.share_after, wide.share_before + wide.share_after
    predicted = wide.contribution * sizes[0] / sizes[1] if sizes[1] else 0.0
    if predicted * narrow.contribution < 0:
        return False
    return abs(predicted) >= EXPLAINED * abs(narrow.contribution)
