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
        ever = _ever_before(sets, [pair[0] for pair in pairs])
        counted[group] = [
            _counts(now[i].get(group), before[i].get(group), ever[i], pair[0])
            for i, pair in enumerate(pairs)
        ]
    return counted


def _ever_before(sets: DaySets, spans: Sequence[DaySpan]) -> list[Any]:
    """For every span, all entities seen before it begins."""
    from pyroaring import BitMap

    found: list[Any] = [None] * len(spans)
    seen, place = BitMap(), 0
    for index in sorted(range(len(spans)), key=lambda index: spans[index][0]):
        while place < len(sets) and sets[place][0] < spans[index][0]:
            seen |= sets[place][1]
            place += 1
        found[index] = seen.copy()
    return found


def _counts(now: Any, before: Any, ever: Any, span: DaySpan) -> Counts:
    active = 0 if now is None else len(now)
    both = 0 if now is None or before is None else now.intersection_cardinality(before)
    if span[0] >= span[1]:
        return (0, 0 if before is None else len(before), 0, 0, 0)
    known = 0 if now is None else now.intersection_cardinality(ever)
    return (active, 0 if before is None else len(before), both, active - known, len(ever))
