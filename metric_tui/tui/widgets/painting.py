"""How pieces of text become strips: the one place where roles meet styles."""

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from metric_tui.presentation.pieces import ROLES, Line


class Painted(Widget):
    """A widget that draws lines of pieces; each role is a component class of the stylesheet."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {f"role--{role}" for role in ROLES} | {"role--cursor", "role--cursor-away"}

    def paint(self, pieces: Line, cells: int, *, cursor: str = "") -> Strip:
        """One line in exactly `cells` cells.

        Args:
            pieces: the text by role.
            cells: the width.
            cursor: the component class laid over the whole line; empty for none.
        """
        ground = self.rich_style
        if cursor:
            ground = ground + self._over(cursor)
        segments = [Segment(piece.text, self._style(ground, piece.role)) for piece in pieces]
        return Strip(segments).adjust_cell_length(cells, ground).simplify()

    def _style(self, ground: Style, role: str) -> Style:
        if role == "plain" or ground.reverse:
            return ground
        # a colour with transparency is blended only in the whole style, never in a partial one
        found = self.get_component_rich_style(f"role--{role}")
        return ground + Style(color=found.color, bold=found.bold, dim=found.dim)

    def _over(self, cursor: str) -> Style:
        found = self.get_component_rich_style(cursor)
        return Style(bgcolor=found.bgcolor, reverse=found.reverse, underline=found.underline)
