"""Whether the work of a thread is still wanted; engines and long loops ask here."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from metric_tui.base.errors import Cancelled

STOPPED = "the query was stopped"

_ROWS_BETWEEN_CHECKS = 8_192
"""A few milliseconds of any loop over rows."""

_thread = threading.local()


@contextmanager
def stoppable(is_stopped: Callable[[], bool]) -> Iterator[None]:
    """Statements and loops of this thread end with Cancelled once `is_stopped` says so.

    Within another one either of both stops.
    """
    before = stop_check()
    _thread.is_stopped = lambda: before() or is_stopped()
    try:
        yield
    finally:
        _thread.is_stopped = before


def stop_check() -> Callable[[], bool]:
    """What says whether this thread's work is no longer wanted; for another thread to ask."""
    found: Callable[[], bool] | None = getattr(_thread, "is_stopped", None)
    return _never if found is None else found


def check_stopped() -> None:
    """Raise Cancelled if this thread's work is no longer wanted."""
    if stop_check()():
        raise Cancelled(STOPPED)


class StoppableRows(list[tuple[object, ...]]):
    """Rows of a result; going through many of them ends with Cancelled where nobody wants them."""

    def __iter__(self) -> Iterator[tuple[object, ...]]:
        if len(self) <= _ROWS_BETWEEN_CHECKS:
            return super().__iter__()
        return self._checked()

    def _checked(self) -> Iterator[tuple[object, ...]]:
        for start in range(0, len(self), _ROWS_BETWEEN_CHECKS):
            check_stopped()
            yield from self[start : start + _ROWS_BETWEEN_CHECKS]


def _never() -> bool:
    return False
