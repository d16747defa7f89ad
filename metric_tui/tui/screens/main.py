"""The explorer itself: the tree, the card beside it, and the question that holds for both."""

from collections.abc import Callable, Hashable
from functools import partial
from time import monotonic

from textual import events, on, work
from textual.app import ComposeResult
from textual.timer import Timer

from metric_tui.planning.question import Question
from metric_tui.presentation.header import header_line
from metric_tui.presentation.pieces import Line, Role, line
from metric_tui.presentation.safe import safe
from metric_tui.presentation.tree_rows import tree_rows
from metric_tui.tui import session, workers
from metric_tui.tui.actions.asking import Asking
from metric_tui.tui.actions.keeping import Keeping
from metric_tui.tui.actions.looking import Looking
from metric_tui.tui.actions.walking import Walking
from metric_tui.tui.arrangement import arrangement_of
from metric_tui.tui.banner import banner_lines
from metric_tui.tui.commands import COMMANDS, Place, bindings
from metric_tui.tui.footer import footer_line
from metric_tui.tui.views import VIEW_COMMANDS, view_named
from metric_tui.tui.views.base import Fault, FilterBy, ShowEntity
from metric_tui.tui.widgets.bar import Bar
from metric_tui.tui.widgets.line_list import LineList
from metric_tui.tui.widgets.pane import Pane
from metric_tui.tui.widgets.tree_table import TreeTable

LOOKS_PER_SECOND = 2
REST = 0.12
"""Seconds the cursor rests on a row before more is looked up about it."""

FLOOD = 0.06
"""Seconds between two steps of the cursor below which the card waits for the last of them."""

PATIENCE = 0.25
"""Seconds after which numbers of the question before are taken away."""

SPOKEN = 5.0
"""Seconds a message stays in the footer."""


class MainScreen(Walking, Asking, Looking, Keeping):
    """Asks off the UI thread, accepts unless the user has moved on, hands rows down."""

    BINDINGS = bindings((*COMMANDS, *VIEW_COMMANDS))
    _waiting: Timer | None = None
    _resting: Timer | None = None
    _speaking: Timer | None = None
    _following: Timer | None = None
    _moved_at = 0.0
    _fault: Fault | None = None

    def compose(self) -> ComposeResult:
        yield Bar(id="header")
        yield Bar(id="banner")
        yield Bar(id="crumbs")
        yield Bar(id="footer")
        yield TreeTable(id="tree", glyphs=self.glyphs)
        yield Pane(id="pane")
        yield Bar(id="tiny")

    def on_mount(self) -> None:
        self._restore()
        # known before the first layout, so that there is one layout and not two
        self.place_panes(arrangement_of(*self.app.size))
        self.tree_table.border_title = "Tree"
        self.tree_table.focus()
        self.query_one("#tiny", Bar).show(line("Too small: metric-tui needs 40 x 12 cells"))
        self.show_tree()
        self.show_view(self.view.name)
        self.show_banner()
        # names are on the screen before the first query begins
        self.call_after_refresh(self.ask, self.question, remember=False)
        self.set_interval(1 / LOOKS_PER_SECOND, self.look_for_changes)

    def _restore(self) -> None:
        state = self.workspace.load_state()
        tree = self.workspace.tree
        self.question = session.question_from(state.get("question"), self.question)
        self.choices = session.choices_from(state.get("choices"), tree)
        self.selected = session.path_from(state.get("selected"), tree) or self.choices.root
        self.view = view_named(str(state.get("view")))
        dimension = state.get("dimension")
        self.dimension = dimension if isinstance(dimension, str) else None

    def remember_place(self) -> None:
        """Keep where the user is for the next start."""
        self.workspace.save_state(
            {
                "question": session.question_state(self.question),
                "choices": session.choices_state(self.choices),
                "selected": list(self.selected),
                "view": self.view.name,
                "dimension": self.dimension,
                "theme": self.app.theme,
            }
        )

    # asking and being answered

    def ask(self, question: Question, *, remember: bool = True) -> None:
        if remember and question == self.question:
            return
        if remember:
            self.asked_before = [*self.asked_before[-99:], self.question]
        self.workspace.cancel()
        self.question = question
        self._fault = None
        self._wait_for_numbers()
        self.show_header()
        self.compute(question)

    @work(thread=True, exclusive=True, group="answer", exit_on_error=False)
    def compute(self, question: Question) -> None:
        """Off the UI thread: never touches a widget, only posts what it found."""
        views, state = self.choices.views, self.settings.state_directory
        self.post_message(workers.answered(self.workspace, question, views, state))

    @on(workers.Answered)
    def accept(self, message: workers.Answered) -> None:
        """Show an answer unless the user has moved on."""
        if message.question != self.question:
            return
        self._stop_waiting()
        self.answer = message.answer
        self.contributions = dict(message.contributions)
        self._follow_answer()

    @on(workers.Refused)
    def accept_refusal(self, message: workers.Refused) -> None:
        """Say why there is no answer, unless the user has moved on."""
        if message.question != self.question:
            return
        self._stop_waiting()
        self._fault = message.fault
        self.answer = None
        if message.is_cancelled:
            self.say("cancelled; r asks again", "warn")
        self._follow_answer()

    def _follow_answer(self) -> None:
        self.show_header()
        self.show_tree()
        self.show_banner()
        self.show_pane()

    def _wait_for_numbers(self) -> None:
        self._stop_waiting()
        self._waiting = self.set_timer(PATIENCE, self._take_numbers_away)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.stop()
            self._waiting = None

    def _take_numbers_away(self) -> None:
        self._waiting = None
        if self.answer is not None and self.answer.question != self.question:
            self.answer = None
            self.show_header()
            self.show_tree()
            self.show_pane()

    def after_contributions(self) -> None:
        self.compute(self.question)

    def action_cancel(self) -> None:
        """Stop a running query; else close what is on top."""
        if self.is_waiting:
            self.workspace.cancel()
        elif not self.leave_pane():
            self.say("nothing is running; q or Ctrl+Q quits", "dim")

    @property
    def is_waiting(self) -> bool:
        """Whether the question is being answered."""
        is_answered = self.answer is not None and self.answer.question == self.question
        return not is_answered and self._fault is None

    # showing

    def show_header(self) -> None:
        """Draw the header anew."""
        header = self.query_one("#header", Bar)
        frame = self.answer.frame if self.answer else None
        if self.answer is not None and self.answer.question != self.question:
            frame = None
        waiting = "" if frame else ("no answer" if self._fault else "computing")
        header.show(
            header_line(
                self.workspace.tree, self.question, frame, max(self.size.width - 2, 10), self.glyphs,
                store=self.workspace.store_name, waiting=waiting,
            )
        )  # fmt: skip

    def show_tree(self) -> None:
        rows = tree_rows(
            self.workspace.tree, self.answer, self.choices, self.glyphs,
            contributions=self.contributions if self.answer else None,
        )  # fmt: skip
        self.tree_table.show(rows, self.selected)
        self.show_crumbs()

    def show_crumbs(self) -> None:
        """The path above the root, where there is one."""
        crumbs = self.query_one("#crumbs", Bar)
        metrics = self.workspace.tree.metrics
        titles = [safe(metrics[name].title) for name in self.choices.root]
        joined = f" {self.glyphs.crumb} ".join(titles[:-1])
        last = f" {self.glyphs.crumb} {titles[-1]}"
        crumbs.show(line((joined, "dim"), (last, "strong")))
        crumbs.display = len(titles) > 1

    def show_banner(self) -> None:
        """Problems of the file, and why there is no answer."""
        banner = self.query_one("#banner", Bar)
        lines: list[Line] = list(banner_lines(self.workspace, self.glyphs))
        if self._fault is not None:
            hint = f" ({safe(self._fault.hint)})" if self._fault.hint else ""
            lines.append(line((f"{self.glyphs.bad} {safe(self._fault.message)}{hint}", "bad")))
        banner.display = bool(lines)
        if lines:
            banner.styles.height = len(lines)
            banner.show(*lines)

    def show_footer(self) -> None:
        """The keys of the place that has the focus, unless something is being said."""
        if self._speaking is not None:
            return
        place: Place = "pane" if self.pane.has_focus else "tree"
        cells = max(self.size.width - 2, 10)
        self.query_one("#footer", Bar).show(
            footer_line(COMMANDS, place, cells, self.glyphs, self.settings.keymap)
        )

    def say(self, text: str, role: Role = "accent") -> None:
        if self._speaking is not None:
            self._speaking.stop()
        self.query_one("#footer", Bar).show(line((safe(text), role)))
        self._speaking = self.set_timer(SPOKEN, self._fall_silent)

    def _fall_silent(self) -> None:
        self._speaking = None
        self.show_footer()

    # looking up

    def rest(self, key: Hashable) -> None:
        """Look the view's subject up once the cursor has rested for a moment."""
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(REST, partial(self.look_up_view, key))

    @work(thread=True, exclusive=True, group="view", exit_on_error=False)
    def fetch(self, key: Hashable, fetch: Callable[[], object]) -> None:
        """Off the UI thread: never touches a widget, only posts what it found."""
        found = workers.called(key, fetch, self.settings.state_directory)
        if found is not None:
            self.post_message(found)

    def look_up(self, key: Hashable, fetch: Callable[[], object]) -> None:
        self.fetch(key, fetch)

    @on(workers.Looked)
    def accept_looked(self, message: workers.Looked) -> None:
        """Hand what was looked up to whoever asked."""
        match message.key:
            case ("edit",):
                self.open_editor(message.found)
            case ("edit_outside",):
                self.open_outside(message.found)
            case ("copy", what):
                self.copied_definition(str(what), message.found)
            case ("entity", _):
                self.show_entity(message.found)
            case _:
                self.keep_found(message.key, message.found)

    # files and stores that change

    def look_for_changes(self) -> None:
        """Follow a file or store that changed outside."""
        if self.workspace.poll() != "nothing":
            self.reload_all()

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
        if message.fault is not None:
            self.say(message.fault.message, "warn")

    def reloaded(self) -> None:
        tree = self.workspace.tree
        self.choices = session.choices_from(session.choices_state(self.choices), tree)
        self.selected = session.path_from(self.selected, tree) or self.choices.root
        self.found.clear()
        self.places_before = []
        self.show_tree()
        self.after_selection()
        self.show_banner()
        self.show_pane()
        self.ask(self.question, remember=False)

    # what the widgets say

    @on(TreeTable.Moved, "#tree")
    def follow_cursor(self) -> None:
        """The card follows the tree's cursor."""
        row = self.tree_table.selected
        if row is None or row.path == self.selected:
            return
        self.selected = row.path
        now = monotonic()
        is_flood, self._moved_at = now - self._moved_at < FLOOD, now
        if self._following is not None:
            self._following.stop()
            self._following = None
        if is_flood:
            self._following = self.set_timer(FLOOD, partial(self.show_pane, from_top=True))
        else:
            self.show_pane(from_top=True)

    @on(LineList.Chosen, "#tree")
    def click_row(self) -> None:
        """A second click on a row drills."""
        self.action_drill()

    @on(LineList.Chosen, "#pane")
    def click_pane(self) -> None:
        """A second click on a line of the card is its Enter."""
        self.choose()

    def choose(self) -> bool:
        """Do what Enter on the card's line means; whether it means anything."""
        match self.pane.choice:
            case FilterBy() as choice:
                self.filter_by(choice)
            case ShowEntity() as choice:
                self.look_up_entity(choice)
            case _:
                return False
        return True

    def action_drill(self) -> None:
        """Enter, wherever the focus is."""
        if not self.pane.has_focus:
            super().action_drill()
        elif not self.choose():
            self.action_full()

    def on_descendant_focus(self) -> None:
        self.show_footer()

    def on_screen_resume(self) -> None:
        if self.is_mounted:
            self.show_footer()

    def on_resize(self, event: events.Resize) -> None:
        self.place_panes(arrangement_of(event.size.width, event.size.height))
        self.show_header()
        self.show_footer()
