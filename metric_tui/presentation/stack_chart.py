"""Growth accounting as stacked bars: who is active above the axis, who left below it."""

from collections.abc import Iterator, Mapping, Sequence

from metric_tui.analysis.shapes import Stack
from metric_tui.base.series import Value
from metric_tui.definitions.asks import LifecycleState
from metric_tui.presentation.glyphs import DotShape, Glyphs
from metric_tui.presentation.numbers import COUNT, compact
from metric_tui.presentation.pieces import Line, Piece, Role
from metric_tui.presentation.safe import left, right, width

UPWARD: tuple[LifecycleState, ...] = ("retained", "resurrected", "new")
"""From the axis to the top of a bar."""

STATE_ROLES: Mapping[LifecycleState, Role] = {
    "new": "good",
    "resurrected": "mark",
    "retained": "series",
    "churned": "bad",
}
"""In the order in which they are named."""

_SHADES: Mapping[LifecycleState, str] = {
    "new": "▒", "resurrected": "▓", "retained": "█", "churned": "░",
}  # fmt: skip
FILLS: Mapping[DotShape, Mapping[LifecycleState, str]] = {
    "braille": _SHADES,
    "block": _SHADES,
    "ascii": {"new": "*", "resurrected": "o", "retained": "#", "churned": "x"},
}
"""What a bar is drawn with: told apart by shape, so that colour is not needed."""

WIDEST_BAR = 6
SMALLEST = (16, 4)


def draw_stack(
    found: Stack, labels: Sequence[str], size: tuple[int, int], glyphs: Glyphs
) -> tuple[Line, ...]:
    """Bars in at most `size` (columns, rows); none where that is too small or nobody is known.

    Args:
        found: growth accounting by period; the latest periods are drawn where not all fit.
        labels: a short name per period, for the axis.
        size: columns and rows, axis and names included.
        glyphs: the look.
    """
    columns, rows = size
    heights = [
        (sum(found.states[state][i] or 0.0 for state in UPWARD), found.states["churned"][i] or 0.0)
        for i in range(len(found.periods))
    ]
    most, least = (max((pair[side] for pair in heights), default=0.0) for side in (0, 1))
    if columns < SMALLEST[0] or rows < SMALLEST[1] or not most:
        return ()
    marks = (compact(most, COUNT, glyphs), compact(-least, COUNT, glyphs) if least else "")
    gutter = max(width(mark) for mark in (*marks, "0"))
    slot = max((columns - gutter - 2) // len(heights), 1)
    first = max(len(heights) - (columns - gutter - 2) // slot, 0)
    above, below, step = _split(rows - 2, most, least)
    bars = [
        _bar({s: found.states[s][i] for s in STATE_ROLES}, step, above, below)
        for i in range(first, len(heights))
    ]
    gap = min(slot - 1, max(slot - WIDEST_BAR, 1))
    body = _body(bars, (above, below), (slot, gap), (gutter, marks), glyphs)
    names = _names(labels[first:], slot, gap)
    return (*body, (Piece(" " * (gutter + 2) + names, "dim"),))


def _split(rows: int, most: float, least: float) -> tuple[int, int, float]:
    """Rows above and below the axis, `rows` at most, and what one row is worth."""
    below = max(round(rows * least / (most + least)), 1) if least else 0
    step = max(most / (rows - below), least / below if below else 0.0)
    return round(most / step), max(round(least / step), 1) if below else 0, step


def _bar(
    states: Mapping[LifecycleState, Value], step: float, above: int, below: int
) -> tuple[list[LifecycleState | None], list[LifecycleState | None]]:
    """The state drawn in each row, from the axis up and from the axis down."""
    upward: list[LifecycleState | None] = []
    total = 0.0
    for state in UPWARD:
        total += states[state] or 0.0
        # the whole is rounded, not its parts, so that bars are as high as who is active
        upward += [state] * (round(total / step) - len(upward))
    upward += [None] * (above - len(upward))
    lost = states["churned"] or 0.0
    downward: list[LifecycleState | None] = ["churned"] * max(
        round(lost / step), 1 if lost and below else 0
    )
    return upward, downward + [None] * (below - len(downward))


def _body(
    bars: Sequence[tuple[list[LifecycleState | None], list[LifecycleState | None]]],
    rows: tuple[int, int],
    widths: tuple[int, int],
    scale: tuple[int, tuple[str, str]],
    glyphs: Glyphs,
) -> Iterator[Line]:
    (above, below), (slot, gap), (gutter, (top, bottom)) = rows, widths, scale
    for row in range(above - 1, -1, -1):
        mark = top if row == above - 1 else ""
        yield (*_side(mark, gutter, glyphs), *_row([up[row] for up, _ in bars], slot, gap, glyphs))
    yield (Piece(right("0", gutter) + " " + glyphs.tick + glyphs.rule * (slot * len(bars)), "dim"),)
    for row in range(below):
        mark = bottom if row == below - 1 else ""
        states = [down[row] for _, down in bars]
        yield (*_side(mark, gutter, glyphs), *_row(states, slot, gap, glyphs))


def _side(mark: str, gutter: int, glyphs: Glyphs) -> tuple[Piece, ...]:
    return (Piece(right(mark, gutter) + " " + (glyphs.tick if mark else glyphs.axis), "dim"),)


def _row(
    states: Sequence[LifecycleState | None], slot: int, gap: int, glyphs: Glyphs
) -> Iterator[Piece]:
    fills = FILLS[glyphs.dots]
    for state in states:
        if state is None:
            yield Piece(" " * slot)
        else:
            yield Piece(" " * gap + fills[state] * (slot - gap), STATE_ROLES[state])


def _names(labels: Sequence[str], slot: int, gap: int) -> str:
    """The names under their bars, the last one always, the others at even steps."""
    step = max(-(-(max(map(width, labels), default=0) + 1) // slot), 1)
    last = len(labels) - 1
    cells = [" "] * (slot * len(labels))
    for index in range(last % step, len(labels), step):
        text = left(labels[index], width(labels[index]))
        start = min(index * slot + gap, len(cells) - width(text))
        if start >= 0:
            cells[start : start + len(text)] = text
    return "".join(cells)
