"""Condenses a track block by block."""

from collections.abc import Callable, Iterator

from metric_tui.base.errors import Cancelled
from metric_tui.engines.rollup.behind import Behind
from metric_tui.engines.rollup.cache import Cache
from metric_tui.engines.rollup.logs.blocks import packed_block
from metric_tui.engines.rollup.logs.condensing.conversions import condensed_conversions
from metric_tui.engines.rollup.logs.condensing.depths import condensed_depths
from metric_tui.engines.rollup.logs.condensing.sessions import condensed_sessions
from metric_tui.engines.rollup.logs.condensing.task import (
    ROWS,
    PackedParts,
    Parts,
    Task,
    opened_log,
)
from metric_tui.engines.rollup.logs.funnels import days_after
from metric_tui.engines.rollup.pack import BLOCK_DAYS
from metric_tui.engines.rollup.tracks import Shape

MOST_ROWS = 0.25
"""Where a larger share of the rows stays, sessions are cut of all rows instead."""

ROWS_TO_JUDGE = 200_000


class TooMixed(Exception):
    """So much of a log stays that condensing it is not worth it."""


def first_block(behind: Behind) -> int:
    """The first block that has to be made anew, or some days of it."""
    back = days_after(behind.track.seconds * 1000) if behind.track.shape == "depths" else 0
    return max(_changed(behind) - back, 0) // BLOCK_DAYS


def _changed(behind: Behind) -> int:
    return min(since for since in behind.since if since is not None)


def condensed_blocks(
    cache: Cache, behind: Behind, cancelled: Callable[[], bool]
) -> Iterator[tuple[int, PackedParts]]:
    """A condensed track from the first block on that has to be made anew.

    Args:
        cache: holds the logs, and what was condensed of them.
        behind: the condensed track.
        cancelled: asked before every block.

    Raises:
        TooMixed: it is not worth it.
        Cancelled: `cancelled` said so.
    """
    logs = [opened_log(cache, number) for number in behind.bases]
    low, high = logs[0].reach[0], max(log.reach[1] for log in logs)
    if not logs[0].reach[1]:
        # nothing follows what is not there
        return
    condense = _CONDENSE[behind.track.shape]
    rows = kept = 0
    for number in range(max(first_block(behind), low // BLOCK_DAYS), -(-high // BLOCK_DAYS)):
        if cancelled():
            raise Cancelled("the refresh was stopped")
        days = range(number * BLOCK_DAYS, (number + 1) * BLOCK_DAYS)
        found = condense(Task(cache, behind, logs, days, _changed(behind)))
        if not found:
            continue
        yield (
            number,
            {
                part: packed_block(block, logs[0].groups, days)
                for part, block in found.items()
                if len(block.days)
            },
        )
        read = list(logs[0].between(days.start, days.stop))
        # of the last few days those near the end count as mixed: only whole blocks are judged
        if ROWS in found and read and read[0].day <= max(days.start, low):
            rows += sum(len(day.kept) for day in read)
            kept += len(found[ROWS].days)
        for log in logs:
            # of what follows a row some stands before it in the next block
            log.forget_before(days.stop - 1)
        if rows > ROWS_TO_JUDGE and kept > MOST_ROWS * rows:
            raise TooMixed


_CONDENSE: dict[Shape, Callable[[Task], Parts]] = {
    "conversions": condensed_conversions,
    "depths": condensed_depths,
    "sessions": condensed_sessions,
}
"""What is made of the logs of a block of days, by shape."""
