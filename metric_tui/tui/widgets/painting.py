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

    def paint(self, pieces: Line, cells: int, *, cursor: str = "", reach: int = 0) -> Strip:
        """One line in exactly `cells` cells.

        Args:
            pieces: the text by role.
            cells: the width.
            cursor: the component class laid over the line's beginning; empty for none.
            reach: how many cells the cursor takes.
        """
        ground = self.rich_style
        if not cursor:
            return self._strip(pieces, ground).adjust_cell_length(cells, ground).simplify()
        over = ground + self._over(cursor)
        head = self._strip(pieces, over).adjust_cell_length(cells, over).crop(0, reach)
        rest = self._strip(pieces, ground).adjust_cell_length(cells, ground).crop(reach)
        return Strip([*head, *rest], cells).simplify()

    def _strip(self, pieces: Line, ground: Style) -> Strip:
        return Strip([Segment(piece.text, self._style(ground, piece.role)) for piece in pieces])

    def _style(self, ground: Style, role: str) -> Style:
        if role == "plain" or ground.reverse:
            return ground
        # a colour with transparency is blended only in the whole style, never in a partial one
        found = self.get_component_rich_style(f"role--{role}")
        return ground + Style(color=found.color, bold=found.bold, dim=found.dim)

    def _over(self, cursor: str) -> Style:
        found = self.get_component_rich_style(cursor)
        return Style(bgcolor=found.bgcolor, reverse=found.reverse, underline=found.underline)
