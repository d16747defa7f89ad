"""The panels of a what-if: levers, what they do, and the keys."""

from collections.abc import Callable, Sequence
from functools import partial

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.timer import Timer

from metric_tui.analysis.evidence import EdgeFinding
from metric_tui.analysis.supposing import Supposition
from metric_tui.presentation.pieces import EMPTY, Line, Role, line
from metric_tui.presentation.safe import safe
from metric_tui.presentation.what_if_lines import (
    fault_sentence,
    lever_rows,
    outcome_lines,
    places,
    score_lines,
    worth_lines,
)
from metric_tui.tui import workers
from metric_tui.tui.footer import footer_line
from metric_tui.tui.keys import WHAT_IF, keys_here
from metric_tui.tui.screens.closing import ClosingScreen
from metric_tui.tui.seen import Seen
from metric_tui.tui.settings import Settings
from metric_tui.tui.views.base import Fault
from metric_tui.tui.what_if_work import Scored, question_line, supposed
from metric_tui.tui.widgets.bar import Bar
from metric_tui.tui.widgets.lever_table import LeverTable
from metric_tui.tui.widgets.pane import Cells, Content, Pane
from metric_tui.workspace import Workspace

SPOKEN = 5.0
NARROW = 110
"""Columns below which levers stand above the outcome."""


class WhatIfPanels(ClosingScreen[bool]):
    """Draws a supposition; what changes it is the screen's own."""

    DEFAULT_CSS = """
    WhatIfPanels {
        layout: horizontal;
        background: $background;
        overflow: hidden;
        & #lever_side { width: 1fr; height: 1fr; }
        & #levers_head { height: 1; }
        & #levers { height: 1fr; }
        & #outcome { width: 1fr; height: 1fr; padding: 0 0 0 1; border-left: $rule $border-blurred; }
        & #outcome:focus { border-left: $rule $primary; }
        &.-narrow { layout: vertical; }
        &.-narrow #outcome { border-left: none; border-top: $rule $border-blurred; padding: 0; }
        &.-narrow #outcome:focus { border-left: none; border-top: $rule $primary; }
    }
    """

    def __init__(
        self,
        workspace: Workspace,
        settings: Settings,
        seen: Seen,
        findings: tuple[EdgeFinding, ...] = (),
    ) -> None:
        super().__init__()
        self.workspace = workspace
        self.settings = settings
        self.glyphs = settings.glyphs
        self.seen = seen
        self.findings = findings
        self.places = places(seen.tree)
        self.supposition: Supposition | None = None
        self.worth: dict[str, float] = {}
        self.fault: Fault | None = None
        self.scored: Scored | None = None
        self.scenario = ""
        self.is_saved = False
        self._speaking: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Bar(id="header")
        yield Bar(id="footer")
        with Vertical(id="lever_side"):
            yield Bar(id="levers_head")
            yield LeverTable(id="levers", glyphs=self.glyphs)
        yield Pane(id="outcome")

    def on_mount(self) -> None:
        self.set_class(self.app.size.width < NARROW, "-narrow")
        self.levers.focus()
        self.query_one("#header", Bar).show(question_line(self.seen))
        self.call_after_refresh(self.show_all)
        self.fetch("model", partial(supposed, self.workspace, self.seen))

    @property
    def levers(self) -> LeverTable:
        """The table of metrics that can be changed."""
        return self.query_one("#levers", LeverTable)

    @property
    def selected(self) -> str:
        """The metric under the cursor; the focus where there is no other."""
        return self.levers.selected or self.seen.tree.focus

    def title_of(self, metric: str) -> str:
        """How a metric is called."""
        return safe(self.seen.tree.metrics[metric].title)

    # showing

    def show_all(self) -> None:
        """Draw levers and outcome anew."""
        rows = lever_rows(self.seen.tree, self.places, self.supposition, self.worth, self.glyphs)
        self.levers.show(rows)
        cells = self.levers.scrollable_content_region.width
        self.query_one("#levers_head", Bar).show(self.levers.head(cells))
        self.query_one("#outcome", Pane).show(self._outcome, from_top=False)
        self.show_footer()

    def _outcome(self, cells: Cells) -> Content:
        columns, _ = cells
        return Content(lines=tuple(self._outcome_lines(columns)))

    def _outcome_lines(self, columns: int) -> Sequence[Line]:
        tree, glyphs = self.seen.tree, self.glyphs
        lines: list[Line] = []
        if self.fault is not None:
            lines += [*fault_sentence(self.fault.message, self.fault.hint, columns, glyphs), EMPTY]
        if self.supposition is None:
            waiting = line((f"{glyphs.partial} reading the tree's numbers", "dim"))
            return lines or [waiting]
        lines += outcome_lines(self.supposition, self.findings, self._days, columns, glyphs)
        lines.append(EMPTY)
        if self.scored is not None:
            found = self.scored
            lines += score_lines(tree, found.name, found.scores, found.when, columns, glyphs)
            lines.append(EMPTY)
        return [*lines, *worth_lines(tree, self.worth, columns, glyphs)]

    @property
    def _days(self) -> float:
        answer = self.seen.answer
        if answer is None:
            return 0.0
        span = answer.frame.periods[-1].span
        return (span.end - span.start).total_seconds() / 86_400

    def show_footer(self) -> None:
        """The keys, unless something is being said."""
        if self._speaking is None:
            cells = max(self.size.width - 2, 10)
            keys = keys_here(WHAT_IF, self.settings.keymap)
            self.query_one("#footer", Bar).show(
                footer_line(WHAT_IF, "tree", cells, self.glyphs, keys)
            )

    def say(self, text: str, role: Role = "accent") -> None:
        """Tell something in the footer for a moment."""
        if self._speaking is not None:
            self._speaking.stop()
        self.query_one("#footer", Bar).show(line((safe(text), role)))
        self._speaking = self.set_timer(SPOKEN, self._fall_silent)

    def _fall_silent(self) -> None:
        self._speaking = None
        self.show_footer()

    # what is computed off the UI thread

    @work(thread=True, exclusive=True, group="what_if", exit_on_error=False)
    def fetch(self, key: str, fetch: Callable[[], object]) -> None:
        """Off the UI thread: never touches a widget, only posts what it found."""
        found = workers.called(key, fetch, self.settings.state_directory)
        # a file or store that changes below this screen stops what is computed
        stopped = workers.Looked(key, Fault("stopped, as file or store changed", "ask again"))
        self.post_message(found or stopped)

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < NARROW, "-narrow")
        self.call_after_refresh(self.show_all)
