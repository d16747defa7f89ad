"""The metrics that can be changed, one line each."""

from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.pieces import Line
from metric_tui.presentation.what_if_lines import LeverRow, head_line, label_width, row_line
from metric_tui.tui.widgets.line_list import LineList


class LeverTable(LineList):
    """Shows rows it is given under their heads, and does nothing else."""

    def __init__(self, *, id: str, glyphs: Glyphs) -> None:  # noqa: A002
        super().__init__(id=id)
        self.glyphs = glyphs
        self.rows: tuple[LeverRow, ...] = ()

    @property
    def count(self) -> int:
        return len(self.rows)

    @property
    def selected(self) -> str | None:
        """The metric under the cursor."""
        return self.rows[self.cursor].metric if self.rows else None

    def show(self, rows: tuple[LeverRow, ...]) -> None:
        """Show rows, the cursor where it was."""
        self.rows = rows
        self.show_lines()

    def head(self, cells: int) -> Line:
        """The names of the columns, as they stand at a width."""
        label, with_worth = label_width(self.rows, cells - 1)
        return head_line(label, with_worth=with_worth)

    def line_at(self, index: int, cells: int) -> Line:
        label, with_worth = label_width(self.rows, cells - 1)
        return row_line(self.rows[index], label, self.glyphs, with_worth=with_worth)
