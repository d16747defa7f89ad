"""A series in one line of blocks."""

from collections.abc import Sequence

from metric_tui.base.series import Value
from metric_tui.presentation.glyphs import Glyphs


def sparkline(values: Sequence[Value], cells: int, glyphs: Glyphs) -> str:
    """The last `cells` values as blocks, a blank where there is none, padded at the left.

    The lowest value shown is the lowest block; a flat series stands in the middle.
    """
    shown = tuple(values[-cells:]) if cells > 0 else ()
    known = [value for value in shown if value is not None]
    if not known:
        return " " * max(cells, 0)
    low, high = min(known), max(known)
    bars = glyphs.bars
    reach = high - low
    scale = (len(bars) - 1) / reach if reach else 0.0
    middle = len(bars) // 2 - 1
    text = "".join(
        " " if value is None else bars[round((value - low) * scale) if reach else middle]
        for value in shown
    )
    return text.rjust(cells)
