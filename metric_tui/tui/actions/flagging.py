"""Flagging: which periods of the tree are not as expected, found out once nobody asks for more."""

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.timer import Timer

from metric_tui.tui import workers
from metric_tui.tui.actions.looking import Looking

if TYPE_CHECKING:
    from metric_tui.analysis.status import Flag

PAUSE = 2.0
"""Seconds without a move before a year of every metric is read; targets come before."""


class Flagging(Looking):
    """Marks periods in the sparklines; a new question interrupts what is being read for them."""

    _flagging: Timer | None = None
    _flagged: "tuple[Hashable, Mapping[str, Mapping[int, Flag]]] | None" = None

    @property
    def _flags_key(self) -> Hashable:
        return ("unusual", self.question, self.workspace.revision)

    @property
    def unusual(self) -> "Mapping[str, Mapping[int, Flag]]":
        if self._flagged is None or self._flagged[0] != self._flags_key:
            return {}
        return self._flagged[1]

    def flag_periods(self) -> None:
        """Find out in a while which periods are not as expected, unless that is known."""
        if self._flagging is not None:
            self._flagging.stop()
            self._flagging = None
        key = self._flags_key
        is_known = self._flagged is not None and self._flagged[0] == key
        if self.answer is not None and not is_known:
            self._flagging = self.set_timer(PAUSE, partial(self._flag, key))

    def show_pane(self, *, from_top: bool = False) -> None:
        super().show_pane(from_top=from_top)
        if self._flagging is not None:
            # a moving cursor comes first
            self._flagging.reset()

    def _flag(self, key: Hashable) -> None:
        """Look the flags up, unless something else is asked by now."""
        self._flagging = None
        answer = self.answer
        if key == self._flags_key and answer is not None and answer.question == self.question:
            self.fetch_flags(key, partial(self.workspace.unusual, answer))

    @work(thread=True, exclusive=True, group="unusual", exit_on_error=False)
    def fetch_flags(self, key: Hashable, fetch: Callable[[], object]) -> None:
        """Off the UI thread: never touches a widget; a new question interrupts it."""
        found = workers.called(key, fetch, self.settings.state_directory)
        if found is not None:
            self.post_message(found)

    def keep_found(self, key: Hashable, found: object) -> None:
        super().keep_found(key, found)
        if key == self._flags_key and isinstance(found, Mapping):
            self._flagged = (key, found)
            self.show_tree()
            self.show_pane()
