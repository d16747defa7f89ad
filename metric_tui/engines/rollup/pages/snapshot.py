"""The pages of a SQLite file as one reader sees them, those of its write-ahead log included."""

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from metric_tui.engines.held_files import held
from metric_tui.engines.rollup.pages.file import MAGIC, Bytes, Unreadable, root_page

_LOG_HEADER = 32
_FRAME_HEADER = 24
_INDEX_HEADER = 48
"""Bytes of a write-ahead log's header, of the header of each frame, and of one copy of its index's."""


def _descriptor(path: Path) -> int:
    try:
        return held(path)
    except OSError as error:
        raise Unreadable(f"no file ({error.strerror})") from error


class Snapshot:
    """A SQLite file's pages while a transaction keeps them as they are."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._file = _descriptor(path)
        header = os.pread(self._file, 100, 0)
        if header[:16] != MAGIC:
            raise Unreadable("another format")
        size = int.from_bytes(header[16:18], "big")
        self.page_size = 65_536 if size == 1 else size
        self.usable = self.page_size - header[20]
        self._connection = connection
        self._log, self._frames = _frames(path, self.page_size)

    def root(self, table: str) -> int:
        """The page at which a table's tree begins."""
        return root_page(self._connection, table)

    def page(self, number: int) -> bytes:
        """One page.

        Raises:
            Unreadable: the file ends before it.
        """
        offset = self._frames.get(number)
        if offset is None:
            data = os.pread(self._file, self.page_size, (number - 1) * self.page_size)
        else:
            data = os.pread(self._log, self.page_size, offset)
        if len(data) != self.page_size:
            raise Unreadable("a file that ends early")
        return data

    def pages(self, numbers: NDArray[np.int64]) -> Bytes:
        """Some pages in the order given, shape (pages, page_size)."""
        size = self.page_size
        data: Bytes = np.empty((len(numbers), size), dtype=np.uint8)
        flat = memoryview(data.reshape(-1).data)
        for first, end in self._runs(numbers):
            number = int(numbers[first])
            if end - first == 1:
                data[first] = np.frombuffer(self.page(number), dtype=np.uint8)
                continue
            got = os.preadv(self._file, [flat[first * size : end * size]], (number - 1) * size)
            if got != (end - first) * size:
                raise Unreadable("a file that ends early")
        return data

    def _runs(self, numbers: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
        """Places from which to which pages lie one after another in the file itself."""
        breaks = np.diff(numbers) != 1
        if self._frames:
            logged = np.isin(numbers, np.fromiter(self._frames, dtype=np.int64))
            breaks |= logged[1:] | logged[:-1]
        edges = [0, *(np.flatnonzero(breaks) + 1).tolist(), len(numbers)]
        if len(numbers):
            yield from pairwise(edges)


@contextmanager
def snapshot(path: Path, connection: sqlite3.Connection) -> Iterator[Snapshot]:
    """A file's pages, kept as they are by a transaction of SQLite's own.

    Args:
        path: of the file.
        connection: on which no transaction is open.

    Raises:
        Unreadable: this is no file that can be read by pages.
        sqlite3.Error: it is locked.
    """
    connection.execute("BEGIN")
    try:
        # a transaction begins with its first reading
        connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        yield Snapshot(path, connection)
    finally:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")


def _frames(path: Path, page_size: int) -> tuple[int, dict[int, int]]:
    """A descriptor of the write-ahead log, and by page where its newest image lies in there.

    How many frames count is in the log's index, which every writer shares: later ones are of a
    transaction that is not over, or left over from before the log was begun anew.

    Source: the SQLite file format, section 4, and "WAL-mode File Format", section 2.
    """
    log = Path(f"{path}-wal")
    if not log.exists() or not log.stat().st_size:
        return -1, {}
    index = os.pread(_descriptor(Path(f"{path}-shm")), 2 * _INDEX_HEADER, 0)
    if len(index) < 2 * _INDEX_HEADER or index[:_INDEX_HEADER] != index[_INDEX_HEADER:]:
        raise Unreadable("a write-ahead log whose index is being written")
    frames = int.from_bytes(index[16:20], sys.byteorder)
    descriptor = _descriptor(log)
    found: dict[int, int] = {}
    step = _FRAME_HEADER + page_size
    for frame in range(frames):
        offset = _LOG_HEADER + frame * step
        header = os.pread(descriptor, _FRAME_HEADER, offset)
        # the salts of frame and index are equal bytes
        if len(header) < _FRAME_HEADER or header[8:16] != index[32:40]:
            raise Unreadable("a write-ahead log that was begun anew")
        found[int.from_bytes(header[:4], "big")] = offset + _FRAME_HEADER
    return descriptor, found
