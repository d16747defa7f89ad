"""Statements of engines that cannot ask while they work whether they must end."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

from metric_tui.engines.limits import Run

Result = TypeVar("Result")

WATCH_SECONDS = 0.05
"""Between two looks at a statement from another thread."""


def run_aside(run: Run, work: Callable[[], Result], stop: Callable[[], object]) -> Result:
    """Work on another thread while this one looks whether the statement must end.

    Args:
        run: the statement.
        work: runs it.
        stop: ends it from another thread; called until it has ended.

    Raises:
        KeyboardInterrupt: Ctrl+C, once the statement has ended.
    """
    worker: Future[Result] = Future()

    def target() -> None:
        if not worker.set_running_or_notify_cancel():
            return
        try:
            worker.set_result(work())
        except BaseException as error:  # noqa: BLE001  raised again by who waits
            worker.set_exception(error)

    try:
        # within the `try`: Ctrl+C may come while the thread starts
        threading.Thread(target=target, name="statement", daemon=True).start()
        while not worker.done():
            wait([worker], WATCH_SECONDS)
            if run.is_over():
                stop()
    except BaseException:
        worker.cancel()
        while not worker.done():
            stop()
            wait([worker], WATCH_SECONDS)
        raise
    return worker.result()
