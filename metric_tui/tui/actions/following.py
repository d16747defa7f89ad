"""Following: files and stores that change outside."""

from time import monotonic

from textual import on, work

from metric_tui.tui import workers
from metric_tui.tui.exploring import Exploring

LIVE_SECONDS = 3.0
"""Seconds for which an answer stands at least while events keep coming in."""

LIVE_PAUSES = 10
"""It also stands that many times longer than it took to compute."""


class Following(Exploring):
    """Reads file and store anew, off the UI thread."""

    _asked_at = _answered_at = _took = 0.0

    def note_asked(self) -> None:
        """Remember when the question was asked."""
        self._asked_at = monotonic()

    def note_answered(self) -> None:
        """Remember when it was answered, and how long that took."""
        self._answered_at = monotonic()
        self._took = self._answered_at - self._asked_at

    def look_for_changes(self) -> None:
        """Follow a file that changed outside at once, a store that is written to now and then."""
        changed = self.workspace.poll()
        if changed == "file" or (changed == "store" and self._may_follow_store):
            self.reload_all()

    @property
    def _may_follow_store(self) -> bool:
        """Whether reading a store again neither stops an answer nor fills all the time."""
        pause = max(LIVE_SECONDS, LIVE_PAUSES * self._took)
        return not self.is_waiting and monotonic() - self._answered_at >= pause

    def reload_all(self) -> None:
        self.workspace.cancel()
        self.reload()

    @work(thread=True, exclusive=True, group="answer", exit_on_error=False)
    def reload(self) -> None:
        """Off the UI thread: reads file and store anew."""
        self.post_message(workers.reloaded(self.workspace, self.settings.state_directory))

    @on(workers.Reloaded)
    def accept_reload(self, message: workers.Reloaded) -> None:
        """Follow a file that was read anew."""
        self.reloaded()
        for screen in self.app.screen_stack:
            # by name, as the editor is only imported when it is opened
            told = getattr(screen, "file_changed", None)
            if callable(told):
                told()
        if message.fault is not None:
            self.say(message.fault.message, "warn")

    def reloaded(self) -> None:
        """Show the tree that was read."""
        raise NotImplementedError
