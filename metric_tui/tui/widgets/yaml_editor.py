"""The editor of a tree file: YAML text with the keys a person expects of a code editor."""

import re
from dataclasses import dataclass

from textual import events
from textual.binding import Binding
from textual.document._document import EditResult, Location, Selection
from textual.document._edit import Edit
from textual.message import Message

from metric_tui.tui.widgets.yaml_document import difference_of
from metric_tui.tui.widgets.yaml_search import match_after, match_before, matches
from metric_tui.tui.widgets.yaml_text import YamlText

INDENT = "  "
COMMENTED = re.compile(r"(\s*)# ?(.*)", re.DOTALL)
WORD = re.compile(r"[A-Za-z0-9_]*\Z")
MENU_KEYS = {"up", "down", "enter", "tab", "escape", "pageup", "pagedown"}


class YamlEditor(YamlText):
    """A tree file's text; its screen checks, saves and completes.

    Attributes:
        has_menu: whether a list of completions is open, which then gets the keys that choose.
    """

    BINDINGS = [
        Binding("tab", "tab", "Indent or complete", show=False, id="editor.tab"),
        Binding("shift+tab", "dedent", "Dedent", show=False, id="editor.dedent"),
        Binding(
            "f9,ctrl+underscore,ctrl+slash",
            "toggle_comment",
            "Comment",
            id="editor.comment",
        ),
        Binding("f5,ctrl+space,ctrl+@", "complete", "Complete", id="editor.complete"),
    ]

    @dataclass
    class CompletionAsked(Message):
        """The user wants to see what may stand at the cursor."""

    @dataclass
    class MenuKey(Message):
        """A key meant for the list of completions."""

        key: str

    def __init__(self, text: str = "", *, id: str | None = None) -> None:  # noqa: A002  Textual's word
        super().__init__(text, id=id)
        self.has_menu = False

    async def _on_key(self, event: events.Key) -> None:
        if self.has_menu and event.key in MENU_KEYS:
            event.stop()
            event.prevent_default()
            self.post_message(self.MenuKey(event.key))
        elif event.key == "enter" and not self.read_only:
            event.stop()
            event.prevent_default()
            self.new_line()

    def edit(self, edit: Edit) -> EditResult:
        edit.text = self.source.own_line_ends(edit.text)
        return super().edit(edit)

    def put_text(self, text: str) -> None:
        """Make the whole text another one, as one edit that can be undone."""
        difference = difference_of(self.source, text)
        if difference is None:
            return
        start, end, new = difference
        self.history.checkpoint()
        # not through edit(): line ends of a file's text are its own
        super().edit(Edit(new, start, end, maintain_selection_offset=True))
        self.history.checkpoint()

    @property
    def word_before_cursor(self) -> str:
        """The letters of a name that end at the cursor."""
        row, column = self.cursor_location
        found = WORD.search(self.document[row][:column])
        return found.group() if found else ""

    def complete_with(self, name: str) -> None:
        """Put a name in place of the word before the cursor."""
        row, column = self.cursor_location
        start = (row, column - len(self.word_before_cursor))
        self.replace(name, start, (row, column), maintain_selection_offset=False)

    def go_to(self, row: int, column: int = 0) -> None:
        """Move the cursor to a place, counted from 0, and show what stands around it."""
        row = max(0, min(row, self.document.line_count - 1))
        self.history.checkpoint()
        self.move_cursor((row, column), center=True, record_width=True)

    def new_line(self) -> None:
        """Break the line and indent the new one as the last, deeper after a colon."""
        (row, column), _ = sorted(self.selection)
        before = self.document[row][:column]
        indent = before[: len(before) - len(before.lstrip())]
        if before.rstrip().endswith(":"):
            indent += INDENT
        self._replace_via_keyboard("\n" + indent, *self.selection)

    def action_tab(self) -> None:
        """Complete after a letter, indent a selection, else add spaces to the next stop."""
        if not self.selection.is_empty:
            self._change_rows([INDENT + line if line else line for line in self._chosen_lines()])
        elif self.word_before_cursor:
            self.post_message(self.CompletionAsked())
        else:
            spaces = " " * self._find_columns_to_next_tab_stop()
            self._replace_via_keyboard(spaces, *self.selection)

    def action_dedent(self) -> None:
        """Take one step of indent from each chosen row."""
        self._change_rows([_dedented(line) for line in self._chosen_lines()])

    def action_toggle_comment(self) -> None:
        """Comment the chosen rows, or bring them back where all of them are comments."""
        lines = self._chosen_lines()
        filled = [line for line in lines if line.strip()]
        if filled and all(line.lstrip().startswith("#") for line in filled):
            self._change_rows([COMMENTED.sub(r"\1\2", line, count=1) for line in lines])
        else:
            depth = min((len(line) - len(line.lstrip()) for line in filled), default=0)
            self._change_rows(
                [f"{line[:depth]}# {line[depth:]}" if line.strip() else line for line in lines]
            )

    def action_complete(self) -> None:
        """Ask for what may stand at the cursor."""
        self.post_message(self.CompletionAsked())

    @property
    def _rows(self) -> range:
        """The rows the selection touches; a row it only reaches the start of is left out."""
        (top, _), (bottom, column) = sorted(self.selection)
        return range(top, bottom + (1 if column or bottom == top else 0))

    def _chosen_lines(self) -> list[str]:
        return [self.document[row] for row in self._rows]

    def _change_rows(self, lines: list[str]) -> None:
        """Put other text in the chosen rows, one step of the history, the selection kept."""
        rows = self._rows
        old = self._chosen_lines()
        if old == lines:
            return
        selection = self.selection
        end = (rows[-1], len(old[-1]))
        self.history.checkpoint()
        # the line ends between the rows may differ from each other, so rows are joined by their own
        ends = [self.source.end_of(row) for row in rows[:-1]]
        text = "".join(line + end for line, end in zip(lines, [*ends, ""], strict=True))
        super().edit(Edit(text, (rows[0], 0), end, maintain_selection_offset=False))
        self.history.checkpoint()
        moved = {row: len(new) - len(was) for row, new, was in zip(rows, lines, old, strict=True)}
        self.selection = Selection(*(_shifted(place, moved) for place in selection))

    def matches_of(self, word: str) -> tuple[Location, ...]:
        """Places of a word."""
        return matches(self.document.lines, word)

    def find(self, word: str, *, step: int) -> tuple[int, int]:
        """Select the next match, or with a step of -1 the one before; 0 stays on a match here.

        Returns:
            The match's number from 1 and how many there are; (0, 0) without any.
        """
        found = self.matches_of(word)
        if not found:
            return 0, 0
        here = min(self.selection)
        if step < 0:
            chosen = match_before(found, here)
        else:
            row, column = here
            chosen = match_after(found, here if step else (row, column - 1))
        row, column = found[chosen]
        self.history.checkpoint()
        self.selection = Selection((row, column), (row, column + len(word)))
        self.scroll_cursor_visible(center=True, animate=False)
        return chosen + 1, len(found)


def _dedented(line: str) -> str:
    if line.startswith("\t"):
        return line[1:]
    return line[min(len(INDENT), len(line) - len(line.lstrip(" "))) :]


def _shifted(place: Location, moved: dict[int, int]) -> Location:
    row, column = place
    return row, max(0, column + moved.get(row, 0)) if column else 0
