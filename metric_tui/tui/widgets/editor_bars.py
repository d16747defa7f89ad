"""The one-line bars of the editor: what to find, and which line to go to."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Static


class FindBar(Horizontal, can_focus=True):
    """Asks for a word. While it is typed the first match is shown; after Enter, n and p step."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,enter,down,f3", "step(1)", "Next", id="find.next"),
        Binding("p,N,up,f4", "step(-1)", "Previous", id="find.previous"),
        Binding("slash,ctrl+f", "type", "Change the word", id="find.type"),
    ]

    DEFAULT_CSS = """
    FindBar {
        height: 1;
        display: none;
        background: $surface;
        &.-open { display: block; }
        & > .bar--label { width: auto; padding: 0 1; text-style: bold; }
        & > Input { border: none; height: 1; padding: 0; width: 1fr; }
        & > .bar--count { width: auto; padding: 0 1; color: $text-muted; }
        &:focus > .bar--count { color: $text; text-style: bold; }
    }
    """

    @dataclass
    class Asked(Message):
        """A match is wanted: step 1 the next, -1 the one before, 0 the first from here on."""

        word: str
        step: int

    def compose(self) -> ComposeResult:
        yield Static("Find", classes="bar--label")
        field = Input(placeholder="a capital makes case count", compact=True)
        field.cursor_blink = False
        yield field
        yield Static("", classes="bar--count", markup=False)

    @property
    def word(self) -> str:
        """What is looked for."""
        return self.query_one(Input).value

    def open(self, word: str) -> None:
        """Show the bar, with a word to begin with."""
        self.add_class("-open")
        field = self.query_one(Input)
        if word:
            field.value = word
        field.action_select_all()
        field.focus()

    def close(self) -> None:
        """Hide the bar; the word is kept for the next time."""
        self.remove_class("-open")

    def show_count(self, number: int, count: int) -> None:
        """Say which match is shown, of how many."""
        found = f"{number}/{count}" if count else "no match" if self.word else ""
        keys = "n next  p previous" if self.has_focus else "↵ next  ↑ previous"
        self.query_one(".bar--count", Static).update(f"{found}  {keys}" if count else found)

    @on(Input.Changed)
    def _look(self, event: Input.Changed) -> None:
        event.stop()
        if self.has_class("-open"):
            self.post_message(self.Asked(self.word, 0))

    @on(Input.Submitted)
    def _step_on(self, event: Input.Submitted) -> None:
        event.stop()
        self.focus()
        self.post_message(self.Asked(self.word, 1 if event.input.selection.is_empty else 0))

    def action_step(self, step: int) -> None:
        """Ask for the next match, or the one before."""
        self.post_message(self.Asked(self.word, step))

    def action_type(self) -> None:
        """Go back to typing the word."""
        self.query_one(Input).focus()


class LineBar(Horizontal):
    """Asks for the number of a line."""

    DEFAULT_CSS = """
    LineBar {
        height: 1;
        display: none;
        background: $surface;
        &.-open { display: block; }
        & > .bar--label { width: auto; padding: 0 1; text-style: bold; }
        & > Input { border: none; height: 1; padding: 0; width: 1fr; }
    }
    """

    @dataclass
    class Chosen(Message):
        """A line to go to, from 1."""

        line: int

    def compose(self) -> ComposeResult:
        yield Static("Go to line", classes="bar--label")
        field = Input(type="integer", max_length=7, compact=True)
        field.cursor_blink = False
        yield field

    def open(self, lines: int) -> None:
        """Show the bar and how many lines there are."""
        self.add_class("-open")
        field = self.query_one(Input)
        field.value = ""
        field.placeholder = f"1 to {lines}"
        field.focus()

    def close(self) -> None:
        """Hide the bar."""
        self.remove_class("-open")

    @on(Input.Submitted)
    def _choose(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value.strip("+-"):
            self.post_message(self.Chosen(int(event.value)))
