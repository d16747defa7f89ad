"""The tree as a table of one-line rows."""

from dataclasses import dataclass

from textual import events
from textual.content import Content
from textual.message import Message

from metric_tui.presentation.glyphs import UNICODE, Glyphs
from metric_tui.presentation.pieces import Line
from metric_tui.presentation.tree_rows import Path, TreeRow
from metric_tui.presentation.tree_table import (
    GAP,
    Columns,
    columns_for,
    head_text,
    row_line,
    titled,
)
from metric_tui.tui.widgets.line_list import LineList

FRAME = 2
"""Cells between the first column and the beginning of a title in the frame above it."""


class TreeTable(LineList):
    """Shows rows it is given, keeps its cursor by path, and does nothing else."""

    def __init__(self, *, id: str, glyphs: Glyphs = UNICODE) -> None:  # noqa: A002
        super().__init__(id=id)
        self.glyphs = glyphs
        self.rows: tuple[TreeRow, ...] = ()
        self.heads = ""
        """The names of the columns, each over its own; empty until there are values."""

        self._columns: tuple[int, Columns] | None = None

    @dataclass
    class Headed(Message):
        """The names of the columns are others, or stand elsewhere."""

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def selected(self) -> TreeRow | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.rows else None

    def show(self, rows: tuple[TreeRow, ...], selected: Path) -> None:
        """Show rows, the cursor on the row of a path or on the nearest above it."""
        if rows == self.rows and self.selected and self.selected.path == selected:
            return
        self.rows = rows
        self._columns = None
        places = {row.path: index for index, row in enumerate(rows)}
        found = next(
            (
                places[selected[:size]]
                for size in range(len(selected), 0, -1)
                if selected[:size] in places
            ),
            0,
        )
        self.show_lines(cursor=found)
        self._name_columns()

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        self._name_columns()

    def _name_columns(self) -> None:
        """Name the columns in the frame, where the tree has one: that takes no row from it."""
        cells = self.scrollable_content_region.width
        has_values = cells > 0 and any(row.value for row in self.rows)
        heads = head_text(self._columns_at(cells), self.glyphs) if has_values else ""
        self.border_title = Content(titled("Tree", heads, FRAME))
        if heads != self.heads:
            self.heads = heads
            self.post_message(self.Headed())

    def line_at(self, index: int, cells: int) -> Line:
        return row_line(self.rows[index], self._columns_at(cells), cells, self.glyphs)

    def _columns_at(self, cells: int) -> Columns:
        if self._columns is None or self._columns[0] != cells:
            self._columns = (cells, columns_for(self.rows, cells - 1))
        return self._columns[1]

    def cursor_reach(self, cells: int) -> int:
        columns = self._columns_at(cells)
        return min(columns.label + (columns.value + GAP if columns.value else 0) + 1, cells)
