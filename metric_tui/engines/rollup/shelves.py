"""The shelves of the stores that are open in this process, the last few of them."""

from collections import OrderedDict
from pathlib import Path
from threading import Lock

from metric_tui.engines.rollup.shelf import Shelf

MOST_SHELVES = 3

_SHELVES: OrderedDict[Path, Shelf] = OrderedDict()
_LOCK = Lock()


def shelf_at(path: Path) -> Shelf:
    """The shelf of a cache file, made when it is first asked for."""
    with _LOCK:
        shelf = _SHELVES.get(path)
        if shelf is None:
            shelf = _SHELVES[path] = Shelf(path)
        _SHELVES.move_to_end(path)
        old = [_SHELVES.popitem(last=False)[1] for _ in range(len(_SHELVES) - MOST_SHELVES)]
    for other in old:
        with other.lock:
            other.close()
    return shelf


def close_shelves() -> None:
    """Let go of every cache file."""
    with _LOCK:
        shelves = list(_SHELVES.values())
        _SHELVES.clear()
    for shelf in shelves:
        with shelf.lock:
            shelf.close()
