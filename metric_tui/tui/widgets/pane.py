"""The card beside the tree: lines of the view that is shown, some of them to be chosen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from textual import events

from metric_tui.presentation.pieces import Line
from metric_tui.tui.widgets.line_list import LineList

Cells = tuple[int, int]
"""Columns and rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a view shows."""

    lines: tuple[Line, ...]
    choices: Mapping[int, object] = field(default_factory=dict)
    """What Enter on a line means, by the line's index; lines without are skipped by the cursor."""


EMPTY = Content(lines=())


class Pane(LineList):
    """Shows the content that `source` makes for its size, and keeps it when only moved."""

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.source: Callable[[Cells], Content] = lambda _: EMPTY
        self.content = EMPTY

    @property
    def count(self) -> int:
        return len(self.content.lines)

    @property
    def has_cursor(self) -> bool:
        return bool(self.content.choices)

    @property
    def choice(self) -> object | None:
        """What stands under the cursor."""
        return self.content.choices.get(self.cursor)

    def stops_at(self, index: int) -> bool:
        return index in self.content.choices

    def line_at(self, index: int, cells: int) -> Line:
        return self.content.lines[index]

    def show(self, source: Callable[[Cells], Content], *, from_top: bool) -> None:
        """Show what a source makes; from its top, or where the reader was."""
        self.source = source
        self._compose_content(from_top=from_top)

    def _compose_content(self, *, from_top: bool) -> None:
        size = self.scrollable_content_region.size
        if not size.width or not size.height:
            return
        bar = self.styles.scrollbar_size_vertical
        whole = size.width + bar * self.show_vertical_scrollbar
        content = self.source((whole, size.height))
        if len(content.lines) > size.height:
            # the bar comes once the lines are there, and would hide the end of each
            content = self.source((whole - bar, size.height))
        if content == self.content and not from_top:
            return
        lines_before = self.content.lines
        self.content = content
        first = min(content.choices, default=0)
        keep = not from_top and self.cursor in content.choices
        if from_top and self.scroll_offset.y:
            self._scroll_now(0)
        if lines_before and len(lines_before) == len(content.lines) and not content.choices:
            self._redraw_changed(lines_before)
        else:
            self.show_lines(cursor=self.cursor if keep else first)

    def _redraw_changed(self, before: tuple[Line, ...]) -> None:
        """Draw only the lines that differ: beside a walking cursor most of a card stays."""
        self._strips.clear()
        for index, pieces in enumerate(self.content.lines):
            if pieces != before[index]:
                self.refresh_line(index)

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        self._compose_content(from_top=False)
