"""The editor's ways through the text: find, go to a line, to a problem, and names to complete."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.message import Message

from metric_tui.base.errors import MetricTuiError
from metric_tui.base.problems import Problem
from metric_tui.tui.screens.editor_saving import SavingScreen
from metric_tui.tui.widgets.completion_list import CompletionList, ranked
from metric_tui.tui.widgets.editor_bars import FindBar, LineBar
from metric_tui.tui.widgets.problem_list import ProblemList
from metric_tui.tui.widgets.yaml_editor import YamlEditor
from metric_tui.tui.yaml_choices import choices_at
from metric_tui.tui.yaml_places import place_at
from metric_tui.workspace import Names, Workspace

NO_NAMES = Names(metrics=(), columns=(), events=(), dimensions=())


class MovingScreen(SavingScreen):
    """A screen with an editor, a find bar, a line bar, a list of problems and one of names.

    Attributes:
        problems: of the text as last checked.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f3,ctrl+f", "find(1)", "Find", key_display="F3", id="editor.find"),
        Binding("shift+f3", "find(-1)", "Find previous", show=False, id="editor.find_previous"),
        Binding("f4,ctrl+g", "ask_line", "Line", key_display="F4", id="editor.line"),
        Binding("f8", "next_problem(1)", "Problem", key_display="F8", id="editor.problem"),
        Binding(
            "shift+f8", "next_problem(-1)", "Problem before", show=False, id="editor.problem_before"
        ),
        Binding("escape", "close_top", "Close", key_display="Esc", id="editor.close"),
    ]

    @dataclass
    class NamesKnown(Message):
        """What may be completed."""

        names: Names

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.problems: tuple[Problem, ...] = workspace.problems
        self._names = NO_NAMES

    @on(ProblemList.Chosen)
    def _go_to_problem(self, message: ProblemList.Chosen) -> None:
        span = message.problem.span
        if span is not None:
            self.editor.go_to(span.line - 1, span.column - 1)
        self.editor.focus()

    def action_next_problem(self, step: int) -> None:
        """Go to the next problem after the cursor, or the one before, round the end."""
        spans = sorted(problem.span for problem in self.problems if problem.span is not None)
        if not spans:
            self.tell("no problems")
            return
        row, column = self.editor.cursor_location
        here = (row + 1, column + 1)
        places = [(span.line, span.column) for span in spans]
        if step > 0:
            line_number, place = next((p for p in places if p > here), places[0])
        else:
            line_number, place = next((p for p in places[::-1] if p < here), places[-1])
        self.editor.go_to(line_number - 1, place - 1)
        self.editor.focus()

    def action_find(self, step: int) -> None:
        """Ask for a word; with one known and the bar open, step on."""
        self._close_names()
        bar = self.query_one(FindBar)
        if bar.has_class("-open") and bar.word:
            self._find(FindBar.Asked(bar.word, step))
            return
        self.query_one(LineBar).close()
        selected = self.editor.selected_text
        bar.open(selected if selected and len(selected.splitlines()) == 1 else bar.word)

    @on(FindBar.Asked)
    def _find(self, message: FindBar.Asked) -> None:
        number, count = self.editor.find(message.word, step=message.step)
        self.query_one(FindBar).show_count(number, count)

    def action_ask_line(self) -> None:
        """Ask for a line to go to."""
        self._close_names()
        self.query_one(FindBar).close()
        self.query_one(LineBar).open(self.editor.document.line_count)

    @on(LineBar.Chosen)
    def _go_to_line(self, message: LineBar.Chosen) -> None:
        self.query_one(LineBar).close()
        self.editor.go_to(message.line - 1)
        self.editor.focus()

    @on(YamlEditor.CompletionAsked)
    def _offer_names(self) -> None:
        editor = self.editor
        row, column = editor.cursor_location
        place = place_at(editor.document.lines, row, column)
        word = editor.word_before_cursor
        found = ranked(choices_at(place, self._names), word)
        if not found or [choice.name for choice in found] == [word]:
            self._close_names()
            return
        offset = editor.cursor_screen_offset - (len(word), -1)
        self.query_one(CompletionList).offer(found, offset)
        editor.has_menu = True

    @on(YamlEditor.MenuKey)
    def _press_in_names(self, message: YamlEditor.MenuKey) -> None:
        if message.key == "escape":
            self._close_names()
        else:
            self.query_one(CompletionList).press(message.key)

    @on(CompletionList.Chosen)
    def _complete(self, message: CompletionList.Chosen) -> None:
        self._close_names()
        row, column = self.editor.cursor_location
        rest = self.editor.document[row][column:]
        # a key is of no use without its colon
        colon = ": " if message.choice.kind == "key" and not rest.lstrip().startswith(":") else ""
        self.editor.complete_with(message.choice.name + colon)

    def _close_names(self) -> None:
        self.query_one(CompletionList).close()
        self.editor.has_menu = False

    def action_close_top(self) -> None:
        """Close what is on top: the list of names, a bar, then the editor."""
        for bar in (self.query_one(FindBar), self.query_one(LineBar)):
            if bar.has_class("-open"):
                bar.close()
                self.editor.focus()
                return
        if self.focused is not None and self.focused is not self.editor:
            self.editor.focus()
        else:
            self.action_leave()

    @work(thread=True, group="names")
    def learn_names(self) -> None:
        """Ask the store for the names that may be completed."""
        try:
            self.post_message(self.NamesKnown(self.workspace.names()))
        except MetricTuiError as error:
            self.post_message(self.Failed(f"no names to complete: {error.message}"))

    @on(NamesKnown)
    def _keep_names(self, message: NamesKnown) -> None:
        self._names = message.names

    def follow_word(self) -> None:
        """Offer what fits the word as it is typed, while the list is open."""
        if self.query_one(CompletionList).is_open:
            self._offer_names()

    def follow_cursor(self) -> None:
        """Close the list once the cursor has left the word."""
        if self.query_one(CompletionList).is_open and not self.editor.word_before_cursor:
            self._close_names()
