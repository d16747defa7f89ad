"""One line to type in, at the bottom of the screen."""

from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.widgets import Input

from metric_tui.base.errors import QuestionError
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.pieces import line
from metric_tui.presentation.safe import safe
from metric_tui.tui.screens.closing import ClosingScreen
from metric_tui.tui.widgets.bar import Bar


class Prompt(ModalScreen[str | None], ClosingScreen[str | None]):
    """Asks for a text; stays, with the reason, while `check` refuses it. Esc gives None."""

    BINDINGS = [("escape", "dismiss", "back")]

    def __init__(
        self,
        question: str,
        *,
        glyphs: Glyphs,
        hint: str = "",
        start: str = "",
        check: Callable[[str], object] | None = None,
    ) -> None:
        super().__init__()
        self._question = question
        self._hint = hint
        self._start = start
        self._check = check
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        yield Bar(id="prompt_hint")
        with Horizontal(id="prompt_line"):
            yield Bar(id="prompt_question")
            yield Input(self._start, id="prompt_input", select_on_focus=True)

    def on_mount(self) -> None:
        question = self.query_one("#prompt_question", Bar)
        question.show(line((f" {safe(self._question)} {self._glyphs.crumb} ", "strong")))
        question.styles.width = len(self._question) + 4
        self._say(self._hint, is_fault=False)
        field = self.query_one(Input)
        field.cursor_blink = False
        field.focus()

    def _say(self, text: str, *, is_fault: bool) -> None:
        bar = self.query_one("#prompt_hint", Bar)
        bar.show(line((f" {safe(text)}", "warn" if is_fault else "dim")))
        bar.display = bool(text)

    @on(Input.Submitted)
    def accept(self, message: Input.Submitted) -> None:
        """Hand the text back if it is one."""
        try:
            if self._check is not None:
                self._check(message.value)
        except QuestionError as error:
            hint = f"; {error.hint}" if error.hint else ""
            self._say(f"{error.message}{hint}", is_fault=True)
            return
        self.dismiss(message.value)
