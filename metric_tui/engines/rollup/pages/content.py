"""A hash over the rows of a table, by the pages that hold them.

Appending leaves every page but the last as it is, and so the hash of those before it; any other
change of a row, wherever it is, changes a page that holds it. Pages that SQLite wrote anew without
a change of any row (as VACUUM does) count as changed, which costs reading them and no more.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup.pages.file import INTERIOR, LEAF, Bytes, Unreadable
from metric_tui.engines.rollup.pages.snapshot import Snapshot
from metric_tui.engines.rollup.pages.varints import one_varint

PAGES_AT_ONCE = 1_024
_MOST_DEPTH = 20

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageHash:
    """What the first leaf pages of a table held."""

    leaves: int
    digest: str
    after: int | None
    """The last row number on those pages; None where there are none."""


class _Content:
    """Hashes of leaf pages and of those that long rows go on in, each in the order of rows.

    They are two, so that it makes no difference how many pages are read at once.
    """

    def __init__(self) -> None:
        self.leaves = hashlib.sha256()
        self.overflow = hashlib.sha256()

    @property
    def digest(self) -> str:
        return self.leaves.hexdigest() + self.overflow.hexdigest()


@dataclass(slots=True)
class TablePages:
    """The pages of one table, in the order of its row numbers."""

    snapshot: Snapshot
    leaves: Numbers

    def __init__(self, snapshot: Snapshot, table: str) -> None:
        self.snapshot = snapshot
        found = list(_leaves(snapshot, snapshot.root(table), 0))
        self.leaves = np.concatenate(found) if found else np.empty(0, dtype=np.int64)

    def hashed(self, high: int, counts: tuple[int, ...] = ()) -> tuple[list[str | None], PageHash]:
        """Hashes of the pages whose rows are numbered up to `high`, all but the last page.

        Args:
            high: a row number.
            counts: ascending numbers of leaf pages whose hash is wanted as well.

        Returns:
            The hashes asked for, None where the table has not as many pages; and the whole.

        Raises:
            Unreadable: a page is not what it should be.
        """
        last = self._whole_up_to(high)
        stops = sorted({count for count in (*counts, last) if count <= len(self.leaves)})
        hashes: dict[int, str] = {}
        content, done = _Content(), 0
        for stop in stops:
            self._add(content, self.leaves[done:stop])
            hashes[stop] = content.digest
            done = stop
        after = self._last_row(last - 1) if last else None
        return [hashes.get(count) for count in counts], PageHash(
            leaves=last, digest=hashes[last], after=after
        )

    def _whole_up_to(self, high: int) -> int:
        """How many leaf pages before the last one hold no row after `high`."""
        count = max(len(self.leaves) - 1, 0)
        while count and self._last_row(count - 1) > high:
            count -= 1
        return count

    def _last_row(self, leaf: int) -> int:
        data = self.snapshot.page(int(self.leaves[leaf]))
        cells = int.from_bytes(data[3:5], "big")
        if data[0] != LEAF or not cells:
            raise Unreadable("a page of another kind")
        cell = int.from_bytes(data[6 + 2 * cells : 8 + 2 * cells], "big")
        return one_varint(data, _after_varint(data, cell))

    def _add(self, content: "_Content", leaves: Numbers) -> None:
        for first in range(0, len(leaves), PAGES_AT_ONCE):
            data = self.snapshot.pages(leaves[first : first + PAGES_AT_ONCE])
            content.leaves.update(data.reshape(-1).data)
            for page, cell in _long_cells(data, self.snapshot.usable):
                for more in _overflow(self.snapshot, data[page].tobytes(), cell):
                    content.overflow.update(more)


def _leaves(snapshot: Snapshot, number: int, depth: int) -> Iterator[Numbers]:
    """The leaf pages under a page, in order."""
    data = snapshot.page(number)
    if data[0] == LEAF:
        yield np.asarray([number], dtype=np.int64)
        return
    if data[0] != INTERIOR or depth > _MOST_DEPTH:
        raise Unreadable("a page of another kind")
    children = _children(data)
    if snapshot.page(int(children[0]))[0] == LEAF:
        # all leaves are as far from the root, so one tells of its neighbours
        yield children
        return
    for child in children:
        yield from _leaves(snapshot, int(child), depth + 1)


def _children(data: bytes) -> Numbers:
    count = int.from_bytes(data[3:5], "big")
    pointers = np.frombuffer(data, dtype=">u2", count=count, offset=12).astype(np.int64)
    page = np.frombuffer(data, dtype=np.uint8)
    found = np.zeros(count + 1, dtype=np.int64)
    for place in range(4):
        found[:-1] = found[:-1] * 256 + page[pointers + place]
    found[-1] = int.from_bytes(data[8:12], "big")
    return found


def _long_cells(data: Bytes, usable: int) -> Iterator[tuple[int, int]]:
    """Cells that go on in other pages: the place of their page in `data`, and theirs in the page."""
    if np.any(data[:, 0] != LEAF):
        raise Unreadable("a page of another kind")
    size = data.shape[1]
    flat = data.reshape(-1)
    counts = data[:, 3].astype(np.int64) * 256 + data[:, 4]
    pages = np.repeat(np.arange(len(data)), counts)
    nth = np.arange(len(pages)) - np.repeat(np.cumsum(counts) - counts, counts)
    pointers = pages * size + 8 + 2 * nth
    cells = flat[pointers].astype(np.int64) * 256 + flat[pointers + 1]
    places = pages * size + cells
    # a length under 128 takes one byte, one under 16,384 two: SQLite's smallest page holds 477
    first = flat[places].astype(np.int64)
    second = flat[np.minimum(places + 1, len(flat) - 1)].astype(np.int64)
    short = np.where(first < 128, first, (first - 128) * 128 + second)
    is_long = (first >= 128) & ((second >= 128) | (short > usable - 35))
    for index in np.flatnonzero(is_long):
        yield int(pages[index]), int(cells[index])


def _overflow(snapshot: Snapshot, page: bytes, cell: int) -> Iterator[bytes]:
    """The pages on which a row goes on, none where it ends on its own.

    Source: the SQLite file format, section 1.6, "Cell Payload Overflow Pages".
    """
    usable = snapshot.usable
    payload = one_varint(page, cell)
    if payload <= usable - 35:
        return
    least = (usable - 12) * 32 // 255 - 23
    local = least + (payload - least) % (usable - 4)
    local = local if local <= usable - 35 else least
    place = _after_varint(page, _after_varint(page, cell)) + local
    number = int.from_bytes(page[place : place + 4], "big")
    for _ in range(payload // (usable - 4) + 1):
        if not number:
            return
        data = snapshot.page(number)
        yield data
        number = int.from_bytes(data[:4], "big")


def _after_varint(data: bytes, place: int) -> int:
    for length in range(1, 9):
        if data[place + length - 1] < 128:
            return place + length
    return place + 9
