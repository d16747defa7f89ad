"""The map of the tree as lines: boxes, and the links between them."""

from collections import defaultdict
from collections.abc import Iterator

from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.map_layout import LINK_CELLS, Box, MapLayout
from metric_tui.presentation.pieces import Line, Piece, Role, fitted, line_width
from metric_tui.presentation.safe import cut, left, width
from metric_tui.presentation.sparkline import marked_sparkline
from metric_tui.presentation.tree_rows import TreeRow
from metric_tui.presentation.tree_table import sign_of

GAP = 2
SHORTEST_SPARK = 5

_JOINTS = ("lr", "ud", "dr", "ur", "udr", "dlr", "ulr", "udl", "udlr", "dl", "ul")
"""Where rules go from a joint, in the order of `Glyphs.joints`."""

_Placed = tuple[int, Line]
"""Pieces and the cell that they begin at."""


def map_lines(layout: MapLayout, glyphs: Glyphs) -> tuple[Line, ...]:
    """The lines, from the first one of the first box on."""
    placed: dict[int, list[_Placed]] = defaultdict(list)
    for path, box in layout.boxes.items():
        is_selected = path == layout.selected
        above = layout.above if not box.column else 0
        for number, own in enumerate(_box_lines(box, layout.cells, glyphs, is_selected, above)):
            placed[box.top + number].append((layout.left_of(box), own))
        for number, own in _links(layout, box, glyphs):
            placed[number].append((layout.left_of(box) + layout.cells, own))
    return tuple(_joined(sorted(placed[number], key=_begin)) for number in range(layout.lines))


def _begin(placed: _Placed) -> int:
    return placed[0]


def _joined(placed: list[_Placed]) -> Line:
    pieces: list[Piece] = []
    at = 0
    for begin, own in placed:
        pieces += [Piece(" " * (begin - at)), *own] if begin > at else own
        at = begin + line_width(own)
    return tuple(pieces)


def _box_lines(
    box: Box, cells: int, glyphs: Glyphs, is_selected: bool, above: int
) -> Iterator[Line]:
    row = box.row
    frame = glyphs.heavy if is_selected else glyphs.box
    told: Role = row.extra.role if row.extra.role in ("good", "bad", "warn") else "dim"
    role: Role = "title" if is_selected else told
    top_left, top_right, bottom_left, bottom_right, rule, side = tuple(frame)
    inner = cells - 2
    yield (
        Piece(top_left, role),
        *_head(row, inner, rule, role, told, glyphs),
        Piece(top_right, role),
    )
    middle = fitted((Piece(" "), *_numbers(row, inner - 1, glyphs)), inner, glyphs.ellipsis)
    blanks = Piece(" " * (inner - line_width(middle)))
    yield (Piece(side, role), *middle, blanks, Piece(side, role))
    told_below = []
    if above:
        told_below.append(f" {glyphs.backspace} {above} above ")
    if box.hidden:
        told_below.append(f" {glyphs.closed} {box.hidden} ")
    text = rule.join(told_below)
    rest = rule * max(inner - width(text) - 1, 0)
    yield (
        Piece(bottom_left + rest, role),
        Piece(cut(text, inner - 1, ""), "dim"),
        Piece(rule + bottom_right, role),
    )


def _head(
    row: TreeRow, cells: int, rule: str, role: Role, told: Role, glyphs: Glyphs
) -> Iterator[Piece]:
    """The label within the upper rule, and the sign of how it stands at its end."""
    sign = sign_of(row.extra.word) if row.extra.word else ""
    taken = width(sign) + 2 if sign else 0
    label = f" {cut(row.label, cells - 2 - taken, glyphs.ellipsis)} "
    yield Piece(label, "strong" if role == "title" else "label")
    yield Piece(rule * max(cells - width(label) - taken, 0), role)
    if sign:
        yield Piece(f" {sign} ", told)


def _numbers(row: TreeRow, cells: int, glyphs: Glyphs) -> Iterator[Piece]:
    """Value, change and sparkline, as far as they fit."""
    yield Piece(row.value, row.value_role)
    if row.value_role == "warn":
        yield Piece(
            " " + cut(row.extra.word, cells - width(row.value) - 1, glyphs.ellipsis), "warn"
        )
        return
    if row.is_draft:
        yield Piece(f" {row.extra.word}", "dim")
        return
    room = cells - width(row.value)
    if row.change and room >= width(row.change) + GAP:
        yield Piece(" " * GAP + row.change, row.change_role)
        room -= width(row.change) + GAP
    points = min(len(row.series), room - GAP - 1)
    if points >= SHORTEST_SPARK:
        yield Piece(" " * (room - points - 1))
        yield from marked_sparkline(row.series, points, glyphs, row.unusual, row.happened)


def _links(layout: MapLayout, box: Box, glyphs: Glyphs) -> Iterator[tuple[int, Line]]:
    """The rules from a box to its drivers, each with how it hangs on it."""
    if not box.drivers:
        return
    drivers = {layout.boxes[path].middle: layout.boxes[path].row.mark for path in box.drivers}
    first, last = min(*drivers, box.middle), max(*drivers, box.middle)
    level = glyphs.joints[0]
    for number in range(first, last + 1):
        ways = ("u" if number > first else "") + ("d" if number < last else "")
        ways += ("l" if number == box.middle else "") + ("r" if number in drivers else "")
        joint = glyphs.joints[_JOINTS.index(ways)] if ways in _JOINTS else level
        head = (level if number == box.middle else " ") + joint
        if number in drivers:
            yield number, (Piece(head, "dim"), Piece(drivers[number], "mark"), Piece(level, "dim"))
        else:
            yield number, (Piece(left(head, LINK_CELLS), "dim"),)
