"""A metric's change over the values of one dimension."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from metric_tui.analysis.driver_games import Status

Standing = Literal["both", "new", "lost"]
Pairs = Mapping[Hashable, tuple[float, float]]
"""Per segment: numerator and denominator, or total and count."""

ADDING_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentChange:
    """What one value of a dimension did to the metric."""

    segment: Hashable
    """The dimension's value; None is rows without one, a segment like the others."""

    before: float | None
    """The segment's own value: a sum, a mean or a rate. None where it has no rows."""

    after: float | None
    share_before: float | None
    """Part of the total: of the denominator for a rate, else of the sum."""

    share_after: float | None
    contribution: float | None
    """In the unit of the metric; None where the metric itself has no value."""

    rate_effect: float | None = None
    mix_effect: float | None = None
    volume_effect: float | None = None
    standing: Standing = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentTable:
    """A metric's change over all values of a dimension."""

    rows: tuple[SegmentChange, ...]
    """Largest absolute contribution first."""

    before: float | None
    after: float | None
    status: Status = "ok"
    is_additive: bool = True
    """False for distinct counts: the rows are shown, and neither they nor their changes add."""

    has_simpson_reversal: bool = False
    """Every segment's rate went one way and the total the other."""

    @property
    def change(self) -> float | None:
        if self.before is None or self.after is None:
            return None
        return self.after - self.before

    @property
    def adds_up(self) -> bool:
        """Whether the contributions sum to the change; False where they are not meant to."""
        change = self.change
        if change is None or not self.is_additive:
            return False
        parts = [row.contribution or 0.0 for row in self.rows]
        scale = max(1.0, *map(abs, (change, self.before or 0.0, self.after or 0.0, *parts)))
        return abs(sum(parts) - change) <= ADDING_TOLERANCE * scale


def ranked(rows: Iterable[SegmentChange]) -> tuple[SegmentChange, ...]:
    """Largest absolute contribution first; equal ones by the segment's text."""
    return tuple(sorted(rows, key=lambda row: (-abs(row.contribution or 0.0), str(row.segment))))


def segments_of(
    before: Mapping[Hashable, object], after: Mapping[Hashable, object]
) -> list[Hashable]:
    """All segments of two periods, each once."""
    return list({**before, **after})


def part_of_total(value: float, total: float) -> float | None:
    """A share; None of a total of zero."""
    return value / total if total else None


def split_sum(before: Mapping[Hashable, float], after: Mapping[Hashable, float]) -> SegmentTable:
    """The change of a sum over its segments; a segment without rows is 0."""
    totals = sum(before.values()), sum(after.values())
    return SegmentTable(
        rows=ranked(sum_row(each, before, after, totals) for each in segments_of(before, after)),
        before=totals[0],
        after=totals[1],
    )


def sum_row(
    segment: Hashable,
    before: Mapping[Hashable, float],
    after: Mapping[Hashable, float],
    totals: tuple[float, float],
) -> SegmentChange:
    """One row of a sum's table."""
    start, end = before.get(segment, 0.0), after.get(segment, 0.0)
    return SegmentChange(
        segment=segment,
        before=start,
        after=end,
        share_before=part_of_total(start, totals[0]),
        share_after=part_of_total(end, totals[1]),
        contribution=end - start,
        standing=standing(segment in before, segment in after),
    )


def standing(was_there: bool, is_there: bool) -> Standing:
    """Whether a segment came, went or stayed."""
    if was_there and is_there:
        return "both"
    return "new" if is_there else "lost"


def list_distinct(
    before: Mapping[Hashable, float],
    after: Mapping[Hashable, float],
    *,
    totals: tuple[float | None, float | None],
) -> SegmentTable:
    """Segments of a distinct count, which overlap: each row's own change, without a sum.

    Args:
        before: distinct things per segment in the earlier period.
        after: the same in the later period.
        totals: the distinct count over all segments in both periods.
    """
    table = split_sum(before, after)
    rows = (replace(row, share_before=None, share_after=None) for row in table.rows)
    return SegmentTable(rows=tuple(rows), before=totals[0], after=totals[1], is_additive=False)


def split_count_times_mean(before: Pairs, after: Pairs) -> SegmentTable:
    """The change of a sum over its segments, each as a change of count and one of mean.

    Args:
        before: (total, count) of each segment in the earlier period.
        after: the same in the later period.

    Returns:
        Rows whose `volume_effect` and `rate_effect` sum to their contribution; a segment
        without rows in one period is all volume. `before` and `after` of a row are its sums.

    Source: Das Gupta (1993), Standardization and decomposition of rates, eq. 2.3 and 2.4: a
    change of one factor times the mean of the other.
    """
    table = split_sum(
        {segment: pair[0] for segment, pair in before.items()},
        {segment: pair[0] for segment, pair in after.items()},
    )
    rows = tuple(
        with_volume(row, before.get(row.segment, (0.0, 0.0)), after.get(row.segment, (0.0, 0.0)))
        for row in table.rows
    )
    return replace(table, rows=rows)


def with_volume(
    row: SegmentChange, before: tuple[float, float], after: tuple[float, float]
) -> SegmentChange:
    """A row with its contribution as volume and rate."""
    change = after[0] - before[0]
    if not (before[1] and after[1]):
        return replace(row, volume_effect=change, rate_effect=0.0)
    means = before[0] / before[1], after[0] / after[1]
    rate = (means[1] - means[0]) * (before[1] + after[1]) / 2
    volume = (after[1] - before[1]) * (means[0] + means[1]) / 2
    return replace(row, volume_effect=volume, rate_effect=rate)


def fold(table: SegmentTable, *, keep: int, label: str = "other") -> SegmentTable:
    """The same table with all rows past the first `keep` added into one.

    The folded row is named `other (k more)`, has no value of its own, and keeps the sums.
    """
    rest = table.rows[keep:]
    if len(rest) < 2:
        return table
    folded = SegmentChange(
        segment=f"{label} ({len(rest)} more)",
        before=None,
        after=None,
        share_before=added(row.share_before for row in rest),
        share_after=added(row.share_after for row in rest),
        contribution=added(row.contribution for row in rest),
        rate_effect=added(row.rate_effect for row in rest),
        mix_effect=added(row.mix_effect for row in rest),
        volume_effect=added(row.volume_effect for row in rest),
    )
    if not table.is_additive:
        folded = replace(folded, contribution=None)
    return replace(table, rows=(*table.rows[:keep], folded))


def added(values: Iterable[float | None]) -> float | None:
    """A sum without the nulls; None where all are null."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None
