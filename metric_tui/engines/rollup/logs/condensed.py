"""Condensed logs in memory: their blocks, read from the cache when first asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial

from metric_tui.engines.rollup.cache import Cache, row_id
from metric_tui.engines.rollup.logs.blocks import Block, unpacked_block
from metric_tui.engines.rollup.logs.groups import Groups
from metric_tui.engines.rollup.logs.memory import LogMemory
from metric_tui.engines.rollup.pack import BLOCK_DAYS
from metric_tui.engines.rollup.scan import runs_of


@dataclass(slots=True)
class Condensed:
    """A condensed log, as far as it has been read."""

    number: int
    """Of its track in the cache."""

    groups: Groups
    """Those of its log."""

    memory: LogMemory
    _blocks: dict[tuple[int, int], Block] = field(default_factory=dict)
    _read: set[tuple[int, int]] = field(default_factory=set)

    def between(self, cache: Cache, part: int, low: int, high: int) -> Iterator[Block]:
        """What one part holds of the days from `low` up to, and without, `high`.

        Args:
            cache: holds the blocks.
            part: which of what is condensed of the log; see `condensing`.
            low: the first day.
            high: the day after the last.

        Raises:
            Damaged: the cache does not hold what was written.
        """
        if low >= high:
            return
        blocks = range(low // BLOCK_DAYS, -(-high // BLOCK_DAYS))
        for first, last in runs_of([block for block in blocks if (part, block) not in self._read]):
            self._take(cache, part, first, last)
        for number in blocks:
            block = self._blocks.get((part, number))
            if block is not None:
                self.memory.use((self.number, part, number))
                found = block.between(low, high)
                if len(found.days):
                    yield found

    def _take(self, cache: Cache, part: int, first: int, last: int) -> None:
        base = row_id(self.number, part, 0)
        self._read.update((part, number) for number in range(first, last + 1))
        for identifier, parts in cache.rows_between("sets", base + first, base + last):
            key = (part, identifier - base)
            block = unpacked_block(parts[part], self.groups, key[1] * BLOCK_DAYS)
            self._blocks[key] = block
            self.memory.hold((self.number, *key), block.nbytes, partial(self._drop, key))

    def _drop(self, key: tuple[int, int]) -> None:
        del self._blocks[key]
        self._read.discard(key)
