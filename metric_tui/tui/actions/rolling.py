"""Rolling up: a large store is read into its rollups while people look around."""

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from textual import on, work
from textual.message import Message

from metric_tui.base.errors import Cancelled, MetricTuiError
from metric_tui.tui.actions.looking import Looking

if TYPE_CHECKING:
    from metric_tui.engines.rollup.refreshing import Progress

PAUSE = 2.0
"""Seconds between two reports of how far the reading is: each repaints a line over the network."""


@dataclass
class Rolled(Message):
    """How far the reading of the store is, or that it has ended."""

    text: str


class Rolling(Looking):
    """Reads a large store into its rollups in the background, once, saying how far it is."""

    def start_rolling(self) -> None:
        """Begin, unless the store is small or read already."""
        self._roll()

    @work(thread=True, group="rolling", exit_on_error=False)
    def _roll(self) -> None:
        """Off the UI thread: never touches a widget, only posts how far it is."""
        if not self.workspace.wants_refresh:
            return
        said = [0.0]

        def report(progress: "Progress") -> None:
            if monotonic() - said[0] >= PAUSE:
                said[0] = monotonic()
                self.post_message(Rolled(_words(progress)))

        try:
            self.workspace.refresh(report)
        except Cancelled:
            return
        except MetricTuiError as error:
            self.post_message(Rolled(f"no rollups: {error.message}"))
            return
        self.post_message(Rolled("the store is read: answers come at once now"))

    @on(Rolled)
    def accept_rolled(self, message: Rolled) -> None:
        """Say it in the footer."""
        self.say(message.text)


def _words(progress: "Progress") -> str:
    share = progress.done / progress.total if progress.total else 0.0
    left = progress.seconds_left
    rest = f", {left:.0f} s left" if left is not None else ""
    return f"reading the store for instant answers: {share:.0%}{rest}"
