"""The full-screen editor of the tree file."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.css.query import NoMatches
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static, TextArea
from textual.worker import get_current_worker

from metric_tui.base.errors import Cancelled, MetricTuiError
from metric_tui.base.problems import Problem
from metric_tui.base.stopping import stoppable
from metric_tui.planning.question import Question
from metric_tui.presentation.glyphs import UNICODE, Glyphs
from metric_tui.presentation.numbers import COUNT, number_style
from metric_tui.presentation.pieces import EMPTY, line
from metric_tui.presentation.problem_groups import grouped
from metric_tui.presentation.safe import safe
from metric_tui.tui.screens.editor_moves import MovingScreen
from metric_tui.tui.widgets.completion_list import CompletionList
from metric_tui.tui.widgets.editor_bars import FindBar, LineBar
from metric_tui.tui.widgets.editor_preview import PreviewStrip, preview_line
from metric_tui.tui.widgets.problem_list import ProblemList
from metric_tui.tui.widgets.yaml_editor import YamlEditor
from metric_tui.tui.yaml_places import metric_at
from metric_tui.workspace import Preview, Workspace


class EditorScreen(MovingScreen):
    """Edits the tree file; gives True when something was saved.

    What is slow is done by workers: the check after a short pause in typing, the preview and the
    copy of unsaved text after a longer one. What they find about an older text is dropped.
    """

    CHECK_PAUSE: ClassVar[float] = 0.12
    """Seconds without a key before the text is checked."""

    TITLE_PAUSE: ClassVar[float] = 0.08
    """Seconds without a key before the cursor's place is shown anew; one frame less at each key."""

    PREVIEW_PAUSE: ClassVar[float] = 0.6
    """Seconds without a key before the preview and the copy of unsaved text are made."""

    AUTO_FOCUS = "YamlEditor"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2,ctrl+s", "save", "Save", priority=True, key_display="F2", id="editor.save"),
        Binding("f10", "undo_save", "Undo save", key_display="F10", id="editor.undo_save"),
    ]

    KEYS: ClassVar[tuple[tuple[str, str], ...]] = (
        ("F2", "save"),
        ("F3", "find"),
        ("F4", "line"),
        ("F5", "names"),
        ("F8", "problem"),
        ("F9", "comment"),
        ("Esc", "close"),
    )

    DEFAULT_CSS = """
    EditorScreen {
        & > #title { height: 1; background: $panel; padding: 0 1; text-wrap: nowrap; }
        & > #keys { height: 1; background: $panel; padding: 0 1; text-wrap: nowrap; }
        & > ProblemList { height: 4; }
        &.-tall > ProblemList { height: 8; }
    }
    """
    VERTICAL_BREAKPOINTS = [(0, "-short"), (34, "-tall")]

    @dataclass
    class Checked(Message):
        """The problems of a text."""

        text: str
        problems: tuple[Problem, ...]

    @dataclass
    class Previewed(Message):
        """What a text would do to a metric, or why that cannot be said."""

        text: str
        metric: str
        found: Preview | str

    def __init__(
        self, workspace: Workspace, line: int, metric: str | None, question: Question
    ) -> None:
        """Prepare to edit the workspace's file.

        Args:
            workspace: the tree file's owner.
            line: where to begin, from 1.
            metric: what the preview shows while the cursor is in no metric's definition.
            question: what the preview asks.
        """
        super().__init__(workspace)
        self._line = line
        self._metric = metric
        self._question = question
        self._check_timer: Timer | None = None
        self._preview_timer: Timer | None = None
        self._title_timer: Timer | None = None
        self._told = ""

    def compose(self) -> ComposeResult:
        yield Static("", id="title", markup=False)
        yield YamlEditor(self.base)
        yield FindBar()
        yield LineBar()
        yield PreviewStrip(markup=False)
        yield ProblemList()
        yield Static(self._key_line(), id="keys", markup=False)
        yield CompletionList()

    def _key_line(self) -> Content:
        return Content("  ").join(
            Content.assemble((key, "bold $text-accent"), f" {word}") for key, word in self.KEYS
        )

    @property
    def glyphs(self) -> Glyphs:
        """The characters the app draws with."""
        found = getattr(self.app, "glyphs", UNICODE)
        return found if isinstance(found, Glyphs) else UNICODE

    def on_mount(self) -> None:
        self.editor.go_to(self._line - 1)
        # a place can be centred once there is a size
        self.call_after_refresh(self.editor.scroll_cursor_visible, center=True, animate=False)
        self._show_problems(self.problems)
        self.check(self.base)
        self.learn_names()
        self.find_recovery()

    @on(TextArea.Changed)
    def _text_changed(self) -> None:
        """Check and preview after pauses; nothing slow happens while keys arrive."""
        self._told = ""
        for timer in (self._check_timer, self._preview_timer):
            if timer is not None:
                timer.stop()
        self._check_timer = self.set_timer(self.CHECK_PAUSE, self._check_now)
        self._preview_timer = self.set_timer(self.PREVIEW_PAUSE, self._preview_now)
        self.follow_word()

    def _check_now(self) -> None:
        self.check(self.editor.text)

    def _preview_now(self) -> None:
        text = self.editor.text
        self.keep(text)
        metric = metric_at(self.editor.document.lines, self.editor.cursor_location[0])
        metric = metric or self._metric
        if text == self.base or metric is None:
            self.query_one(PreviewStrip).show_line(EMPTY)
        else:
            self.preview(text, metric)

    @work(thread=True, exclusive=True, group="check")
    def check(self, text: str) -> None:
        """Find a text's problems."""
        try:
            with _wanted_by_worker():
                self.post_message(self.Checked(text, self.workspace.check(text)))
        except Cancelled:
            return
        except MetricTuiError as error:
            self.post_message(self.Failed(f"the text cannot be checked: {error.message}"))

    @work(thread=True, exclusive=True, group="preview")
    def preview(self, text: str, metric: str) -> None:
        """Find what a text would do to a metric."""
        try:
            with _wanted_by_worker():
                found: Preview | str = self.workspace.preview(text, metric, self._question)
        except Cancelled:
            return
        except MetricTuiError as error:
            found = error.message
        self.post_message(self.Previewed(text, metric, found))

    @on(Checked)
    def _accept_problems(self, message: Checked) -> None:
        """Show problems unless the text has moved on."""
        if message.text == self.editor.text:
            self._show_problems(message.problems)

    def _show_problems(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        self.editor.show_problems(problems)
        self.query_one(ProblemList).show_problems(problems)
        self._show_title()

    @on(Previewed)
    def _accept_preview(self, message: Previewed) -> None:
        """Show a preview unless the text has moved on."""
        if message.text != self.editor.text:
            return
        strip = self.query_one(PreviewStrip)
        node = self.workspace.tree.metrics.get(message.metric)
        title = node.title if node else message.metric
        if isinstance(message.found, str):
            strip.show_line(line((f"{safe(title)}  ", "label"), (safe(message.found), "dim")))
            return
        style = number_style(node) if node else COUNT
        cells = strip.content_size.width
        strip.show_line(preview_line(message.found, title, style, cells, self.glyphs))

    @on(TextArea.SelectionChanged)
    def _cursor_moved(self) -> None:
        self.follow_cursor()
        if self._title_timer is not None:
            self._title_timer.stop()
        self._title_timer = self.set_timer(self.TITLE_PAUSE, self._show_title)

    def tell(self, text: str) -> None:
        self._told = text
        self._show_title()

    def _show_title(self) -> None:
        row, column = self.editor.cursor_location
        listed = grouped(self.problems)
        errors = sum(problem.severity == "error" for problem in listed)
        warnings = len(listed) - errors
        state = self._told or ("unsaved" if self.is_unsaved else "saved")
        counts = [
            f"{count} {word}{'s' if count > 1 else ''}"
            for count, word in ((errors, "error"), (warnings, "warning"))
            if count
        ]
        title = Content.assemble(
            (self.file_name, "bold"),
            f"  {row + 1}:{column + 1}  ",
            (f"{self.glyphs.fresh} {safe(state)}", "$text-warning" if self.is_unsaved else ""),
            (f"  {self.glyphs.bad} {', '.join(counts)}" if errors else "", "bold $text-error"),
            (f"  ! {counts[-1]}" if counts and not errors else "", "$text-warning"),
        )
        try:
            shown = self.query_one("#title", Static)
        except NoMatches:
            return
        if shown.content != title:
            shown.update(title, layout=False)


@contextmanager
def _wanted_by_worker() -> Iterator[None]:
    """Work on the store ends once a newer text, or leaving the editor, has cancelled its worker."""
    worker = get_current_worker()
    with stoppable(lambda: worker.is_cancelled):
        yield
