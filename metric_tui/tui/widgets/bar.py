"""Lines of text that do not scroll: header, footer, banner."""

from textual import events
from textual.strip import Strip

from metric_tui.presentation.pieces import EMPTY, Line, fitted
from metric_tui.tui.widgets.painting import Painted


class Bar(Painted):
    """Shows the lines it is given; redraws only what changed."""

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.lines: tuple[Line, ...] = ()

    def show(self, *lines: Line) -> None:
        """Show these lines."""
        if lines != self.lines:
            self.lines = lines
            self.refresh()

    def render_line(self, y: int) -> Strip:
        cells = self.content_size.width
        pieces = self.lines[y] if y < len(self.lines) else EMPTY
        return self.paint(fitted(pieces, cells), cells)

    def on_resize(self, event: events.Resize) -> None:
        self.refresh()
