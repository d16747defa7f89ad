"""Where the columns of the tree stand, and one row as a line."""

from dataclasses import dataclass

from metric_tui.presentation.glyphs import Glyphs
from metric_tui.presentation.pieces import Line, Piece, Role, fitted
from metric_tui.presentation.safe import cut, left, right, width
from metric_tui.presentation.sparkline import marked_sparkline
from metric_tui.presentation.tree_rows import TreeRow

GAP = 2
STEP = 2
"""Cells of indent per level."""

SHORTEST_LABEL = 14
LONGEST_LABEL = 48
LONGEST_SPARK = 30
"""Days of the usual range; longer lines are read in the trend."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Widths in cells; 0 leaves a column out."""

    label: int
    value: int
    change: int
    spark: int
    amount: int
    word: int


def columns_for(rows: tuple[TreeRow, ...], cells: int) -> Columns:
    """The widths at which the rows fit in `cells` cells.

    Where room is short words become their first mark, then sparklines, amounts and labels shrink;
    what is left over shows more periods.
    """
    value = max((width(row.value) for row in rows), default=0)
    change = max((width(row.change) for row in rows), default=0)
    amount = max((width(row.extra.amount) for row in rows), default=0)
    words = [row.extra.word for row in rows if row.extra.word and not _is_failed(row)]
    word = max(map(width, words), default=0)
    mark = max((width(sign_of(text)) for text in words), default=0)
    label = min(max((_label_width(row) for row in rows), default=0), LONGEST_LABEL)
    if cells - _taken(value) - _taken(change) < SHORTEST_LABEL:
        change = 0
    room = cells - _taken(value) - _taken(change)
    spark = _spark_width(rows, room - label - _taken(amount) - _taken(word), room - min(label, 30))
    room -= _taken(spark)
    amount = amount if room - _taken(amount) >= min(label, 24) else 0
    room -= _taken(amount)
    if room - _taken(word) < label:
        word = mark
    label = max(min(label, room - _taken(word)), min(SHORTEST_LABEL, room), 1)
    word = max(min(word, room - label - GAP), 0)
    if spark:
        points = max(len(row.series) for row in rows)
        spark = min(points, LONGEST_SPARK, spark + max(room - label - _taken(word), 0))
    return Columns(label, value, change, spark, amount, word)


def head_text(columns: Columns, glyphs: Glyphs) -> str:
    """The names of the columns, each over its own, with a rule between: for a line of the frame.

    Where a name is longer than its column a shorter one stands, or none.
    """
    columns_named = (
        ((), columns.label, False),
        (("now",), columns.value, True),
        (("change", "chg"), columns.change, False),
        ((f"last {columns.spark}",), columns.spark, False),
        (("part",), columns.amount, True),
    )
    text, start = "", 0
    for names, size, is_right in columns_named:
        # a name that ends with its column may begin in the gap before it
        room = size + (GAP - 1 if is_right else 0)
        name = next((each for each in names if size and width(each) <= room), "")
        if name:
            place = start + (size - width(name) if is_right else 0)
            text = text.ljust(place - 1, glyphs.rule)[: place - 1] + f" {name} "
        start += _taken(size)
    return text


def titled(name: str, heads: str, place: int) -> str:
    """A frame's title that goes on with the names of the tree's columns.

    Args:
        name: what the frame is called.
        heads: the names, the first cell being that of the tree's first column; empty for none.
        place: the cell of that column over or under which the title begins.
    """
    return f"{name} {heads[place + width(name) + 1 :]}".rstrip()


def sign_of(word: str) -> str:
    """The sign that begins a word, which stands for it where room is short."""
    first = word.split(" ", 1)[0]
    return first if width(first) <= 2 and not first.isdigit() else ""


def _is_failed(row: TreeRow) -> bool:
    return row.value_role == "warn"


def _taken(cells: int) -> int:
    return cells + GAP if cells else 0


def _spark_width(rows: tuple[TreeRow, ...], free: int, room: int) -> int:
    """Thirteen points where there is room for them beside everything else, else eight or none."""
    points = max((len(row.series) for row in rows), default=0)
    if points < 2 or room < 8 + GAP:
        return 0
    return min(points, 13 if free >= 13 + GAP else 8)


def _label_width(row: TreeRow) -> int:
    view = width(row.view) + 3 if row.view else 0
    return _head_width(row) + width(row.label) + view


def _head_width(row: TreeRow) -> int:
    return row.indent * STEP + 2 + (2 if row.mark else 0)


def row_line(row: TreeRow, columns: Columns, cells: int, glyphs: Glyphs) -> Line:
    """One row in at most `cells` cells."""
    return fitted(_pieces(row, columns, cells, glyphs), cells, glyphs.ellipsis)


def _pieces(row: TreeRow, columns: Columns, cells: int, glyphs: Glyphs) -> Line:
    pieces = [*_label_pieces(row, columns.label, glyphs)]
    if columns.value:
        pieces.append(Piece(" " * GAP + right(row.value, columns.value), row.value_role))
    if _is_failed(row):
        taken = columns.label + _taken(columns.value)
        reason = cut(row.extra.word, cells - taken - GAP, glyphs.ellipsis)
        return (*pieces, Piece(" " * GAP + reason, "warn"))
    if columns.change:
        pieces.append(Piece(" " * GAP + left(row.change, columns.change), row.change_role))
    if columns.spark:
        pieces.append(Piece(" " * GAP, "spark"))
        pieces += marked_sparkline(row.series, columns.spark, glyphs, row.unusual, row.happened)
    return (*pieces, *_extra_pieces(row, columns, glyphs))


def _label_pieces(row: TreeRow, cells: int, glyphs: Glyphs) -> tuple[Piece, ...]:
    state = {"open": glyphs.open, "closed": glyphs.closed, "leaf": " "}[row.state]
    head = Piece(" " * (row.indent * STEP) + state + " ", "dim")
    mark = Piece(row.mark + " " if row.mark else "", "mark")
    room = max(cells - _head_width(row), 1)
    role: Role = "label" if row.indent else "strong"
    if not row.view or width(row.label) + 3 >= room:
        return (head, mark, Piece(left(row.label, room, glyphs.ellipsis), role))
    rest = room - width(row.label)
    view = left(f" ({row.view})", rest, glyphs.ellipsis)
    return (head, mark, Piece(row.label, role), Piece(view, "dim"))


def _extra_pieces(row: TreeRow, columns: Columns, glyphs: Glyphs) -> tuple[Piece, ...]:
    pieces = []
    if columns.amount:
        pieces.append(Piece(" " * GAP + right(row.extra.amount, columns.amount), "plain"))
    if columns.word and row.extra.word:
        fits = width(row.extra.word) <= columns.word
        word = row.extra.word if fits else sign_of(row.extra.word)
        pieces.append(Piece(" " * GAP + cut(word, columns.word, ""), row.extra.role))
    return tuple(pieces)
