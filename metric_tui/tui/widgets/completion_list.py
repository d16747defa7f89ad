"""The names that may stand at the editor's cursor."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.content import Content
from textual.geometry import Offset
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from metric_tui.presentation.safe import left, safe, width
from metric_tui.tui.widgets.option_list import SafeOptionList

MOST = 200
WIDEST = 32


@dataclass(frozen=True, slots=True)
class Choice:
    """A name and what kind of thing it names."""

    name: str
    kind: str


def ranked(choices: Iterable[Choice], word: str) -> tuple[Choice, ...]:
    """The choices that hold the word, those that begin with it first; each name once."""
    folded = word.lower()
    known: dict[str, Choice] = {}
    for choice in choices:
        known.setdefault(choice.name, choice)
    begins = [choice for choice in known.values() if choice.name.lower().startswith(folded)]
    holds = [
        choice
        for choice in known.values()
        if folded in choice.name.lower() and not choice.name.lower().startswith(folded)
    ]
    return tuple([*begins, *holds][:MOST])


class CompletionList(SafeOptionList, can_focus=False):
    """A list over the text, beside the cursor; the editor keeps the focus and sends it keys."""

    DEFAULT_CSS = """
    CompletionList {
        display: none;
        position: absolute;
        overlay: screen;
        constrain: inside inflect;
        width: auto;
        max-width: 60;
        height: auto;
        max-height: 8;
        border: none;
        padding: 0;
        background: $panel;
        scrollbar-size: 1 1;
        &.-open { display: block; }
        & > .option-list--option { padding: 0 1; }
        & > .option-list--option-highlighted { text-style: reverse; }
    }
    """

    MOVES: ClassVar[dict[str, str]] = {
        "up": "cursor_up",
        "down": "cursor_down",
        "pageup": "page_up",
        "pagedown": "page_down",
    }

    @dataclass
    class Chosen(Message):
        """What to put at the cursor."""

        choice: Choice

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(id=id, markup=False)
        self._choices: tuple[Choice, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it is shown."""
        return self.has_class("-open")

    @property
    def names(self) -> tuple[str, ...]:
        """What it offers, in order."""
        return tuple(choice.name for choice in self._choices)

    def offer(self, choices: tuple[Choice, ...], place: Offset) -> None:
        """Show these names at a place of the screen."""
        if choices != self._choices or not self.is_open:
            self._choices = choices
            wide = min(WIDEST, max((width(safe(choice.name)) for choice in choices), default=0))
            self.set_options(Option(_row(choice, wide)) for choice in choices)
            self.highlighted = 0
        self.absolute_offset = place
        self.add_class("-open")

    def close(self) -> None:
        """Hide it."""
        self.remove_class("-open")
        self._choices = ()

    def press(self, key: str) -> None:
        """Do what a key of the editor means here."""
        if key in self.MOVES:
            getattr(self, f"action_{self.MOVES[key]}")()
        elif self.highlighted is not None and key in ("enter", "tab"):
            self.post_message(self.Chosen(self._choices[self.highlighted]))

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if self._choices and self.holds(event):
            self.post_message(self.Chosen(self._choices[event.option_index]))


def _row(choice: Choice, wide: int) -> Content:
    return Content.assemble(
        (left(safe(choice.name), wide), ""), "  ", (safe(choice.kind), "$foreground-muted")
    )
