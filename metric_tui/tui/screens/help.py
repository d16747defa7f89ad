"""Every key of the place you are in, from the table of commands."""

from collections.abc import Iterable, Iterator, Mapping

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.pieces import EMPTY, Line, line
from metric_tui.presentation.safe import cut, safe
from metric_tui.tui.commands import GROUPS, Command
from metric_tui.tui.keys import Keys, keys_here, shown_keys
from metric_tui.tui.screens.closing import ClosingScreen
from metric_tui.tui.widgets.pane import Cells, Content, Pane

KEYS = 10
"""Cells of the column of keys."""

NO_KEY = "no key"
"""Said of an action whose keys a person gave to others; the palette still has it."""


class Help(ModalScreen[None], ClosingScreen[None]):
    """A list that scrolls; any of its keys closes it."""

    BINDINGS = [
        ("escape,q,question_mark,f1,enter", "dismiss", "close"),
    ]

    def __init__(
        self, commands: Iterable[Command], keymap: Mapping[str, str], glyphs: Glyphs
    ) -> None:
        super().__init__()
        self._commands = tuple(commands)
        self._keys = keys_here(self._commands, keymap)
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        with Vertical(id="help"):
            yield Pane(id="help_pane")

    def on_mount(self) -> None:
        pane = self.query_one(Pane)
        pane.border_title = "Keys"
        pane.focus()
        self.call_after_refresh(pane.show, self._content, from_top=True)

    def _content(self, cells: Cells) -> Content:
        return Content(lines=tuple(help_lines(self._commands, self._keys, self._glyphs, cells[0])))


def help_lines(
    commands: tuple[Command, ...], reached: Keys, glyphs: Glyphs, columns: int
) -> Iterator[Line]:
    """The commands by group; digits that do the same stand on one line."""
    used = {command.group for command in commands}
    for group in (each for each in GROUPS if each in used):
        yield line((group, "title"))
        for command in commands:
            if command.group == group and not (command.name == "depth" and command.argument != "1"):
                yield _command_line(command, reached, glyphs, columns)
        yield EMPTY
    yield line(("Marks", "title"))
    marks = {
        "=": "exact: the parent is computed from it",
        "~": "believed: thought to move the parent",
        "!": "guardrail: must not get worse",
        glyphs.missing: "nothing to measure",
        glyphs.failed: "cannot be computed; the card says why",
        glyphs.partial: "partial, or another note; the card says which",
        "".join(
            dict.fromkeys(glyphs.high + glyphs.low)
        ): "in a sparkline: far above or below what was expected",
        glyphs.event: "in a sparkline or chart: something happened; the trend says what",
    }
    for mark, text in marks.items():
        yield line((f"{mark:<{KEYS}}", "key"), text)


def _command_line(command: Command, reached: Keys, glyphs: Glyphs, columns: int) -> Line:
    keys = shown_keys(command, reached) or NO_KEY
    text = command.description
    if command.name == "depth":
        keys, text = "1 - 9", "Show so many levels below the root"
    for fancy, plain in (("↵", glyphs.enter), ("⌫", glyphs.backspace)):
        keys = keys.replace(fancy, plain)
    if glyphs.minus == "-":
        for arrow, word in (("↓", "Down"), ("↑", "Up"), ("→", "Right"), ("←", "Left")):
            keys = keys.replace(arrow, word)
    keys = safe(keys)
    gap = " " * max(KEYS - len(keys), 1)
    room = max(columns - len(keys) - len(gap), 8)
    return line((keys, "key"), gap + cut(text, room, glyphs.ellipsis))
