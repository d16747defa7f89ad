"""A rate's change over segments: what changed inside them, and what their mix changed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from metric_tui.analysis.driver_games import Status
from metric_tui.analysis.segments import (
    Pairs,
    SegmentChange,
    SegmentTable,
    ranked,
    segments_of,
)

NOTHING = (0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTotals:
    """A rate's numerators and denominators over all segments, both denominators not 0."""

    numerators: tuple[float, float]
    denominators: tuple[float, float]

    @property
    def rates(self) -> tuple[float, float]:
        tops, bottoms = self.numerators, self.denominators
        return tops[0] / bottoms[0], tops[1] / bottoms[1]

    @property
    def centre(self) -> float:
        """The mean of the two total rates, against which mix is measured."""
        return sum(self.rates) / 2

    def contribution(self, before: tuple[float, float], after: tuple[float, float]) -> float:
        """What a segment with these numerators and denominators did to the rate.

        The sum of its rate and mix effect, and defined also where its denominator is 0. Over
        any partition these sum to the change, so a union of segments may be given as one.
        """
        later = (after[0] - self.centre * after[1]) / self.denominators[1]
        earlier = (before[0] - self.centre * before[1]) / self.denominators[0]
        return later - earlier


def totals_of(before: Pairs, after: Pairs) -> RateTotals:
    """The sums over all segments."""
    return RateTotals(
        numerators=(sum(n for n, _ in before.values()), sum(n for n, _ in after.values())),
        denominators=(sum(d for _, d in before.values()), sum(d for _, d in after.values())),
    )


def split_ratio(before: Pairs, after: Pairs) -> SegmentTable:
    """The change of a rate over segments, each as a rate effect and a mix effect.

    A segment that exists in one period only has a mix effect alone; one with a numerator but
    no denominator has its whole contribution as mix.

    Args:
        before: (numerator, denominator) of each segment in the earlier period.
        after: the same in the later period.

    Returns:
        Rows whose effects sum to their contribution, and contributions to the change; without
        contributions where a total denominator is 0 or changes its sign (see `status`).

    Source: Kitagawa (1955), Components of a difference between two rates, eq. 4, with the
    composition term centred on the mean of the two totals. With equal shares in both
    periods: share times change of rate.
    """
    totals = totals_of(before, after)
    names = segments_of(before, after)
    status = denominator_status(totals.denominators)
    if status != "ok":
        return table_without_split(names, before, after, totals, status)
    rows = ranked(
        rate_row(name, before.get(name, NOTHING), after.get(name, NOTHING), totals)
        for name in names
    )
    return SegmentTable(
        rows=rows,
        before=totals.rates[0],
        after=totals.rates[1],
        has_simpson_reversal=is_reversed(rows, totals.rates[1] - totals.rates[0]),
    )


def rate_row(
    segment: Hashable,
    before: tuple[float, float],
    after: tuple[float, float],
    totals: RateTotals,
) -> SegmentChange:
    """One row of a rate's table."""
    contribution = totals.contribution(before, after)
    rates = rate_of(before), rate_of(after)
    shares = before[1] / totals.denominators[0], after[1] / totals.denominators[1]
    rate, mix = 0.0, contribution
    if rates[0] is not None and rates[1] is not None:
        rate = (rates[1] - rates[0]) * (shares[0] + shares[1]) / 2
        mix = (shares[1] - shares[0]) * ((rates[0] + rates[1]) / 2 - totals.centre)
    is_new, is_lost = before == NOTHING, after == NOTHING
    return SegmentChange(
        segment=segment,
        before=rates[0],
        after=rates[1],
        share_before=shares[0],
        share_after=shares[1],
        contribution=contribution,
        rate_effect=rate,
        mix_effect=mix,
        standing="both" if is_new == is_lost else "new" if is_new else "lost",
    )


def rate_of(pair: tuple[float, float]) -> float | None:
    """Numerator over denominator; None over zero."""
    # nothing over less than nothing is 0, without a sign
    return pair[0] / pair[1] + 0.0 if pair[1] else None


def is_reversed(rows: Sequence[SegmentChange], change: float) -> bool:
    """Whether all segments' rates went one way and the total the other (Simpson)."""
    steps = [
        row.after - row.before for row in rows if row.before is not None and row.after is not None
    ]
    if len(steps) < 2 or not any(steps):
        return False
    rose, fell = all(step >= 0 for step in steps), all(step <= 0 for step in steps)
    return (rose and change < 0) or (fell and change > 0)


def denominator_status(denominators: tuple[float, float]) -> Status:
    """Whether a rate's change over these denominators, before and after, has a split."""
    before, after = denominators
    if not before:
        return "base_undefined"
    if not after:
        return "current_undefined"
    return "ok" if (before > 0) == (after > 0) else "denominator_crosses_zero"


def table_without_split(
    names: Sequence[Hashable], before: Pairs, after: Pairs, totals: RateTotals, status: Status
) -> SegmentTable:
    """The segments' values alone, where there is no split of the total's change."""
    (tops, bottoms) = totals.numerators, totals.denominators
    rows = [
        SegmentChange(
            segment=name,
            before=rate_of(before.get(name, NOTHING)),
            after=rate_of(after.get(name, NOTHING)),
            share_before=None,
            share_after=None,
            contribution=None,
        )
        for name in names
    ]
    return SegmentTable(
        rows=ranked(rows),
        before=rate_of((tops[0], bottoms[0])),
        after=rate_of((tops[1], bottoms[1])),
        status=status,
    )
