"""Keeps what is condensed of logs: made here, or in a process of its own."""

import gc
import pickle
import queue
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from metric_tui.base.errors import Cancelled
from metric_tui.engines.rollup.behind import Behind
from metric_tui.engines.rollup.cache import DAYS, Cache, row_id
from metric_tui.engines.rollup.logs.condensing import (
    PARTS,
    PackedParts,
    TooMixed,
    condensed_blocks,
    first_block,
)
from metric_tui.engines.rollup.pack import Damaged
from metric_tui.engines.rollup.process import Answers, Process, say_to

Blocks = Iterable[tuple[int, PackedParts]]


def keep_condensed(cache: Cache, behind: Behind, cancelled: Callable[[], bool]) -> bool:
    """Condense logs anew from the first block on that has changed.

    Args:
        cache: within its transaction.
        behind: the condensed track.
        cancelled: asked before every block.

    Returns:
        False where it was not worth it: the track is empty then.

    Raises:
        Cancelled: `cancelled` said so.
    """
    return _kept(cache, behind, condensed_blocks(cache, behind, cancelled))


def _kept(cache: Cache, behind: Behind, blocks: Blocks) -> bool:
    """Write blocks, each part of them by itself, in place of those that are there."""
    begin = first_block(behind)
    try:
        for block, parts in blocks:
            # one may be put together of what is there, so none goes before it is made
            _forget(cache, behind.number, begin, block)
            rows = (
                (row_id(behind.number, part, block), {part: own}) for part, own in parts.items()
            )
            cache.write_rows("sets", rows)
            begin = block + 1
    except TooMixed:
        _forget(cache, behind.number, 0, DAYS - 1)
        return False
    _forget(cache, behind.number, begin, DAYS - 1)
    return True


def _forget(cache: Cache, number: int, first: int, last: int) -> None:
    for part in PARTS:
        cache.forget_rows("sets", row_id(number, part, first), row_id(number, part, last))


class Condensing:
    """Condenses logs in a process of its own.

    Args:
        path: the cache file, whose logs are committed.
        tracks: the condensed tracks.
    """

    def __init__(self, path: Path, tracks: Sequence[Behind]) -> None:
        self._answers: Answers = queue.Queue()
        self._process = Process("metric_tui.engines.rollup.logs.keeping", self._answers)
        self._process.send((path, tuple(tracks)))
        self._waiting = list(reversed(tracks))
        self._has_failed = False

    def keep_next(self, cache: Cache, cancelled: Callable[[], bool]) -> bool:
        """Keep the next track, as `keep_condensed` does; it is made here if the process fails."""
        behind = self._waiting.pop()
        if not self._has_failed:
            try:
                return _kept(cache, behind, self._blocks(cancelled))
            except (sqlite3.OperationalError, Damaged):
                # what has died says nothing more
                self._has_failed = True
        return keep_condensed(cache, behind, cancelled)

    def _blocks(self, cancelled: Callable[[], bool]) -> Iterator[tuple[int, PackedParts]]:
        while True:
            try:
                _, answer = self._answers.get(timeout=0.1)
            except queue.Empty:
                answer = ()
            if cancelled():
                raise Cancelled("the refresh was stopped")
            if answer is None:
                return
            if isinstance(answer, Exception):
                raise answer
            if answer:
                yield answer

    def close(self) -> None:
        """End the process."""
        self._process.stop()


def work(orders: IO[bytes], answers: IO[bytes]) -> None:
    """The process's life: the blocks of each track, and None after them."""
    say: Callable[[Any], None] = say_to(answers)
    path, tracks = pickle.load(orders)
    cache = Cache.for_reading(path)
    if cache is None:
        return
    with closing(cache):
        for behind in tracks:
            try:
                for block in condensed_blocks(cache, behind, lambda: False):
                    say(block)
            except (TooMixed, sqlite3.Error, Damaged) as error:
                say(error)
            else:
                say(None)
    # the other side listens until it has heard all
    orders.read()


if __name__ == "__main__":
    # many small objects that refer to nothing: looking for cycles among them finds none
    gc.disable()
    work(sys.stdin.buffer, sys.stdout.buffer)
