"""The tree as boxes and links, drawn around the selected metric."""

from dataclasses import dataclass
from itertools import zip_longest
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from metric_tui.presentation.glyphs import UNICODE, Glyphs
from metric_tui.presentation.map_layout import BOX_LINES, MapLayout, map_layout
from metric_tui.presentation.map_lines import map_lines
from metric_tui.presentation.pieces import Line
from metric_tui.presentation.tree_rows import Path, TreeRow
from metric_tui.tui.commands import MOVES, bindings
from metric_tui.tui.widgets.painting import Painted

MANY = 4
"""Boxes that a page is."""


class TreeMap(Painted, ScrollView, can_focus=True, inherit_bindings=False):
    """Shows rows it is given, tells where the arrows lead, and does nothing else."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(MOVES),
        Binding("right", "into", "driver", show=False),
        Binding("left", "out_of", "above", show=False),
    ]

    @dataclass
    class Moved(Message):
        """Another metric is to be the selected one."""

        map: "TreeMap"
        path: Path

        @property
        def control(self) -> "TreeMap":
            return self.map

    @dataclass
    class Chosen(Message):
        """The selected metric was clicked."""

        map: "TreeMap"

        @property
        def control(self) -> "TreeMap":
            return self.map

    def __init__(self, *, id: str, glyphs: Glyphs = UNICODE) -> None:  # noqa: A002
        super().__init__(id=id)
        self.glyphs = glyphs
        self.rows: tuple[TreeRow, ...] = ()
        self.layout_shown: MapLayout | None = None
        self._selected: Path = ()
        self._lines: tuple[Line, ...] = ()

    def show(self, rows: tuple[TreeRow, ...], selected: Path) -> None:
        """Draw the tree of some rows, everything open, around a place."""
        if (rows, selected) == (self.rows, self._selected):
            return
        self.rows = rows
        self._selected = selected
        self._place()

    def _place(self) -> None:
        size = self.scrollable_content_region.size
        if not self.rows or not size.width or not size.height:
            return
        found = map_layout(self.rows, self._selected, size.width, size.height)
        self.layout_shown = found
        before, self._lines = self._lines, map_lines(found, self.glyphs)
        self._set_height(found.lines)
        box = found.boxes[found.selected]
        top, height = self.scroll_offset.y, size.height
        if top <= box.top <= top + height - BOX_LINES:
            self._redraw(before)
        else:
            middle = max(box.middle - height // 2, 0)
            self.scroll_to(y=middle, animate=False, force=True, immediate=True)
            self.refresh()

    def _set_height(self, count: int) -> None:
        size = Size(0, count)
        if size != self.virtual_size:
            # set as usual it would lay out, and so repaint, the whole screen
            self.set_reactive(TreeMap.virtual_size, size)
            self._scroll_update(size)

    def _redraw(self, before: tuple[Line, ...]) -> None:
        """Repaint the lines that are others: over a slow line fewer are sooner there."""
        for number, (old, new) in enumerate(zip_longest(before, self._lines)):
            if old != new:
                self.refresh_lines(number)

    def render_line(self, y: int) -> Strip:
        number = y + self.scroll_offset.y
        cells = self.scrollable_content_region.width
        if number >= len(self._lines):
            return Strip.blank(cells, self.rich_style)
        return self.paint(self._lines[number], cells)

    def on_resize(self, event: events.Resize) -> None:
        self._place()

    def _move(self, path: Path) -> None:
        if self.layout_shown is not None and path != self.layout_shown.selected:
            self.post_message(self.Moved(self, path))

    def _step(self, step: int) -> None:
        if self.layout_shown is not None:
            self._move(self.layout_shown.beside(step))

    def action_line_down(self) -> None:
        self._step(1)

    def action_line_up(self) -> None:
        self._step(-1)

    def action_page_down(self) -> None:
        self._step(MANY)

    def action_page_up(self) -> None:
        self._step(-MANY)

    def action_first_line(self) -> None:
        """To the left end: the root."""
        if self.rows:
            self._move(self.rows[0].path)

    def action_last_line(self) -> None:
        """To the last box of the column."""
        self._step(len(self.rows))

    def action_into(self) -> None:
        """To the first driver, which is opened if it was collapsed."""
        if self.layout_shown is None:
            return
        above = self.layout_shown.selected
        below = [row.path for row in self.rows if row.path[:-1] == above]
        if below:
            self._move(below[0])

    def action_out_of(self) -> None:
        """To the metric above."""
        if self.layout_shown is not None:
            above = self.layout_shown.selected[:-1]
            if any(row.path == above for row in self.rows):
                self._move(above)

    def on_click(self, event: events.Click) -> None:
        if self.layout_shown is None:
            return
        column = event.x - self.gutter.left
        found = self.layout_shown.at(column, event.y - self.gutter.top + self.scroll_offset.y)
        if found == self.layout_shown.selected:
            self.post_message(self.Chosen(self))
        elif found is not None:
            self._move(found)
