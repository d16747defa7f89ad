"""A short list to pick from, narrowed by typing."""

from collections.abc import Callable
from dataclasses import dataclass

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen

from metric_tui.base.errors import MetricTuiError
from metric_tui.presentation.finding import ranked
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.pieces import Line, line
from metric_tui.presentation.safe import left, safe, width
from metric_tui.tui.screens.closing import ClosingScreen
from metric_tui.tui.widgets.bar import Bar
from metric_tui.tui.widgets.line_list import LineList

NOWHERE: object = object()
"""No option: null is a value like any other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing to pick."""

    value: object
    label: str
    note: str = ""
    key: str = ""
    """A letter that picks it at once."""


class OptionList(LineList):
    """The options that fit what was typed."""

    def __init__(self, *, glyphs: Glyphs, is_many: bool) -> None:
        super().__init__(id="picker_list")
        self.options: tuple[Option, ...] = ()
        self.marked: set[object] = set()
        self._glyphs = glyphs
        self._is_many = is_many

    @property
    def count(self) -> int:
        return len(self.options)

    def show(self, options: tuple[Option, ...], cursor: int = 0) -> None:
        """Show options."""
        self.options = options
        self.show_lines(cursor=cursor)

    def line_at(self, index: int, cells: int) -> Line:
        option = self.options[index]
        mark = ""
        if self._is_many:
            mark = f"[{'x' if option.value in self.marked else ' '}] "
        key = f"{option.key}  " if option.key else ""
        note = f" {safe(option.note)}" if option.note else ""
        room = max(cells - len(mark) - len(key) - width(note) - 1, 4)
        label = left(safe(option.label), room, self._glyphs.ellipsis)
        return line(" ", (key, "key"), (mark, "mark"), label, (note, "dim"))


@dataclass
class Loaded(Message):
    """The options were looked up, or could not be."""

    options: tuple[Option, ...]
    fault: str = ""


class Picker(ModalScreen[tuple[object, ...] | None], ClosingScreen[tuple[object, ...] | None]):
    """Gives the values picked: one, or with `is_many` those marked by Space. Esc gives None."""

    BINDINGS = [("escape", "dismiss", "back"), ("enter", "accept", "pick")]

    def __init__(
        self,
        title: str,
        options: tuple[Option, ...] | Callable[[], tuple[Option, ...]],
        *,
        glyphs: Glyphs,
        is_many: bool = False,
        marked: tuple[object, ...] = (),
        start: object = NOWHERE,
    ) -> None:
        super().__init__()
        self._title_text = title
        self._source = options
        self._options: tuple[Option, ...] = ()
        self._glyphs = glyphs
        self._is_many = is_many
        self._marked = marked
        self._start_value = start
        self._typed = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="picker") as frame:
            frame.border_subtitle = Content(self.keys)
            yield Bar(id="picker_title")
            yield OptionList(glyphs=self._glyphs, is_many=self._is_many)

    def on_mount(self) -> None:
        self._list.marked = set(self._marked)
        self._list.focus()
        if callable(self._source):
            self._show_title("reading")
            self.load(self._source)
        else:
            self._show_options(self._source)

    @property
    def keys(self) -> str:
        """What can be pressed beside letters and Enter, for the frame; empty where that is all."""
        return f"Space marks  {self._glyphs.enter} accepts" if self._is_many else ""

    @property
    def _list(self) -> OptionList:
        return self.query_one(OptionList)

    @work(thread=True, exit_on_error=False)
    def load(self, source: Callable[[], tuple[Option, ...]]) -> None:
        """Look the options up off the UI thread."""
        try:
            self.post_message(Loaded(source()))
        except MetricTuiError as error:
            self.post_message(Loaded((), error.message))

    @on(Loaded)
    def accept_options(self, message: Loaded) -> None:
        """Show the options that were looked up."""
        self._show_options(message.options)
        if self._typed:
            # letters may come before the options do
            self._type(self._typed)
        if message.fault:
            self._show_title(message.fault)

    def _show_options(self, options: tuple[Option, ...]) -> None:
        self._options = options
        values = [option.value for option in options]
        cursor = values.index(self._start_value) if self._start_value in values else 0
        self._list.styles.height = min(max(len(options), 1), max(self.size.height - 6, 3))
        self._list.show(options, cursor)
        self._show_title()

    def _show_title(self, note: str = "") -> None:
        is_fitting = bool(self._list.options) or not self._options
        typed = self._typed and f" {self._typed}{'' if is_fitting else '  fits none of these'}"
        rest = note or typed
        self.query_one("#picker_title", Bar).show(
            line(
                (f" {safe(self._title_text)}", "strong"), (f"  {safe(rest)}" if rest else "", "dim")
            )
        )

    def on_key(self, event: events.Key) -> None:
        if event.key == "space" and self._is_many:
            self._mark()
        elif event.key == "backspace" and self._typed:
            self._type(self._typed[:-1])
        elif event.is_printable and event.character and not event.character.isspace():
            self._letter(event.character)
        else:
            return
        event.stop()
        event.prevent_default()

    def _letter(self, letter: str) -> None:
        if not self._typed:
            for option in self._options:
                if option.key == letter:
                    self.dismiss((option.value,))
                    return
        self._type(self._typed + letter)

    def _type(self, text: str) -> None:
        self._typed = text
        order = ranked(text, [option.label for option in self._options])
        self._list.show(tuple(self._options[index] for index in order))
        self._show_title()

    def _mark(self) -> None:
        options = self._list
        if options.options:
            options.marked ^= {options.options[options.cursor].value}
            options.show_lines()

    def action_accept(self) -> None:
        """Hand back what is marked, or what the cursor stands on."""
        options = self._list
        if self._is_many and (options.marked or self._marked):
            order = [option.value for option in self._options]
            kept = [value for value in self._marked if value not in order]
            found = [value for value in (*kept, *order) if value in options.marked]
            self.give(tuple(found))
        elif options.options:
            self.give((options.options[options.cursor].value,))

    def give(self, values: tuple[object, ...]) -> None:
        """Hand values back."""
        self.dismiss(values)

    @on(LineList.Chosen)
    def click(self) -> None:
        """A second click on a line picks it."""
        if self._is_many:
            self._mark()
        else:
            self.action_accept()
