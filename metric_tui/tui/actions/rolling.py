"""Rolling up: a large store is read into its rollups while people look around."""

from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message

from metric_tui.base.errors import Cancelled, MetricTuiError
from metric_tui.tui.actions.looking import Looking

if TYPE_CHECKING:
    from metric_tui.engines.rollup.refreshing import Progress

WORTH_GUESSING = 0.02
"""Of the store; before, the time left would be a guess from how long processes take to start."""

PAUSE = 2.0
"""Seconds between two reports of how far the reading is: each repaints a line over the network."""


WORTH_SAYING = 1.0
"""Seconds of reading from which on it is told, and what is asked next is computed: of a store that
is written to all the time a few new rows are read over and over."""


@dataclass
class Rolled(Message):
    """How far the reading of the store is."""

    text: str


@dataclass
class RolledUp(Message):
    """The reading has ended."""

    text: str = ""
    """What there is to say about it."""

    was_read: bool = False
    """Whether there was anything to read."""


@dataclass
class RollingOver(Message):
    """What is asked next is computed too."""


class Rolling(Looking):
    """Reads what a large store has new into its rollups in the background, saying how far it is."""

    _is_rolling = False
    _rolls_again = False

    def start_rolling(self) -> None:
        """Begin, unless the store is small or read already; after a change of file or store too."""
        self._rolls_again = self._is_rolling
        if not self._is_rolling:
            self._is_rolling = True
            self._roll()

    @work(thread=True, group="rolling", exit_on_error=False)
    def _roll(self) -> None:
        """Off the UI thread: never touches a widget, only posts how far it is."""
        try:
            if self._has_read_long():
                with suppress(MetricTuiError):
                    self.workspace.compute_foreseen()
        finally:
            self.post_message(RollingOver())

    def _has_read_long(self) -> bool:
        """Read the store; whether that was more than a few new rows."""
        said = [0.0]

        def report(progress: "Progress") -> None:
            if progress.seconds >= WORTH_SAYING and monotonic() - said[0] >= PAUSE:
                said[0] = monotonic()
                self.post_message(Rolled(_words(progress)))

        def read() -> None:
            text = "the store is read: answers come at once now" if said[0] else ""
            self.post_message(RolledUp(text, was_read=True))

        try:
            if self.workspace.wants_refresh:
                self.workspace.refresh(report, read)
        except Cancelled:
            return False
        except MetricTuiError as error:
            self.post_message(RolledUp(f"no rollups: {error.message}"))
            return False
        return said[0] > 0

    @on(Rolled)
    def accept_rolled(self, message: Rolled) -> None:
        """Say it in the footer."""
        self.say(message.text)

    @on(RolledUp)
    def accept_rolled_up(self, message: RolledUp) -> None:
        """Say it, and ask again what is still being computed the slow way."""
        if message.text:
            self.say(message.text)
        if message.was_read and self.is_waiting:
            self.ask(self.question, remember=False)

    @on(RollingOver)
    def accept_rolling_over(self) -> None:
        """Begin again where file or store have changed meanwhile."""
        self._is_rolling = False
        if self._rolls_again:
            self.start_rolling()


def _words(progress: "Progress") -> str:
    share = progress.done / progress.total if progress.total else 0.0
    left = progress.seconds_left
    rest = f", {left:.0f} s left" if left is not None and share >= WORTH_GUESSING else ""
    return f"reading the store for instant answers: {share:.0%}{rest}"
