"""Idling: while nobody presses a key, what the next one may ask is computed."""

from collections.abc import Callable
from time import monotonic

from textual import on, work
from textual.timer import Timer

from metric_tui.planning.question import Question
from metric_tui.tui.actions.rolling import Rolling, RollingOver

IDLE = 0.5
"""Seconds without a key after which somebody is taken to read what is shown."""

GROUP = "foreseeing"


class Idling(Rolling):
    """Foresees around the question on screen; the next key stops it."""

    _idling: Timer | None = None
    _busy_at = 0.0
    _busy = 0
    """How often there was something to do; what was begun before gives way."""

    def note_busy(self) -> None:
        """Stop what is foreseen; begin, or go on, when there is nothing to do for a moment."""
        self._busy += 1
        self._busy_at = monotonic()
        if self._idling is None:
            self._idling = self.set_timer(IDLE, self._look_whether_idle)

    @on(RollingOver)
    def note_rolled(self) -> None:
        """What is foreseen waits while the store is read."""
        self.note_busy()

    def _look_whether_idle(self) -> None:
        self._idling = None
        left = self._busy_at + IDLE - monotonic()
        if left <= 0 and self._is_computing:
            left = IDLE
        if left > 0:
            # one timer for any number of keys
            self._idling = self.set_timer(left, self._look_whether_idle)
        elif self.app.screen is self and not self.is_waiting:
            # keys of a dialog or of the editor would not be told to this screen
            self._foresee_around()

    def _foresee_around(self) -> None:
        metric, number = self.selected[-1], self._busy
        dimension = self.dimension_of(metric)
        self.foresee(self.question, metric, dimension, lambda: self._busy != number)

    @property
    def _is_computing(self) -> bool:
        """Whether anything is computed that was asked for, or the store is read."""
        return any(worker.is_running for worker in self.app.workers)

    @work(thread=True, group=GROUP, exit_on_error=False)
    def foresee(
        self,
        question: Question,
        metric: str,
        dimension: str | None,
        cancelled: Callable[[], bool],
    ) -> None:
        """Off the UI thread: never touches a widget, and has nothing to post."""
        self.workspace.foresee_around(question, metric, dimension, cancelled)
