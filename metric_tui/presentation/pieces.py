"""A line of text in pieces, each with the role it plays; a front gives each role its look."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from metric_tui.presentation.safe import cut, width

Role = Literal[
    "plain", "dim", "strong", "title", "label", "value", "good", "bad", "warn", "accent", "mark",
    "spark", "series", "compared", "target", "key",
]  # fmt: skip
ROLES: tuple[Role, ...] = get_args(Role)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text in one role."""

    text: str
    role: Role = "plain"


Line = tuple[Piece, ...]
EMPTY: Line = ()

INDENT = 2
"""Cells by which the second line of a sentence stands further in."""


def line(*parts: str | Piece | tuple[str, Role]) -> Line:
    """A line from texts, (text, role) pairs and pieces; empty texts are left out."""
    pieces = (_piece(part) for part in parts)
    return tuple(piece for piece in pieces if piece.text)


def _piece(part: str | Piece | tuple[str, Role]) -> Piece:
    if isinstance(part, Piece):
        return part
    return Piece(part) if isinstance(part, str) else Piece(*part)


def plain(pieces: Iterable[Piece]) -> str:
    """The text alone, without blanks at the end."""
    return "".join(piece.text for piece in pieces).rstrip()


def line_width(pieces: Iterable[Piece]) -> int:
    """How many cells a line takes."""
    return sum(width(piece.text) for piece in pieces)


def fitted(pieces: Line, cells: int, ellipsis: str = "…") -> Line:
    """The line cut to at most `cells` cells."""
    if line_width(pieces) <= cells:
        return pieces
    return tuple(_fitted(pieces, cells, ellipsis))


def _fitted(pieces: Line, cells: int, ellipsis: str) -> Iterator[Piece]:
    for piece in pieces:
        length = width(piece.text)
        if length >= cells:
            yield Piece(cut(piece.text + " ", cells, ellipsis), piece.role)
            return
        cells -= length
        yield piece


def overlaid(pieces: Line, column: int, mark: Piece) -> Line:
    """The line with one cell replaced; for lines whose every character takes one cell."""
    found: list[Piece] = []
    for piece in pieces:
        place = column - sum(len(each.text) for each in found)
        if 0 <= place < len(piece.text):
            before, after = piece.text[:place], piece.text[place + 1 :]
            found += line((before, piece.role), mark, (after, piece.role))
        else:
            found.append(piece)
    return tuple(found)


def joined(groups: Iterable[Line], separator: Piece) -> Line:
    """Lines put one after another with a separator between; empty ones are left out."""
    found: list[Piece] = []
    for group in groups:
        if group and found:
            found.append(separator)
        found.extend(group)
    return tuple(found)


def wrapped(text: str, cells: int) -> tuple[str, ...]:
    """A text broken at blanks into lines of at most `cells` cells; a longer word is cut."""
    lines: list[str] = []
    current = ""
    for word in text.split():
        candidate = f"{current} {word}" if current else word
        if width(candidate) <= cells or not current:
            current = candidate
        else:
            lines.append(cut(current, cells))
            current = word
    return (*lines, cut(current, cells)) if current else tuple(lines)


def hanging(text: str, cells: int) -> tuple[str, ...]:
    """A text as `wrapped` breaks it, with every line but the first indented."""
    if width(text) <= cells:
        return (text,)
    first, *rest = wrapped(text, cells - INDENT)
    return (first, *(" " * INDENT + row for row in rest))


def beside_or_below(start: Line, text: str, cells: int, role: Role = "plain") -> Iterator[Line]:
    """A text after the start of its line where it fits, else below it."""
    if not text or line_width(start) + 2 + width(text) <= cells:
        yield line(*start, (f"  {text}" if text else "", role))
        return
    yield start
    yield from (line((f"      {part}", role)) for part in wrapped(text, cells - 6))
