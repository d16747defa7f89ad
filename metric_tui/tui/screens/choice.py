"""A question with a few answers, each on a letter of its own, and a difference to look at."""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import ScrollableContainer, Vertical
from textual.content import Content
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from metric_tui.presentation.safe import safe
from metric_tui.tui.screens.closing import ClosingScreen
from metric_tui.tui.widgets.option_list import SafeOptionList
from metric_tui.tui.widgets.yaml_document import visible


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: the letter that gives it, what it does, and the value handed back."""

    letter: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Two texts to compare, each with the name it is shown under."""

    old: str
    new: str
    old_name: str
    new_name: str

    def lines(self) -> Iterator[tuple[str, str]]:
        """Each line of the unified difference and the style it is shown in."""
        found = unified_diff(
            self.old.splitlines(),
            self.new.splitlines(),
            self.old_name,
            self.new_name,
            lineterm="",
        )
        for number, text in enumerate(found):
            yield visible(text), "bold" if number < 2 else DIFFERENCE_STYLES.get(text[0], "")


DIFFERENCE_STYLES = {"+": "$text-success", "-": "$text-error", "@": "$text-accent"}
DIFFERENCE_LETTER = "d"
COLUMNS_A_STEP = 20
SAME = "The two texts are the same but for line ends."


class ChoiceScreen(ModalScreen[str | None], ClosingScreen[str | None]):
    """Gives the chosen value, None for Esc; `d` shows and hides the difference."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="choice.back"),
        Binding("j", "move(1)", "Down", show=False, id="choice.down"),
        Binding("pagedown", "page(1)", "Page down", show=False, id="choice.page_down"),
        Binding("pageup", "page(-1)", "Page up", show=False, id="choice.page_up"),
        Binding("right", "shift(1)", "Right", show=False, id="choice.right"),
        Binding("left", "shift(-1)", "Left", show=False, id="choice.left"),
    ]

    DEFAULT_CSS = """
    ChoiceScreen {
        align: center middle;
        & > Vertical {
            width: 76;
            max-width: 96%;
            height: auto;
            max-height: 96%;
            border: round $border;
            background: $surface;
            padding: 0 1;
        }
        &.-difference > Vertical { width: 96%; height: 96%; }
        & #message { height: auto; margin-bottom: 1; }
        & #difference { display: none; height: 1fr; margin-bottom: 1; }
        &.-difference #difference { display: block; }
        & #difference > Static { width: auto; min-width: 100%; height: auto; text-wrap: nowrap; }
        & OptionList {
            height: auto;
            border: none;
            padding: 0;
            background: transparent;
            &:focus { border: none; background: transparent; }
        }
    }
    """

    def __init__(
        self,
        title: str,
        message: str,
        answers: tuple[Answer, ...],
        *,
        difference: Difference | None = None,
    ) -> None:
        super().__init__()
        self._heading = title
        self._message = message
        self._answers = answers
        self._difference = difference

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = Content(safe(self._heading))
            yield Static(Content(safe(self._message)), id="message")
            with ScrollableContainer(id="difference", can_focus=False):
                yield Static("", markup=False)
            yield SafeOptionList(*map(_option, self._offered), markup=False)

    @property
    def _offered(self) -> tuple[Answer, ...]:
        if self._difference is None:
            return self._answers
        show = Answer(DIFFERENCE_LETTER, "show or hide the difference", "")
        return (*self._answers, show)

    def on_mount(self) -> None:
        self.query_one(OptionList).highlighted = 0
        self.query_one(OptionList).focus()

    def on_key(self, event: Key) -> None:
        for answer in self._offered:
            if event.character == answer.letter:
                event.stop()
                self._give(answer)

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._give(self._offered[event.option_index])

    def _give(self, answer: Answer) -> None:
        if answer.value:
            self.dismiss(answer.value)
        else:
            self._toggle_difference()

    def _toggle_difference(self) -> None:
        if self._difference is None:
            return
        shown = self.query_one("#difference > Static", Static)
        lines = list(self._difference.lines()) or [(SAME, "$foreground-muted")]
        shown.update(Content("\n").join(Content.styled(*line) for line in lines))
        self.toggle_class("-difference")

    def action_back(self) -> None:
        """Hide the difference, or answer nothing."""
        if self.has_class("-difference"):
            self.remove_class("-difference")
        else:
            self.dismiss(None)

    def action_page(self, step: int) -> None:
        """Scroll the difference."""
        pane = self.query_one("#difference", ScrollableContainer)
        pane.scroll_relative(y=step * max(1, pane.size.height - 1), animate=False)

    def action_shift(self, step: int) -> None:
        """Scroll the difference sideways, for long lines."""
        pane = self.query_one("#difference", ScrollableContainer)
        pane.scroll_relative(x=step * COLUMNS_A_STEP, animate=False)

    def action_move(self, step: int) -> None:
        """Choose the answer below, or above."""
        answers = self.query_one(OptionList)
        answers.highlighted = ((answers.highlighted or 0) + step) % len(self._offered)


def _option(answer: Answer) -> Option:
    return Option(Content.assemble((f" {answer.letter} ", "bold reverse"), f"  {answer.label}"))
