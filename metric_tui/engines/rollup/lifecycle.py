"""Growth accounting from entity sets: who is active in a span, in the one before, and ever before.

As in `engines.sql.lifecycle`: with A active, B active before, R in both, N first seen in the span
and H first seen before it, resurrected = A - N - R and dormant = H - B - resurrected.
"""

from collections.abc import Sequence
from typing import Any

from metric_tui.base.series import Group, Table, Value
from metric_tui.definitions.asks import LifecycleState, MeasureAsk
from metric_tui.engines.rollup.days import DaySpan
from metric_tui.engines.rollup.find import Found
from metric_tui.engines.rollup.shelf import Shelf
from metric_tui.engines.rollup.unions import DaySets, sets_by_group, unions
from metric_tui.engines.rollup.where import target_of

Pair = tuple[DaySpan, DaySpan]
"""A span and the one before it."""

Counts = tuple[int, int, int, int, int]


def lifecycle_table(
    shelf: Shelf, found: Found, ask: MeasureAsk, state: LifecycleState, pairs: Sequence[Pair]
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
    shelf: Shelf, found: Found, ask: MeasureAsk, pairs: Sequence[Pair]
) -> dict[Group, list[Counts]]:
    end = max((high for pair in pairs for _, high in pair), default=0)
    strip = shelf.sets(found.place.number, found.lens, 0, end)
    target = target_of(ask.slice, found.names)
    now = unions(strip, [pair[0] for pair in pairs], target)
    before = unions(strip, [pair[1] for pair in pairs], target)
    counted = {}
    for group, sets in sets_by_group(strip, 0, end, target).items():
        active = [found.get(group) for found in now]
        known = _known_before(sets, [pair[0] for pair in pairs], active)
        counted[group] = [
            _counts(active[i], before[i].get(group), known[i], pair[0])
            for i, pair in enumerate(pairs)
        ]
    return counted


def _known_before(
    sets: DaySets, spans: Sequence[DaySpan], active: Sequence[Any]
) -> list[tuple[int, int]]:
    """For every span, how many of its entities were seen before it, and how many were in all."""
    from pyroaring import BitMap

    found = [(0, 0)] * len(spans)
    seen, place = BitMap(), 0
    for index in sorted(range(len(spans)), key=lambda index: spans[index][0]):
        while place < len(sets) and sets[place][0] < spans[index][0]:
            seen |= sets[place][1]
            place += 1
        now = active[index]
        known = 0 if now is None else now.intersection_cardinality(seen)
        found[index] = (known, len(seen))
    return found


def _counts(now: Any, before: Any, known: tuple[int, int], span: DaySpan) -> Counts:
    earlier = 0 if before is None else len(before)
    if span[0] >= span[1]:
        return (0, earlier, 0, 0, 0)
    active = 0 if now is None else len(now)
    both = 0 if now is None or before is None else now.intersection_cardinality(before)
    return (active, earlier, both, active - known[0], known[1])
