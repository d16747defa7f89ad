"""Stops a statement: when its time is over, when nobody wants it, when somebody says so."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from metric_tui.base.errors import Cancelled, MetricTuiError, TimeLimitMet
from metric_tui.base.stopping import STOPPED, stop_check


class Run:
    """One statement that is running.

    Args:
        seconds: how long it may take; None for as long as it needs.
        what: the subject of the sentence that says the limit was met.
    """

    def __init__(self, seconds: float | None, what: str) -> None:
        self.is_interrupted = False
        self._seconds = seconds
        self._what = what
        self._deadline = None if seconds is None else monotonic() + seconds
        self._is_stopped = stop_check()

    def is_over(self) -> bool:
        """Whether it must end."""
        return self.is_interrupted or self._is_stopped() or self._is_late()

    def _is_late(self) -> bool:
        return self._deadline is not None and monotonic() > self._deadline

    def reason(self) -> MetricTuiError | None:
        """Why it must end; None where nobody asked for that."""
        if self.is_interrupted or self._is_stopped():
            return Cancelled(STOPPED)
        if not self._is_late():
            return None
        return TimeLimitMet(
            f"{self._what} took longer than {self._seconds:g} s and was stopped",
            hint=f"`--timeout {10 * (self._seconds or 0):g}` gives it more time, and `--timeout 0` no limit",
        )

    def stopped(self) -> BaseException:
        """What to raise for a statement that the engine says was interrupted.

        Where nobody asked for that it was Ctrl+C: Python raises it in the engine's callback, and
        the engine loses it there.
        """
        reason = self.reason()
        if reason is None and threading.current_thread() is threading.main_thread():
            return KeyboardInterrupt()
        return reason or Cancelled(STOPPED)


class Limits:
    """The statements of one engine that are running, and how long each may take."""

    def __init__(self) -> None:
        self.seconds: float | None = None
        """For one statement; None for no limit."""
        self.times_met = 0
        """How often a statement was stopped because its time was over, or not begun again."""
        self._met: dict[str, TimeLimitMet] = {}
        self._late: dict[str, TimeLimitMet] = {}
        self._thread = threading.local()
        self._runs: set[Run] = set()
        self._lock = threading.Lock()

    @contextmanager
    def running(self, what: str = "a statement to the store") -> Iterator[Run]:
        """One statement of this thread, from its start to its last row."""
        run, before = Run(self.seconds, what), getattr(self._thread, "run", None)
        self._thread.run = run
        with self._lock:
            self._runs.add(run)
        try:
            yield run
        except TimeLimitMet as error:
            self._note(error)
            raise
        finally:
            self._thread.run = before
            with self._lock:
                self._runs.discard(run)

    def is_over(self) -> bool:
        """Whether the statement of this thread must end."""
        run: Run | None = getattr(self._thread, "run", None)
        return run is not None and run.is_over()

    @contextmanager
    def once(self, name: str) -> Iterator[None]:
        """What is not begun again once it met the limit: it would take as long each time.

        Args:
            name: of what is done, the state of the store included.
        """
        late = self._late.get(name)
        if late is not None:
            self._note(late)
            raise late
        try:
            yield
        except TimeLimitMet as error:
            self._late[name] = error
            raise

    @property
    def met(self) -> tuple[TimeLimitMet, ...]:
        """What was stopped because its time was over, each sentence once."""
        return tuple(self._met.values())

    def _note(self, error: TimeLimitMet) -> None:
        self.times_met += 1
        self._met[error.message] = error

    @property
    def is_running(self) -> bool:
        """Whether a statement is running."""
        return bool(self._runs)

    def interrupt(self) -> None:
        """End all statements that are running."""
        with self._lock:
            for run in self._runs:
                run.is_interrupted = True
