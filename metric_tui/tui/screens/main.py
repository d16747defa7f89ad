"""The explorer itself: the tree, the card beside it, and the question that holds for both."""

from functools import partial
from hashlib import sha256
from time import monotonic

from textual import events, on, work
from textual.app import ComposeResult
from textual.timer import Timer

from metric_tui.planning.question import Question
from metric_tui.presentation.pieces import line, plain
from metric_tui.presentation.safe import safe
from metric_tui.presentation.tree_rows import tree_rows
from metric_tui.presentation.tree_table import columns_for, row_line
from metric_tui.tui import session, workers
from metric_tui.tui.actions.asking import Asking
from metric_tui.tui.actions.driving import Driving
from metric_tui.tui.actions.flagging import Flagging
from metric_tui.tui.actions.following import Following
from metric_tui.tui.actions.idling import Idling
from metric_tui.tui.actions.judging import Judging
from metric_tui.tui.actions.keeping import Keeping
from metric_tui.tui.actions.mapping import Mapping
from metric_tui.tui.actions.supposing import Supposing
from metric_tui.tui.actions.walking import Walking
from metric_tui.tui.arrangement import arrangement_of
from metric_tui.tui.banner import HINTS, is_first_start
from metric_tui.tui.commands import COMMANDS, bindings
from metric_tui.tui.settings import DEFAULT_THEME
from metric_tui.tui.showing import Showing
from metric_tui.tui.views import VIEW_COMMANDS, view_named
from metric_tui.tui.views.base import Fault, FilterBy, ShowEntity
from metric_tui.tui.widgets.bar import Bar
from metric_tui.tui.widgets.line_list import LineList
from metric_tui.tui.widgets.pane import Pane
from metric_tui.tui.widgets.tree_map import TreeMap
from metric_tui.tui.widgets.tree_table import TreeTable

LOOKS_PER_SECOND = 2
FLOOD = 0.06
"""Seconds between two steps of the cursor below which the card waits for the last of them."""

PATIENCE = 0.25
"""Seconds after which numbers of the question before are taken away."""


class MainScreen(
    Walking,
    Mapping,
    Asking,
    Judging,
    Flagging,
    Keeping,
    Supposing,
    Driving,
    Idling,
    Following,
    Showing,
):
    """Asks off the UI thread, accepts unless the user has moved on, hands rows down."""

    BINDINGS = bindings((*COMMANDS, *VIEW_COMMANDS))
    _waiting: Timer | None = None
    _following: Timer | None = None
    _moved_at = 0.0
    _asking = 0
    """How often a question was asked; an answer to an earlier asking is dropped."""

    def compose(self) -> ComposeResult:
        yield Bar(id="header")
        yield Bar(id="banner")
        yield Bar(id="crumbs")
        yield Bar(id="footer")
        yield TreeTable(id="tree", glyphs=self.glyphs)
        yield TreeMap(id="map", glyphs=self.glyphs)
        yield Pane(id="pane")
        yield Bar(id="tiny")

    def on_mount(self) -> None:
        self._restore()
        # known before the first layout, so that there is one layout and not two
        self.place_panes(arrangement_of(*self.app.size))
        self.set_class(self.is_map, "-map")
        self.front.focus()
        self.query_one("#tiny", Bar).show(line("Too small: metric-tui needs 40 x 12 cells"))
        self.faults = self.settings.faults
        self.hints = HINTS if is_first_start(self.settings.state_directory) else ()
        self.show_tree()
        self.show_view(self.view.name)
        self.show_banner()
        # names are on the screen before the first query begins
        self.call_after_refresh(self.ask, self.question, remember=False)
        self.set_interval(1 / LOOKS_PER_SECOND, self.look_for_changes)
        self.call_after_refresh(self.start_rolling)

    def _restore(self) -> None:
        state = self.workspace.load_state()
        tree = self.metric_tree
        self.question = session.question_from(state.get("question"), self.question)
        self.choices = session.choices_from(state.get("choices"), tree)
        self.selected = session.path_from(state.get("selected"), tree) or self.choices.root
        self.view = view_named(str(state.get("view")))
        self.is_map = state.get("map") is True
        dimension = state.get("dimension")
        self.dimension = dimension if isinstance(dimension, str) else None
        self._restore_theme(state.get("theme"))

    def _restore_theme(self, name: object) -> None:
        """The theme chosen last time, where this terminal has not decided otherwise."""
        is_free = self.settings.theme == DEFAULT_THEME
        if is_free and isinstance(name, str) and name in self.app.available_themes:
            self.app.theme = name

    def remember_place(self) -> None:
        """Keep where the user is for the next start."""
        self.workspace.save_state(
            {
                "question": session.question_state(self.question),
                "choices": session.choices_state(self.choices),
                "selected": list(self.selected),
                "view": self.view.name,
                "map": self.is_map,
                "dimension": self.dimension,
                "theme": self.app.theme,
                "skeleton": self._skeleton(),
            }
        )

    def _skeleton(self) -> dict[str, object]:
        """The names on screen, drawn by the next start before anything else is known."""
        rows = tree_rows(self.metric_tree, None, self.choices, self.glyphs)
        cells = max(self.tree_table.size.width - 2, 20)
        columns = columns_for(rows, cells)
        return {
            "digest": sha256(self.workspace.text.encode()).hexdigest(),
            "title": safe(self.metric_tree.name),
            "row": self.tree_table.content_region.y + 1,
            "column": self.tree_table.content_region.x + 1,
            "rows": [plain(row_line(row, columns, cells, self.glyphs)) for row in rows[:60]],
        }

    # asking and being answered

    def ask(self, question: Question, *, remember: bool = True) -> None:
        if remember and question == self.question:
            return
        if remember:
            self.asked_before = [*self.asked_before[-99:], self.question]
        self.note_busy()
        self.workspace.cancel()
        self.question = question
        self._fault = None
        self._wait_for_numbers()
        self.show_header()
        self._compute_anew()

    def _compute_anew(self) -> None:
        self._asking += 1
        self.note_asked()
        self.compute(self.question, self._asking)

    @work(thread=True, exclusive=True, group="answer", exit_on_error=False)
    def compute(self, question: Question, number: int) -> None:
        """Off the UI thread: never touches a widget, only posts what it found."""
        views, state = self.choices.views, self.settings.state_directory
        tell = self.post_message
        self.post_message(workers.answered(self.workspace, question, number, views, state, tell))

    @on(workers.Answered)
    def accept(self, message: workers.Answered) -> None:
        """Show an answer, or what is known of it, unless the user has moved on."""
        if message.number != self._asking:
            return
        self._stop_waiting()
        self.answer = message.answer
        self.contributions = dict(message.contributions)
        self._follow_answer()

    @on(workers.Refused)
    def accept_refusal(self, message: workers.Refused) -> None:
        """Say why there is no answer, unless the user has moved on."""
        if message.number != self._asking:
            return
        self._stop_waiting()
        self._fault = message.fault
        if not message.is_cancelled or self.answer is None or self.answer.question != self.question:
            # what was known when it was stopped stays
            self.answer = None
        if message.is_cancelled:
            self.say("cancelled; r asks again", "warn")
        self._follow_answer()

    def _follow_answer(self) -> None:
        self.show_header()
        self.show_tree()
        self.show_banner()
        self.show_pane()
        if not self.is_part_known:
            self.note_busy()
            self.note_answered()
            self.look_up_now()
            self.judge_targets()
            self.flag_periods()

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
        self._compute_anew()

    def action_cancel(self) -> None:
        """Stop a running query; else close what is on top."""
        if self.is_waiting:
            self.workspace.cancel()
        elif not self.leave_pane():
            self.say("nothing is running; q or Ctrl+Q quits", "dim")

    @property
    def is_waiting(self) -> bool:
        """Whether the question is being answered."""
        answer = self.answer
        is_answered = answer is not None and answer.question == self.question and answer.is_whole
        return not is_answered and self._fault is None

    # what was looked up

    @on(workers.Looked)
    def accept_looked(self, message: workers.Looked) -> None:
        """Hand what was looked up to whoever asked."""
        match message.key:
            case ("edit",):
                self.open_editor(message.found)
            case ("edit_outside",):
                self.open_outside(message.found)
            case ("remove", text):
                self.ask_to_remove(str(text), message.found)
            case ("removed", child):
                self.removed(str(child), message.found)
            case ("undo_save",):
                self.save_taken_back(message.found)
            case ("copy", what):
                self.copied_definition(str(what), message.found)
            case ("entity", _):
                self.show_entity(message.found)
            case _:
                self.keep_found(message.key, message.found)

    def reloaded(self) -> None:
        if not self.workspace.tree.metrics:
            self._fault = Fault("the file holds no metric", "the last tree is still shown")
            self.show_banner()
            return
        tree = self.metric_tree = self.workspace.tree
        self.choices = session.choices_from(session.choices_state(self.choices), tree)
        self.selected = session.path_from(self.selected, tree) or self.choices.root
        self.found.clear()
        self.places_before = []
        self.show_tree()
        self.after_selection()
        self.show_banner()
        self.show_pane()
        self.ask(self.question, remember=False)
        self.start_rolling()

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

    def on_key(self) -> None:
        self.note_busy()
        if self.hints or self.faults:
            self.hints = self.faults = ()
            self.show_banner()

    def on_descendant_focus(self) -> None:
        self.show_footer()

    def on_screen_resume(self) -> None:
        if self.is_mounted:
            self.note_busy()
            self.show_footer()

    def on_resize(self, event: events.Resize) -> None:
        self.place_panes(arrangement_of(event.size.width, event.size.height))
        self.show_header()
        self.show_footer()
