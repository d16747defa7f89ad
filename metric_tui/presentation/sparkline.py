"""A series in one line of blocks."""

from collections.abc import Collection, Mapping, Sequence

from metric_tui.base.series import Value
from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.pieces import Line, Piece, line, overlaid


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


def marked_sparkline(
    values: Sequence[Value],
    cells: int,
    glyphs: Glyphs,
    unusual: Mapping[int, bool],
    happened: Collection[int] = (),
) -> Line:
    """The same, with a sign in place of a block where something is to be told.

    A value that is not as expected comes before what happened in its period.

    Args:
        values: the series.
        cells: how many of the last values are shown.
        glyphs: the look.
        unusual: by position in the series, whether the value is above what was expected.
        happened: positions in the series of periods in which something happened.
    """
    found = line((sparkline(values, cells, glyphs), "spark"))
    for place in happened:
        column = cells - len(values) + place
        if column >= 0:
            found = overlaid(found, column, Piece(glyphs.event, "accent"))
    for place, is_above in unusual.items():
        column = cells - len(values) + place
        if column >= 0 and values[place] is not None:
            found = overlaid(found, column, Piece(glyphs.high if is_above else glyphs.low, "warn"))
    return found
