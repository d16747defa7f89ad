"""Judging: how the tree's targets stand, found out once there is nothing more urgent."""

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from textual import work
from textual.timer import Timer

from metric_tui.tui import workers
from metric_tui.tui.actions.looking import Looking
from metric_tui.tui.views import view_named
from metric_tui.tui.views.targets import targets_subject

if TYPE_CHECKING:
    from metric_tui.analysis.goals import Goal
    from metric_tui.presentation.exporting import Standing

PAUSE = 1.5
"""Seconds without a move before targets are judged: a third of a second of pure arithmetic."""


class Judging(Looking):
    """Marks targets in tree and card; what the targets view shows is looked up but once."""

    _judging: Timer | None = None
    _judged: "tuple[Hashable, Standing] | None" = None

    @property
    def _targets_key(self) -> Hashable:
        return ("targets", targets_subject(self.question, self.workspace.revision))

    @property
    def standing(self) -> "Standing":
        if self._judged is None or self._judged[0] != self._targets_key:
            return (), ()
        return self._judged[1]

    @property
    def goals(self) -> "Mapping[str, Goal]":
        return {goal.metric: goal for goal in self.standing[0]}

    def judge_targets(self) -> None:
        """Find out in a while how the targets stand, unless that is known or there are none."""
        if self._judging is not None:
            self._judging.stop()
        has_targets = any(metric.target for metric in self.metric_tree.metrics.values())
        key = self._targets_key
        is_known = self._judged is not None and self._judged[0] == key
        if has_targets and self.answer is not None and not is_known:
            self._judging = self.set_timer(PAUSE, partial(self._judge, key))

    def show_pane(self, *, from_top: bool = False) -> None:
        super().show_pane(from_top=from_top)
        if self._judging is not None:
            # a moving cursor comes first
            self._judging.reset()

    def _judge(self, key: Hashable) -> None:
        """Look the targets up, unless something else is asked by now."""
        self._judging = None
        if key == self._targets_key:
            view, seen = view_named("targets"), self.seen
            self.fetch_targets(key, partial(view.fetch, self.workspace, seen))

    @work(thread=True, exclusive=True, group="targets", exit_on_error=False)
    def fetch_targets(self, key: Hashable, fetch: Callable[[], object]) -> None:
        """Off the UI thread: never touches a widget; a new question interrupts it."""
        found = workers.called(key, fetch, self.settings.state_directory)
        if found is not None:
            self.post_message(found)

    def keep_found(self, key: Hashable, found: object) -> None:
        super().keep_found(key, found)
        if key == self._targets_key and isinstance(found, tuple):
            self._judged = (key, found)
            self.show_tree()
            self.show_pane()
