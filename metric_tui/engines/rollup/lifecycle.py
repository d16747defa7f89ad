"""Growth accounting from entity sets: who is active in a span, in the one before, and ever before.

As in `engines.sql.lifecycle`: with A active, B active before, R in both, N first seen in the span
and H first seen before it, resurrected = A - N - R and dormant = H - B - resurrected.
"""

from collections.abc import Sequence
from typing import Any

from metric_tui.base.series import Group, Table, Value
from metric_tui.definitions.asks import LifecycleState, MeasureAsk
from metric_tui.engines.rollup.arrivals import seen_before
from metric_tui.engines.rollup.days import DaySpan
from metric_tui.engines.rollup.find import Found
from metric_tui.engines.rollup.partials import Partials
from metric_tui.engines.rollup.unions import unions_of

Pair = tuple[DaySpan, DaySpan]
"""A span and the one before it."""

Counts = tuple[int, int, int, int, int]


def lifecycle_table(
    shelf: Partials, found: Found, ask: MeasureAsk, state: LifecycleState, pairs: Sequence[Pair]
) -> Table:
    """Entities in one state for each pair of spans."""
    key = (ask.slice, tuple(pairs), found.place.number, found.lens, "lifecycle")
    counted = shelf.memo.get(key)
    if counted is None:
        # five states of the same spans are usually asked for together
        counted = shelf.memo[key] = _counted(shelf, found, ask, pairs)
    return Table(
        len(pairs),
        {group: tuple(_in_state(c, state) for c in row) for group, row in counted.items()},
    )


def _in_state(counts: Counts, state: LifecycleState) -> Value:
    active, before, both, first_seen, seen_before = counts
    resurrected = active - first_seen - both
    return float(
        {
            "new": first_seen,
            "retained": both,
            "resurrected": resurrected,
            "churned": before - both,
            "dormant": seen_before - before - resurrected,
        }[state]
    )


def _counted(
    shelf: Partials, found: Found, ask: MeasureAsk, pairs: Sequence[Pair]
) -> dict[Group, list[Counts]]:
    spans = [span for span, _ in pairs]
    ends = [high for pair in pairs for _, high in pair]
    unions = unions_of(shelf, found, ask.slice)
    now, before = unions.over(spans), unions.over([then for _, then in pairs])
    # who was seen by the last end has a row, and zeros where nothing was in its state
    bounds = [*(bound for span in spans for bound in span), max(ends, default=0)]
    return {
        group: [
            _counts(now[i].get(group), before[i].get(group), (seen[2 * i], seen[2 * i + 1]), span)
            for i, span in enumerate(spans)
        ]
        for group, seen in seen_before(shelf, found, ask.slice, bounds).items()
    }


def _counts(now: Any, before: Any, seen: tuple[int, int], span: DaySpan) -> Counts:
    """Of one span; `seen` are the numbers of those seen before its first day and by its end."""
    earlier = 0 if before is None else len(before)
    if span == (0, 0):
        # without an end there is no "before"
        return (0, earlier, 0, 0, 0)
    active = 0 if now is None else len(now)
    both = 0 if now is None or before is None else now.intersection_cardinality(before)
    return (active, earlier, both, seen[1] - seen[0], seen[0])
