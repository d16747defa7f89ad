"""Tracks that are made of others: who is seen first on each day, whole weeks, condensed logs.

Beside each day's arrivals stand their numbers, in blocks as other numbers do, and, for the next
refresh to begin from, everybody who had arrived before the last block. A week's set stands at its
number.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain, groupby
from typing import Any

from metric_tui.base.errors import Cancelled
from metric_tui.base.series import Group
from metric_tui.engines.rollup.behind import Behind
from metric_tui.engines.rollup.cache import DAYS, Cache, row_id
from metric_tui.engines.rollup.pack import BLOCK_DAYS, pack_columns
from metric_tui.engines.rollup.tracks import FIRST_DAYS

Seen = dict[Group, Any]
"""Everybody seen so far."""


def keep_derived(cache: Cache, behind: Behind, cancelled: Callable[[], bool]) -> bool:
    """Make a derived track anew from the first day on that has changed.

    Args:
        cache: within its transaction.
        behind: which track.
        cancelled: asked every now and then.

    Returns:
        False where it is not worth keeping.

    Raises:
        Cancelled: `cancelled` said so.
    """
    if not behind.is_changed:
        return True
    if behind.is_of_logs:
        # numpy is worth its import only for trees with such measures
        from metric_tui.engines.rollup.logs.keeping import keep_condensed

        return keep_condensed(cache, behind, cancelled)
    (since,) = behind.since
    assert since is not None
    for lens in range(behind.lenses):
        if cancelled():
            raise Cancelled("the refresh was stopped")
        (number,) = behind.bases
        base, own = row_id(number, lens, 0), row_id(behind.number, lens, 0)
        if behind.track.shape == "arrivals":
            _keep_arrivals(cache, base, cache.reach(number, lens)[1], own, since)
        else:
            _keep_weeks(cache, base, own, FIRST_DAYS[behind.track.shape], since)
    return True


def _keep_weeks(cache: Cache, base: int, own: int, offset: int, since: int) -> None:
    """Those of one lens, from the week of a day on."""
    first = (since - offset) // 7
    cache.forget_rows("sets", own + max(first, 0), own + DAYS - 1)
    days = cache.rows_between("sets", base + max(7 * first + offset, 0), base + DAYS - 1)
    cache.write_rows(
        "sets",
        (
            (own + week, _united(groups for _, groups in rows))
            for week, rows in groupby(days, key=lambda row: (row[0] - base - offset) // 7)
        ),
    )


def _united(days: Iterable[Mapping[Group, bytes]]) -> dict[Group, bytes]:
    from pyroaring import BitMap

    parts: dict[Group, list[bytes]] = {}
    for groups in days:
        for group, data in groups.items():
            parts.setdefault(group, []).append(data)
    return {
        group: many[0]
        if len(many) == 1
        else bytes(BitMap.union(*map(BitMap.deserialize, many)).serialize())
        for group, many in parts.items()
    }


def _keep_arrivals(cache: Cache, base: int, after: int, own: int, since: int) -> None:
    """Those of one lens, from a day on; `after` is the day after the last one."""
    if not after:
        return
    last_block = (after - 1) // BLOCK_DAYS
    first, seen = _before(cache, own, since // BLOCK_DAYS)
    # whoever arrived on a day before the first that has changed arrived on it still
    since = max(since, first * BLOCK_DAYS) if seen else 0
    known = list(_sets(cache, own, first * BLOCK_DAYS, since))
    cache.forget_rows("sets", own + since, own + DAYS - 1)
    cache.forget_rows("blocks", own + first, own + DAYS - 1)
    arrived: list[tuple[int, dict[Group, bytes]]] = []
    counts: dict[int, dict[Group, list[int]]] = {}
    # who had arrived before a block is what it was, unless an earlier block has changed
    is_last = first == last_block and bool(seen)
    for day, groups in chain(known, _sets(cache, base, since, after)):
        block, place = divmod(day, BLOCK_DAYS)
        if block == last_block and not is_last:
            _remember(cache, own, last_block, seen)
            is_last = True
        fresh = _fresh(groups, seen)
        if fresh and day >= since:
            arrived.append((own + day, {g: bytes(e.serialize()) for g, e in fresh.items()}))
        for group, entities in fresh.items():
            numbers = counts.setdefault(block, {}).setdefault(group, [0] * BLOCK_DAYS)
            numbers[place] = len(entities)
    cache.write_rows("sets", arrived)
    packed = (
        (own + block, {group: pack_columns([days]) for group, days in groups.items()})
        for block, groups in counts.items()
    )
    cache.write_rows("blocks", packed)


def _sets(cache: Cache, base: int, low: int, high: int) -> Iterator[tuple[int, dict[Group, bytes]]]:
    """By day, from one up to, and without, another."""
    for row, groups in cache.rows_between("sets", base + low, base + high - 1):
        yield row - base, groups


def _fresh(groups: Mapping[Group, bytes], seen: Seen) -> dict[Group, Any]:
    """A day's arrivals; they are seen from then on."""
    from pyroaring import BitMap

    found = {}
    for group, data in groups.items():
        entities = BitMap.deserialize(data)
        before = seen.get(group)
        if before is None:
            seen[group] = entities.copy()
        else:
            entities -= before
            before |= entities
        if entities:
            found[group] = entities
    return found


def _remember(cache: Cache, own: int, block: int, seen: Seen) -> None:
    kept = {group: bytes(entities.serialize()) for group, entities in seen.items()}
    cache.write_rows("firsts", [(own, {"block": block, "seen": kept})])


def _before(cache: Cache, own: int, since: int) -> tuple[int, Seen]:
    """The block to begin with, and everybody seen before it."""
    from pyroaring import BitMap

    kept = cache.row("firsts", own)
    if kept is None or not since:
        return 0, {}
    first = min(since, int(kept["block"]))
    if first == kept["block"]:
        return first, {group: BitMap.deserialize(data) for group, data in kept["seen"].items()}
    seen: Seen = {}
    for _, groups in cache.rows_between("sets", own, own + first * BLOCK_DAYS - 1):
        for group, data in groups.items():
            known = seen.get(group)
            entities = BitMap.deserialize(data)
            seen[group] = entities if known is None else known | entities
    return first, seen
