"""Descriptors of store files that are read beside SQLite.

POSIX locks belong to a process and a file: closing any descriptor of a file lets go of every lock
that SQLite holds on it for any connection of this process. So a descriptor stays open after its
reading. The oldest of many is closed, since by then its store is no longer in use.
"""

import os
from collections import OrderedDict
from pathlib import Path
from threading import Lock

MOST_HELD = 64

_held: OrderedDict[tuple[int, int], int] = OrderedDict()
"""By device and inode, the one used last at the end."""

_lock = Lock()


def read_at(path: Path, count: int, offset: int) -> bytes:
    """Bytes of the file that is at a path now; fewer where it ends.

    Raises:
        OSError: there is none, or it may not be read.
    """
    return os.pread(held(path), count, offset)


def held(path: Path) -> int:
    """A descriptor of the file that is at a path now, to be read from and never closed.

    Raises:
        OSError: there is none, or it may not be read.
    """
    stat = path.stat()
    key = stat.st_dev, stat.st_ino
    with _lock:
        if key not in _held:
            _held[key] = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
            while len(_held) > MOST_HELD:
                os.close(_held.popitem(last=False)[1])
        _held.move_to_end(key)
        return _held[key]
