"""Where in several dimensions at once a change sits: all slices, ranked."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from itertools import combinations

from metric_tui.analysis.rate_segments import (
    RateTotals,
    denominator_status,
    rate_of,
    split_ratio,
)
from metric_tui.analysis.rollouts import at_equal_size
from metric_tui.analysis.segments import SegmentTable, part_of_total, split_sum
from metric_tui.analysis.slice_ranking import Measures, Place, RankedBy, Slice, TopSlices, best

__all__ = [
    "Cells",
    "Slice",
    "TopSlices",
    "tables_of_ratio",
    "tables_of_sum",
    "top_slices_of_ratio",
    "top_slices_of_sum",
]

Cells = Mapping[tuple[Hashable, ...], Measures]
"""One entry per combination of all dimensions' values that has rows in either period."""

WIDTH_LIMIT = 3


def roll_up(dimensions: Sequence[str], cells: Cells) -> dict[Place, Measures]:
    """Every slice of one to three dimensions with the sums of its cells."""
    result: dict[Place, Measures] = {}
    for width in range(1, min(WIDTH_LIMIT, len(dimensions)) + 1):
        for places in combinations(range(len(dimensions)), width):
            names = [dimensions[place] for place in places]
            for values, sums in grouped(places, cells).items():
                result[tuple(zip(names, values, strict=True))] = sums
    return result


def grouped(places: Sequence[int], cells: Cells) -> dict[tuple[Hashable, ...], Measures]:
    """Sums of cells by the values in some of their places."""
    sums: dict[tuple[Hashable, ...], Measures] = {}
    keys = zip(*([values[place] for values in cells] for place in places), strict=True)
    for key, (a, b, c, d) in zip(keys, cells.values(), strict=True):
        found = sums.get(key)
        if found is not None:
            a, b, c, d = found[0] + a, found[1] + b, found[2] + c, found[3] + d
        sums[key] = (a, b, c, d)
    return sums


def tables_of_sum(dimensions: Sequence[str], cells: Cells) -> dict[str, SegmentTable]:
    """One table per dimension; each sums to the change."""
    return {
        name: split_sum(
            {key[0]: m[0] for key, m in sums.items() if m[0] or m[1]},
            {key[0]: m[2] for key, m in sums.items() if m[2] or m[3]},
        )
        for name, sums in by_dimension(dimensions, cells)
    }


def tables_of_ratio(dimensions: Sequence[str], cells: Cells) -> dict[str, SegmentTable]:
    """One table per dimension; each sums to the change."""
    return {
        name: split_ratio(
            {key[0]: (m[0], m[1]) for key, m in sums.items()},
            {key[0]: (m[2], m[3]) for key, m in sums.items()},
        )
        for name, sums in by_dimension(dimensions, cells)
    }


def by_dimension(
    dimensions: Sequence[str], cells: Cells
) -> Iterator[tuple[str, dict[tuple[Hashable, ...], Measures]]]:
    """Each dimension with the sums of its values."""
    for place, name in enumerate(dimensions):
        yield name, grouped((place,), cells)


def top_slices_of_sum(
    dimensions: Sequence[str], cells: Cells, *, count: int = 5, rolling: Collection[str] = ()
) -> TopSlices:
    """The slices whose change goes furthest beyond what their size predicts.

    Args:
        dimensions: names, in the order of the cells' keys.
        cells: totals and numbers of events per cell.
        count: how many slices to give.
        rolling: dimensions whose values take each other's place: ranked by rate, see `rollouts`.
    """
    total = whole(cells)

    def measured(where: Place, m: Measures) -> Slice:
        shares = (part_of_total(m[0], total[0]) or 0.0, part_of_total(m[2], total[2]) or 0.0)
        change = m[2] - m[0]
        beyond = change - (total[2] - total[0]) * sum(shares) / 2
        return Slice(
            where=where,
            before=m[0],
            after=m[2],
            share_before=shares[0],
            share_after=shares[1],
            contribution=change,
            beyond_size=beyond,
            unexpected_difference=unexpected(m[0], m[2], total[0] - m[0], total[2] - m[2]),
            score=abs(beyond),
        )

    slices = at_equal_size(roll_up(dimensions, cells), rolling, total)
    return best(slices, measured, count, "beyond_size")


def top_slices_of_ratio(
    dimensions: Sequence[str],
    cells: Cells,
    *,
    are_counts: bool,
    count: int = 5,
    rolling: Collection[str] = (),
) -> TopSlices:
    """The slices that moved a rate most.

    Args:
        dimensions: names, in the order of the cells' keys.
        cells: numerators and denominators per cell.
        are_counts: the numerator counts things, so the scan score applies; else slices are
            ranked by their contribution beyond what their size predicts.
        count: how many slices to give.
        rolling: dimensions whose values take each other's place: ranked by rate, see `rollouts`.

    Returns:
        No rows where the rate has no value in one of the periods, or its denominator changes
        its sign between them.
    """
    total = whole(cells)
    ranked_by: RankedBy = "scan_score" if are_counts else "beyond_size"
    if denominator_status((total[1], total[3])) != "ok":
        return TopSlices(rows=(), examined=0, ranked_by=ranked_by)
    totals = RateTotals(numerators=(total[0], total[2]), denominators=(total[1], total[3]))
    change = totals.rates[1] - totals.rates[0]

    def measured(where: Place, m: Measures) -> Slice:
        contribution = totals.contribution((m[0], m[1]), (m[2], m[3]))
        shares = m[1] / total[1], m[3] / total[3]
        beyond = contribution - change * sum(shares) / 2
        return Slice(
            where=where,
            before=rate_of((m[0], m[1])),
            after=rate_of((m[2], m[3])),
            share_before=shares[0],
            share_after=shares[1],
            contribution=contribution,
            beyond_size=beyond,
            unexpected_difference=unexpected_rate(m, total),
            score=scan_score(m, total) if are_counts else abs(beyond),
        )

    slices = at_equal_size(roll_up(dimensions, cells), rolling, total)
    return best(slices, measured, count, ranked_by)


def whole(cells: Cells) -> Measures:
    """The sums of all cells."""
    columns = list(zip(*cells.values(), strict=True)) or [(0.0,)] * 4
    return (sum(columns[0]), sum(columns[1]), sum(columns[2]), sum(columns[3]))


def unexpected(before: float, after: float, rest_before: float, rest_after: float) -> float | None:
    """A slice's value minus its earlier one scaled as the rest was; None without a rest.

    Source: Google Cloud, BigQuery ML, contribution analysis output: unexpected_difference.
    """
    return after - before * rest_after / rest_before if rest_before else None


def unexpected_rate(m: Measures, total: Measures) -> float | None:
    """As `unexpected`, on rates; None where one of them has no value."""
    rest = rate_of((total[0] - m[0], total[1] - m[1])), rate_of((total[2] - m[2], total[3] - m[3]))
    own = rate_of((m[0], m[1])), rate_of((m[2], m[3]))
    if own[0] is None or own[1] is None or rest[0] is None or rest[1] is None:
        return None
    return unexpected(own[0], own[1], rest[0], rest[1])


def scan_score(m: Measures, total: Measures) -> float:
    """How unlikely a slice's later count is if all rates moved alike; 0 where it is as expected.

    Source: Kulldorff (1997), A spatial scan statistic, section 3.1, the Poisson model, here
    for excess and lack alike.
    """
    rate = rate_of((m[0], m[1]))
    overall = total[0] / total[1]
    alike = (total[2] / total[3]) / overall if overall else 1.0
    observed, everything = m[2], total[2]
    # half an event keeps the logarithm finite where none was seen before
    expected = max(m[3] * (overall if rate is None else rate) * alike, 0.5)
    rest_expected = max(everything - expected, 0.5)
    return max(likelihood(observed, expected) + likelihood(everything - observed, rest_expected), 0)


def likelihood(observed: float, expected: float) -> float:
    """One term of the scan score; 0 for nothing observed."""
    return observed * math.log(observed / expected) if observed > 0 else 0.0
