"""The pages of a SQLite file that hold some rows of a table.

The file is held still while it is read: a transaction of SQLite's own is open on it, which keeps
every other process from changing a page, and a file with a write-ahead log that holds anything is
not read at all. Closing the file lets go of the locks that SQLite holds on it, on whatever connection
of the process (POSIX locks belong to a process and a file): only a process that does nothing else
with the store may read it so.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.rollup.pages.varints import one_varint

MAGIC = b"SQLite format 3\x00"
UTF8 = 1
INTERIOR, LEAF = 5, 13
"""Kinds of pages in a table's tree."""

PADDING = 64
"""Bytes after the pages, so that looking ahead of a row's end stays inside."""

MOST_BYTES = 128_000_000
"""Pages held at once: tens of thousands of rows are mostly under a tenth of it."""

_GAP = 4
"""Pages of others that are read along rather than making two reads of one."""

_MOST_DEPTH = 20

Bytes = NDArray[np.uint8]


class Unreadable(Exception):
    """These rows cannot be read from pages; SQL must read them."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Some leaf pages one after another, and `PADDING`."""

    data: Bytes
    starts: NDArray[np.int64]
    """Where each page starts in `data`."""


class PageFile:
    """A SQLite file, read by pages beside a connection of SQLite's."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        header = self._header()
        if header[:16] != MAGIC or int.from_bytes(header[56:60], "big") != UTF8:
            self.close()
            raise Unreadable("another format or encoding")
        size = int.from_bytes(header[16:18], "big")
        self.page_size = 65_536 if size == 1 else size
        self.usable = self.page_size - header[20]
        self._shape = _shape(header)

    def _header(self) -> bytes:
        return os.pread(self._descriptor, 100, 0)

    def close(self) -> None:
        """Let go of the file, and with it of every lock this process has on it."""
        os.close(self._descriptor)

    @contextmanager
    def still(self) -> Iterator[None]:
        """Keep the file as it is.

        Raises:
            Unreadable: some of it stands in a write-ahead log, or its tables are no longer where
                they were when it was opened.
            sqlite3.Error: it is locked.
        """
        self._connection.execute("BEGIN")
        try:
            # a transaction begins with its first reading
            self._connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
            log = Path(f"{self.path}-wal")
            if log.exists() and log.stat().st_size:
                raise Unreadable("a write-ahead log")
            if _shape(self._header()) != self._shape:
                raise Unreadable("tables that have moved")
            yield
        finally:
            self._connection.execute("ROLLBACK")

    def root(self, table: str) -> int:
        """The page at which a table's tree begins."""
        return root_page(self._connection, table)

    def leaves(self, root: int, low: int, high: int) -> list[int]:
        """The leaf pages, in order, of all rows numbered after `low` and up to `high`."""
        found: list[int] = []
        self._descend(root, low, high, found, 0)
        return found

    def _descend(self, page: int, low: int, high: int, found: list[int], depth: int) -> None:
        data = os.pread(self._descriptor, self.page_size, (page - 1) * self.page_size)
        if len(data) < self.page_size or depth > _MOST_DEPTH:
            raise Unreadable("a damaged tree")
        if data[0] == LEAF:
            found.append(page)
            return
        if data[0] != INTERIOR:
            raise Unreadable("a page of another kind")
        children = _children(data, low, high)
        if not children:
            return
        if self._kind(children[0]) == LEAF:
            # all leaves are as far from the root, so one tells of its neighbours
            found.extend(children)
            return
        for child in children:
            self._descend(child, low, high, found, depth + 1)

    def _kind(self, page: int) -> int:
        first = os.pread(self._descriptor, 1, (page - 1) * self.page_size)
        return first[0] if first else 0

    def read(self, pages: list[int]) -> Pages:
        """Some pages, in ascending order of place or not.

        Raises:
            Unreadable: they are too many to be held at once, or the file ends before them.
        """
        size = self.page_size
        runs = _runs(pages)
        if sum(b - a for a, b in runs) * size > MOST_BYTES:
            raise Unreadable("wide rows")
        data: Bytes = np.empty(sum(b - a for a, b in runs) * size + PADDING, dtype=np.uint8)
        data[-PADDING:] = 0
        view = memoryview(data.data)
        begun: dict[int, int] = {}
        place = 0
        for first, end in runs:
            length = (end - first) * size
            got = os.preadv(self._descriptor, [view[place : place + length]], (first - 1) * size)
            if got != length:
                raise Unreadable("a file that ends early")
            begun[first] = place
            place += length
        starts = np.empty(len(pages), dtype=np.int64)
        numbers = np.asarray(pages, dtype=np.int64)
        firsts = np.asarray([first for first, _ in runs], dtype=np.int64)
        places = np.asarray([begun[first] for first, _ in runs], dtype=np.int64)
        order = np.argsort(firsts)
        run = order[np.searchsorted(firsts[order], numbers, side="right") - 1]
        starts[:] = places[run] + (numbers - firsts[run]) * size
        return Pages(data, starts)


def root_page(connection: sqlite3.Connection, table: str) -> int:
    """The page at which a table's tree begins.

    Raises:
        Unreadable: there is no such table.
    """
    found = connection.execute(
        "SELECT rootpage FROM sqlite_master WHERE type = 'table' AND lower(name) = ?",
        (table.lower(),),
    ).fetchone()
    if found is None:
        raise Unreadable("no such table")
    return int(found[0])


def _shape(header: bytes) -> tuple[bytes, bytes, bytes]:
    """What of a file's header changes when tables change or move: its layout and schema cookie."""
    return header[:24], header[40:48], header[56:60]


def _children(data: bytes, low: int, high: int) -> list[int]:
    """The children of an interior page under which rows after `low` up to `high` may lie."""
    count = int.from_bytes(data[3:5], "big")
    pointers = [int.from_bytes(data[12 + 2 * i : 14 + 2 * i], "big") for i in range(count)]

    def key(index: int) -> int:
        return one_varint(data, pointers[index] + 4)

    # child i holds the rows up to key(i), the last child all that follow
    first = _reached(key, count, low + 1)
    last = _reached(key, count, high)
    children = [
        int.from_bytes(data[pointer : pointer + 4], "big") for pointer in pointers[first : last + 1]
    ]
    if last == count:
        children.append(int.from_bytes(data[8:12], "big"))
    return children


def _reached(key: Any, count: int, wanted: int) -> int:
    """The first index whose key is at least `wanted`; `count` where none is."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if key(middle) < wanted:
            low = middle + 1
        else:
            high = middle
    return low


def _runs(pages: list[int]) -> list[tuple[int, int]]:
    """First page and end of each read, small gaps included, in the order of the file."""
    runs: list[tuple[int, int]] = []
    for page in sorted(pages):
        if runs and page <= runs[-1][1] + _GAP:
            runs[-1] = (runs[-1][0], page + 1)
        else:
            runs.append((page, page + 1))
    return runs
