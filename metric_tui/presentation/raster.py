"""A grid of dots in several layers, drawn as braille, half blocks or ASCII."""

from collections.abc import Iterator

from metric_tui.presentation.glyphs import DotShape
from metric_tui.presentation.pieces import Line, Piece, Role

_BRAILLE_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_HALF_BITS = ((0x01,), (0x02,))
_BLOCKS = " ▀▄█"
_MARKS = " '.:"

DOTS: dict[DotShape, tuple[int, int]] = {"braille": (2, 4), "block": (1, 2), "ascii": (1, 2)}
"""Dots in one cell, across and down."""


class Raster:
    """Dots to be set one by one and read back as lines of text.

    Dots of different layers share a cell; the cell takes the role of the layer named first in
    `order`.
    """

    def __init__(self, columns: int, rows: int, shape: DotShape, order: tuple[Role, ...]) -> None:
        self.columns = columns
        self.rows = rows
        self.across, self.down = DOTS[shape]
        self.dots_wide = columns * self.across
        self.dots_high = rows * self.down
        self._shape = shape
        self._bits = _BRAILLE_BITS if shape == "braille" else _HALF_BITS
        self._layers: dict[Role, list[int]] = {role: [0] * (columns * rows) for role in order}

    def dot(self, x: int, y: int, role: Role) -> None:
        """Set one dot; x from the left, y from the top; outside the grid nothing happens."""
        if 0 <= x < self.dots_wide and 0 <= y < self.dots_high:
            column, across = divmod(x, self.across)
            row, down = divmod(y, self.down)
            self._layers[role][row * self.columns + column] |= self._bits[down][across]

    def stroke(
        self, start: tuple[int, int], end: tuple[int, int], role: Role, *, on: int = 1, off: int = 0
    ) -> None:
        """Draw a straight stroke, `on` dots of ink and `off` without; the pattern is fixed to x + y."""
        (x0, y0), (x1, y1) = start, end
        steps = max(abs(x1 - x0), abs(y1 - y0), 1)
        for step in range(steps + 1):
            x = x0 + round((x1 - x0) * step / steps)
            y = y0 + round((y1 - y0) * step / steps)
            if not off or (x if abs(x1 - x0) >= abs(y1 - y0) else y) % (on + off) < on:
                self.dot(x, y, role)

    def lines(self) -> tuple[Line, ...]:
        """The grid, one line per row of cells."""
        return tuple(tuple(self._row(row)) for row in range(self.rows))

    def _row(self, row: int) -> Iterator[Piece]:
        text: list[str] = []
        role: Role = "plain"
        for column in range(self.columns):
            bits, found = self._cell(row * self.columns + column)
            if bits and found != role:
                # a blank takes the role before it, so that colours change only where ink does
                if text:
                    yield Piece("".join(text), role)
                text, role = [], found
            text.append(self._character(bits))
        if text:
            yield Piece("".join(text), role)

    def _cell(self, index: int) -> tuple[int, Role]:
        bits = 0
        found: Role | None = None
        for role, layer in self._layers.items():
            if layer[index]:
                bits |= layer[index]
                found = found or role
        return bits, found or "plain"

    def _character(self, bits: int) -> str:
        if self._shape == "braille":
            return chr(0x2800 + bits) if bits else " "
        return (_BLOCKS if self._shape == "block" else _MARKS)[bits]
